"""Answers in the shapes in which services send them, and in all others."""

import pytest

from galaxy_causal.archive import ChangedError, Column, PassingError, TimedOutError
from galaxy_causal.archive.answers import read_csv
from galaxy_causal.types import UserError

COLUMNS = (Column("objID", "p.objID", "id"), Column("z", "s.z"), Column("name", "w.name", "text"))
GOOD = b"objID,z,name\n1237645941824356443,0.05,a\n2,null,null\n"


@pytest.mark.parametrize(
    "body",
    [
        GOOD,
        b"#Table1\n" + GOOD,
        b"\xef\xbb\xbf#Table1\r\n" + GOOD.replace(b"\n", b"\r\n"),
        b"#Table1\nz,NAME,objid\n0.05,a,1237645941824356443\n,,2\n",
    ],
    ids=["bare", "after a comment", "of Windows", "in another order"],
)
def test_a_table_is_read_however_it_is_written(body):
    table = read_csv(body, COLUMNS)
    assert table.to_pydict() == {
        "objID": [1237645941824356443, 2],  # no float has this number
        "z": [0.05, None],
        "name": ["a", None],
    }


def test_an_empty_answer_is_a_table_without_rows():
    table = read_csv(b"#Table1\nobjID,z,name\n", COLUMNS)
    assert (table.num_rows, table.column_names) == (0, ["objID", "z", "name"])
    assert table.schema == read_csv(GOOD, COLUMNS).schema


@pytest.mark.parametrize(
    ("body", "error", "message"),
    [
        (b"", PassingError, "^the answer was empty$"),
        (b"#Table1\n", PassingError, "named no columns"),
        (GOOD[:-3], PassingError, "cut off in a line"),
        (GOOD + b"3,0.1\n", PassingError, "line of another length"),
        (b"<html><title>SQL Search</title></html>", PassingError, "which says: SQL Search$"),
        (b'{"Error Message": "down for repairs"}', PassingError, "which says: down for repairs$"),
        (b"<p>Timeout expired. The timeout period elapsed</p>", TimedOutError, "Timeout expired"),
        (b"error_message\nTimeout expired\n", TimedOutError, "Timeout expired"),
        (b"error_message\nInvalid column name 'zz'\n", UserError, "refused the query: Invalid column name"),
        (b"objID,z\n1,0.1\n", ChangedError, "the answer lacks name; the service has changed"),
        (b"objID,z,name,u\n1,0.1,a,3\n", ChangedError, "has u that was not asked for"),
        (b"objID,z,name\n1,soon,a\n", UserError, "cannot be read: .*soon"),
        (b"objID,z,name\n1.5,0.1,a\n", UserError, "cannot be read: .*1.5"),
    ],
)  # fmt: skip
def test_what_is_no_table_says_what_it_is(body, error, message):
    with pytest.raises(error, match=message) as told:
        read_csv(body, COLUMNS)
    assert type(told.value) is error
