"""Maps over a latent space."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from galaxy_causal.plot import style
from galaxy_causal.types import Floats, UserError

CELLS = 28  # hexagons across
FEWEST = 1
EDGES = (1.0, 99.0)  # percentiles of the coordinates that are shown
RANGE = (2.0, 98.0)  # percentiles of the colours


def principal_plane(latent: NDArray[np.floating]) -> tuple[Floats, Floats]:
    """The first two principal components of a latent.

    Parameters
    ----------
    latent
        (n, l).

    Returns
    -------
    components : Floats
        (n, 2); a latent of one coordinate has zeros for the second. The largest loading of each is positive.
    shares : Floats
        Of the variance, that they hold, (2,).

    Examples
    --------
    >>> line = np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]])
    >>> [round(float(share), 6) for share in principal_plane(line)[1]]
    [1.0, 0.0]
    """
    centred = latent.astype(np.float64) - latent.mean(axis=0, dtype=np.float64)
    _, scale, axes = np.linalg.svd(centred, full_matrices=False)
    sign = np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])
    plane = (centred @ (axes * sign[:, None]).T)[:, :2]
    share = scale[:2] ** 2 / max(float((scale**2).sum()), np.finfo(float).tiny)
    missing = 2 - plane.shape[1]
    return np.pad(plane, ((0, 0), (0, missing))), np.pad(share, (0, missing))


def latent_maps(plane: Floats, share: Sequence[float], columns: Mapping[str, Floats], title: str) -> Figure:
    """The mean of each column over the plane of a latent's first two principal components.

    Parameters
    ----------
    plane
        The components, (n, 2), of ``principal_plane``.
    share
        Of the variance, that is in either, (2,).
    columns
        By name, (n,). Those that hold values of both signs symmetric about zero, which correlations are,
        have a diverging scale where their name says "correlation".
    title
        Of the figure.

    Returns
    -------
    Figure
        Cells without a galaxy that has a value stay white.

    Raises
    ------
    UserError
        Without columns.
    """
    if not columns:
        raise UserError("no column to map: give at least one")
    across = min(len(columns), 3)
    down = -(-len(columns) // across)
    with style.styled():
        figure = style.blank(height=2.7 * down + 0.6, width=max(style.WIDTH, 3.0 * across))
        grid = figure.subplots(down, across, sharex=True, sharey=True, squeeze=False)
        for axes in grid.flat[len(columns) :]:
            axes.set_axis_off()
        for axes, (name, values) in zip(grid.flat, columns.items(), strict=False):
            _map(figure, axes, plane, values, name)
        figure.supxlabel(f"first principal component ({share[0]:.0%} of variance)")
        figure.supylabel(f"second ({share[1]:.0%})")
        figure.suptitle(style.readable(title), x=0.012, horizontalalignment="left", fontweight="bold")
    return figure


def _map(figure: Figure, axes: Axes, plane: Floats, values: Floats, name: str) -> None:
    (left, low), (right, high) = (np.percentile(plane, edge, axis=0) for edge in EDGES)
    margin_x, margin_y = 0.08 * (right - left) or 1.0, 0.08 * (high - low) or 1.0
    extent = (left - margin_x, right + margin_x, low - margin_y, high + margin_y)
    known = np.isfinite(values)
    known &= (plane[:, 0] >= extent[0]) & (plane[:, 0] <= extent[1])
    known &= (plane[:, 1] >= extent[2]) & (plane[:, 1] <= extent[3])
    bottom, top = np.percentile(values[known], RANGE) if known.any() else (0.0, 1.0)
    diverging = "correlation" in name
    if diverging:
        top = max(abs(bottom), abs(top)) or 1.0
        bottom = -top
    x, y = plane[known].T
    cells = axes.hexbin(
        x, y, C=values[known], gridsize=CELLS, extent=extent, mincnt=FEWEST, vmin=bottom, vmax=top,
        cmap="RdBu_r" if diverging else "viridis", linewidths=0.1,
    )  # fmt: skip
    figure.colorbar(cells, ax=axes, pad=0.02, aspect=28)
    axes.set_title(style.readable(name), loc="left", fontsize=10.5)
    axes.set_xlim(extent[0], extent[1])
    axes.set_ylim(extent[2], extent[3])
