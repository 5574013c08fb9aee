"""Cubes whose pixels, headers or packing are damaged, or claim too much."""

import bz2
import gzip

import numpy as np
import pytest
from astropy.io import fits
from cutout_files import COLUMNS, SCALE, SPLIT
from hostile import at_once

from galaxy_causal.dataset import cutouts
from galaxy_causal.types import UserError

PACKERS = {"": bytes, ".gz": gzip.compress, ".bz2": bz2.compress}


@pytest.fixture
def cube(read, galaxies, tmp_path):
    """Read the cubes with one of them made of these bytes and this suffix."""
    read("cubes")
    one = tmp_path / "cubes" / f"{galaxies['ID'][17]}.fits"
    header = fits.getheader(one)

    def read_with(content, suffix=""):
        for old in one.parent.glob(f"{one.name}*"):
            old.unlink()
        one.with_name(one.name + suffix).write_bytes(content)
        with at_once():
            return cutouts(str(tmp_path / "galaxies.fits"), COLUMNS, SPLIT, {"path": str(one.parent)})

    read_with.header, read_with.path = header, tmp_path / "made.fits"
    return read_with


def made(cube, pixels, kind=fits.PrimaryHDU, **cards):
    """The bytes of a cube with checksums in its header, and where the pixels begin."""
    header = fits.Header({**cube.header, **cards})
    hdu = kind(pixels, header)
    hdu.writeto(cube.path, checksum=True, overwrite=True)
    with fits.open(cube.path) as hdus:
        return cube.path.read_bytes(), hdus.fileinfo(len(hdus) - 1)


@pytest.mark.parametrize("suffix", [*PACKERS, ".fz"])
@pytest.mark.parametrize("which", ["pixels", "header"])
def test_checksums_in_headers_are_compared(cube, pixels, suffix, which):
    kind = fits.CompImageHDU if suffix == ".fz" else fits.PrimaryHDU
    packed = PACKERS.get(suffix, bytes)
    whole, places = made(cube, pixels[0], kind)
    assert len(cube(packed(whole), suffix)) == 40
    changed = bytearray(whole)
    text = b"number of array dimensions" if suffix != ".fz" else b"width of table"
    place = places["datLoc"] + 30 if which == "pixels" else whole.index(text, places["hdrLoc"])
    changed[place] ^= 1
    card = "DATASUM" if which == "pixels" else "CHECKSUM"
    message = (
        rf"\.fits{suffix}: .*pixels of HDU \w+ differ from the {card} in its header. Copy the file again"
    )
    with pytest.raises(UserError, match=message):
        cube(packed(bytes(changed)), suffix)


@pytest.mark.parametrize("dtype", ["i2", "u2", "f8", "u1"])
def test_checksums_of_scaled_pixels_are_those_of_the_file(cube, pixels, dtype):
    whole, _ = made(cube, (100 * np.abs(pixels[0])).astype(dtype))
    assert len(cube(whole)) == 40


def test_the_checksum_of_a_gzip_file_is_compared(cube, pixels):
    hdu = fits.PrimaryHDU(pixels[0], cube.header)
    hdu.writeto(cube.path)
    whole = bytearray(gzip.compress(cube.path.read_bytes()))
    assert len(cube(whole, ".gz")) == 40
    whole[-6] ^= 1
    with pytest.raises(UserError, match=r"\.fits.gz cannot be read: CRC check failed"):
        cube(whole, ".gz")


@pytest.mark.parametrize(
    "cards",
    [
        {"CTYPE1": "RA---XXX"},
        {"CTYPE2": "DEC--SIN"},
        {"CDELT1": "north"},
        {"CDELT1": 0.0},
        {"CDELT2": 1e300},
        {"CUNIT1": "parsec"},
        {"PC1_1": "x"},
        {"BANDS": 3},
    ],
)
def test_damaged_cards_are_an_error_that_names_the_file(cube, pixels, galaxies, cards):
    whole, _ = made(cube, pixels[0], **cards)
    name = "bands=3" if "BANDS" in cards else f"{galaxies['ID'][17]}.fits"
    with pytest.raises(UserError, match=name):
        cube(whole)


def test_damage_anywhere_in_the_header_is_no_traceback(cube, pixels):
    fits.PrimaryHDU(pixels[0], cube.header).writeto(cube.path)
    whole, rng, refused = cube.path.read_bytes(), np.random.default_rng(6), 0
    for _ in range(60):
        changed = bytearray(whole)
        changed[rng.integers(0, whole.index(b"END    "))] = rng.integers(32, 127)
        try:
            cube(bytes(changed))
        except UserError:
            refused += 1
    assert refused > 5


@pytest.mark.parametrize("suffix", PACKERS)
def test_a_cube_larger_than_memory_is_refused(cube, pixels, suffix):
    fits.PrimaryHDU(pixels[0], cube.header).writeto(cube.path)
    whole = cube.path.read_bytes()
    for axis, size in (("NAXIS1", 5), ("NAXIS2", 6)):
        whole = whole.replace(f"{axis}  = {size:20d}".encode(), f"{axis}  = {3_000_000:20d}".encode())
    with pytest.raises(
        UserError, match=r"\.fits(\.\w+: the image would take 108,000.0 GB| cannot be read: )"
    ):
        cube(PACKERS[suffix](whole), suffix)


def test_pixels_of_some_arcsec_are_read(cube, pixels):
    assert cube(made(cube, pixels[0])[0]).images.pixel_scale == pytest.approx(SCALE)
