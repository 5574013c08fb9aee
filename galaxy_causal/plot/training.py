"""How a fit went: its loss against the step, and whether its densities are calibrated."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from galaxy_causal.plot import style
from galaxy_causal.types import Floats, UserError

_CURVES = {"train": style.COLOURS["unique_1"], "validation": style.COLOURS["unique_2"]}
_OTHERS = ("#009E73", "#CC79A7", "#56B4E9", "#D55E00")


def loss_curves(history: Mapping[str, tuple[tuple[int, float], ...]], title: str) -> Figure:
    """Losses against the step.

    Parameters
    ----------
    history
        Of a curve's name its (step, value), in nats. Values that are not finite leave a gap, and curves
        without points are left out.
    title
        Of the figure.

    Returns
    -------
    Figure
        The best validation value is marked, for its weights are the ones kept.

    Raises
    ------
    UserError
        Where no curve has a point.
    """
    filled = {name: np.asarray(curve, dtype=np.float64) for name, curve in history.items() if len(curve)}
    if not filled:
        raise UserError(
            f"no loss to show: {len(history)} curves, none with a point. Train at least one step."
        )
    with style.styled():
        figure = style.blank(height=3.6, width=5.4)
        axes = figure.add_subplot()
        axes.grid()
        others = iter(_OTHERS * len(filled))
        for name, curve in filled.items():
            colour = _CURVES.get(name) or next(others)
            marker = "o" if len(curve) == 1 else ""
            axes.plot(
                curve[:, 0],
                curve[:, 1],
                color=colour,
                linewidth=1.4,
                marker=marker,
                markersize=4.0,
                label=name,
            )
            if name == "validation":
                _mark_best(axes, curve)
        axes.set_xlabel("step")
        axes.set_ylabel("cross-entropy [nats]")
        axes.set_title(style.readable(textwrap.fill(title, 58)), loc="left", fontweight="bold")
        axes.legend()
    return figure


def loss_terms(history: Mapping[str, tuple[tuple[int, float], ...]], title: str) -> Figure:
    """Each term of a loss against the step, in a panel of its own, for they have different units.

    Parameters
    ----------
    history
        Of a term's name its (step, value); those without points are left out.
    title
        Of the figure.

    Returns
    -------
    Figure

    Raises
    ------
    UserError
        Where no term is left.
    """
    filled = {name: np.asarray(curve, dtype=np.float64) for name, curve in history.items() if len(curve)}
    if not filled:
        raise UserError(f"no term of a loss to show: {len(history)} curves, none with a point")
    across = min(len(filled), 3)
    down = -(-len(filled) // across)
    with style.styled():
        figure = style.blank(height=2.0 * down + 0.5)
        grid = figure.subplots(down, across, sharex=True, squeeze=False)
        for axes in grid.flat[len(filled) :]:
            axes.set_axis_off()
        for axes, (name, curve) in zip(grid.flat, filled.items(), strict=False):
            axes.grid()
            marker = "o" if len(curve) == 1 else ""
            axes.plot(*curve.T, color=_CURVES["train"], linewidth=1.3, marker=marker, markersize=4.0)
            axes.set_title(name.replace("_", " "), loc="left")
        figure.supxlabel("step")
        figure.suptitle(
            style.readable(textwrap.fill(title, 80)), x=0.012, horizontalalignment="left", fontweight="bold"
        )
    return figure


def _mark_best(axes: Axes, curve: Floats) -> None:
    finite = curve[np.isfinite(curve[:, 1])]
    if not len(finite):
        return
    step, value = finite[np.argmin(finite[:, 1])]
    label = f"best, {value:.3f} at step {step:,.0f}"
    axes.plot(step, value, "o", markersize=6, markerfacecolor="white", markeredgecolor=style.INK, label=label)


def pit_histogram(pit: Floats, title: str, bins: int = 20) -> Figure:
    """Histogram of the probability integral transform of test galaxies.

    Parameters
    ----------
    pit
        Each in [0, 1], (n,). NaN are counted in the label and left out.
    title
        Of the figure.
    bins
        How many.

    Returns
    -------
    Figure
        A calibrated density gives 1 everywhere, within a band that holds 68% of binomial scatter; a hump is
        too wide a density, a U too narrow a one, a slope a bias.

    Raises
    ------
    UserError
        Without a finite value or with one outside [0, 1].
    """
    from scipy.stats import binom

    value = np.asarray(pit, dtype=np.float64)
    known = value[~np.isnan(value)]
    if not known.size:
        raise UserError(f"no PIT to show: {value.size} values, none of them a number")
    if known.min() < 0.0 or known.max() > 1.0:
        raise UserError(f"PIT from {known.min():g} to {known.max():g}: a probability lies in [0, 1]")
    count, edges = np.histogram(known, bins, (0.0, 1.0))
    expected = known.size / bins
    low, high = (float(edge) / expected for edge in binom.interval(0.68, known.size, 1.0 / bins))
    missing = f", {value.size - known.size:,} without a value" if known.size < value.size else ""
    with style.styled():
        figure = style.blank(height=3.6, width=5.4)
        axes = figure.add_subplot()
        axes.stairs(
            count / expected, edges, fill=True, facecolor="#A9CBE3", edgecolor=style.COLOURS["unique_1"],
            linewidth=1.2, label=f"{known.size:,} galaxies{missing}",
        )  # fmt: skip
        axes.axhspan(low, high, color=style.INK, alpha=0.18, linewidth=0, label="68% of binomial scatter")
        axes.axhline(1.0, color=style.INK, linewidth=1.1, label="uniform")
        axes.set_xlim(0.0, 1.0)
        axes.set_ylim(0.0, 1.06 * max(float(count.max()) / expected, high))
        axes.set_xlabel("probability integral transform")
        axes.set_ylabel("density")
        axes.set_title(style.readable(textwrap.fill(title, 58)), loc="left", fontweight="bold")
        figure.legend(loc="outside lower center", ncols=3, fontsize=9.5, columnspacing=1.2, handlelength=1.4)
    return figure
