"""What local tests say, against target and magnitude."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from galaxy_causal.plot import style
from galaxy_causal.plot.values import group_name
from galaxy_causal.types import Answer, DependenceCurve, Floats, UserError

NULL = 1.96  # errors within which 95% of means lie where nothing depends
CLASSES = {"all": style.INK, "star_forming": "#0072B2", "passive": "#D55E00", "other": "#009E73"}
OTHERS = ("#CC79A7", "#E69F00", "#56B4E9", "#F0E442")  # Okabe & Ito (2008), as above
MARKS = "osD^vP"
COLOURS = ("#0072B2", "#56B4E9", "#D55E00", "#E69F00", "#009E73", "#CC79A7")
"""Of sets of inputs."""
ROOM = 0.7  # of the height of a query's row that its marks take
ASIDE = 0.012  # of the axis, between the error bars of classes


def dependence_against(answer: Answer, target: str, inputs: str) -> Figure:
    """Mean local correlation and predictive efficiency against each quantity, by class.

    Parameters
    ----------
    answer
        To one query.
    target, inputs
        What people call the target and what the latent was learnt from.

    Returns
    -------
    Figure
        Rows are the two measures, columns the different ``label`` of the curves. Bars are one-sigma errors,
        which account for overlap; the bands hold 95% of the means of all galaxies of a bin where nothing
        depends on the query (and are too wide where something does), and the dashed line is the efficiency
        after a permutation.

    Raises
    ------
    UserError
        Without curves.

    References
    ----------
    After Figs. 8 and 9 of Zhang et al. 2025, arXiv:2509.23901.
    """
    labels = list(dict.fromkeys(curve.label for curve in answer.curves))
    groups = list(dict.fromkeys(curve.group for curve in answer.curves))
    if not labels:
        raise UserError("no curve to show: give at least one quantity with at least one bin")
    others = iter(OTHERS * len(groups))
    colours = {group: CLASSES.get(group) or next(others) for group in groups}
    with style.styled():
        figure = style.blank(height=5.2)
        grid = figure.subplots(2, len(labels), sharex="col", sharey="row", squeeze=False)
        for column, label in enumerate(labels):
            curves = [curve for curve in answer.curves if curve.label == label]
            for row in (0, 1):
                grid[row, column].grid(axis="y")
                _null(grid[row, column], curves[0], row)
            for place, curve in enumerate(curves):
                shift = ASIDE * (place - (len(curves) - 1) / 2)
                _curve(list(grid[:, column]), curve, colours[curve.group], shift)
            grid[1, column].set_xlabel(style.readable(label))
        grid[0, 0].set_ylabel("mean local correlation")
        grid[1, 0].set_ylabel("predictive efficiency")
        title = f"{target} and {answer.title}, given the latent of {inputs}"
        figure.suptitle(style.readable(title), x=0.012, horizontalalignment="left", fontweight="bold")
        look: dict[str, Any] = {"marker": "o", "markersize": 4.0, "linewidth": 1.4}
        handles = [Line2D([], [], color=colours[group], **look) for group in groups]
        handles += [Patch(color=style.FAINT, alpha=0.25, linewidth=0)]  # type: ignore[list-item]
        handles += [Line2D([], [], color=style.FAINT, linestyle="dashed", linewidth=1.2)]
        names = [group_name(group) for group in groups]
        style.legend_below(figure, handles, [*names, "95% where independent, of all", "permuted"], 6)
    return figure


def dependence_by_inputs(found: Mapping[str, Mapping[str, tuple[float, float]]], target: str) -> Figure:
    """Mean local correlation with each query, by what the latent was learnt from.

    Parameters
    ----------
    found
        Of inputs, then of each query, the correlation with its one-sigma error; a query that some inputs
        hold has no mark there.
    target
        What people call the target.

    Returns
    -------
    Figure
        Queries are rows, in the order of the first inputs that name them.

    Raises
    ------
    UserError
        Without any, or with more inputs than there are marks.
    """
    queries = list(dict.fromkeys(query for by in found.values() for query in by))
    if not queries or len(found) > len(MARKS):
        raise UserError(
            f"{len(queries)} queries in {len(found)} sets of inputs: give at least one query, and at most "
            f"{len(MARKS)} sets of inputs"
        )
    names = [style.readable(name) for name in found]
    with style.styled():
        figure = style.blank(height=0.9 + 0.5 * len(queries) + style.legend_height(names, 3))
        axes = figure.add_subplot()
        handles = []
        for number, by in enumerate(found.values()):
            place = np.arange(len(queries)) + ROOM * ((number + 0.5) / len(found) - 0.5)
            value, error = np.array([by.get(query, (np.nan, np.nan)) for query in queries]).T
            look: dict[str, Any] = {"fmt": MARKS[number], "color": COLOURS[number], "markersize": 5.0}
            handles.append(axes.errorbar(value, place, xerr=error, elinewidth=1.2, **look))
        axes.axvline(0.0, color=style.INK, linewidth=1.0, zorder=0)
        for boundary in np.arange(len(queries) - 1) + 0.5:
            axes.axhline(boundary, color="#E4E4E4", linewidth=0.7, zorder=0)
        axes.set_yticks(range(len(queries)), [style.readable(query) for query in queries])
        axes.tick_params(axis="y", length=0)
        axes.set_ylim(len(queries) - 0.5, -0.5)
        axes.set_xlabel(style.readable(f"mean local correlation with {target}"))
        style.legend_below(figure, handles, names, 3)
    return figure


def _null(axes: Axes, curve: DependenceCurve, row: int) -> None:
    """What independence looks like, for the first of the curves."""
    axes.axhline(0.0, color=style.INK, linewidth=0.8, zorder=1.5)
    name = ("corr", "pred_eff")[row]
    middle = np.zeros(len(curve.centre)) if row == 0 else _values(curve, "pred_eff_null")
    error = NULL * _values(curve, f"{name}_null_error")
    low, high = middle - error, middle + error
    axes.fill_between(curve.centre, low, high, color=style.FAINT, alpha=0.25, linewidth=0, zorder=1)
    if row == 1:
        axes.plot(curve.centre, middle, color=style.FAINT, linestyle="dashed", linewidth=1.2)


def _curve(axes: Sequence[Axes], curve: DependenceCurve, colour: str, shift: float) -> None:
    spread = float(np.ptp(curve.centre)) or 1.0
    place = curve.centre + shift * spread
    look: dict[str, Any] = {"color": colour, "marker": "o", "markersize": 3.4, "linewidth": 1.3}
    for one, name in zip(axes, ("corr", "pred_eff"), strict=True):
        value, error = _values(curve, name), _values(curve, f"{name}_error")
        one.errorbar(place, value, error, elinewidth=0.9, label=curve.group, **look)


def _values(curve: DependenceCurve, name: str) -> Floats:
    return np.array([getattr(point, name) for point in curve.points], dtype=np.float64)
