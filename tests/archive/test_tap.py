"""Services of TAP, by pyvo: jobs that run at the service, and do not stay there."""

import gc
import re
import sys
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from threading import Thread
from urllib.parse import parse_qs

import numpy as np
import pytest
from astropy.table import Table

from galaxy_causal.archive import Client, Slice, Tap, TimedOutError, UnansweredError, recipe_of
from galaxy_causal.types import UserError

pytestmark = [  # of connections that pyvo leaves open
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
RANGE = re.compile(r"dec >= (\S+) AND dec < (\S+)")
PART = Slice(-1.0, 1.0)
JOB = """<?xml version="1.0"?>
<uws:job version="1.1" xmlns:uws="http://www.ivoa.net/xml/UWS/v1.0"
 xmlns:xlink="http://www.w3.org/1999/xlink">
<uws:jobId>1</uws:jobId><uws:phase>{phase}</uws:phase>{error}<uws:results>
<uws:result id="result" xlink:href="{address}/async/1/results/result"/></uws:results></uws:job>"""
ERROR = '<uws:errorSummary type="fatal"><uws:message>{}</uws:message></uws:errorSummary>'


class Service:
    """What a service of AllWISE would answer; ``error`` is what its jobs end with, ``status`` that of all."""

    def __init__(self, count=800):
        rng = np.random.default_rng(2)
        recipe = recipe_of("allwise")
        self.table = Table({column.name: rng.uniform(5, 15, count) for column in recipe.own_columns})
        self.table["cntr"] = np.arange(count) + 2**60
        self.table["dec"] = np.sort(rng.uniform(-2, 2, count))
        self.table["ext_flg"] = rng.integers(0, 6, count).astype(np.int32)
        for name in ("designation", "cc_flags"):
            self.table[name] = [f"{name[0]}{k}" for k in range(count)]
        self.error, self.status, self.page = None, 200, None
        self.asked, self.deleted = [], 0

    def votable(self, query):
        low, high = (float(edge) for edge in RANGE.search(query).groups())
        rows = self.table[(self.table["dec"] >= low) & (self.table["dec"] < high)]
        text = BytesIO()
        (rows[:10] if "TOP 10" in query else rows).write(text, format="votable")
        ok = b'<RESOURCE type="results"><INFO name="QUERY_STATUS" value="OK"/>'
        return text.getvalue().replace(b'<RESOURCE type="results">', ok)


@contextmanager
def serving(service):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            asked = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            if "QUERY" in asked:
                service.asked.append(asked["QUERY"][0])
            if service.status != 200:
                self.send_error(service.status)
            elif self.path.endswith("/sync"):
                self.answer(service.page or service.votable(service.asked[-1]))
            else:
                self.send_response(303)
                self.send_header("Location", f"{address}/async/1")
                self.end_headers()

        def do_GET(self):
            if self.path.endswith("result"):
                self.answer(service.votable(service.asked[-1]))
            else:
                phase = "COMPLETED" if service.error is None else "ERROR"
                error = "" if service.error is None else ERROR.format(service.error)
                self.answer(JOB.format(phase=phase, error=error, address=address).encode())

        def do_DELETE(self):
            service.deleted += 1
            self.answer(b"")

        def answer(self, body):
            self.send_response(200)
            self.send_header("Content-Type", "application/x-votable+xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads, server.block_on_close = True, False
    address = f"http://127.0.0.1:{server.server_port}/TAP"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield address
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module", autouse=True)
def tidied():
    """What pyvo leaves open is met here, not in tests of others."""
    yield
    if sys.modules.get("pyvo"):
        gc.collect()


@pytest.fixture
def service():
    return Service()


@pytest.fixture
def tap(service):
    pytest.importorskip("pyvo", reason="pyvo is not installed, which asks services of TAP")
    with serving(service) as address:
        recipe = replace(recipe_of("allwise"), address=address)
        client = Client(1e6, tries=2, pause=0.01)
        yield Tap(recipe, client, address)
        client.session().close()


def test_slices_are_jobs_that_do_not_stay_at_the_service(tap, service, tmp_path):
    table = tap.ask(PART, tmp_path)
    inside = service.table[(service.table["dec"] >= -1) & (service.table["dec"] < 1)]
    assert table.column_names == [column.name for column in tap.columns]
    assert table["cntr"].to_pylist() == list(inside["cntr"])
    assert table["cc_flags"].to_pylist() == list(inside["cc_flags"])
    assert table["w1mpro"].to_pylist() == pytest.approx(list(inside["w1mpro"]))
    assert service.asked == [
        "SELECT cntr,designation,ra,dec,w1mpro,w1sigmpro,w2mpro,w2sigmpro,w3mpro,w3sigmpro,cc_flags,ext_flg,"
        "w1gmag,w2gmag FROM allwise_p3as_psd WHERE w1snr >= 5 AND dec >= -1.0 AND dec < 1.0"
    ]
    assert service.deleted == 1
    found = tap.check([-2, 2])
    assert service.asked[-1].startswith("SELECT TOP 10 cntr,")
    assert [one.name for one in found if one.odd] == []


@pytest.mark.parametrize(
    ("error", "status", "kind", "message"),
    [
        ("column w9 is unknown", 200, UserError, "refused the query: .*column w9 is unknown"),
        ("the query timed out", 200, TimedOutError, "timed out"),
        (None, 400, UserError, "refused the query: .*400"),
        (None, 503, UnansweredError, "503 .*; tried 2 times"),
    ],
)
def test_what_a_service_says_is_told(tap, service, tmp_path, error, status, kind, message):
    service.error, service.status = error, status
    with pytest.raises(kind, match=message):
        tap.ask(PART, tmp_path)
    assert service.deleted == (error is not None)


@pytest.mark.parametrize("quick", [True, False])
def test_a_service_that_is_not_there_is_asked_again(quick, tmp_path, unused_port):
    pytest.importorskip("pyvo", reason="pyvo is not installed, which asks services of TAP")
    told = []
    client = Client(1e6, tries=5, pause=0.01, say=told.append)
    tap = Tap(recipe_of("allwise"), client, f"http://127.0.0.1:{unused_port}/TAP")
    with pytest.raises(
        UnansweredError, match=r"127.0.0.1 cannot be reached \(Connection refused\); tried 3 times"
    ):
        tap.check([-2, 2]) if quick else tap.ask(PART, tmp_path)
    assert len(told) == 2
    assert all("asked again in" in line for line in told)
    client.session().close()


@pytest.mark.parametrize("fault", ["a page", "half a table", "status"])
def test_a_fault_of_ten_rows_is_asked_again(tap, service, fault):
    pages = {
        "a page": b"<html><body>Back soon</body></html>",
        "half a table": service.votable("dec >= 0 AND dec < 1"),
    }
    service.page = pages.get(fault, b"")[: -200 if fault == "half a table" else None]
    service.status = 502 if fault == "status" else 200
    with pytest.raises(UnansweredError, match="tried 2 times"):
        tap.check([-2, 2])


def test_a_host_that_has_answered_is_asked_as_often_as_may_be(service):
    pytest.importorskip("pyvo", reason="pyvo is not installed, which asks services of TAP")
    service.status = 503
    with serving(service) as address:
        client = Client(1e6, tries=5, pause=0.001)
        with pytest.raises(UnansweredError, match="tried 5 times"):
            Tap(recipe_of("allwise"), client, address).check([-2, 2])
        client.session().close()


def test_without_pyvo_it_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "pyvo", None)
    recipe = recipe_of("allwise")
    with pytest.raises(
        UserError, match=r"asked by pyvo, which is not installed: pip install 'galaxy_causal\[arch"
    ):
        Tap(recipe, Client(), recipe.address).ask(PART, tmp_path)
