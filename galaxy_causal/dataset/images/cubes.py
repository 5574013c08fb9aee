"""A folder with one FITS cube a galaxy."""

from __future__ import annotations

import re
import warnings
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.images.file import Description, Rows, band_names, reading, stamp
from galaxy_causal.dataset.images.pixels import Pixels
from galaxy_causal.files import check_image, check_wcs, opened, read_to_end
from galaxy_causal.types import UserError

SUFFIXES = (".fits", ".fit", ".fits.gz", ".fits.fz", ".fits.bz2")
ARCSEC = 3600.0
GEOMETRY = re.compile(r"(CD|PC)\d_\d|CDELT\d|CTYPE\d|CUNIT\d")
SCALE_TOLERANCE = 1e-3  # relative


class CubeFolder:
    """Files ``<id>.fits`` with (bands, height, width) in the first HDU that holds an image.

    The header may give BANDS (such as ``ugriz``), BUNIT and a celestial WCS; all cubes must agree with the
    first. Every read opens its files anew, so nothing is shared between processes.
    """

    def __init__(self, folder: Path) -> None:
        files: dict[str, str] = {}
        for name in sorted(f.name for f in folder.iterdir()):
            stem = _stem(name)
            if stem in files:
                raise UserError(
                    f"{folder} holds {files[stem]} and {name}, two cubes of the id {stem}; each galaxy needs "
                    "one: take one out of the folder"
                )
            if stem is not None:
                files[stem] = name
        if not files:
            raise UserError(
                f"{folder} holds no FITS cube; name them <id>.fits, one a galaxy ({', '.join(SUFFIXES)})"
            )
        self.path = folder
        self._names = np.array(list(files.values()))
        _, first = _cube(folder / str(self._names[0]))
        shape = (len(files), *first.shape[1:])
        self._first = first
        self.description = replace(first, shape=shape, ids=np.array(list(files)))

    def read(self, rows: Rows) -> Pixels:
        """Images (m, bands, height, width) of these files in the order of their names."""
        pixels = np.empty((len(rows), *self.description.shape[1:]), dtype=np.float32)
        for number, name in enumerate(self._names[rows]):
            cube, found = _cube(self.path / str(name))
            self._check(str(name), found)
            pixels[number] = cube
        return pixels

    def masked(self, rows: Rows) -> NDArray[np.bool_] | None:
        """None: a cube marks bad pixels by NaN."""
        return None

    def verify(self) -> None:
        """Nothing more: every read compares the checksums of its files."""

    def stamp(self) -> str:
        """Names, sizes and times of all files."""
        return stamp([self.path])

    def _check(self, name: str, found: Description) -> None:
        said = self._first  # what is configured stands in the description
        pairs = {
            "shape": (found.shape[1:], said.shape[1:]),
            "bands": (found.bands, said.bands),
            "unit": (found.unit, said.unit),
        }
        for what, (mine, others) in pairs.items():
            if mine != others:
                raise UserError(
                    f"{self.path / name} has the {what} {mine}, but {self._names[0]} has {others}; all cubes "
                    "must have the same: make it anew, or take it out of the folder"
                )
        own, first = found.pixel_scale or 0.0, said.pixel_scale or 0.0  # zero where there is no WCS
        if not np.isclose(own, first, rtol=SCALE_TOLERANCE):
            raise UserError(
                f"{self.path / name} has pixels of {own:.4g} arcsec, but {self._names[0]} of {first:.4g}; "
                "all cubes must have the same: resample it"
            )


def _stem(name: str) -> str | None:
    return next((name.removesuffix(s) for s in SUFFIXES if name.endswith(s)), None)


def _cube(path: Path) -> tuple[Pixels, Description]:
    """Pixels (bands, height, width) and what the header says, for one galaxy.

    They are compared with DATASUM and CHECKSUM in the header, and with the checksum of a packed file.
    """
    from astropy.io import fits

    with reading(path), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # headers that are not up to the standard
        warnings.filterwarnings("error", message=".*truncated.*")
        try:
            # Opened here, since astropy leaves a file that it refuses open.
            with opened(path) as stream, fits.open(stream) as hdus:
                hdu = next((h for h in hdus if getattr(h, "is_image", False) and h.header["NAXIS"] > 0), None)
                if hdu is None:
                    raise ValueError("no HDU holds an image")
                check_image(path, hdu)
                data, header = np.array(hdu.data, dtype=np.float32), hdu.header
                read_to_end(stream)
            if data.ndim != 3:
                raise UserError(f"{path} has the shape {data.shape}; a cube has (bands, height, width)")
            return data, Description(
                shape=(1, data.shape[0], data.shape[1], data.shape[2]),
                bands=band_names(header["BANDS"]) if "BANDS" in header else None,
                pixel_scale=_pixel_scale(header),
                unit=header.get("BUNIT"),
            )
        # astropy warns of a cut file, and then may stumble
        except (UserWarning, TypeError, AttributeError, fits.VerifyError) as error:
            raise ValueError(str(error)) from error


def _pixel_scale(header: Any) -> float | None:  # noqa: ANN401  (of astropy)
    """arcsec; ValueError for damaged cards."""
    check_wcs(header)
    return _pixel_scale_of(tuple((k, v) for k, v in header.items() if GEOMETRY.fullmatch(k)))


@lru_cache(maxsize=256)
def _pixel_scale_of(geometry: tuple[tuple[str, object], ...]) -> float | None:
    """As ``_pixel_scale``, from the cards on the shape of the grid; cached, as most cubes share them."""
    from astropy.io.fits import Header
    from astropy.wcs import WCS

    wcs = WCS(Header(geometry)).celestial
    if wcs.naxis != 2:
        return None
    scale = float(np.sqrt(np.prod([s.to_value("deg") for s in wcs.proj_plane_pixel_scales()]))) * ARCSEC
    if not 0 < scale < np.inf:
        raise ValueError(f"by its WCS the pixels have {scale:g} arcsec")
    return scale
