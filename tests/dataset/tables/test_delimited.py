"""Text as spreadsheets and people write it."""

import gzip

import numpy as np
import pytest

from galaxy_causal.dataset.tables.files import read_columns
from galaxy_causal.types import UserError

ROWS = [(1, 10.5, "a"), (2, 9.25, "b; c"), (3, 11.0, "d")]


def read(path, text):
    path.write_text(text)
    return read_columns(path, ["id", "log mass", "name"])


@pytest.mark.parametrize(
    ("suffix", "text"),
    [
        (".csv", 'id,log mass,name\n1,10.5,a\n2,9.25,b; c\n3,11,d\n'),
        (".csv", 'id;log mass;name\n1;10.5;a\n2;9.25;"b; c"\n3;11;d\n'),
        (".csv", 'id;log mass;name\n1;10,5;a\n2;9,25;"b; c"\n3;11;d\n'),
        (".csv", 'id\tlog mass\tname\n1\t10,5\ta\n2\t9,25\tb; c\n3\t1,1e1\td\n'),
        (".tsv", 'id\tlog mass\tname\n1\t10.5\ta\n2\t9.25\tb; c\n3\t11\td\n'),
        (".csv", '"id","log mass","name"\n"1","10.5","a"\n"2","9.25","b; c"\n"3","11","d"\n'),
        (".csv", '# made by hand; with care\n#\nid,log mass,name\n1,10.5,a\n2,9.25,b; c\n# no\n3,11,d\n'),
        (".csv", '# made by hand\n# id,log mass,name\n1,10.5,a\n2,9.25,b; c\n3,11,d\n'),
        (".csv", 'id, log mass, name\n1, 10.5, a\n2, 9.25, b; c\n3, 11, d\n'),
        (".csv", '\ufeffid;log mass;name\r\n1;10,5;a\r\n\r\n2;9,25;"b; c"\r\n3;11,0;d\r\n'),
    ],
)  # fmt: skip
def test_dialects(tmp_path, suffix, text):
    found = read(tmp_path / f"t{suffix}", text)
    for name, values in zip(("id", "log mass", "name"), zip(*ROWS, strict=True), strict=True):
        np.testing.assert_array_equal(found[name].value, values)
        assert not found[name].missing.any()


def test_empty_cells_are_missing_beside_decimal_commas(tmp_path):
    found = read(tmp_path / "t.csv", "id;log mass;name\n1;10,5;a\n2;;b\n3;9;\n")
    np.testing.assert_array_equal(found["log mass"].missing, [False, True, False])
    assert found["log mass"].value[0] == 10.5


def test_a_row_that_is_commented_out_is_no_galaxy(tmp_path):
    found = read(tmp_path / "t.csv", "id,log mass,name\n1,10.5,a\n#2,99,b\n3,11,d\n")
    assert list(found["id"].value) == [1, 3]


def test_points_of_thousands_are_not_taken_for_decimals(tmp_path):
    found = read(tmp_path / "t.csv", "id;log mass;name\n1;1.234,5;a\n2;9,25;b\n")
    assert found["log mass"].value.dtype.kind == "U"


def test_a_name_that_stands_twice_is_refused_where_it_is_wanted(tmp_path):
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(b"id,mass,mass\n1,10.5,3\n2,9,4\n"))
    assert list(read_columns(path, ["id"])["id"].value) == [1, 2]
    with pytest.raises(UserError, match=r"t.csv.gz has several columns 'mass'; give each a name of its own"):
        read_columns(path, ["mass"])
