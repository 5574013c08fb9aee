"""Text as spreadsheets and people write it."""

import gzip

import numpy as np
import pytest

from galaxy_causal.dataset.tables.files import read_columns
from galaxy_causal.dataset.tables.values import identifiers, numbers
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


@pytest.mark.parametrize(
    "null", ["null", "NULL", "NA", "N/A", "--", "nan", "", "\\N", "masked", "None", "#N/A", "..."]
)
@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_texts_that_people_write_for_a_missing_number_are_missing(tmp_path, null, delimiter):
    rows = [("7", "10.5", "NA"), ("" if null == "#N/A" else null, "9.25", "b"), ("9", null, "c")]
    text = "\n".join(delimiter.join(row) for row in [("id", "log mass", "name"), *rows])
    found = read(tmp_path / "t.csv", text + "\n")
    found_mass = numbers(tmp_path / "t.csv", found["log mass"], ())
    np.testing.assert_array_equal(found_mass, [10.5, 9.25, np.nan])
    if null != "nan":  # of which astropy makes a number
        assert (found["id"].array[[0, 2]].tolist(), found["id"].missing.tolist()) == (
            [7, 9],
            [False, True, False],
        )
    assert found["name"].array.tolist() == ["NA", "b", "c"]


def test_a_missing_number_among_decimal_commas(tmp_path):
    found = read(tmp_path / "t.csv", "id;log mass;name\n1;10,5;a\n2;n/a;b\n3;9;\n")
    np.testing.assert_array_equal(numbers(tmp_path / "t.csv", found["log mass"], ()), [10.5, np.nan, 9])


def test_a_number_that_is_none_is_shown_with_its_row(tmp_path):
    column = read(tmp_path / "t.csv", "id,log mass,name\n1,10.5,a\n2,null,b\n3,1.2.3,c\n")["log mass"]
    with pytest.raises(UserError, match=r"such as 'null' in row 1, '1.2.3' in row 2; convert it"):
        numbers(tmp_path / "t.csv", column, ())


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_ids_that_a_spreadsheet_has_rounded_are_shown_as_they_are_written(tmp_path, pack):
    rows = [f"{1237648720694469617 + k},{k},a" for k in range(5)]
    rows[3] = "1.23765E+18,3,a"
    path = tmp_path / ("t.csv" if pack is bytes else "t.csv.gz")
    path.write_bytes(pack("\n".join(["id,log mass,name", *rows, ""]).encode()))
    with pytest.raises(
        UserError, match=r"of which 1 are no exact .* such as 1.23765E\+18 in row 3: a spreadsheet may"
    ):
        identifiers(path, read_columns(path, ["id"])["id"])


def test_lines_with_too_many_cells_and_gaps_between_blanks_are_refused_by_number(tmp_path):
    with pytest.raises(
        UserError, match=r"t.csv: line 3 has 4 cells and the first 3; write quotes .* that hold ','"
    ):
        read(tmp_path / "t.csv", "id,log mass,name\n1,10.5,a\n2,11,b, c\n")
    with pytest.raises(
        UserError, match=r"t.txt: line 3 has 2 cells and the first 3, parted by blanks; write nan in"
    ):
        read(tmp_path / "t.txt", 'id "log mass" name\n1  10.5 a\n2       b\n')


def test_a_row_that_begins_with_a_fault_of_a_spreadsheet_is_no_comment(tmp_path):
    with pytest.raises(UserError, match="line 3 begins with #N/A, by which a spreadsheet tells of a fault"):
        read(tmp_path / "t.csv", "id,log mass,name\n1,10.5,a\n#N/A,9,b\n")


def test_empty_cells_between_tabs_move_no_others_and_blanks_around_cells_are_none(tmp_path):
    found = read(tmp_path / "t.tsv", "id\t log mass\tname\n\t10.5\t a \n2\t\tb\n 3\t 9 \t\n")
    assert found["id"].missing.tolist() == [True, False, False]
    np.testing.assert_array_equal(numbers(tmp_path / "t.tsv", found["id"], ()), [np.nan, 2, 3])
    np.testing.assert_array_equal(numbers(tmp_path / "t.tsv", found["log mass"], ()), [10.5, np.nan, 9])
    assert found["name"].array[:2].tolist() == ["a", "b"]
    assert found["name"].missing.tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("name", "head", "row"),
    [
        ("t.tbl", "|id |log mass|name|\n|int|double  |char|\n", " 2   11.25    b"),
        ("t.txt", "|id |log mass|name|\n", "| 2 | 11.25  | b  |"),
        ("t.txt", "id  log_mass  name\n--  --------  ----\n", " 2     11.25  b"),
    ],
)
def test_cells_beyond_their_column_are_not_cut(tmp_path, name, head, row):
    mass = "log_mass" if "_" in head else "log mass"
    path = tmp_path / name
    path.write_text(f"{head}{row}\n{row}\n")
    assert read_columns(path, [mass])[mass].array.tolist() == [11.25, 11.25]
    path.write_text(f"{head}{row}\n{row.replace('11.25', '11.250000')}\n")
    line = head.count("\n") + 2
    with pytest.raises(UserError, match=rf"{name}: line {line} has cells .* numbers would be cut"):
        read_columns(path, [mass])


def test_what_is_no_number_among_decimal_commas_is_shown(tmp_path):
    column = read(tmp_path / "t.csv", "id;log mass;name\n1;10,5;a\n2;9,5;b\n3;-99.0;c\n")["log mass"]
    with pytest.raises(UserError, match=r"such as '-99.0' in row 2; convert it"):
        numbers(tmp_path / "t.csv", column, ())


ODD = ["1_0", "1_0.5", "1__0", "0x10", "١٢", "\uff11\uff12", "1d3", "True", "1.5.2"]
HEADS = {
    ".csv": "id,x\n", ".tsv": "id\tx\n", ".dat": "id x\n", ".txt": "id  x         \n--- ----------\n",
    ".tbl": "| id  | x          |\n| int | double     |\n", ".cat": "# 1 id\n# 2 x\n",
    ".ecsv": "# %ECSV 1.0\n# ---\n# datatype:\n# - {name: id, datatype: int64}\n"
    "# - {name: x, datatype: float64}\nid x\n",
    ".vot": '<VOTABLE version="1.3"><RESOURCE><TABLE><FIELD name="id" datatype="int"/><FIELD name="x" '
    'datatype="double"/><DATA><TABLEDATA>',
}  # fmt: skip
LINES = {
    ".csv": "{},{}\n", ".tsv": "{}\t{}\n", ".txt": "{:<4}{:<10}\n", ".tbl": "  {:<5}{:<12}\n",
    ".vot": "<TR><TD>{}</TD><TD>{}</TD></TR>",
}  # fmt: skip


def spelled(tmp_path, suffix, cells):
    path = tmp_path / f"odd{suffix}"
    rows = (LINES.get(suffix, "{} {}\n").format(row, cell) for row, cell in enumerate(cells))
    end = "</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>" if suffix == ".vot" else ""
    path.write_text(HEADS[suffix] + "".join(rows) + end, encoding="utf-8")
    return path


@pytest.mark.parametrize("suffix", HEADS)
@pytest.mark.parametrize("odd", ODD)
def test_a_number_is_spelled_in_digits(tmp_path, suffix, odd):
    path = spelled(tmp_path, suffix, ["10.5", "11", "12", odd, "nan", "-Infinity", "1e3"])
    with pytest.raises(UserError, match=f"{odd}"):
        numbers(path, read_columns(path, ["x"])["x"], ())
    path = spelled(tmp_path, suffix, ["10.5", "11", "12", "+5.", "nan", "-Infinity", "1e3"])
    values = numbers(path, read_columns(path, ["x"])["x"], ())
    np.testing.assert_array_equal(values, [10.5, 11, 12, 5, np.nan, np.nan, 1000])


@pytest.mark.parametrize("suffix", [suffix for suffix in HEADS if suffix not in (".vot", ".tbl")])
def test_ids_with_underscores_are_texts(tmp_path, suffix):
    given = ["266_1", "26_61", "2_661", "2661"]
    path = spelled(tmp_path, suffix, given)
    found = identifiers(path, read_columns(path, ["x"])["x"])
    assert found.tolist() == given


DRAWN = {
    "markdown": "| id | log mass | name |\n|----|---------:|:-----|\n| 1 | 10.5 | a |\n"
    "| 2 | | b \\| c |\n| 3 | 11 | d |\n",
    "without outer bars": "id | log mass | name\n---|---:|---\n1 | 10.5 | a\n2 | | b \\| c\n3 | 11 | d\n",
    "psql": " id | log mass |  name\n----+----------+--------\n  1 |     10.5 | a\n  2 |          | b \\| c\n"
    "  3 |       11 | d\n(3 rows)\n",
    "mysql": "Reading\n+----+----------+--------+\n| id | log mass | name   |\n+----+----------+--------+\n"
    "|  1 |     10.5 | a      |\n|  2 |     NULL | b \\| c |\n|  3 |       11 | d      |\n"
    "+----+----------+--------+\n3 rows in set (0.01 sec)\n",
    "grid": "+----+----------+-------+\n| id | log mass | name |\n+====+==========+=======+\n"
    "| 1 | 10.5 | a |\n"
    "+----+----------+-------+\n| 2 | -- | b \\| c |\n+----+----------+-------+\n| 3 | 11 | d |\n"
    "+----+----------+-------+\n",
    "org": "| id | log mass | name |\n|----+----------+------|\n| 1 | 10,5 | a |\n"
    "| 2 | | b \\| c |\n| 3 | 11,0 | d |\n",
    "rst": "==== ========== =======\nid   log mass   name\n==== ========== =======\n1    10.5       a\n"
    "2    --         b | c\n3    11         d\n==== ========== =======\n",
}  # fmt: skip


@pytest.mark.parametrize("drawn", DRAWN)
def test_tables_as_consoles_and_notebooks_draw_them(tmp_path, drawn):
    for suffix in (".txt", ".csv", ".tbl"):
        found = read(tmp_path / f"t{suffix}", DRAWN[drawn])
        path = tmp_path / f"t{suffix}"
        assert np.asarray(found["id"].value).tolist() == [1, 2, 3]
        np.testing.assert_array_equal(numbers(path, found["log mass"], ()), [10.5, np.nan, 11])
        assert np.asarray(found["name"].value).tolist() == ["a", "b | c", "d"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "| id | log mass | name |\n|---|---|---|\n| 1 | 2 | 3 | 4 |\n",
            "line 3 has 4 cells and the first 3",
        ),
        ("| id | id | log mass | name |\n|---|---|---|---|\n| 1 | 1 | 2 | 3 |\n", "several columns 'id'"),
        (
            "┌────┬──────────┐\n│ id │ log mass │\n└────┴──────────┘\n",
            "drawn in box characters, .*save it as CSV",
        ),
        ("\\begin{tabular}{l}\nid & log mass \\\\\n\\end{tabular}\n", "is LaTeX, .*save it as CSV"),
        ("<!DOCTYPE html>\n<table><tr><td>id</td></tr></table>\n", "is HTML, .*save it as CSV"),
    ],
)
def test_what_cannot_be_read_of_drawn_tables_is_named(tmp_path, text, message):
    with pytest.raises(UserError, match=message):
        read(tmp_path / "t.txt", text)


def test_a_cell_of_dashes_is_no_rule(tmp_path):
    found = read(
        tmp_path / "t.txt", "| id | log mass | name |\n|----|----|----|\n| 1 | -- | -- |\n| 2 | 3 | b |\n"
    )
    assert len(found["id"].missing) == 2
