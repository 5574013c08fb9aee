"""Whether a file is as it was written, by what it says of itself and the libraries do not compare."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path
from typing import IO

BLOCK = 1 << 20


def check_intact(path: Path, form: str) -> None:
    """Read through a file of format ``form``, as in ``FORMATS`` of ``files``, and compare its checksums.

    Raises ValueError, or what gzip raises, for a damaged ``.gz`` file, for tables of a FITS file whose
    ``DATASUM`` is not that of their values, and for lines of a CSV file that have fewer cells than its first.
    """
    if path.suffix.lower() == ".gz":
        with gzip.open(path) as file:
            while file.read(BLOCK):  # the length and checksum at the end are compared when it is reached
                pass
    if form == "fits":
        _check_sums(path)
    elif form == "ascii.csv":
        with _text(path) as file:
            check_cells(file)


def check_cells(lines: IO[str], delimiter: str = ",") -> None:
    """Refuse lines with fewer cells than the first, by their number; blank ones and comments (#) are none."""
    rows = csv.reader(lines, delimiter=delimiter)
    wanted, short = 0, []
    for row in rows:
        if (len(row) <= 1 and not "".join(row).strip()) or row[0].startswith("#"):
            continue
        wanted = wanted or len(row)
        if len(row) < wanted:
            short.append((rows.line_num, len(row)))
    if short:
        line, cells = short[0]
        also = f", as do {len(short) - 1} other lines" if len(short) > 1 else ""
        raise ValueError(
            f"line {line} has {cells} cells and the first {wanted}{also}; write an empty cell between commas"
        )


def _text(path: Path) -> IO[str]:
    opener = gzip.open if path.suffix.lower() == ".gz" else open
    file: IO[str] = opener(path, "rt", encoding="utf-8-sig", newline="")
    return file


def _check_sums(path: Path) -> None:
    from astropy.io import fits

    with fits.open(path) as units:
        for place, unit in enumerate(units):
            if not isinstance(unit, fits.BinTableHDU | fits.TableHDU):
                continue
            if str(unit.header.get("DATASUM", "")).strip() and not unit.verify_datasum():
                raise ValueError(
                    f"the values of the table in extension {place} are not those that its DATASUM was made of"
                )
