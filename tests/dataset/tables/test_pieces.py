import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy.io import fits
from astropy.table import MaskedColumn, Table

import galaxy_causal as gc
from galaxy_causal.dataset import catalogue_checksums
from galaxy_causal.dataset.tables import fits_files, parquet_files, pieces
from galaxy_causal.dataset.tables.files import read_columns
from galaxy_causal.types import Labels, UserError

N = 1000


@pytest.fixture
def galaxies():
    rng = np.random.default_rng(0)
    table = Table()
    table["id"] = rng.permutation(N) + 2**53
    table["mag"] = rng.normal(size=N).astype(np.float32)
    table["z"] = rng.normal(size=N)
    table["class"] = rng.choice(["spiral", "E", ""], N)
    table["name"] = [f"J{n:05d}" for n in range(N)]
    table["flag"] = rng.random(N) > 0.5
    table["count"] = MaskedColumn(rng.integers(0, 9, N), mask=rng.random(N) > 0.9)
    table["pair"] = rng.normal(size=(N, 2))
    table["mag"].unit = "mag"
    return table


def large(path):
    with fits.open(path) as hdus:
        return fits_files.large_table(path, hdus[1])


def same(one, other):
    assert one.keys() == other.keys()
    for name in one:
        assert one[name].array.dtype == other[name].array.dtype
        assert np.array_equal(one[name].array, other[name].array)
        assert np.array_equal(one[name].missing, other[name].missing)
        assert one[name].unit == other[name].unit


def test_fits_in_pieces_is_fits_as_a_whole(galaxies, tmp_path, monkeypatch):
    path = tmp_path / "galaxies.fits"
    galaxies.write(path)
    whole = read_columns(path, galaxies.colnames)
    monkeypatch.setattr(fits_files, "WHOLE", 0)
    monkeypatch.setattr(fits_files, "PIECE", 5000)
    assert large(path).count == N
    same(read_columns(path, galaxies.colnames), whole)
    assert isinstance(whole["class"].value, Labels)
    assert not isinstance(whole["name"].value, Labels)
    with pytest.raises(UserError, match="has no column 'mug'"):
        read_columns(path, ["mug"])


def test_unsigned_and_null_numbers_of_fits_are_so_in_pieces_too(tmp_path, monkeypatch):
    path = tmp_path / "galaxies.fits"
    columns = [
        fits.Column("unsigned", "J", array=np.arange(N, dtype=np.uint32), bzero=2**31),
        fits.Column("holes", "J", array=np.arange(N) % 7, null=3),
    ]
    fits.BinTableHDU.from_columns(columns).writeto(path)
    names = ["unsigned", "holes"]
    whole = read_columns(path, names)
    monkeypatch.setattr(fits_files, "WHOLE", 0)
    monkeypatch.setattr(fits_files, "PIECE", 1000)
    same(read_columns(path, names), whole)
    assert whole["holes"].missing.sum() == np.sum(np.arange(N) % 7 == 3)


def test_cells_elsewhere_and_cut_files_are_read_as_a_whole(galaxies, tmp_path, monkeypatch):
    monkeypatch.setattr(fits_files, "WHOLE", 0)
    path = tmp_path / "long.fits"
    lists = np.array([np.arange(k % 3) for k in range(N)], dtype=object)
    fits.BinTableHDU.from_columns([fits.Column("lists", "PJ()", array=lists)]).writeto(path)
    assert large(path) is None
    path = tmp_path / "cut.fits"
    galaxies.write(path)
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(UserError, match="cannot be read as fits"):
        read_columns(path, ["mag"])


@pytest.mark.parametrize("batch", [1, 7, 10_000])
def test_parquet_in_batches_is_what_was_written(tmp_path, monkeypatch, batch):
    monkeypatch.setattr(parquet_files, "BATCH", batch)
    path = tmp_path / "galaxies.parquet"
    columns = {
        "whole": pa.array([1, None, 2**60 + 1, 4] * 10),
        "single": pa.array([1.5, None, 3.5, 4.5] * 10, pa.float32()),
        "text": pa.array(["a", None, "ccc", ""] * 10),
        "many": pa.array([f"galaxy {n}" for n in range(40)]),
    }
    pq.write_table(pa.table(columns), path, row_group_size=13)
    found = read_columns(path, list(columns))
    assert found["whole"].array.tolist() == [1, 0, 2**60 + 1, 4] * 10
    assert found["single"].array.dtype == np.float32
    assert found["text"].array.tolist() == ["a", "", "ccc", ""] * 10
    assert found["many"].array.tolist() == columns["many"].to_pylist()
    for name in ("whole", "single", "text"):
        assert found[name].missing.tolist() == [False, True, False, False] * 10


def test_parquet_without_rows_keeps_its_types_and_is_too_few_galaxies(tmp_path):
    path = tmp_path / "galaxies.parquet"
    kinds = {"mass": pa.float64(), "z": pa.float32(), "id": pa.int64(), "flag": pa.bool_()}
    pq.write_table(pa.table({name: pa.array([], kind) for name, kind in kinds.items()}), path)
    found = read_columns(path, list(kinds))
    assert [column.array.dtype for column in found.values()] == [np.float64, np.float32, np.int64, np.bool_]
    with pytest.raises(UserError, match="galaxies has 0 usable galaxies, at least 20 are needed"):
        gc.read_table(path, "mass", redshift="z", id="id")


def test_texts_become_many_in_the_middle():
    texts = np.array([f"{n % 3}" for n in range(300)] + [f"galaxy {n}" for n in range(300)])
    parts = (
        pieces.FileColumn("t", texts[s : s + 50], np.zeros(50, dtype=bool), "") for s in range(0, 600, 50)
    )
    found = pieces.joined("t", parts, 600)
    assert (found.array == texts).all()
    assert found.array.dtype == texts.dtype


@pytest.mark.parametrize("roles", [{}, {"id": "id"}, {"id": "id", "other": {"number": "id"}}])
def test_a_file_is_the_same_table_as_its_columns(tmp_path, roles):
    rng = np.random.default_rng(0)
    columns = {"id": rng.permutation(N), "mass": rng.normal(size=N), "z": rng.uniform(0, 1, N)}
    pq.write_table(pa.table(columns), tmp_path / "galaxies.parquet")
    file = gc.read_table(tmp_path / "galaxies.parquet", "mass", redshift="z", **roles)
    memory = gc.from_table(columns, "mass", redshift="z", **roles)
    assert catalogue_checksums(file) == catalogue_checksums(memory)
    assert len(file) == N
