"""How figures show numbers that are not reliable: hatched areas and open marks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.container import BarContainer

from galaxy_causal.types import Floats

HATCHES = {"lower bound": "///", "too low": "...", "not to be trusted": "xxx"}
"""Of areas whose numbers are not reliable."""
_WORDS = {
    "lower bound": "striped: lower bounds",
    "too low": "dotted: probably too low",
    "not to be trusted": "crossed: not to be trusted",
}


def hatch(bars: BarContainer, verdicts: Sequence[str]) -> None:
    """Hatch the bars whose numbers are not reliable; none where they were not judged."""
    for bar, verdict in zip(bars.patches, verdicts, strict=False):
        if verdict in HATCHES:
            bar.set_hatch(HATCHES[verdict])


def open_marks(
    axes: Axes, x: Floats, y: Floats, verdicts: Sequence[str], mark: str, colour: str, size: float
) -> None:
    """Put open marks over those at x and y (n,) whose numbers are not reliable."""
    doubtful = np.array([verdict in HATCHES for verdict in verdicts], dtype=bool)
    if doubtful.any():
        axes.plot(
            x[doubtful], y[doubtful], mark, markersize=size, markerfacecolor="white", markeredgecolor=colour,
            zorder=5,
        )  # fmt: skip


def note(areas: Iterable[str] = (), marks: Iterable[str] = ()) -> str:
    """What the hatches of areas and the open marks of these verdicts mean; empty where all is reliable."""
    there = set(areas)
    words = [meaning for verdict, meaning in _WORDS.items() if verdict in there]
    return "; ".join([*words, *["open marks: not reliable"] * any(word in HATCHES for word in marks)])
