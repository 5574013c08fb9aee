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
        (".csv", '# by hand\n#id;"log mass";name\r\n1;10,5;a\r\n2;9,25;"b; c"\r\n3;11;d\r\n'),
        (".csv", 'id;log mass;name;"m, z, t, all"\n1;10,5;a;1\n2;9,25;"b; c";1\n3;11;d;1\n'),
        (".tsv", 'id\tlog mass\tname\tfibre\n1\t10.5\ta\t3,1\n2\t9.25\tb; c\t3,2\n3\t11\td\t3,3\n'),
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


@pytest.mark.parametrize(
    ("rows", "match"),
    [
        (
            "1;1,234;a;1\n2;12,345;b;2",
            "column 'log mass' holds commas, as in 1,234, and all could part thous",
        ),
        (
            "1;1,234;a;0.5\n2;12,345;b;2",
            "as in 1,234, and column 'x' has decimal points: write all numbers with",
        ),
        (
            "1;1,5;a;1.234\n2;2,5;b;12.345",
            "column 'log mass' holds commas, as in 1,5, and column 'x' has decim",
        ),
    ],
)
def test_commas_that_may_part_thousands_are_refused(tmp_path, rows, match):
    with pytest.raises(UserError, match=match):
        read(tmp_path / "t.csv", f"id;log mass;name;x\n{rows}\n")


def test_commas_are_decimal_where_another_column_or_cell_shows_it(tmp_path):
    for rows in ("1;1,234;a;0,5\n2;2,345;b;1,5", "1;1,234;a;1\n2;2345;b;2", "1;1,234;a;1\n2;0,345;b;2"):
        assert read(tmp_path / "t.csv", f"id;log mass;name;x\n{rows}\n")["log mass"].value[0] == 1.234


def test_long_ids_stay_text(tmp_path):
    ids = ["123764872014240161100001", "123764872014240161100002"]
    found = read(tmp_path / "t.tsv", f"id\tlog mass\tname\n{ids[0]}\t10,5\ta\n{ids[1]}\t9,5\tb\n")
    assert found["id"].value.tolist() == ids


def test_a_name_that_a_repeated_one_is_given_is_not_mistaken(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,x,x,x_1\n1,2,3,4\n2,3,4,5\n")
    with pytest.raises(UserError, match="has several columns 'x'; give each a name of its own"):
        read_columns(path, ["x_1"])


def test_a_quote_without_an_end_does_not_swallow_rows(tmp_path):
    with pytest.raises(UserError, match="unexpected end of data"):
        read(tmp_path / "t.csv", 'id,log mass,name\n1,10.5,a\n2,11,"b\n3,11.5,c\n')
