"""Images in FITS files."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

from galaxy_causal.files.regular import check_memory
from galaxy_causal.types import UserError

WCS_NUMBER = re.compile(
    r"(CRVAL|CRPIX|CDELT|CROTA)\d|(CD|PC)\d_\d|PV\d_\d+|LONPOLE|LATPOLE|(AP?|BP?)_(\d_\d|ORDER)|WCSAXES"
)
"""Cards of a world coordinate system that hold numbers."""
MOST = 9
"""Axes, and the order of polynomials of distortion (Shupe et al. 2005)."""


def check_wcs(header: Any) -> None:  # noqa: ANN401  (of astropy)
    """Refuse cards of a WCS that hold no finite number: astropy would put a default in their place.

    Parameters
    ----------
    header
        Of astropy; cards that are none of a WCS are not looked at.

    Raises
    ------
    ValueError
        For no finite number, and for more axes or higher orders of polynomials of distortion (SIP) than 9, of
        which the terms would fill the memory.

    References
    ----------
    Shupe et al. 2005, ASP Conference Series 347, 491 (SIP).
    """
    for card, value in header.items():
        if not WCS_NUMBER.fullmatch(card):
            continue
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ValueError(f"{card}={value!r} is no number")
        if (card.endswith("_ORDER") or card == "WCSAXES") and not 0 <= value <= MOST:
            raise ValueError(f"{card}={value} must lie from 0 to {MOST}")


def check_image(path: Path, hdu: Any) -> None:  # noqa: ANN401  (an HDU of astropy)
    """Refuse an image that does not fit in memory, or differs from DATASUM or CHECKSUM in its header.

    Parameters
    ----------
    path
        Of the file, for messages.
    hdu
        Of astropy, before its pixels are read: header and pixels must be as they stand in the file.

    Raises
    ------
    UserError
        For more bytes than memory is free, and for a checksum that differs; headers without one pass.
    """
    check_memory(path, math.prod(hdu.shape) * abs(int(hdu.header["BITPIX"])) // 8, "the image")
    stored = getattr(hdu, "_bintable", hdu)  # of a compressed image, the table that has the cards
    for card, verify in (("DATASUM", stored.verify_datasum), ("CHECKSUM", stored.verify_checksum)):
        if verify() == 0:
            what = "pixels" if card == "DATASUM" else "header or pixels"
            raise UserError(
                f"{path}: {what} of HDU {hdu.name or 'PRIMARY'} differ from the {card} in its header. Copy "
                "the file again; if it was changed on purpose, write its checksums anew"
            )
