"""Whether the cells of a text stand where its header says, so that reading by places cuts none."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from galaxy_causal.types import UserError

BAR = "|"
ALIGNED = ("ascii.ipac", "ascii.fixed_width", "ascii.fixed_width_two_line", "ascii.rst")
"""Layouts whose cells go by their places in a line."""


def check_aligned(lines: Iterable[str], path: Path, layout: str) -> None:
    """Refuse lines of which a cell reaches out of its column, for the rest of its digits would be lost.

    Columns lie between the bars of the first line, or below the dashes of the second. Lines that are blank,
    or begin with # or a backslash, are none of the table.

    Raises UserError, which names the first such line.
    """
    plain = ((number, line.rstrip()) for number, line in enumerate(lines, 1))
    table = ((number, line) for number, line in plain if line and not line.startswith(("#", "\\")))
    first = next(table, (0, ""))[1]
    ruled = layout in ("ascii.fixed_width_two_line", "ascii.rst")
    header = next(table, (0, ""))[1] if layout == "ascii.fixed_width_two_line" else first
    gaps = [place for place, sign in enumerate(header) if sign == (" " if ruled else BAR)]
    for number, line in table:
        if layout == "ascii.ipac" and line.startswith(BAR):
            continue  # types, units and nulls
        if layout == "ascii.fixed_width":
            good = line.count(BAR) == len(gaps) and all(line[place : place + 1] == BAR for place in gaps)
        else:
            good = not line[len(header) :].strip() and not "".join(line[p : p + 1] for p in gaps).strip()
        if not good:
            under = "dashes below the names" if ruled else "bars (|) of the first line"
            raise UserError(
                f"{path}: line {number} has cells that do not keep within the {under}, so that numbers would "
                "be cut; write every cell within its column, or save the table as CSV"
            )
