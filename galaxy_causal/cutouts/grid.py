"""One galaxy on one grid of pixels in all bands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from annotated_types import Ge
from numpy.typing import NDArray

from galaxy_causal.cutouts.frames import ARCSEC, Frame
from galaxy_causal.types import Positive, UserError, at_most, checked, option

MARGIN = 8
"""Pixels kept around a cutout before it is resampled, so that its edges are as good as its middle."""
REACH = 2
"""Pixels about a bad one that a bicubic spline spoils by more than 2 per cent of the difference."""
WHOLE = 0.999
"""Least share of a resampled pixel that must be good."""
SCALE_TOLERANCE = 0.01


@checked("cutouts.grid")
@dataclass(frozen=True)
class Grid:
    """Square cutouts of galaxies, all bands on one grid of pixels.

    Parameters
    ----------
    bands
        Names, in their order.
    size
        Pixels along a side.
    pixel_scale
        [arcsec]
    reference
        With one the grid is that of its frame: its pixels are taken as they are (astropy's ``Cutout2D``), the
        galaxy lies within half a pixel of the middle, and the other bands are resampled to it. None: the grid
        has north up, east left and the galaxy exactly in the middle, a tangential projection, and every band
        is resampled.
    resampling
        By ``reproject``: ``bicubic`` splines keep the noise and the point spread function best; ``exact``
        weights pixels by the area of overlap on the sphere, which conserves the flux of any image but
        smooths.

    Raises
    ------
    UserError
        For no bands, a band that is named twice, and a reference that is none of them.

    Notes
    -----
    Both give surface brightness, which is multiplied by the ratio of the pixels' areas, so that sums are
    fluxes. Pixels outside the frame, bad ones, and those that resampling mixes with either (``bicubic``:
    within two pixels; ``exact``: more than 0.1 per cent) are NaN.
    """

    bands: tuple[str, ...]
    size: Annotated[int, Ge(2), at_most(100_000, "memory grows with its square")] = 64
    pixel_scale: Positive = 0.396
    reference: str | None = "r"
    resampling: Literal["bicubic", "exact"] = "bicubic"

    def __post_init__(self) -> None:
        bands = tuple(self.bands)
        object.__setattr__(self, "bands", bands)
        if not bands or len(set(bands)) < len(bands):
            raise UserError(
                f"{option('cutouts.grid.bands', list(bands))}: name at least one band, and each once"
            )
        if self.reference is not None and self.reference not in bands:
            raise UserError(
                f"{option('cutouts.grid.reference', self.reference)} is not among the bands "
                f"{', '.join(bands)}; choose one of these, or null"
            )

    def check(self, frames: Sequence[Frame]) -> None:
        """Refuse frames of the reference band whose pixels are not as large as those of the cutouts."""
        for frame in frames:
            if (
                frame.band != self.reference
                or abs(frame.pixel_scale / self.pixel_scale - 1) < SCALE_TOLERANCE
            ):
                continue
            raise UserError(
                f"{frame.path} has pixels of {frame.pixel_scale:.4g} arcsec, but "
                f"{option('cutouts.grid.pixel_scale')}={self.pixel_scale:g}; set that to the frames' own, "
                f"or {option('cutouts.grid.reference')}=null to resample every band"
            )

    def cut(
        self, ra: float, dec: float, frames: Mapping[str, tuple[Frame, NDArray[np.float32]]]
    ) -> tuple[NDArray[np.float32], tuple[float, float]]:
        """Cut one galaxy.

        Parameters
        ----------
        ra, dec
            Of the galaxy [deg].
        frames
            Of each band the frame and its pixels; the galaxy must lie in it.

        Returns
        -------
        tuple
            Pixels (bands, size, size), NaN where flagged; and the galaxy's place (x, y) [pixels] from the
            middle, which is ``(size - 1) / 2`` counted from the first pixel's centre.
        """
        kept = None if self.reference is None else _cutout(*frames[self.reference], ra, dec, self.size)
        wcs = _north_up(ra, dec, self.size, self.pixel_scale) if kept is None else kept.wcs
        scale = self.pixel_scale if self.reference is None else frames[self.reference][0].pixel_scale
        pixels = np.empty((len(self.bands), self.size, self.size), dtype=np.float32)
        for number, band in enumerate(self.bands):
            if kept is not None and band == self.reference:
                pixels[number] = kept.data
            else:
                pixels[number] = self._resampled(*frames[band], ra, dec, wcs, scale)
        x, y = wcs.all_world2pix(ra, dec, 0)
        middle = (self.size - 1) / 2
        return pixels, (float(x) - middle, float(y) - middle)

    def _resampled(
        self,
        frame: Frame,
        data: NDArray[np.float32],
        ra: float,
        dec: float,
        wcs: Any,  # noqa: ANN401
        scale: float,
    ) -> NDArray[np.float64]:
        from reproject import reproject_exact, reproject_interp
        from scipy.ndimage import binary_dilation

        ratio = scale / frame.pixel_scale
        # A turned square reaches over its sides by the square root of two.
        width = int(np.ceil(np.sqrt(2) * self.size * ratio)) + 2 * MARGIN
        around = _cutout(frame, data, ra, dec, width)
        bad = ~np.isfinite(around.data)
        shape = (self.size, self.size)

        def resampled(image: NDArray[Any], order: str) -> NDArray[np.float64]:
            source = (image.astype(np.float64), around.wcs)
            if self.resampling == "exact":
                return np.asarray(reproject_exact(source, wcs, shape, return_footprint=False, parallel=False))
            found = reproject_interp(source, wcs, shape, order=order, return_footprint=False)
            return np.asarray(found)

        pixels = resampled(np.where(bad, 0, around.data), "bicubic")
        if bad.any():
            if self.resampling == "bicubic":
                bad = binary_dilation(bad, iterations=REACH)
            pixels[~(resampled(~bad, "bilinear") >= WHOLE)] = np.nan
        return pixels * ratio**2


def _cutout(frame: Frame, data: NDArray[np.float32], ra: float, dec: float, size: int) -> Any:  # noqa: ANN401
    from astropy.nddata import Cutout2D

    x, y = frame.pixel(np.array(ra), np.array(dec))
    return Cutout2D(
        data, (float(x), float(y)), (size, size), frame.wcs, mode="partial", fill_value=np.nan, copy=True
    )


def _north_up(ra: float, dec: float, size: int, pixel_scale: float) -> Any:  # noqa: ANN401
    from astropy.wcs import WCS

    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    wcs.wcs.crval = [ra, dec]
    wcs.wcs.crpix = [(size + 1) / 2] * 2
    wcs.wcs.cdelt = [-pixel_scale / ARCSEC, pixel_scale / ARCSEC]
    return wcs
