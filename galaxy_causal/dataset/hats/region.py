"""Parts of the sky: a cone, or pixels of HEALPix, and which pixels and rows lie in them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

import numpy as np
from annotated_types import Ge, Gt, Le
from numpy.typing import NDArray

from galaxy_causal.types import Floats, UserError, check_option, option

Whole = NDArray[np.int64]
Mask = NDArray[np.bool_]
ENDS = ("ra", "dec", "radius")
BOUNDS: Mapping[str, Any] = {
    "ra": Annotated[float, Ge(0), Le(360)],
    "dec": Annotated[float, Ge(-90), Le(90)],
    "radius": Annotated[float, Gt(0), Le(180)],
}
FINEST = 29
"""Order of the smallest pixels, in whose numbers those of all others are written."""
ROUNDING = 1e-9  # degrees: 4 microarcsec, far above the rounding of separations and below that of positions


class Region(Protocol):
    """A part of the sky."""

    @property
    def words(self) -> str:
        """As messages and provenance have it."""

    def touched(self, order: Whole, pixel: Whole) -> Mask:
        """Which pixels (n,) may have rows in it: no other has."""

    def covered(self, order: int, pixel: int) -> bool:
        """Whether the whole pixel lies in it, so that none of its rows need be looked at."""

    def holds(self, ra: Floats, dec: Floats) -> Mask:
        """Which positions (n,) [deg] lie in it."""


@dataclass(frozen=True)
class Everywhere:
    """The whole sky."""

    words: str = "the whole sky"

    def touched(self, order: Whole, pixel: Whole) -> Mask:
        """Every pixel."""
        return np.ones(len(pixel), dtype=bool)

    def covered(self, order: int, pixel: int) -> bool:
        """True."""
        return True

    def holds(self, ra: Floats, dec: Floats) -> Mask:
        """Every position."""
        return np.ones(len(ra), dtype=bool)


@dataclass(frozen=True)
class Cone:
    """All positions at most ``radius`` from a centre, in degrees."""

    ra: float
    dec: float
    radius: float

    @property
    def words(self) -> str:
        """As messages and provenance have it."""
        return f"the cone of {self.radius:g} deg about ({self.ra:g}, {self.dec:g})"

    def touched(self, order: Whole, pixel: Whole) -> Mask:
        """Pixels whose centre is no farther from the cone than their corners can be from it."""
        ra, dec = centres(order, pixel)
        return np.asarray(self._separation(ra, dec) <= self.radius + reach(order) + ROUNDING)

    def covered(self, order: int, pixel: int) -> bool:
        """Whether the cone reaches beyond the pixel's farthest corner."""
        orders, pixels = np.array([order]), np.array([pixel])
        ra, dec = centres(orders, pixels)
        return bool(self._separation(ra, dec)[0] + reach(orders)[0] + ROUNDING <= self.radius)

    def holds(self, ra: Floats, dec: Floats) -> Mask:
        """Positions at most ``radius`` from the centre."""
        return np.asarray(self._separation(ra, dec) <= self.radius)

    def _separation(self, ra: Floats, dec: Floats) -> Floats:
        return separation(np.float64(self.ra), np.float64(self.dec), ra, dec)


@dataclass(frozen=True)
class PixelList:
    """Pixels of HEALPix, nested, as rising ranges ``start`` to ``stop`` of the finest pixels; (n,) each."""

    start: Whole
    stop: Whole
    words: str

    def touched(self, order: Whole, pixel: Whole) -> Mask:
        """Pixels of which any part is in the list."""
        first, last = finest(order, pixel)
        after = np.searchsorted(self.stop, first, side="right")  # the first range that ends beyond its start
        begins = np.append(self.start, np.iinfo(np.int64).max)[after]
        return np.asarray(begins < last)

    def covered(self, order: int, pixel: int) -> bool:
        """Whether one range holds all of the pixel."""
        first, last = finest(np.array([order]), np.array([pixel]))
        at = int(np.searchsorted(self.stop, first[0], side="right"))
        return at < len(self.start) and bool(self.start[at] <= first[0] and last[0] <= self.stop[at])

    def holds(self, ra: Floats, dec: Floats) -> Mask:
        """Positions in one of them."""
        return self.holds_finest(finest_pixels(ra, dec))

    def holds_finest(self, pixel: Whole) -> Mask:
        """Which of the finest pixels (n,) are in the list."""
        at = np.minimum(np.searchsorted(self.stop, pixel, side="right"), len(self.start) - 1)
        return np.asarray((self.start[at] <= pixel) & (pixel < self.stop[at]))


def region_of(cone: object, pixels: object) -> Region:
    """The part of the sky that the options ``cone`` and ``pixels`` name; of neither all of it.

    Parameters
    ----------
    cone
        {ra, dec, radius} [deg], or None.
    pixels
        Texts ``order/pixel`` or pairs of these, nested; or None.

    Returns
    -------
    Region

    Raises
    ------
    UserError
        For both, and for numbers that are none of the sky's.
    """
    if cone is not None and pixels is not None:
        raise UserError(
            f"{option('dataset.cone')} and {option('dataset.pixels')} are both set; a region is one of them: "
            "leave one out"
        )
    if cone is not None:
        return _cone(cone)
    return Everywhere() if pixels is None else _pixel_list(pixels)


def _cone(given: object) -> Cone:
    if not isinstance(given, Mapping) or set(map(str, given)) != set(ENDS):
        raise UserError(
            f"{option('dataset.cone')}: give the centre and the radius in degrees, {', '.join(ENDS)}, such "
            "as {ra: 180, dec: 0, radius: 2}"
        )
    for end in ENDS:
        check_option(option(f"dataset.cone.{end}"), given[end], BOUNDS[end])
    return Cone(*(float(given[end]) for end in ENDS))


def _pixel_list(given: object) -> PixelList:
    pairs = (
        [_pair(one) for one in given] if isinstance(given, Sequence) and not isinstance(given, str) else []
    )
    if not pairs:
        raise UserError(
            f"{option('dataset.pixels')}={given}: give a list of order/pixel of HEALPix, nested, such as "
            "[3/412, 3/413]"
        )
    start, stop = finest(*np.array(pairs, dtype=np.int64).T)
    order = np.argsort(start, kind="stable")
    start, stop = start[order], np.maximum.accumulate(stop[order])
    new = np.append(True, start[1:] > stop[:-1])
    last = np.append(np.flatnonzero(new)[1:] - 1, len(start) - 1)
    return PixelList(start[new], stop[last], f"{len(pairs)} pixels of HEALPix")


def _pair(given: object) -> tuple[int, int]:
    if isinstance(given, str):
        found = re.fullmatch(r"\s*(\d+)\s*/\s*(\d+)\s*", given)
        pair: Sequence[Any] = tuple(map(int, found.groups())) if found else ()
    else:
        pair = given if isinstance(given, Sequence) else ()
    whole = len(pair) == 2 and all(isinstance(n, int) and not isinstance(n, bool) for n in pair)
    if not whole or not 0 <= pair[0] <= FINEST or not 0 <= pair[1] < 12 * 4 ** pair[0]:
        raise UserError(
            f"{option('dataset.pixels')} holds {given!r}; a pixel is order/pixel: the order 0 to {FINEST}, "
            "the pixel from 0 to below 12 * 4^order"
        )
    return int(pair[0]), int(pair[1])


def finest(order: Whole, pixel: Whole) -> tuple[Whole, Whole]:
    """The ranges of the finest pixels within pixels (n,): the first of each, and the first after it."""
    shift = 2 * (FINEST - order.astype(np.int64))
    return pixel << shift, (pixel + 1) << shift


def finest_pixels(ra: Floats, dec: Floats) -> Whole:
    """The finest pixel in which each position (n,) [deg] lies."""
    from astropy import units
    from astropy_healpix import HEALPix

    grid = HEALPix(2**FINEST, order="nested")
    found: Whole = np.asarray(grid.lonlat_to_healpix(ra * units.deg, dec * units.deg), dtype=np.int64)
    return found


def centres(order: Whole, pixel: Whole) -> tuple[Floats, Floats]:
    """Right ascension and declination (n,) [deg] of the centres of pixels."""
    from astropy_healpix import HEALPix

    ra, dec = np.empty(len(pixel)), np.empty(len(pixel))
    for one in np.unique(order):
        here = order == one
        lon, lat = HEALPix(2 ** int(one), order="nested").healpix_to_lonlat(pixel[here])
        ra[here], dec[here] = lon.deg, lat.deg
    return ra, dec


def reach(order: Whole) -> Floats:
    """The largest distance [deg] of a point of a pixel from its centre, of pixels of each order (n,).

    That of a pixel at the border of the equatorial region: from its centre at z = 2/3 to its northern corner,
    as ``max_pixrad`` of the HEALPix library (Gorski et al. 2005, ApJ 622, 759) has it.
    """
    nside = 2.0**order
    centre, corner = np.degrees(np.arcsin(2 / 3)), np.degrees(np.arcsin(1 - (1 - 1 / nside) ** 2 / 3))
    return separation(45 / nside, np.full(len(nside), centre), np.zeros(len(nside)), corner)


def separation(ra: Any, dec: Any, other_ra: Floats, other_dec: Floats) -> Floats:  # noqa: ANN401  (or a number)
    """Angles [deg] between positions [deg]."""
    from astropy.coordinates import angular_separation

    radians = map(np.radians, (ra, dec, other_ra, other_dec))
    found: Floats = np.degrees(angular_separation(*radians))
    return found
