"""Frames with damaged cards, pixels or packing."""

import bz2
import gzip

import numpy as np
import pytest
from astropy.io import fits
from hostile import at_once
from sky_frames import SCALE, draw, wcs_of, write

from galaxy_causal.cutouts import Grid, find_frames, make_plan
from galaxy_causal.cutouts.frames import quiet
from galaxy_causal.types import Positions, UserError


@pytest.fixture
def frame(tmp_path):
    """Write a frame whose cards a function changes, raw, and find it."""

    def write_and_find(change=lambda text: text, **options):
        path = tmp_path / "frame-r-1.fits"
        wcs = wcs_of()
        write(path, draw(wcs, np.array([[150.0, 2.0, 50.0]])), wcs, "r")
        whole = path.read_bytes()
        end = 2880 * (1 + whole.index(b"END" + b" " * 77) // 2880)
        path.write_bytes(change(whole[:end].decode()).encode()[:end].ljust(end) + whole[end:])
        (found,) = find_frames(str(tmp_path), **options)
        return found

    return write_and_find


def load(frame):
    with quiet():
        return frame.load()


def cut_of(frame):
    """Plan the cutout of the one star, and read the frame."""
    positions = Positions(np.arange(1), np.array([150.0]), np.array([2.0]))
    return load(make_plan(positions, [frame], Grid(("r",), 24, SCALE)).frames[0])


def card(name, text):
    """Give a card this text, or put it in the place of the comment that the header begins with."""

    def change(header):
        cards = [header[k : k + 80] for k in range(0, len(header), 80)]
        place = next((k for k, c in enumerate(cards) if c[:8].strip() == name), None)
        new = f"{name:8s}= {text}".ljust(80)[:80]
        if place is None:
            place = next(k for k, c in enumerate(cards) if c.strip() == "END")
            cards.insert(place, new)
        else:
            cards[place] = new
        return "".join(cards)

    return change


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("CTYPE1", "'RA---XXX'"),
        ("CTYPE2", "'DEC--SIN'"),
        ("CRVAL1", "'north'"),
        ("CRVAL2", "1E400"),
        ("CRVAL1", "NaN"),
        ("CRPIX1", "12 34 / two numbers"),
        ("PC1_1", "0.0"),
        ("CDELT1", "0.0"),
        ("CDELT1", "1E300"),
        ("CUNIT1", "'parsec'"),
        ("CUNIT1", "'deg"),
        ("WCSAXES", "-7"),
        ("WCSAXES", "1000000"),
        ("LONPOLE", "'x'"),
        ("NAXIS1", "'wide'"),
        ("NAXIS1", "1.5.2"),
        ("NAXIS1", "-200"),
        ("NAXIS", "'two'"),
        ("A_ORDER", "1000000000"),
        ("A_ORDER", "'x'"),
        ("BUNIT", "'nano"),
        ("FILTER", "12 34"),
    ],
)
def test_damaged_cards_are_an_error_that_names_the_file(frame, name, text):
    with at_once(), pytest.raises(UserError, match=r"frame-r-1.fits"):
        cut_of(frame(card(name, text)))


def test_damage_anywhere_in_the_header_is_no_traceback(frame):
    """Single characters, at random: read as they are, or refused by name; never anything else."""
    rng = np.random.default_rng(5)
    said = []
    for _ in range(150):

        def change(header):
            place, letter = int(rng.integers(0, header.index("END    "))), chr(rng.integers(32, 127))
            return header[:place] + letter + header[place + 1 :]

        try:
            cut_of(frame(change))
        except UserError as error:
            said.append(str(error))
    assert len(said) > 5
    assert all("frame" in text for text in said)


@pytest.mark.parametrize("which", ["pixels", "header"])
@pytest.mark.parametrize("suffix", ["", ".gz", ".bz2"])
@pytest.mark.parametrize("mask", [None, "BAD"])
def test_checksums_in_headers_are_compared(tmp_path, which, suffix, mask):
    wcs = wcs_of()
    header = fits.Header({**wcs.to_header(), "FILTER": "r", "BUNIT": "nanomaggy"})
    pixels = fits.PrimaryHDU(draw(wcs, np.array([[150.0, 2.0, 50.0]])).astype("f4"), header)
    bad = fits.ImageHDU(np.zeros(pixels.shape, "u1"), name="BAD")
    path = tmp_path / "frame-r-1.fits"
    fits.HDUList([pixels, bad]).writeto(path, checksum=True)
    with fits.open(path) as hdus:
        places = hdus.fileinfo(0 if mask is None else 1)
    whole = path.read_bytes()
    path.unlink()
    path = tmp_path / f"frame-r-1.fits{suffix}"
    packed = {"": bytes, ".gz": gzip.compress, ".bz2": bz2.compress}[suffix]
    path.write_bytes(packed(whole))
    assert np.isfinite(load(find_frames(str(tmp_path), mask=mask)[0])).all()
    changed = bytearray(whole)
    comment = whole.index(b"number of array dimensions", places["hdrLoc"])
    place = places["datLoc"] + 1000 if which == "pixels" else comment
    changed[place] ^= 1
    path.write_bytes(packed(bytes(changed)))
    card = "DATASUM" if which == "pixels" else "CHECKSUM"
    hdu = mask or "PRIMARY"
    with pytest.raises(
        UserError, match=rf"frame-r-1.fits{suffix}: .*pixels of HDU {hdu} differ from the {card} in"
    ):
        load(find_frames(str(tmp_path), mask=mask)[0])


@pytest.mark.parametrize("tail", [0, 100_000])
def test_the_checksum_of_a_gzip_file_is_compared(tmp_path, tail):
    """Also where something follows that nobody reads."""
    wcs = wcs_of()
    path = tmp_path / "frame-r-1.fits.gz"
    write(path, draw(wcs, np.array([[150.0, 2.0, 50.0]])), wcs, "r")
    whole = bytearray(gzip.compress(gzip.decompress(path.read_bytes()) + b"\0" * tail))
    path.write_bytes(whole)
    load(find_frames(str(tmp_path))[0])
    whole[-6] ^= 1  # of the checksum
    path.write_bytes(whole)
    with pytest.raises(UserError, match=r"frame-r-1.fits.gz cannot be read as FITS: CRC check failed"):
        load(find_frames(str(tmp_path))[0])
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 255  # of the data: may break the unpacking itself
    path.write_bytes(whole)
    with pytest.raises(UserError, match=r"frame-r-1.fits.gz cannot be read as FITS: "):
        load(find_frames(str(tmp_path))[0])


def test_frames_are_told_by_their_first_bytes_not_by_their_suffix(tmp_path):
    wcs = wcs_of()
    write(tmp_path / "frame-r-1.fits", draw(wcs, np.array([[150.0, 2.0, 50.0]])), wcs, "r")
    pixels = load(find_frames(str(tmp_path))[0])
    path = tmp_path / "frame-r-1.fits"
    path.write_bytes(gzip.compress(path.read_bytes()))
    np.testing.assert_array_equal(load(find_frames(str(tmp_path))[0]), pixels)


@pytest.mark.parametrize("packed", [bytes, gzip.compress, bz2.compress])
def test_a_frame_larger_than_memory_or_than_its_file_is_refused(frame, packed):
    found = frame(lambda header: card("NAXIS2", "4000000")(card("NAXIS1", "4000000")(header)))
    found.path.write_bytes(packed(found.path.read_bytes()))
    (found,) = find_frames(str(found.path.parent))
    message = r"frame-r-1.fits(: the image would take 64,000.0 GB| cannot be read as FITS: )"
    with at_once(), pytest.raises(UserError, match=message):
        load(found)
