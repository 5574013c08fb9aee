"""Files that say more than was read, and are damaged."""

import gzip

import numpy as np
import pytest
from astropy.io import fits

from galaxy_causal.dataset.tables.files import read_columns
from galaxy_causal.types import UserError


@pytest.fixture
def fits_file(tmp_path, galaxies):
    path = tmp_path / "galaxies.fits"
    fits.HDUList([fits.PrimaryHDU(), fits.BinTableHDU(galaxies)]).writeto(path, checksum=True)
    return path


def damaged(path, place):
    """A copy of a file with one bit turned."""
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    other = path.with_name(f"damaged_{path.name}")
    other.write_bytes(content)
    return other


def test_a_sound_file_is_read(fits_file):
    assert len(read_columns(fits_file, ["LOGM"])["LOGM"].value) == 40


def test_values_that_their_sum_contradicts_are_refused(fits_file):
    with fits.open(fits_file) as units:
        start = units.fileinfo(1)["datLoc"]
    with pytest.raises(
        UserError, match=r"damaged_galaxies.fits cannot be read as fits: .*extension 1 .*DATASUM"
    ):
        read_columns(damaged(fits_file, start + 20), ["LOGM"])


def test_a_sum_that_is_undefined_is_not_compared(fits_file):
    with fits.open(fits_file, mode="update") as units:
        units[1].header["DATASUM"] = ""
    assert len(read_columns(fits_file, ["LOGM"])["LOGM"].value) == 40


@pytest.mark.parametrize("suffix", [".fits", ".csv"])
def test_a_damaged_end_of_a_compressed_file_is_refused(tmp_path, fits_file, galaxies, suffix):
    galaxies.write(tmp_path / "galaxies.csv", format="ascii.csv")
    path = tmp_path / f"galaxies{suffix}.gz"
    path.write_bytes(gzip.compress((tmp_path / f"galaxies{suffix}").read_bytes()))
    assert len(read_columns(path, ["LOGM"])["LOGM"].value) == 40
    for place in (-6, -2):  # in the checksum, in the length
        with pytest.raises(UserError, match=rf"galaxies{suffix}.gz cannot be read as .*Is it complete"):
            read_columns(damaged(path, place), ["LOGM"])


def test_pages_of_parquet_are_compared_with_their_sums(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / "galaxies.parquet"
    numbers = np.random.default_rng(0).normal(size=5000)
    pq.write_table(
        pa.table({"x": numbers}), path, write_page_checksum=True, compression="NONE", use_dictionary=False
    )
    assert len(read_columns(path, ["x"])["x"].value) == 5000
    with pytest.raises(
        UserError, match=r"damaged_galaxies.parquet cannot be read as parquet.*(?i:crc|checksum)"
    ):
        read_columns(damaged(path, 20_000), ["x"])


def test_a_mark_of_the_beginning_is_no_part_of_a_name(tmp_path):
    (tmp_path / "excel.csv").write_bytes(b"\xef\xbb\xbfx,y\r\n1,2\r\n3,4\r\n")
    assert list(read_columns(tmp_path / "excel.csv", ["x"])["x"].value) == [1, 3]


@pytest.mark.parametrize("compressed", [False, True])
def test_lines_with_too_few_cells_are_refused_by_number(tmp_path, compressed):
    def write(text):
        path = tmp_path / ("t.csv.gz" if compressed else "t.csv")
        path.write_bytes(gzip.compress(text.encode()) if compressed else text.encode())
        return path

    whole = 'a,b,c\n1,2,3\n\n4,"x, y\nz",\n,,\n7,8,9\n'
    assert list(read_columns(write(whole), ["a"])["a"].missing) == [False, False, True, False]
    cut = whole + "1,2\n4\n"
    with pytest.raises(UserError, match=r"as csv: line 8 has 2 cells and the first 3, as do 1 other lines"):
        read_columns(write(cut), ["a"])
