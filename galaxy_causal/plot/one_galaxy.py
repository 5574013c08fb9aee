"""What an atom is, seen in single galaxies."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from galaxy_causal.plot import style
from galaxy_causal.plot.kinds import DASHES, INPUTS, PRIOR, draw_densities, headings, short, signed
from galaxy_causal.types import Examples, UserError

PANELS = (
    ("redundant",),
    ("unique_2", "unique_1", "added_2"),
    ("synergistic", "typical"),
    ("misled_1", "misled_2"),
)
"""Kinds of which one galaxy each is shown: the first that there are."""
COUNTED = ("no galaxy", "one galaxy", "two galaxies", "three galaxies", "four galaxies")
OTHER = {"misled_1": 1, "misled_2": 0}
"""Place of the input that is not said to mislead."""
STAMP = 0.32
"""Of a panel's height, which the densities leave free."""


def one_galaxy(examples: Examples, target: str) -> Figure:
    """The target of up to four galaxies before and after each input is known.

    Parameters
    ----------
    examples
        With densities.
    target
        What people call the target, with its unit.

    Returns
    -------
    Figure
        Each panel has a galaxy of another kind: grey is the density of the target among all galaxies, lines
        are the densities given x1, x2 and both, and the dotted line is the true target. The axis is
        logarithmic, so that what a line is above the grey there is the pointwise information. The galaxy's
        stamp is in a corner, where there is one.

    Raises
    ------
    UserError
        Without densities.
    """
    if not examples.has_densities:
        raise UserError("there are no densities of single galaxies to show; use another figure")
    chosen = _chosen(examples)
    down = -(-len(chosen) // 2)
    with style.styled():
        figure = style.blank(height=1.3 + 2.75 * down, width=8.4)
        grid = figure.subplots(down, min(len(chosen), 2), squeeze=False)
        for axes in grid.flat[len(chosen) :]:
            axes.set_axis_off()
        for axes, (kind, row) in zip(grid.flat, chosen.items(), strict=False):
            _panel(axes, examples, kind, row)
        for axes in grid[-1]:
            axes.set_xlabel("" if examples.classes else style.readable(target))
        unit = "probability" if examples.classes else "probability density"
        for axes in grid[:, 0]:
            axes.set_ylabel(unit)
        _legend(figure, examples, COUNTED[len(chosen)])
    return figure


def _chosen(examples: Examples) -> dict[str, int]:
    """A galaxy for each panel by its kind; none is shown twice.

    Of those that one input misleads the first is taken that the other does not mislead too, if there is one.
    """
    found: dict[str, int] = {}
    for wanted in PANELS:
        for kind in wanted:
            rows = [int(row) for row in examples.kinds.get(kind, ()) if int(row) not in found.values()]
            if kind in OTHER:
                rows.sort(key=lambda row: examples.informations[row, OTHER[kind]] < 0)
            if rows:
                found[kind] = rows[0]
                break
    return found


def _panel(axes: Axes, examples: Examples, kind: str, row: int) -> None:
    draw_densities(axes, examples, row)
    axes.minorticks_off()
    if examples.classes:
        axes.tick_params(axis="x", labelsize=9)
    told = [signed(float(value)) for value in examples.informations[row]]
    heading = headings(examples)[kind]
    name = short(str(examples.id[row]), 24)
    axes.set_title(f"{heading}\n", loc="left", fontweight="bold", fontsize=12)
    words = f"galaxy {name}: "
    x = 0.0
    parts = [(words, style.FAINT)] + [
        (f"{text} ", style.LINES[key]) for text, key in zip(told, INPUTS, strict=True)
    ] + [("nats", style.FAINT)]  # fmt: skip
    for text, colour in parts:
        axes.annotate(
            text, (x, 1.0), xycoords="axes fraction", xytext=(0, 5), textcoords="offset points",
            color=colour, fontsize=10.5, fontweight="bold" if colour != style.FAINT else "normal",
        )  # fmt: skip
        x += (len(text) * 0.0196) if colour == style.FAINT else 0.105
    if examples.has_stamps:
        _stamp(axes, examples, row)


def _stamp(axes: Axes, examples: Examples, row: int) -> None:
    """The galaxy, in the upper corner that is farther from its target."""
    middle = 0.5 * (examples.grid[0] + examples.grid[-1])
    left = 0.02 if examples.y[row] > middle else 0.98 - STAMP
    if not examples.classes:
        low, high = axes.get_ylim()
        axes.set_ylim(low, high * (high / low) ** (STAMP / (1 - STAMP)))
    inset = axes.inset_axes((left, 0.97 - STAMP, STAMP, STAMP))
    inset.imshow(np.asarray(examples.stamps[row]), origin="lower", interpolation="nearest")
    inset.set_axis_off()


def _legend(figure: Figure, examples: Examples, counted: str) -> None:
    x1, x2 = short(examples.x1, 46), short(examples.x2, 46)
    figure.suptitle(
        style.readable(f"What {short(examples.x1)} and {short(examples.x2)} tell of {counted}"),
        x=0.012, horizontalalignment="left", fontweight="bold",
    )  # fmt: skip
    lines: list[Any] = [
        Line2D([], [], color=style.LINES[name], linestyle=dashes, linewidth=2.0)  # type: ignore[arg-type]
        for name, dashes in zip(INPUTS, DASHES, strict=True)
    ]
    truth = Line2D([], [], color=style.INK, linewidth=1.2, linestyle=(0, (1, 1.5)))
    labels = ["all galaxies", f"given {x1}", f"given {x2}", "given both", "the true value"]
    if examples.classes:
        lines = [Patch(facecolor=style.LINES[name]) for name in INPUTS]
    drawn = "bar" if examples.classes else "line"
    title = f"nats: how far each {drawn} is above the grey at the true value, as a logarithm; "
    title += "below it, an input misleads"
    handles = [Patch(facecolor=PRIOR), *lines, truth]
    figure.legend(
        handles, labels, loc="outside lower center", ncols=3 if len(x1) + len(x2) > 44 else 5, title=title,
        columnspacing=1.4, handlelength=1.6, title_fontsize=10.5,
    )  # fmt: skip
