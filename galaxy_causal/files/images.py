"""Images in FITS files."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from galaxy_causal.files.memory import check_memory
from galaxy_causal.types import UserError


def check_image(path: Path, hdu: Any) -> None:  # noqa: ANN401  (an HDU of astropy)
    """Refuse an image that does not fit in memory, or differs from DATASUM or CHECKSUM in its header.

    To be called before the pixels are read, while header and pixels are as they stand in the file. Headers
    without these cards pass.
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
