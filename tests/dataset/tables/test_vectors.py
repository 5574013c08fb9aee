import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy.io import fits
from astropy.table import MaskedColumn, Table

from galaxy_causal.dataset.tables import fits_files
from galaxy_causal.dataset.tables.files import memory_columns, read_columns
from galaxy_causal.types import UserError

N, D = 50, 7
VECTORS = np.random.default_rng(0).normal(size=(N, D)).astype(np.float32)


def as_fits(path):
    Table({"flux": VECTORS}).write(path)


def as_lists_of_fits(path):
    fits.BinTableHDU.from_columns([fits.Column("flux", "PE()", array=list(VECTORS))]).writeto(path)


def as_votable(path):
    Table({"flux": VECTORS}).write(path, format="votable")


def as_npz(path):
    np.savez(path, flux=VECTORS)


def as_parquet(path):
    pq.write_table(pa.table({"flux": pa.array(list(VECTORS))}), path)


def as_fixed_parquet(path):
    lists = pa.FixedSizeListArray.from_arrays(pa.array(VECTORS.ravel()), D)
    pq.write_table(pa.table({"flux": lists}), path)


@pytest.mark.parametrize(
    ("name", "write"),
    [("a.fits", as_fits), ("l.fits", as_lists_of_fits), ("a.vot", as_votable), ("a.npz", as_npz),
     ("a.parquet", as_parquet), ("f.parquet", as_fixed_parquet)],
)  # fmt: skip
def test_vectors_are_the_same_from_every_kind_of_file(name, write, tmp_path, monkeypatch):
    write(tmp_path / name)
    for whole in (fits_files.WHOLE, 0):
        monkeypatch.setattr(fits_files, "WHOLE", whole)
        monkeypatch.setattr(fits_files, "PIECE", 300)
        column = read_columns(tmp_path / name, ["flux"])["flux"]
        assert np.array_equal(column.array, VECTORS)
        assert column.missing.shape == VECTORS.shape
        assert not column.missing.any()
        one = column.element(3)
        assert (one.name, one.array.tolist()) == ("flux[3]", VECTORS[:, 3].tolist())
        assert one.missing.shape == (N,)
        with pytest.raises(IndexError):
            column.element(D)


def test_one_number_of_a_vector_may_be_missing_and_a_whole_vector(tmp_path):
    mask = np.zeros((N, D), dtype=bool)
    mask[4, 2] = mask[6] = True
    lists = [
        [None if m else float(v) for v, m in zip(*row, strict=True)]
        for row in zip(VECTORS, mask, strict=True)
    ]
    lists[6] = None
    pq.write_table(pa.table({"flux": lists}), tmp_path / "a.parquet")
    Table({"flux": MaskedColumn(VECTORS, mask=mask)}).write(tmp_path / "a.ecsv")
    found = [read_columns(tmp_path / name, ["flux"])["flux"] for name in ("a.parquet", "a.ecsv")]
    found.append(memory_columns({"flux": np.ma.array(VECTORS, mask=mask)}, ["flux"], "t")["flux"])
    for column in found:
        assert np.array_equal(column.missing, mask)
        assert np.array_equal(column.array[~mask], VECTORS[~mask])


def test_vectors_of_several_lengths_are_refused_by_their_rows(tmp_path):
    lists = [list(range(4)) for _ in range(N)]
    lists[30] = [1]
    pq.write_table(pa.table({"flux": lists}), tmp_path / "a.parquet")
    with pytest.raises(UserError, match=r"a.parquet: column flux holds 4 values in row 0 and 1 in row 30"):
        read_columns(tmp_path / "a.parquet", ["flux"])


def test_lists_of_a_fixed_length_that_pyarrow_cannot_read_are_named(tmp_path):
    lists = pa.FixedSizeListArray.from_arrays(pa.array(VECTORS.ravel()), D, mask=pa.array(np.arange(N) == 10))
    pq.write_table(pa.table({"V": lists}), tmp_path / "t.parquet")
    with pytest.raises(UserError, match=r"column V has rows without a vector .*; fill them with NaN"):
        read_columns(tmp_path / "t.parquet", ["V"])
