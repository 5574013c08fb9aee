"""Distributions of several samples beside each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from galaxy_causal.plot import style
from galaxy_causal.types import Floats, UserError

_COLOURS = (style.INK, style.COLOURS["unique_2"], style.COLOURS["unique_1"], style.COLOURS["synergistic"])
_COLUMNS = 3


@dataclass(frozen=True)
class Distribution:
    """One quantity in several samples.

    Parameters
    ----------
    label
        Of the quantity, with its unit.
    edges
        Of the bins, (bins + 1,).
    values
        By sample, (n,).
    weights
        By sample, (n,); without them all count alike. Each sample is a density that integrates to one over
        the bins.
    logarithmic
        Whether the density's axis is.
    """

    label: str
    edges: Floats
    values: Mapping[str, Floats]
    weights: Mapping[str, Floats] | None = None
    logarithmic: bool = False


def distributions(panels: Sequence[Distribution], title: str) -> Figure:
    """A panel for every quantity, with the same samples in the same colours throughout.

    Parameters
    ----------
    panels
        The quantities. The first sample is filled, the others are lines.
    title
        Of the figure.

    Returns
    -------
    Figure
        Values outside the edges or NaN are no part of the density; where they are more than a thousandth of a
        sample their share is written into the panel.

    Raises
    ------
    UserError
        Without a panel or where a sample has no value within the edges.
    """
    if not panels:
        raise UserError("no distribution to show; give at least one quantity")
    names = list(dict.fromkeys(name for panel in panels for name in panel.values))
    rows = -(-len(panels) // _COLUMNS)
    with style.styled():
        figure = style.blank(height=0.7 + 2.05 * rows)
        grid = figure.subplots(rows, _COLUMNS, squeeze=False)
        for axes, panel in zip(grid.flat, panels, strict=False):
            _panel(axes, panel, names)
        for axes in grid.flat[len(panels) :]:
            axes.remove()
        figure.suptitle(style.readable(title), x=0.012, horizontalalignment="left", fontweight="bold")
        handles: dict[str, Artist] = {}
        for axes in grid.flat[: len(panels)]:
            handles |= {str(h.get_label()): h for h in axes.patches}
        style.legend_below(figure, [handles[name] for name in names], names, most=len(names))
    return figure


def _panel(axes: Axes, panel: Distribution, names: Sequence[str]) -> None:
    notes = []
    for name, values in panel.values.items():
        weights = np.ones(len(values)) if panel.weights is None else panel.weights[name]
        inside = (values >= panel.edges[0]) & (values <= panel.edges[-1])
        if not inside.any():
            raise UserError(
                f"{panel.label}: {name} has no value from {panel.edges[0]:g} to {panel.edges[-1]:g}; "
                "choose other edges"
            )
        if np.mean(~inside) > 0.001:
            notes.append(f"{name}: {np.mean(~inside):.1%} outside")
        density, _ = np.histogram(values[inside], panel.edges, weights=weights[inside], density=True)
        colour, filled = _COLOURS[names.index(name) % len(_COLOURS)], name == names[0]
        look: dict[str, Any] = {"facecolor": "#D9D9D9"} if filled else {"edgecolor": colour}
        axes.stairs(density, panel.edges, label=name, fill=filled, linewidth=1.4, **look)
    axes.set_xlabel(style.readable(panel.label))
    if panel.logarithmic:
        axes.set_yscale("log")
    else:
        axes.set_yticks([])
    if notes:
        axes.set_title(", ".join(notes), loc="right", fontsize=7.5, color=style.FAINT, pad=2.0)
