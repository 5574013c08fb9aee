"""Synthetic frames of one small sky: stars of known place and flux, a WCS of known turn and shift."""

import bz2
import gzip

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS

SCALE = 0.396
RA, DEC = 150.0, 2.0
SIZE = 200
WIDTH = 1.5  # pixels: deviation of the point spread function, as sharp as that of SDSS


def wcs_of(angle=0.0, shift=(0.0, 0.0), centre=(RA, DEC), scale=SCALE):
    """A frame turned by ``angle`` [deg] and shifted [pixels]; columns run north as in SDSS frames."""
    turn = np.radians(angle)
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    wcs.wcs.crval = centre
    wcs.wcs.crpix = [(SIZE + 1) / 2 + shift[0], (SIZE + 1) / 2 + shift[1]]
    wcs.wcs.cd = scale / 3600 * np.array(
        [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
    )  # fmt: skip
    return wcs


def draw(wcs, stars, width=WIDTH):
    """A frame with stars (ra, dec, flux): Gaussians, integrated over every pixel."""
    from scipy.special import erf

    x, y = wcs.all_world2pix(stars[:, 0], stars[:, 1], 0)
    edges = np.arange(SIZE + 1) - 0.5
    across = np.diff(erf((edges - x[:, None]) / (np.sqrt(2) * width)) / 2, axis=1)
    along = np.diff(erf((edges - y[:, None]) / (np.sqrt(2) * width)) / 2, axis=1)
    return np.einsum("s,sy,sx->yx", stars[:, 2], along, across)


def write(path, data, wcs, band, unit="nanomaggy", **cards):
    header = wcs.to_header()
    header.update({"FILTER": band, "BUNIT": unit, **cards})
    plain = path.with_suffix("") if path.suffix in (".gz", ".bz2") else path
    fits.PrimaryHDU(data.astype(np.float32), header).writeto(plain, overwrite=True)
    if plain != path:
        packer = {".gz": gzip, ".bz2": bz2}[path.suffix]
        path.write_bytes(packer.compress(plain.read_bytes()))
        plain.unlink()
