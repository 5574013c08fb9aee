"""What informations mean for an estimate of the target, for the terminal."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from rich.console import Group
from rich.text import Text

from galaxy_causal.plot.blocks import Block
from galaxy_causal.types import MISSING, decimals_of, share_with_error, with_error

TITLE = "What that means for an estimate of Y"
ROWS = {"prior": "nothing", "x1": "x1", "x2": "x2", "union": "both"}
"""What is known of a galaxy, by the ends of the numbers' names."""
PARTS = tuple(ROWS)[1:]
Numbers = Mapping[str, tuple[float, float]]
Cell = tuple[float, str]
"""A number, and how it is shown."""
UNKNOWN = (math.nan, math.nan)


def meaning_table(numbers: Numbers, unit: str, shares: Numbers, of: str) -> Group:
    """Scatter of an estimate, or its accuracy, with nothing known, with either input and with both.

    Parameters
    ----------
    numbers
        Value and error by names such as ``scatter_x1``; what is lacking for all has no column.
    unit
        Of scatters.
    shares
        Of each input's information, of what there is to be known, by ``x1``, ``x2`` and ``union``; or none.
    of
        What the shares are of.

    Returns
    -------
    Group
    """
    columns = meaning_columns(numbers, unit, shares, of)
    texts = [(heading, [text for _, text in cells]) for heading, cells in columns.items()]
    block = Block("known", list(ROWS.values()), texts)
    return Group(Text(f"\n{TITLE} (all galaxies above)", style="bold"), block)


def meaning_columns(numbers: Numbers, unit: str, shares: Numbers, of: str) -> dict[str, list[Cell]]:
    """Columns of that table, without those of which nothing is known.

    Parameters
    ----------
    numbers, unit, shares, of
        As of `meaning_table`.

    Returns
    -------
    dict of str to list of tuple
        By heading, value and text for each of ``ROWS``; NaN where there is none.
    """
    spread = f"scatter [{unit}]" if unit else "scatter"
    of_all = {f"share_{part}": one for part, one in shares.items()}
    columns = {
        spread: _column("scatter", numbers, as_share=False),
        "of the spread": _column("left", numbers, as_share=True),
        "exp(-I)": _column("width", numbers, as_share=False),
        "accuracy": _column("accuracy", numbers, as_share=True),
        f"I, of {of}": _column("share", of_all, as_share=True),
    }
    return {heading: cells for heading, cells in columns.items() if any(text for _, text in cells)}


def _column(kind: str, numbers: Numbers, *, as_share: bool) -> list[Cell]:
    own = {part: numbers[f"{kind}_{part}"] for part in ROWS if f"{kind}_{part}" in numbers}
    decimals = decimals_of(error for _, error in own.values())
    texts: Sequence[str] = [
        (share_with_error(*own[part]) if as_share else with_error(*own[part], decimals))
        if part in own
        else ""
        for part in ROWS
    ]
    gaps = bool(own) and any(part not in own for part in PARTS)
    return [
        (own.get(part, UNKNOWN)[0], text or (MISSING if gaps and part != "prior" else ""))
        for part, text in zip(ROWS, texts, strict=True)
    ]
