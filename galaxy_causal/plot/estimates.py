"""Estimates of a target against its true values."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from galaxy_causal.plot import labels, style
from galaxy_causal.types import Floats, UserError

EDGES = (0.2, 99.8)
"""Percentiles of the true values and the estimates that are shown."""
CELLS = 45
BINS, FEWEST = 12, 10
"""Of the running median, of equally many galaxies: how many, and galaxies in each at least."""
GAUSSIAN = 1.4826  # sigma of a Gaussian over its median absolute deviation
_RED = "#D55E00"


def estimate_against(y: Floats, estimate: Floats, target: str, title: str) -> Figure:
    """Estimates against true values, with their running median and scatter.

    Parameters
    ----------
    y, estimate
        Of held-out galaxies, (n,), in the target's unit. Pairs with NaN are counted and left out.
    target
        What people call the target, with its unit.
    title
        Of the figure.

    Returns
    -------
    Figure
        Hexagons are numbers of galaxies, the line is estimate = truth; marks are the median difference in
        bins of the true value, with bars of sigma_MAD on both sides. The title has the mean bias, sigma_MAD
        about the median, and the number of galaxies. Values beyond the 0.2 and 99.8 percentiles are beyond
        the axes.

    Raises
    ------
    UserError
        Without a pair of numbers.

    Notes
    -----
    The mean of p(y | x) is drawn towards the middle of the prior where the inputs tell little: against the
    true value it lies below the line at the upper end and above it at the lower.
    """
    known = np.isfinite(y) & np.isfinite(estimate)
    if not known.any():
        raise UserError(
            f"no estimate to show: {len(y)} galaxies, none with both a true value and an estimate"
        )
    true, found = y[known].astype(np.float64), estimate[known].astype(np.float64)
    delta = found - true
    sigma = GAUSSIAN * float(np.median(np.abs(delta - np.median(delta))))
    low, high = np.percentile(np.concatenate([true, found]), EDGES)
    margin = 0.04 * float(high - low) or 0.5
    low, high = float(low) - margin, float(high) + margin
    missing = f", {len(y) - len(true):,} without a value" if len(true) < len(y) else ""
    with style.styled():
        figure = style.blank(height=4.9, width=5.4)
        axes = figure.add_subplot()
        cells = axes.hexbin(
            true, found, gridsize=CELLS, extent=(low, high, low, high), mincnt=1, bins="log", cmap="Blues",
            linewidths=0.1,
        )  # fmt: skip
        cells.set_clim(vmin=0.5)
        axes.plot([low, high], [low, high], color=style.INK, linewidth=1.0, label="estimate = truth")
        _running(axes, true, found)
        axes.set_xlim(low, high)
        axes.set_ylim(low, high)
        axes.set_aspect("equal")
        axes.set_xlabel(style.readable(f"true {target}"))
        axes.set_ylabel("estimate")
        bar = figure.colorbar(cells, ax=axes, pad=0.02, aspect=30, shrink=0.85)
        bar.set_label("galaxies")
        below = (
            f"{len(true):,} held-out galaxies{missing}\n"
            rf"bias {_signed(float(delta.mean()))}, $\sigma_\mathrm{{MAD}}$ {sigma:.3g}"
        )
        style.headed(figure, axes, labels.people(title), below)
        axes.legend(loc="upper left", fontsize=9.5, handlelength=1.6)
    return figure


def _signed(value: float) -> str:
    return f"{value:+.2g}".replace("-", "\N{MINUS SIGN}")


def _running(axes: Axes, true: Floats, found: Floats) -> None:
    """Median and sigma_MAD of estimate less truth in bins of equally many galaxies, along the line."""
    bins = min(BINS, len(true) // FEWEST)
    if not bins:
        return
    parts = np.array_split(np.argsort(true, kind="stable"), bins)
    centre = np.array([np.median(true[part]) for part in parts])
    delta = [found[part] - true[part] for part in parts]  # of which the width of a bin is no part
    middle = np.array([np.median(one) for one in delta])
    spread = np.array([GAUSSIAN * np.median(np.abs(d - m)) for d, m in zip(delta, middle, strict=True)])
    axes.errorbar(
        centre, centre + middle, spread, fmt="o-", color=_RED, markersize=4.0, linewidth=1.2, elinewidth=1.1,
        capsize=2.0, label=r"median and $\sigma_\mathrm{MAD}$", path_effects=style.RIM,
    )  # fmt: skip
