"""One table in every kind of file that people keep tables in."""

import bz2
import gzip
import io
import lzma

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy import units
from astropy.io import fits
from astropy.table import MaskedColumn, QTable, Table
from astropy.utils.masked import Masked

from galaxy_causal.dataset.tables.files import digest_of, memory_columns, read_columns
from galaxy_causal.types import UserError

pytestmark = pytest.mark.filterwarnings("ignore::astropy.io.votable.exceptions.W03")  # of names with blanks
N = 40
RNG = np.random.default_rng(0)
COLUMNS = {
    "id": RNG.permutation(N) + 2**60,
    "log mass": np.round(RNG.normal(10, 0.5, N), 3),
    "name": np.array([f"J{k}" for k in range(N)]),
}


def table(**more):
    return Table({**COLUMNS, **more})


def check(found):
    for name, values in COLUMNS.items():
        np.testing.assert_array_equal(found[name].array, values)
        assert not found[name].missing.any()


def text(form, spaced="log mass", **options):
    stream, one = io.StringIO(), table()
    one["log mass"].name = spaced
    one.write(stream, format=form, **options)
    return stream.getvalue()


def sextractor():
    head = [f"# {k} {name.replace(' ', '_')}\n" for k, name in enumerate(COLUMNS, 1)]
    rows = (" ".join(map(str, row)) + "\n" for row in zip(*COLUMNS.values(), strict=True))
    return "".join([*head, *rows])


TEXTS = {
    "blanks.txt": text("ascii.basic"),
    "comment.dat": text("ascii.commented_header"),
    "rule.txt": text("ascii.fixed_width_two_line"),
    "bars.txt": text("ascii.fixed_width"),
    "bars.csv": text("ascii.basic", delimiter="|"),
    "excel.csv": "sep=;\n" + text("ascii.csv", delimiter=";"),
    "mac.csv": text("ascii.csv").replace("\n", "\r"),
    "quoted.csv": text("ascii.csv", quotechar='"'),
}


@pytest.mark.parametrize("name", TEXTS)
def test_texts(tmp_path, name):
    (tmp_path / name).write_text(TEXTS[name], newline="")
    check(read_columns(tmp_path / name, list(COLUMNS)))


@pytest.mark.parametrize(("name", "text", "spaced"), [
    ("archive.mrt", text("ascii.mrt", "log_mass"), "log_mass"),
        ("irsa.tbl", text("ascii.ipac", "log_mass"), "log_mass"),
    ("sextractor.cat", sextractor(), "log_mass"),
])  # fmt: skip
def test_texts_that_have_no_blanks_in_names(tmp_path, name, text, spaced):
    (tmp_path / name).write_text(text)
    found = read_columns(tmp_path / name, ["id", spaced, "name"])
    check({"id": found["id"], "log mass": found[spaced], "name": found["name"]})


def test_a_text_of_excel_in_utf_16_is_read_and_one_of_windows_is_told(tmp_path):
    (tmp_path / "unicode.txt").write_bytes(text("ascii.csv", delimiter="\t").encode("utf-16"))
    check(read_columns(tmp_path / "unicode.txt", list(COLUMNS)))
    (tmp_path / "windows.csv").write_bytes("id,größe\n1,2\n".encode("cp1252"))
    with pytest.raises(
        UserError, match=r"windows.csv is no text in UTF-8 \(a byte is 0xf6\); save it as one"
    ):
        read_columns(tmp_path / "windows.csv", ["id"])


@pytest.mark.parametrize("name", ["t.fits", "t.csv", "t.vot", "t.txt", "t.ecsv"])
@pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip), (".bz2", bz2), (".xz", lzma)])
def test_packed(tmp_path, name, suffix, pack):
    form = {"vot": "votable", "csv": "ascii.csv", "txt": "ascii.basic", "ecsv": "ascii.ecsv"}.get(name[2:])
    table().write(tmp_path / name, format=form)
    path = tmp_path / f"{name}{suffix}"
    path.write_bytes(pack.compress((tmp_path / name).read_bytes()))
    check(read_columns(path, list(COLUMNS)))


def test_what_cannot_be_packed_and_what_fpack_has_compressed_are_told(tmp_path):
    (tmp_path / "t.parquet.gz").write_bytes(b"")
    with pytest.raises(UserError, match="a parquet file cannot be read while it is packed; unpack it"):
        read_columns(tmp_path / "t.parquet.gz", ["id"])
    units = fits.HDUList([fits.PrimaryHDU(), fits.BinTableHDU(table())])
    units.writeto(tmp_path / "plain.fits.fz")
    check(read_columns(tmp_path / "plain.fits.fz", list(COLUMNS)))
    units[1].header["ZTABLE"] = True
    units.writeto(tmp_path / "t.fits.fz")
    with pytest.raises(
        UserError, match=r"in HDU 1 are compressed \(by fpack\); unpack it: funpack t.fits.fz"
    ):
        read_columns(tmp_path / "t.fits.fz", ["id"])


@pytest.fixture(params=["fits", "votable", "hdf5"])
def several(request, tmp_path):
    """A file of three tables, names of the second of them, and what all are called."""
    tables = {"STARS": Table({"id": [1, 2], "V": [1.0, 2]}), "GALAXIES": table(), "IDS": table()["id",]}
    if request.param == "fits":
        units = [fits.BinTableHDU(one, name=name) for name, one in tables.items()]
        fits.HDUList([fits.PrimaryHDU(), fits.ImageHDU(np.ones((3, 3))), *units]).writeto(tmp_path / "t.fits")
        return (
            tmp_path / "t.fits",
            ("galaxies", 3, "3"),
            r"HDU 2 \(STARS\), HDU 3 \(GALAXIES\), HDU 4 \(IDS\)",
        )
    if request.param == "votable":
        parts = []
        for name, one in tables.items():
            stream = io.BytesIO()
            one.write(stream, format="votable")
            part = stream.getvalue().decode().replace("<TABLE", f'<TABLE name="{name}"', 1)
            parts.append(part[part.index("<RESOURCE") : part.index("</VOTABLE>")])
        head = part[: part.index("<RESOURCE")]
        (tmp_path / "t.vot").write_text(f"{head}{''.join(parts)}</VOTABLE>")
        return tmp_path / "t.vot", ("GALAXIES", 1, "1"), r"0 \(STARS\), 1 \(GALAXIES\), 2 \(IDS\)"
    with h5py.File(tmp_path / "t.h5", "w") as file:
        for name, one in tables.items():
            for column in one.colnames:
                values = one[column].astype(object) if one[column].dtype.kind == "U" else one[column]
                file[f"survey/{name}/{column}"] = np.asarray(values)
    names = ("survey/GALAXIES", "/survey/GALAXIES/")
    return tmp_path / "t.h5", names, "/survey/GALAXIES, /survey/IDS, /survey/STARS"


def test_the_table_with_the_wanted_columns_is_taken(several):
    path, names, _ = several
    check(read_columns(path, list(COLUMNS)))
    for name in names:
        check(read_columns(path, list(COLUMNS), name))


def test_of_several_that_could_be_meant_none_is_taken_in_silence(several):
    path, names, all_tables = several
    with pytest.raises(
        UserError, match=rf"has these columns in 3 tables, {all_tables}; set dataset.hdu to the number"
    ):
        read_columns(path, ["id"])
    assert len(read_columns(path, ["id"], names[0])["id"].array) == N
    with pytest.raises(
        UserError, match=r"has no table with all of the columns V, log mass: .* has .*; .* has "
    ):
        read_columns(path, ["V", "log mass"])
    with pytest.raises(UserError, match=rf"dataset.hdu=QUASARS is no table of .*; it has {all_tables}"):
        read_columns(path, ["id"], "QUASARS")
    with pytest.raises(UserError, match="has no column 'V'; it has: id, log mass, name"):
        read_columns(path, ["V"], names[0])


def test_only_files_that_may_hold_several_tables_take_the_choice_of_one(tmp_path):
    table().write(tmp_path / "t.csv")
    with pytest.raises(UserError, match=r"dataset.hdu=1: .*t.csv holds one table; leave it out"):
        read_columns(tmp_path / "t.csv", ["id"], 1)


def test_compound_data_sets_and_those_of_astropy_and_pandas(tmp_path):
    plain = table(error=MaskedColumn(np.arange(N, dtype=float), mask=np.arange(N) == 3))
    plain["log mass"].unit = "mag"
    with h5py.File(tmp_path / "a.h5", "w") as file:
        rows = table()
        rows["name"] = np.char.encode(COLUMNS["name"])
        file["galaxies"] = rows.as_array()
    check(read_columns(tmp_path / "a.h5", list(COLUMNS)))
    plain.write(tmp_path / "b.h5", path="galaxies", serialize_meta=True)
    found = read_columns(tmp_path / "b.h5", [*COLUMNS, "error"])
    check(found)
    assert (found["log mass"].unit, list(np.flatnonzero(found["error"].missing))) == ("mag", [3])
    with h5py.File(tmp_path / "c.h5", "w") as file:  # as DataFrame.to_hdf lays a frame out
        file["df/axis0"] = np.array([b"id", b"mass", b"z"])
        file["df/axis1"] = np.arange(N)
        file["df/block0_items"] = np.array([b"mass", b"z"])
        file["df/block0_values"] = np.stack([COLUMNS["log mass"], np.ones(N)], axis=1)
        file["df/block1_items"] = np.array([b"id"])
        file["df/block1_values"] = COLUMNS["id"][:, None]
    found = read_columns(tmp_path / "c.h5", ["id", "mass"])
    check({**found, "log mass": found["mass"], "name": read_columns(tmp_path / "a.h5", ["name"])["name"]})


def test_what_netcdf_says_of_values_is_heeded_or_refused(tmp_path):
    with h5py.File(tmp_path / "t.h5", "w") as file:
        for name, attributes in (("FILLED", {"_FillValue": -5.0}), ("PACKED", {"scale_factor": 0.1})):
            file[name] = np.array([1.0, -5.0, 3.0])
            file[name].attrs.update(attributes)
    assert read_columns(tmp_path / "t.h5", ["FILLED"])["FILLED"].missing.tolist() == [False, True, False]
    with pytest.raises(UserError, match=r"the data set /PACKED is packed \(scale_factor of netCDF\)"):
        read_columns(tmp_path / "t.h5", ["PACKED"])


COMPOUND = np.dtype([("id", "i8"), ("x", "f4"), ("y", "f8"), ("name", "S4")])
NOTHING = np.array((-1, -99.9, -5.0, b"none"), dtype=COMPOUND)


@pytest.mark.parametrize("name", ["_FillValue", "missing_value", "fill_value"])
@pytest.mark.parametrize(
    ("value", "missing"),
    [
        (NOTHING, {"id": [2], "x": [0, 3], "y": [1]}),
        (NOTHING.reshape(1), {"id": [2], "x": [0, 3], "y": [1]}),
        (-99.9, {"id": [], "x": [0, 3], "y": []}),
        (np.float32(-5), {"id": [], "x": [], "y": [1]}),
        ("none", {"id": [], "x": [], "y": []}),
    ],
)
def test_what_stands_for_nothing_in_a_compound_data_set(tmp_path, name, value, missing):
    rows = np.array([(1, -99.9, 2, b"a"), (2, 3, -5, b"b"), (-1, 4, 0, b"c"), (4, -99.9, 7, b"d")], COMPOUND)
    with h5py.File(tmp_path / "t.h5", "w") as file:
        file["t"] = rows
        file["t"].attrs[name] = value
    found = read_columns(tmp_path / "t.h5", list(COMPOUND.names))
    assert {one: np.flatnonzero(found[one].missing).tolist() for one in missing} == missing
    assert np.asarray(found["name"].value).tolist() == ["a", "b", "c", "d"]


def test_rows_that_were_never_written_are_missing(tmp_path):
    with h5py.File(tmp_path / "t.h5", "w") as file:
        filled = file.create_dataset("t", (4,), COMPOUND, fillvalue=NOTHING, chunks=(2,))
        filled[:2] = np.zeros(2, COMPOUND)
        file.create_dataset("plain/x", (4,), "f4", fillvalue=-7.5, chunks=(2,))[:2] = [0, 1]
        file.create_dataset("plain/v", (4, 2), "f4", fillvalue=-7.5, chunks=(2, 2))[:2] = 1
    found = read_columns(tmp_path / "t.h5", ["id", "y"])
    assert found["id"].missing.tolist() == found["y"].missing.tolist() == [False, False, True, True]
    found = read_columns(tmp_path / "t.h5", ["x", "v"])
    assert found["x"].missing.tolist() == found["v"].missing[:, 1].tolist() == [False, False, True, True]
    with h5py.File(tmp_path / "t.h5", "w") as file:
        for name, kind in (("a/x", "f4"), ("b", COMPOUND)):
            file.create_dataset(name, (4,), kind, chunks=(2,))[:2] = np.zeros(2, kind)
    for name in ("x", "y"):
        with pytest.raises(UserError, match=r"rows 2, 3\) were never written, or were lost"):
            read_columns(tmp_path / "t.h5", [name], hdu="a" if name == "x" else "b")


def test_data_sets_of_several_lengths_and_links_are_no_table(tmp_path):
    with h5py.File(tmp_path / "t.h5", "w") as file:
        file["a"], file["b"] = np.arange(3), np.arange(4)
        file["c"] = h5py.ExternalLink("/etc/other.h5", "c")
    with pytest.raises(UserError, match="the data sets have different lengths, a 3, b 4"):
        read_columns(tmp_path / "t.h5", ["a", "b"])
    with pytest.raises(UserError, match="has no column 'c'; it has: a, b"):
        read_columns(tmp_path / "t.h5", ["c"])


def test_a_folder_of_parquet_files_is_one_table(tmp_path):
    rows = {"a": slice(0, 10), "b": slice(10, 25), "c": slice(25, N)}
    for field, part in rows.items():
        (tmp_path / "t" / f"field={field}").mkdir(parents=True)
        pq.write_table(
            pa.table({name: values[part] for name, values in COLUMNS.items()}),
            tmp_path / "t" / f"field={field}" / "part-0.parquet",
        )
    (tmp_path / "t" / "_SUCCESS").touch()
    found = read_columns(tmp_path / "t", [*COLUMNS, "field"])
    check(found)
    assert found["field"].array.tolist() == ["a"] * 10 + ["b"] * 15 + ["c"] * 15
    before = digest_of(tmp_path / "t")
    (tmp_path / "t" / "field=c").rename(tmp_path / "t" / "field=7")
    assert digest_of(tmp_path / "t") != before
    pq.write_table(pa.table({"id": [1]}), tmp_path / "t" / "odd.parquet")
    with pytest.raises(UserError, match=r"odd.parquet has no column 'log mass', which part-0.parquet has"):
        read_columns(tmp_path / "t", ["id", "log mass"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="is a folder; give the path of a table"):
        read_columns(tmp_path / "empty", ["id"])


@pytest.mark.parametrize("whole", [True, False])
def test_nulls_of_scaled_columns_are_those_of_the_file(tmp_path, monkeypatch, whole):
    """As 2MASS and WISE are kept: magnitudes as whole thousandths above 20, -32768 for none."""
    if not whole:
        monkeypatch.setattr("galaxy_causal.dataset.tables.fits_files.WHOLE", 0)
        monkeypatch.setattr("galaxy_causal.dataset.tables.fits_files.PIECE", 20)
    kinds = [("mag", ">i2"), ("pair", ">i2", 2), ("count", ">i4"), ("plain", ">i2")]
    rows = [(0, (1, 2), -(2**31), 1), (-32768, (-32768, 3), 5 - 2**31, 2), (500, (4, 20), 7 - 2**31, 3)]
    raw = np.array(rows, dtype=kinds)
    data, header = raw.tobytes(), fits.BinTableHDU(raw).header
    cards = {"TSCAL1": 1e-3, "TZERO1": 20.0, "TNULL1": -32768, "TSCAL2": 2.0, "TNULL2": -32768,
             "TZERO3": 2**31, "TNULL3": 5 - 2**31, "TNULL4": 2}  # fmt: skip
    header.update(cards)
    stream = io.BytesIO()
    fits.PrimaryHDU().writeto(stream)
    path = tmp_path / "t.fits"
    path.write_bytes(stream.getvalue() + header.tostring().encode() + data + bytes(-len(data) % 2880))
    found = read_columns(path, list(raw.dtype.names))
    assert found["mag"].missing.tolist() == [False, True, False]
    np.testing.assert_allclose(found["mag"].array[[0, 2]], [20, 20.5])
    assert found["pair"].missing.tolist() == [[False, False], [True, False], [False, False]]
    assert found["pair"].array[2].tolist() == [8, 40]
    assert found["count"].missing.tolist() == [False, True, False]
    assert found["count"].array[[0, 2]].tolist() == [0, 7]
    assert found["plain"].missing.tolist() == [False, True, False]


def test_columns_of_votables_go_by_name_and_by_id(tmp_path):
    names = {"cntr": "col_0", "logM*": "col_1", "3.6mag": "col_2", "twice": "col_3"}
    fields = "".join(f'<FIELD ID="{i}" name="{name}" datatype="double"/>' for name, i in names.items())
    fields += '<FIELD ID="col_4" name="twice" datatype="double"/><FIELD name="z(sp)" datatype="double"/>'
    row = "".join(f"<TD>{k}</TD>" for k in range(6))
    (tmp_path / "t.vot").write_text(
        '<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE><TABLE>'
        f"{fields}<DATA><TABLEDATA><TR>{row}</TR></TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"
    )
    for place, (name, own) in enumerate(names.items()):
        wanted = own if name == "twice" else name
        assert read_columns(tmp_path / "t.vot", [wanted])[wanted].array == place
        assert read_columns(tmp_path / "t.vot", [own])[own].array == place
    assert read_columns(tmp_path / "t.vot", ["z(sp)"])["z(sp)"].array == 5
    with pytest.raises(UserError, match="several columns 'twice'; take one by its ID: col_3, col_4"):
        read_columns(tmp_path / "t.vot", ["twice"])
    with pytest.raises(UserError, match=r"has no column 'logM'; did you mean logM\*\? it has: logM\*, cntr"):
        read_columns(tmp_path / "t.vot", ["logM"])


def masked_table():
    """Numbers, texts, vectors and a quantity, some of which are masked, and where."""
    masks = {name: np.arange(N) % place == 0 for name, place in (("size", 7), ("kind", 5), ("flux", 11))}
    table = Table(masked=True)
    table["number"] = np.arange(N)
    table["size"] = MaskedColumn(np.linspace(0, 1, N), mask=masks["size"])
    table["kind"] = MaskedColumn(np.array(["a", "b"])[np.arange(N) % 2], mask=masks["kind"])
    table["vector"] = MaskedColumn(np.ones((N, 3)), mask=np.repeat(masks["size"], 3).reshape(N, 3))
    table = QTable(table)
    table["flux"] = Masked(np.ones(N) * units.uJy, mask=masks["flux"])
    return table, masks | {"vector": masks["size"], "number": np.zeros(N, dtype=bool)}


def test_masks_that_astropy_writes_beside_columns_of_parquet_are_heeded(tmp_path):
    table, masks = masked_table()
    table.write(tmp_path / "t.parquet")
    for part, rows in {"0": slice(0, 12), "1": slice(12, 14), "2": slice(14, N)}.items():
        (tmp_path / "parts").mkdir(exist_ok=True)
        table[rows].write(tmp_path / "parts" / f"{part}.parquet")  # of which the second has nothing masked
    for place in ("t.parquet", "parts"):
        found = read_columns(tmp_path / place, [*masks])
        for name, mask in masks.items():
            missing = found[name].missing
            assert missing.shape == found[name].array.shape
            np.testing.assert_array_equal(missing if missing.ndim == 1 else missing.all(axis=1), mask, name)
        assert found["flux"].unit == "uJy"
    names = pq.read_table(tmp_path / "t.parquet").replace_schema_metadata(None)
    pq.write_table(names, tmp_path / "other.parquet")
    assert not read_columns(tmp_path / "other.parquet", ["size"])[
        "size"
    ].missing.any()  # not astropy's any more


@pytest.mark.parametrize("form", ["parquet", "csv", "fits", "hdf5", "npz", "vot", "memory"])
def test_blanks_around_texts_are_no_part_of_them(tmp_path, form):
    kinds = ["E/S0", "E/S0 ", " Sb", "Sb  "] * 10
    many = [f"g{row} " if row % 2 else f"g{row}" for row in range(40)]
    table, path = Table({"kind": kinds, "many": many}), tmp_path / f"t.{form}"
    if form == "parquet":
        pq.write_table(pa.table({"kind": kinds, "many": many}), path)
    elif form == "npz":
        np.savez(path, kind=np.array(kinds), many=np.array(many))
    elif form == "memory":
        found = memory_columns(table, ["kind", "many"], "table")
    elif form == "hdf5":
        table.write(path, path="t")
    else:
        table.write(path, format={"vot": "votable"}.get(form))
    found = found if form == "memory" else read_columns(path, ["kind", "many"])
    assert found["kind"].array.tolist() == ["E/S0", "E/S0", "Sb", "Sb"] * 10
    assert found["kind"].value.used() == ["E/S0", "Sb"]
    assert found["many"].array.tolist() == [f"g{row}" for row in range(40)]
