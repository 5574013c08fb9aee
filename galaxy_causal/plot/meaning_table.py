"""What informations mean for an estimate of the target, for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Group
from rich.text import Text

from galaxy_causal.plot.blocks import Block, Column
from galaxy_causal.types import MISSING, decimals_of, share_with_error, with_error

ROWS = {"prior": "nothing", "x1": "x1", "x2": "x2", "union": "both"}
"""What is known of a galaxy, by the ends of the numbers' names."""
PARTS = tuple(ROWS)[1:]
Numbers = Mapping[str, tuple[float, float]]


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
    spread = f"scatter [{unit}]" if unit else "scatter"
    columns = [
        _column(spread, "scatter", numbers, as_share=False),
        _column("of the spread", "left", numbers, as_share=True),
        _column("exp(-I)", "width", numbers, as_share=False),
        _column("accuracy", "accuracy", numbers, as_share=True),
        _column(
            f"I, of {of}", "share", {f"share_{part}": one for part, one in shares.items()}, as_share=True
        ),
    ]
    block = Block("known", list(ROWS.values()), [one for one in columns if any(map(str.strip, one[1]))])
    return Group(Text("\nWhat that means for an estimate of Y (all galaxies above)", style="bold"), block)


def _column(heading: str, kind: str, numbers: Numbers, *, as_share: bool) -> Column:
    own = {part: numbers[f"{kind}_{part}"] for part in ROWS if f"{kind}_{part}" in numbers}
    decimals = decimals_of(error for _, error in own.values())
    texts: Sequence[str] = [
        (share_with_error(*own[part]) if as_share else with_error(*own[part], decimals))
        if part in own
        else ""
        for part in ROWS
    ]
    gaps = bool(own) and any(part not in own for part in PARTS)
    return heading, [
        text or (MISSING if gaps and part != "prior" else "") for part, text in zip(ROWS, texts, strict=True)
    ]
