"""Galaxies by what two inputs tell of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from galaxy_causal.plot import style
from galaxy_causal.plot.kinds import (
    DASHES,
    INPUTS,
    PRIOR,
    draw_densities,
    headings,
    short,
    signed,
    told,
)
from galaxy_causal.types import ATOMS, Examples, UserError

ACROSS = 4  # galaxies of a kind
SIDE, GAP = 1.3, 0.12  # inches: of a stamp, and between two
BLOCK = ACROSS * (SIDE + GAP)
BETWEEN, MARGIN = 0.3, 0.15
TEXT, BARS, HEADING = 0.36, 0.28, 0.28  # heights beneath and above a stamp
ROW = SIDE + TEXT + BARS + HEADING + 0.24
TOP, BOTTOM = 0.72, 0.95
SMALL = 8.0
LETTERS = 12
"""Of the name of a class."""
Box = tuple[float, float, float, float]
"""Left, bottom, width and height, in shares of the figure."""


def gallery(examples: Examples, target: str) -> Figure:
    """Galaxies of each kind, the most telling first, with what each input tells of them.

    Parameters
    ----------
    examples
        With stamps or densities.
    target
        What people call the target, with its unit.

    Returns
    -------
    Figure
        Beneath the colour composite (or, without images, the densities) of a galaxy are its true target and
        the estimates, the pointwise informations, and bars of the four pointwise atoms, which hang to the
        left where they are negative; bars of all galaxies have one scale.

    Raises
    ------
    UserError
        Where there are neither stamps nor densities.
    """
    if not (examples.has_stamps or examples.has_densities):
        raise UserError("neither images nor densities of single galaxies to show; use another figure")
    kinds = list(examples.kinds)
    rows = -(-len(kinds) // 2)
    width, height = 2 * BLOCK + BETWEEN + 2 * MARGIN, TOP + rows * ROW + BOTTOM
    with style.styled():
        figure = Figure(figsize=(width, height))  # placed by hand: so many axes are laid out slowly
        FigureCanvasAgg(figure)
        shown = np.unique(np.concatenate([chosen[:ACROSS] for chosen in examples.kinds.values()]))
        most = float(np.abs(examples.atoms[shown]).max()) or 1.0
        for number, kind in enumerate(kinds):
            left = MARGIN + (number // rows) * (BLOCK + BETWEEN)
            top = height - TOP - (number % rows) * ROW
            _place(figure, headings(examples)[kind], left, top - 0.2, fontsize=11.5, fontweight="bold")
            for place, row in enumerate(examples.kinds[kind][:ACROSS]):
                _galaxy(figure, examples, int(row), (left + place * (SIDE + GAP), top - HEADING), most)
        _title(figure, examples, target, height)
        _legend(figure, examples, most)
    return figure


def _place(figure: Figure, text: str, x: float, y: float, **look: Any) -> None:  # noqa: ANN401
    """Text at a place in inches."""
    width, height = figure.get_size_inches()
    figure.text(x / width, y / height, text, **look)


def _box(figure: Figure, left: float, bottom: float, wide: float, high: float) -> Box:
    width, height = figure.get_size_inches()
    return (left / width, bottom / height, wide / width, high / height)


def _galaxy(figure: Figure, examples: Examples, row: int, corner: tuple[float, float], most: float) -> None:
    """Draw one galaxy, whose upper left corner is given in inches."""
    left, top = corner
    axes = figure.add_axes(_box(figure, left, top - SIDE, SIDE, SIDE))
    if examples.has_stamps:
        axes.imshow(examples.stamps[row], origin="lower", interpolation="nearest")
        axes.set_axis_off()
    else:
        draw_densities(axes, examples, row, marks=False)
        axes.set_yticks([])
        axes.minorticks_off()
        axes.tick_params(axis="x", labelsize=6.5, length=2, pad=1)
        axes.locator_params(axis="x", nbins=3) if not examples.classes else None
    _name(
        figure, examples, row, left, top, right=not examples.has_stamps and _peaks_left(axes, examples, row)
    )
    _numbers(figure, examples, row, left, top - SIDE - (0.0 if examples.has_stamps else 0.1))
    _atoms(figure, examples, row, (left, top - SIDE - TEXT - BARS - 0.06), most)


def _peaks_left(axes: Axes, examples: Examples, row: int) -> bool:
    """Whether densities are high on the left, where the name would cover them."""
    drawn = not (examples.has_stamps or examples.classes)
    return drawn and float(examples.y[row]) < float(np.mean(axes.get_xlim()))


def _name(figure: Figure, examples: Examples, row: int, left: float, top: float, right: bool) -> None:
    look: dict[str, Any] = {"fontsize": 7.0, "va": "top", "ha": "right" if right else "left"}
    look |= {"color": "white"} if examples.has_stamps else {"color": style.FAINT}
    group = examples.galaxy_class[row]
    text = short(str(examples.id[row]), 22) + (f"\n{style.group_label(str(group))}" if group else "")
    _place(figure, text, left + (SIDE - 0.05 if right else 0.05), top - 0.04, **look)


def _numbers(figure: Figure, examples: Examples, row: int, left: float, top: float) -> None:
    """True target and estimates, and below these the informations, in the colours of the inputs."""
    colours = [style.LINES[name] for name in INPUTS]
    true, values = told(examples, row)
    true, *values = (style.group_label(text[:LETTERS], LETTERS) for text in (true, *values))
    size = SMALL if max(map(len, (true, *values))) <= len("10.55") else 6.0
    for k, (text, nats) in enumerate(zip(values, examples.informations[row], strict=True)):
        x = left + SIDE * (0.54 + 0.21 * k if examples.classes else 0.4 + 0.26 * k)
        look: dict[str, Any] = {"color": colours[k], "fontsize": size, "ha": "center"}
        _place(figure, text, x, top - 0.14, **look)
        _place(figure, signed(float(nats)), x, top - 0.29, **look)
    _place(figure, true, left, top - 0.14, fontsize=size, fontweight="bold")
    _place(figure, "nats", left, top - 0.29, fontsize=7.0, color=style.FAINT)


def _atoms(figure: Figure, examples: Examples, row: int, corner: tuple[float, float], most: float) -> None:
    """Bars to both sides of a line; patches of the figure, as axes take long to make."""
    middle, each = corner[0] + SIDE / 2, BARS / len(ATOMS)
    for k, (name, atom) in enumerate(zip(ATOMS, examples.atoms[row], strict=True)):
        length = float(atom) / most * SIDE / 2
        box = _box(figure, middle, corner[1] + BARS - (k + 0.93) * each, length, 0.86 * each)
        _patch(figure, box, style.COLOURS[name])
    _patch(figure, _box(figure, middle - 0.005, corner[1], 0.01, BARS), style.INK)


def _patch(figure: Figure, box: Box, colour: str) -> None:
    left, bottom, wide, high = box
    figure.add_artist(Rectangle((left, bottom), wide, high, facecolor=colour, linewidth=0))


def _title(figure: Figure, examples: Examples, target: str, height: float) -> None:
    title = f"What {short(examples.x1, 60)} and {short(examples.x2, 60)} tell of {target}, galaxy by galaxy"
    _place(figure, style.readable(title), MARGIN, height - 0.3, fontsize=14, fontweight="bold")
    drawn = "probabilities" if examples.classes else "densities of the target, on a logarithmic axis"
    what = examples.colours if examples.has_stamps else drawn
    if examples.has_stamps and np.isfinite(examples.stamp_scale):
        what += f"; {examples.stamps.shape[2] * examples.stamp_scale:.0f} arcsec wide"
    words = f"held-out galaxies, the most telling of each kind; {what}"
    _place(figure, style.readable(words), MARGIN, height - 0.55, fontsize=11, color=style.FAINT)


def _legend(figure: Figure, examples: Examples, most: float) -> None:
    x1, x2 = short(examples.x1), short(examples.x2)
    names = style.atom_labels(x1, x2)
    bars: list[Any] = [Patch(facecolor=style.COLOURS[atom]) for atom in ATOMS]
    what = "estimates"
    if examples.classes and examples.has_densities:
        what = "probability given the first input, the second, and both"
    words = f"first line: true target (bold) and its {what}; second: how much likelier each makes the true "
    words += "target, as a logarithm\nbars: atoms of these informations, "
    words += f"from \N{MINUS SIGN}{most:.1f} to {most:.1f} nats"
    _place(figure, words, MARGIN, 0.62, fontsize=9.5, color=style.FAINT, va="center", linespacing=1.25)
    lines: list[Any] = [
        Line2D([], [], color=style.LINES[name], linestyle=dashes, linewidth=2.0)  # type: ignore[arg-type]
        for name, dashes in zip(INPUTS, DASHES, strict=True)
    ]
    labels: Sequence[str] = [*names.values(), f"from {x1}", f"from {x2}", "from both"]
    handles = [*bars, *lines]
    if not examples.has_stamps:
        handles, labels = [*handles, Patch(facecolor=PRIOR)], [*labels, "before: all galaxies"]
    look: dict[str, Any] = {"loc": "lower left", "fontsize": 9.0, "columnspacing": 1.1, "handlelength": 1.3}
    figure.legend(handles, labels, ncols=4, bbox_to_anchor=(0.008, 0.0), **look)
