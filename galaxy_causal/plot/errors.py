"""How far several methods are from the truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from galaxy_causal.plot import style
from galaxy_causal.types import UserError

_MARKERS = "os^DvP*X"
_COLOURS = ("#999999", "#56B4E9", "#CC79A7", "#0072B2", "#009E73", "#E69F00", "#D55E00", "#222222")
_ROOM = 0.76  # of the height of a row that its markers take


def errors(
    found: Mapping[str, Mapping[str, Sequence[float]]], label: str, methods: Mapping[str, str]
) -> Figure:
    """Errors of methods on tasks, as mean and deviation over seeds.

    Parameters
    ----------
    found
        Of a task, then of a method, the errors of its seeds. A method without a result for a task has no
        marker there.
    label
        Of the axis of errors, with its unit.
    methods
        The methods to show, in this order, with their names, eight at most.

    Returns
    -------
    Figure

    Raises
    ------
    UserError
        Without a task, or with too many methods.
    """
    if not found or not 1 <= len(methods) <= len(_MARKERS):
        raise UserError(
            f"{len(found)} tasks and {len(methods)} methods: give at least one task and 1 to "
            f"{len(_MARKERS)} methods"
        )
    height = 0.9 + 0.42 * len(found)
    with style.styled():
        figure = style.blank(height=height + style.legend_height(list(methods.values()), 3))
        axes = figure.add_subplot()
        handles = []
        for row, method in enumerate(methods):
            place = np.arange(len(found)) + _ROOM * ((row + 0.5) / len(methods) - 0.5)
            values = [by.get(method, ()) for by in found.values()]
            handles.append(
                axes.errorbar(
                    [float(np.mean(v)) if len(v) else np.nan for v in values],
                    place,
                    xerr=[float(np.std(v, ddof=1)) if len(v) > 1 else 0.0 for v in values],
                    fmt=_MARKERS[row],
                    color=_COLOURS[row],
                    markersize=5.0,
                    elinewidth=1.0,
                )
            )
        axes.axvline(0.0, color=style.INK, linewidth=1.0, zorder=0)
        for boundary in np.arange(len(found) - 1) + 0.5:
            axes.axhline(boundary, color="#E4E4E4", linewidth=0.7, zorder=0)
        axes.set_yticks(range(len(found)), [style.readable(task) for task in found])
        axes.tick_params(axis="y", length=0)
        axes.set_ylim(len(found) - 0.5, -0.5)
        axes.set_xlabel(style.readable(label))
        style.legend_below(figure, handles, list(methods.values()), 3)
    return figure
