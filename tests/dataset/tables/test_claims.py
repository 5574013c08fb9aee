"""Tables and archives that unpack to more than memory holds, or hold less than they claim."""

import bz2
import gzip
import io
import lzma
import zipfile

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hostile import at_once

from galaxy_causal.dataset.images.npz import npz_file
from galaxy_causal.dataset.tables.files import read_columns
from galaxy_causal.types import UserError


@pytest.fixture
def little_memory(monkeypatch):
    """A machine on which 50 MB are free, and small files are looked at too."""
    free = psutil.virtual_memory()._replace(available=50_000_000)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: free)
    monkeypatch.setattr("galaxy_causal.files.regular.WORTH_ASKING", 1_000_000)
    monkeypatch.setattr("galaxy_causal.files.regular.WORTH_ASKING", 1_000_000)


def header(shape, dtype="<f8"):
    text = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


def archive(path, members, kind=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", kind) as file:
        for name, content in members.items():
            file.writestr(f"{name}.npy", content)


@pytest.mark.usefixtures("little_memory")
@pytest.mark.parametrize(
    "name", ["t.csv.gz", "t.fits.gz", "t.vot.gz", "t.ecsv.gz", "t.csv", "t.fits", "t.vot"]
)
@pytest.mark.parametrize("packed", [gzip.compress, bz2.compress, lzma.compress])
def test_packed_tables_that_unpack_to_more_than_memory_holds(tmp_path, name, packed):
    (tmp_path / name).write_bytes(packed(b"\0" * 60_000_000))
    message = (
        rf"{name}: what is packed in it, so far as it was unpacked, would take 0\.1 GB, and 0\.1 GB of mem"
    )
    with at_once(60), pytest.raises(UserError, match=message):
        read_columns(tmp_path / name, ["a"])


@pytest.mark.usefixtures("little_memory")
def test_packed_tables_that_fit_are_read(tmp_path):
    rows = b"a\n" + b"".join(b"%d\n" % k for k in range(300_000))
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(rows))
    assert len(read_columns(tmp_path / "t.csv.gz", ["a"])["a"].value) == 300_000


@pytest.mark.usefixtures("little_memory")
def test_columns_of_npz_that_unpack_to_more_than_memory_holds(tmp_path):
    archive(
        tmp_path / "t.npz", {"a": header((10_000_000,)) + b"\0" * 80_000_000, "b": header((1,)) + b"\0" * 8}
    )
    with at_once(), pytest.raises(UserError, match=r"t.npz: the arrays would take 0\.1 GB"):
        read_columns(tmp_path / "t.npz", ["a"])
    assert read_columns(tmp_path / "t.npz", ["b"])["b"].value == 0


@pytest.mark.usefixtures("little_memory")
def test_columns_of_parquet_that_unpack_to_more_than_memory_holds(tmp_path):
    pq.write_table(
        pa.table({"a": np.zeros(10_000_000, "i1"), "b": np.zeros(10_000_000, "i1")}), tmp_path / "t.pq"
    )
    with at_once(), pytest.raises(UserError, match=r"t.pq: the table would take 0\.1 GB"):
        read_columns(tmp_path / "t.pq", ["a"])


@pytest.mark.usefixtures("little_memory")
def test_lists_of_parquet_that_unpack_to_more_than_memory_holds(tmp_path):
    lists = pa.FixedSizeListArray.from_arrays(pa.array(np.zeros(5_000_000, "f4")), 50)
    pq.write_table(pa.table({"a": lists}), tmp_path / "t.pq")
    with (
        at_once(),
        pytest.raises(UserError, match=r"t.pq: the 5,000,000 numbers of the vectors a, held twice"),
    ):
        read_columns(tmp_path / "t.pq", ["a"])


@pytest.mark.parametrize("kind", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("shape", ["(1000000000000,)", "(41,)", "(39,)", "(-40,)", "(40,"])
def test_members_of_npz_hold_as_much_as_they_claim(tmp_path, kind, shape):
    archive(tmp_path / "t.npz", {"a": header(shape) + b"\0" * 320, "b": header("(40,)") + b"\0" * 320}, kind)
    with (
        at_once(),
        pytest.raises(UserError, match=r"t.npz cannot be read as npz: (the array a claims|its header)"),
    ):
        read_columns(tmp_path / "t.npz", ["a"])
    assert len(read_columns(tmp_path / "t.npz", ["b"])["b"].value) == 40


@pytest.mark.parametrize("kind", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("shape", ["(8, 2, 2)", "(1000000000, 64, 64)", "(-4, -2, 2)", "(4, 2"])
def test_images_of_npz_are_not_read_beyond_their_member(tmp_path, kind, shape):
    """Else the next member, of secrets perhaps, would be shown as pixels."""
    pixels = np.ones((4, 2, 2), "<f8").tobytes()
    archive(
        tmp_path / "t.npz", {"img_g": header(shape) + pixels, "next": header((999,)) + b"\1" * 7992}, kind
    )
    with (
        at_once(),
        pytest.raises(UserError, match=r"t.npz cannot be read: (the array img_g claims|its header)"),
    ):
        npz_file(tmp_path / "t.npz", ["img_g"], ("g",), tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_one_band_of_npz_is_read_as_images(tmp_path):
    pixels = np.arange(16.0).reshape(4, 2, 2)
    np.savez(tmp_path / "t.npz", img_g=pixels)
    file = npz_file(tmp_path / "t.npz", ["img_g"], ("g",), tmp_path / "cache")
    np.testing.assert_array_equal(file.read(np.array([2, 0])), pixels[[2, 0], None])


def test_a_member_of_another_kind_is_refused(tmp_path):
    content = io.BytesIO()
    np.save(content, np.arange(3))
    with zipfile.ZipFile(tmp_path / "t.npz", "w") as file:
        file.writestr("a", content.getvalue())
        file.writestr("b.npy", b"no npy data")
    np.testing.assert_array_equal(read_columns(tmp_path / "t.npz", ["a"])["a"].value, np.arange(3))
    with pytest.raises(UserError, match=r"t.npz cannot be read as npz: the magic string is not correct"):
        read_columns(tmp_path / "t.npz", ["b"])


def test_metadata_of_parquet_whose_values_lie_in_other_files_are_refused(tmp_path):
    data, parts = pa.table({"a": np.arange(9.0)}), []
    pq.write_table(data, tmp_path / "part.parquet", metadata_collector=parts)
    parts[0].set_file_path("part.parquet")
    pq.write_metadata(data.schema, tmp_path / "all.parquet", metadata_collector=parts)
    with pytest.raises(
        UserError, match=r"all.parquet: the values of 'a' lie in another file, 'part.parquet'"
    ):
        read_columns(tmp_path / "all.parquet", ["a"])
    assert len(read_columns(tmp_path / "part.parquet", ["a"])["a"].value) == 9
