"""Where in a plane of galaxies' properties what is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from numpy.typing import NDArray

from galaxy_causal.plot import style
from galaxy_causal.types import ATOMS, Floats, UserError

FEWEST = 5
"""Galaxies of a cell that has a colour."""
EDGES = (0.5, 99.5)
"""Percentiles of the quantities that are shown."""
RANGE = 98.0
"""Percentile of the cells' distance from zero at which the colours end."""
PER_CELL, MOST = 10, 26
"""Galaxies that a cell has on average, and cells across at most."""


LONGEST = 26
"""Letters of an atom's name in a line."""


class Quantity(NamedTuple):
    """A quantity of galaxies, for an axis.

    Parameters
    ----------
    label
        What people call it, with its unit.
    values
        (n,).
    """

    label: str
    values: Floats


def atom_maps(
    planes: Sequence[tuple[Quantity, Quantity]],
    informations: Floats,
    atoms: Floats | None,
    title: tuple[str, str],
    x1: str,
    x2: str,
) -> Figure:
    """The four atoms over planes of galaxies' properties.

    Parameters
    ----------
    planes
        What is along and up, of the same n galaxies; a row of panels each.
    informations
        Pointwise, of x1, x2 and both, (3, n) [nats].
    atoms
        Pointwise, (4, n), whose means over cells are shown; None: of each cell the smaller mean information
        is its redundancy, as of averages of all galaxies.
    title
        What is shown, in two lines.
    x1, x2
        What people call the inputs.

    Returns
    -------
    Figure
        Means over hexagons of at least five galaxies; galaxies without a value are left out.
        Red is above zero and blue below, white is zero; each atom has a scale of its own.

    Raises
    ------
    UserError
        Without planes, and where no galaxy can be shown in one of them.
    """
    if not planes:
        raise UserError("no plane to show: give at least two quantities of the galaxies")
    names = list(style.atom_labels(x1, x2).values())
    with style.styled():
        figure = style.blank(height=1.6 + 2.35 * len(planes), width=10.2)
        grid = figure.subplots(len(planes), len(ATOMS), squeeze=False, sharex="row", sharey="row")
        drawn = [
            _row(list(axes), plane, informations, atoms) for axes, plane in zip(grid, planes, strict=True)
        ]
        for column, name in enumerate(names):
            cells = [row[column] for row in drawn]
            _scale(cells)
            bar = figure.colorbar(
                cells[0], ax=list(grid[:, column]), location="bottom", pad=0.02, aspect=24, extend="both"
            )
            bar.set_label("nats")
            bar.ax.locator_params(nbins=5)
            short = name if len(name) <= LONGEST else name.replace(": ", ":\n")
            grid[0, column].set_title(short, fontsize=11, fontweight="bold", loc="left")
        style.headed(figure, grid[0, 0], *title)
    return figure


def known_in(
    plane: tuple[Quantity, Quantity], informations: Floats, atoms: Floats | None
) -> NDArray[np.bool_]:
    """Galaxies that can be shown in a plane.

    Parameters
    ----------
    plane, informations, atoms
        As of `atom_maps`, of n galaxies.

    Returns
    -------
    ndarray of bool
        (n,), False of those that lack a quantity, an information or an atom.
    """
    given = [informations, plane[0].values[None], plane[1].values[None], *([] if atoms is None else [atoms])]
    finite = np.isfinite(np.concatenate(given))
    known: NDArray[np.bool_] = np.logical_and.reduce(finite, axis=0)
    return known


def _row(
    row: list[Axes], plane: tuple[Quantity, Quantity], informations: Floats, atoms: Floats | None
) -> list[PolyCollection]:
    """Panels of the four atoms in one plane."""
    along, up = plane
    known = known_in(plane, informations, atoms)
    if not known.any():
        raise UserError(f"no galaxy has both {along.label} and {up.label}; choose other quantities")
    x, y = along.values[known].astype(np.float64), up.values[known].astype(np.float64)
    extent = (*_span(x), *_span(y))
    inside = (x >= extent[0]) & (x <= extent[1]) & (y >= extent[2]) & (y <= extent[3])
    x, y, told = x[inside], y[inside], informations[:, known][:, inside]
    own = None if atoms is None else atoms[:, known][:, inside]
    across = int(np.clip(np.sqrt(len(x) / PER_CELL), 5, MOST))
    means = _means(row[0], x, y, told if own is None else own, across, extent)
    values = _of_means(means) if own is None else means
    drawn = []
    for axes, value in zip(row, values, strict=True):
        cells = _cells(axes, x, y, told[0], across, extent)
        cells.set_array(value)
        drawn.append(cells)
        axes.set_xlim(extent[0], extent[1])
        axes.set_ylim(extent[2], extent[3])
        axes.set_xlabel(style.readable(along.label))
        axes.locator_params(nbins=5)
    row[0].set_ylabel(style.readable(up.label))
    return drawn


def _cells(
    axes: Axes, x: Floats, y: Floats, values: Floats, across: int, extent: tuple[float, ...]
) -> PolyCollection:
    return axes.hexbin(
        x, y, C=values, gridsize=(across, int(0.8 * across) or 1), extent=extent,  # type: ignore[arg-type]
        mincnt=FEWEST, cmap="RdBu_r", linewidths=0.15,
    )  # fmt: skip


def _means(
    axes: Axes, x: Floats, y: Floats, values: Floats, across: int, extent: tuple[float, ...]
) -> Floats:
    """Means of values (k, n) over the cells that have enough galaxies, (k, cells)."""
    found = []
    for one in values:
        cells = _cells(axes, x, y, one, across, extent)
        found.append(np.asarray(cells.get_array(), dtype=np.float64))
        cells.remove()
    return np.stack(found)


def _of_means(means: Floats) -> Floats:
    """The atoms (4, cells) of mean informations (3, cells), the smaller being redundant."""
    i1, i2, union = means
    redundant = np.minimum(i1, i2)
    return np.stack([redundant, i1 - redundant, i2 - redundant, union - i1 - i2 + redundant])


def _span(values: Floats) -> tuple[float, float]:
    low, high = np.percentile(values, EDGES)
    margin = 0.04 * float(high - low) or 0.5
    return float(low) - margin, float(high) + margin


def _scale(cells: Sequence[PolyCollection]) -> None:
    """One scale for all planes of an atom, the same to both sides of zero."""
    values = np.abs(np.concatenate([np.asarray(one.get_array()) for one in cells]))
    most = float(np.percentile(values, RANGE)) if len(values) else 0.0
    for one in cells:
        one.set_clim(-(most or 1.0), most or 1.0)
