"""How numbers are spelled in texts: in digits, as every program reads them.

Python, and astropy with it, also takes ``1_0`` for 10, and digits of any alphabet.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from galaxy_causal.types import UserError

FLAGS = re.IGNORECASE | re.ASCII
POINT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?(nan|inf(inity)?)", FLAGS)
"""A number with a decimal point, or none."""
COMMA = re.compile(r"[+-]?(\d+(,\d*)?|,\d+)(e[+-]?\d+)?|[+-]?(nan|inf(inity)?)", FLAGS)
"""With a decimal comma, or none."""
WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
NULLS = ("", "null", "na", "n/a", "#n/a", "<na>", "nan", "none", "masked", "--", "-", "...", "\\n")
"""What people and programs write in place of a number that is missing, in any case."""
ODD = re.compile(r"\d_\d|(?![0-9])\d")
"""What a text has, perhaps in other cells, if any number in it is spelled otherwise: few have."""
SHOWN = 3


def is_number(cell: str) -> bool:
    """Whether a cell is one, with a decimal point or comma."""
    return bool(POINT.fullmatch(cell) or COMMA.fullmatch(cell.replace(".", ",", 1)))


def is_spelled(cell: str) -> bool:
    """Whether a cell is a number, or says that there is none."""
    return bool(is_number(cell.strip()) or cell.strip().lower() in NULLS)


def may_be_odd(lines: Iterable[str]) -> bool:
    """Whether a text may hold a number that is spelled otherwise."""
    return any(ODD.search(line) for line in lines if "_" in line or not line.isascii())


def odd_cells(path: Path, name: str, cells: list[tuple[int, str]]) -> UserError:
    """What to say of cells, with their rows, that are no numbers."""
    some = ", ".join(f"{cell!r} in row {row}" for row, cell in cells[:SHOWN])
    more = f" and {len(cells) - SHOWN} more" if len(cells) > SHOWN else ""
    return UserError(
        f"{path}: column {name} holds {some}{more}, which is no number as other programs read them; write "
        "digits 0 to 9 alone, with a decimal point and an exponent (1.5e-3), and leave missing cells empty"
    )
