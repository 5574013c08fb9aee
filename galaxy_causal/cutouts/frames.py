"""Calibrated frames of a survey: where they lie on the sky, and their pixels."""

from __future__ import annotations

import re
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.files import check_image, check_wcs, counted, opened, read_to_end
from galaxy_causal.types import Floats, UserError, option

ARCSEC = 3600.0
DAMAGE = (
    OSError,
    EOFError,
    ValueError,  # with those of WCS
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    MemoryError,
    UserWarning,
    zlib.error,
)
"""What astropy raises for a damaged file."""
FILE_NAME_BAND = re.compile(r"frame-([A-Za-z]\w?)-")
"""The band in the name of an SDSS frame, used where the header does not give it."""


@dataclass(frozen=True)
class Frame:
    """A calibrated frame by its header; pixels are read when they are asked for.

    Parameters
    ----------
    path
        Of the FITS file, which may be packed.
    band, unit
        Of its pixels.
    size
        x, y [pixels].
    cards
        The header as text, for its WCS.
    hdu, mask
        Which hold the pixels, and a mask that is not zero at bad ones; None: there is no mask.
    """

    path: Path
    band: str
    unit: str
    size: tuple[int, int]
    cards: str
    hdu: int | str
    mask: str | int | None

    def identity(self) -> str:
        """What a file of cutouts knows it by."""
        return f"{self.path.name} {self.path.stat().st_size} {self.hdu} {self.mask}\n"

    def opened(self) -> Frame:
        """Itself: it lies here."""
        return self

    def release(self) -> None:
        """Nothing: it stays."""

    def tidy(self) -> None:
        """Nothing: the folder is the user's."""

    @cached_property
    def wcs(self) -> Any:  # noqa: ANN401  (astropy has no types)
        """The celestial WCS of the pixels, of astropy; UserError for damaged cards."""
        from astropy.io.fits import Header
        from astropy.wcs import WCS

        with _reading(self.path), quiet():
            header = Header.fromstring(self.cards)
            check_wcs(header)
            return WCS(header).celestial

    @cached_property
    def pixel_scale(self) -> float:
        """arcsec; the square root of a pixel's area."""
        with _reading(self.path):
            scale = float(np.sqrt(self.wcs.proj_plane_pixel_area().to_value("deg2"))) * ARCSEC
            if not 0 < scale < np.inf:
                raise ValueError(f"by its WCS the pixels have {scale:g} arcsec")
        return scale

    @cached_property
    def middle(self) -> tuple[float, float]:
        """Right ascension and declination [deg] of the middle."""
        with _reading(self.path):
            ra, dec = self.wcs.all_pix2world((self.size[0] - 1) / 2, (self.size[1] - 1) / 2, 0)
            if not (np.isfinite(ra) and np.isfinite(dec)):
                raise ValueError("by its WCS its middle is nowhere on the sky")
        return float(ra), float(dec)

    def pixel(self, ra: Floats, dec: Floats) -> tuple[Floats, Floats]:
        """Pixel coordinates x, y of positions [deg]; the first pixel's centre is 0, 0."""
        with _reading(self.path):
            x, y = self.wcs.all_world2pix(ra, dec, 0, quiet=True)
        return np.asarray(x), np.asarray(y)

    def load(self) -> NDArray[np.float32]:
        """Read the pixels; several threads may do so at once, inside ``quiet``.

        Returns
        -------
        numpy.ndarray
            (y, x), NaN where pixels are not finite or the mask is not zero.

        Raises
        ------
        UserError
            For a file that is damaged or cut short, or differs from the checksums in its headers or of the
            packed file, and for a mask that is not there or of another shape.
        """
        from astropy.io import fits

        with _reading(self.path), opened(self.path) as stream, fits.open(stream, memmap=False) as hdus:
            check_image(self.path, hdus[self.hdu])
            pixels = np.array(hdus[self.hdu].data, dtype=np.float32)
            pixels[~np.isfinite(pixels)] = np.nan
            bad = None if self.mask is None else self._bad(hdus)
            read_to_end(stream)
        if bad is None:
            return pixels
        if bad.shape != pixels.shape:
            raise UserError(
                f"{self.path}: the mask in HDU {self.mask} has the shape {bad.shape}, the pixels have "
                f"{pixels.shape}"
            )
        pixels[bad != 0] = np.nan
        return pixels

    def _bad(self, hdus: Any) -> NDArray[Any]:  # noqa: ANN401
        if self.mask not in hdus:
            raise UserError(
                f"{self.path} has no HDU {self.mask}, which {option('cutouts.frames.mask')} names"
            )
        check_image(self.path, hdus[self.mask])
        return np.array(hdus[self.mask].data)


def find_frames(
    path: str | None,
    pattern: str = "frame-*.fits*",
    band: str = "FILTER",
    hdu: int | str = 0,
    mask: str | int | None = None,
) -> tuple[Frame, ...]:
    """The frames in a folder and below, ordered by path; only headers are read.

    Parameters
    ----------
    path
        Of the folder.
    pattern
        Of file names, which may end in .gz or .bz2.
    band
        The header card that names the band; where it is absent an SDSS file name does (``frame-r-...``).
    hdu
        Which holds the pixels; BUNIT gives their unit.
    mask
        The HDU of a mask of the same shape, not zero at bad pixels; None: there is none.

    Returns
    -------
    tuple of Frame
        One a file.

    Raises
    ------
    UserError
        For a folder without frames, and for a file without a band, a unit, or a celestial WCS.
    """
    if path is None:
        raise UserError(f"{option('cutouts.frames.path')} is not set; give the folder that holds the frames")
    folder = Path(str(path)).expanduser()
    if not folder.is_dir():
        raise UserError(
            f"{option('cutouts.frames.path', path)} is no folder; give the one that holds the frames"
        )
    files = sorted(p for p in folder.rglob(pattern) if not p.is_dir())
    if not files:
        raise UserError(
            f"no file in {folder} matches {option('cutouts.frames.pattern', pattern)}; give another folder "
            "or pattern"
        )
    with quiet():
        return tuple(read_frame(file, band, hdu, mask) for file in counted(files, "reading headers"))


def read_frame(path: Path, band: str = "FILTER", hdu: int | str = 0, mask: str | int | None = None) -> Frame:
    """A frame by its header, inside ``quiet``; parameters and errors are those of ``find_frames``."""
    with _reading(path):
        header = _header(path, hdu)
        if header.get("NAXIS") != 2:
            raise UserError(
                f"{path}: HDU {hdu} holds no image but NAXIS={header.get('NAXIS')}; name another by "
                f"{option('cutouts.frames.hdu')}"
            )
        size = (int(header["NAXIS1"]), int(header["NAXIS2"]))
        if min(size) < 1:
            raise ValueError(f"it claims {size[0]} x {size[1]} pixels")
        name, unit = (str(header.get(card, "")).strip() for card in (band, "BUNIT"))
        cards = header.tostring()
    in_name = FILE_NAME_BAND.match(path.name)
    if not name and in_name:
        name = in_name.group(1)
    if not name:
        raise UserError(
            f"{path} does not give its band in {band}; name the card by {option('cutouts.frames.band')}"
        )
    if not unit:
        raise UserError(f"{path} does not give the unit of its pixels in BUNIT; add it to the header")
    frame = Frame(path, name, unit, size, cards, hdu, mask)
    if frame.wcs.naxis != 2:
        raise UserError(
            f"{path} has no celestial WCS (CTYPE1={header.get('CTYPE1')}, CTYPE2={header.get('CTYPE2')}), so "
            "that no galaxy can be found in it; take it away, or solve its astrometry"
        )
    _ = frame.pixel_scale, frame.middle  # refuse damaged cards
    return frame


def _header(path: Path, hdu: int | str) -> Any:  # noqa: ANN401
    """The header alone: of the first HDU without unpacking what follows."""
    from astropy.io import fits

    with opened(path) as stream:
        if hdu == 0:
            return fits.Header.fromfile(stream)
        with fits.open(stream) as hdus:
            return hdus[hdu].header


@contextmanager
def quiet() -> Iterator[None]:
    """No warnings of keywords of older standards, and an error where astropy only warns of a cut file.

    For the main thread, around all that reads frames: Python's filters of warnings are shared by threads.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.filterwarnings("error", message=".*truncated.*")
        yield


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """One kind of error for whatever is wrong with a file."""
    from astropy.io.fits import VerifyError

    try:
        yield
    except UserError:
        raise
    except (*DAMAGE, VerifyError) as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise UserError(
            f"{path} cannot be read as FITS: {reason}. Is it complete? Copy it again, or take it away"
        ) from error
