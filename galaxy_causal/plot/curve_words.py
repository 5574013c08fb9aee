"""What stands around curves: explanations below them, and names above panels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from galaxy_causal.plot import labels, style
from galaxy_causal.plot.values import collect_atoms
from galaxy_causal.types import Curve

_SEVERAL = 3
RISES = (
    "Against the true target information rises towards both ends: few galaxies are there, "
    "so that to be told of it says much."
)
BELOW = (
    "Negative atoms hang below zero, and the stack above ends higher than both by as much; "
    "where redundancy\nis negative an input misleads about the galaxies of the bin."
)
_SEEN = 0.03
"""Of the tallest stack, how far below zero an atom is noticed."""


def explained(curves: Sequence[Curve], measure: str, target: str) -> str:
    """What a reader may wonder at, in words."""
    lines = []
    if any(curve.label == target and len(curve.centre) > _SEVERAL for curve in curves):
        lines.append(RISES)
    atoms = np.concatenate([collect_atoms(curve.summaries, measure)[0] for curve in curves], axis=1)
    if np.nanmin(atoms, initial=0.0) < -_SEEN * np.nanmax(atoms, initial=0.0):
        lines.append(BELOW)
    return "\n".join(lines)


def name_panel(axes: Axes, group: str) -> None:
    """The name of a panel above it; of two inputs each in its own colour."""
    first, _, second = group.partition("\n")
    if not second:
        axes.set_title(style.readable(labels.people(group)), loc="left", fontsize=10)
        return
    # An empty title makes room.
    axes.set_title(" ", loc="left", fontsize=10)
    look: dict[str, Any] = {"fontsize": 9.0, "fontweight": "bold", "va": "bottom"}
    start: Any = axes.transAxes
    text, place = None, (0.0, 1.02)
    for name, colour in ((first, "mi_x1"), (" and ", ""), (second, "mi_x2")):
        text = axes.annotate(
            style.readable(labels.people(name)), place, xycoords=start,
            color=style.LINES.get(colour, style.FAINT), **look,
        )  # fmt: skip
        text.set_in_layout(False)
        start, place = text, (1.0, 0.0)
