"""What is asked again, how late, and what is told where nothing helps."""

import time

import pytest
from archive_server import Archive, cut_off, refuse, serving, slow

from galaxy_causal.archive import Client, PassingError, TimedOutError, UnansweredError
from galaxy_causal.types import UserError

QUICK = {"queries_a_minute": 1e6, "pause": 0.01}


@pytest.fixture(scope="module")
def archive():
    return Archive(None, {"table.bin": bytes(range(256)) * 40})


@pytest.fixture(scope="module")
def address(archive):
    with serving(archive) as found:
        yield f"{found}/table.bin"


@pytest.fixture
def client(archive):
    archive.asked.clear()
    archive.faults.clear()
    said = []
    made = Client(**QUICK, say=said.append)
    made.said = said
    return made


def test_faults_that_may_pass_are_asked_again(client, archive, address):
    archive.faults.extend([refuse(500, b"oops"), refuse(503), cut_off])
    body = client.retried("a table", lambda: client.get(address))
    assert body == archive.files["table.bin"]
    assert client.asked == len(archive.asked) == 4
    assert [line.partition(";")[0] for line in client.said] == [
        "a table: 127.0.0.1 answered 500 Internal Server Error: oops",
        "a table: 127.0.0.1 answered 503 Service Unavailable",
        "a table: the answer of 127.0.0.1 was cut off",
    ]


def test_a_service_is_left_alone_for_as_long_as_it_asks(client, archive, address):
    archive.faults.append(refuse(429, Retry_After=1))
    started = time.monotonic()
    client.retried("a table", lambda: client.get(address))
    assert time.monotonic() - started >= 1
    archive.faults.append(refuse(429, Retry_After=7200))
    with pytest.raises(
        UnansweredError, match=r"asks to be left alone for 120 minutes. What is finished is kept"
    ):
        client.retried("a table", lambda: client.get(address))


def test_pauses_double_are_spread_and_depend_on_the_seed_alone():
    fault = PassingError("it failed")
    one, same, other = (Client(pause=2, seed=seed) for seed in (3, 3, 4))
    pauses = [one._pause_after(k, fault) for k in range(6)]
    assert pauses == [same._pause_after(k, fault) for k in range(6)]
    assert pauses != [other._pause_after(k, fault) for k in range(6)]
    for k, pause in enumerate(pauses):
        assert 2**k <= pause <= 3 * 2**k
    assert one._pause_after(60, fault) <= 450
    assert one._pause_after(0, PassingError("wait", 100)) == 100


def test_questions_wait_their_turn():
    client = Client(queries_a_minute=1200)
    started = time.monotonic()
    for _ in range(4):
        client.wait_turn()
    assert 0.15 <= time.monotonic() - started < 1


def test_what_is_refused_is_not_asked_again(client, archive, address):
    archive.faults.append(refuse(400, b'{"Error Message": "Invalid column name \'zz\'."}'))
    with pytest.raises(UserError, match=r"answered 400 Bad Request: Invalid column name 'zz'\. \(http"):
        client.retried("a table", lambda: client.get(address))
    assert client.asked == 1


@pytest.mark.parametrize(
    "fault", [refuse(504), refuse(500, b"Timeout expired.  The timeout period elapsed"), None]
)
def test_time_that_ran_out_is_no_fault_that_passes(archive, address, fault):
    archive.faults.append(fault or slow(0.5))
    client = Client(**QUICK, seconds=0.2)
    with pytest.raises(TimedOutError):
        client.retried("a table", lambda: client.get(address))
    assert client.asked == 1


def test_a_service_that_never_answers_is_told_in_one_line(client, archive, address):
    archive.faults.extend([refuse(503)] * 6)
    with pytest.raises(
        UnansweredError, match=r"503 Service Unavailable; tried 6 times. Is the machine connected"
    ):
        client.retried("a table", lambda: client.get(address))


def test_hosts_and_addresses_that_there_are_not(client):
    with pytest.raises(
        UnansweredError, match=r"a table: 127.0.0.1 cannot be reached \(Connection refused\); tried 3 times"
    ):
        client.retried("a table", lambda: client.get("http://127.0.0.1:9/"))
    for address in ("skyserver.sdss.org", "ftp://skyserver.sdss.org", "https:///table"):
        with pytest.raises(UserError, match=f"^acquire.address={address} must be an address, as https"):
            client.get(address)


def test_half_a_file_is_gone_on_with(client, archive, address, tmp_path):
    archive.faults.extend([cut_off])
    told = []
    client.retried("a file", lambda: client.download(address, tmp_path / "table.bin", told.append))
    assert (tmp_path / "table.bin").read_bytes() == archive.files["table.bin"]
    assert sum(told) == len(archive.files["table.bin"])  # no byte was sent twice
    assert [one.name for one in tmp_path.iterdir()] == ["table.bin"]
    assert client.size(address) == len(archive.files["table.bin"])
