"""The atoms of each group of galaxies as one stacked bar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from galaxy_causal.plot import style
from galaxy_causal.plot.hatches import hatch, note, open_marks
from galaxy_causal.plot.values import collect, collect_atoms, describe, stack
from galaxy_causal.types import ATOMS, Floats, Summary, UserError

_Handle = Patch | ErrorbarContainer | LineCollection

_BAR = 0.62
# Error bars sit side by side inside the bar, and the total beside it, so none covers another.
_OFFSETS = dict(zip(ATOMS, (-0.21, -0.07, 0.07, 0.21), strict=True))
_BESIDE = 0.40


def atoms_by_class(
    summaries: Sequence[Summary],
    measure: str,
    x1: str,
    x2: str,
    target: str = "$Y$",
    meanings: Mapping[str, str] = MappingProxyType({}),
    sample: str = "",
) -> Figure:
    """Stacked atoms of each group, with one-sigma errors.

    Parameters
    ----------
    summaries
        Of each group [nats].
    measure
        The name of the measure of redundancy.
    x1, x2, target
        What people call the two inputs and the target.
    meanings
        What each measure takes as redundancy, by name.
    sample
        Of which galaxies the averages are, in words.

    Returns
    -------
    Figure
        Positive atoms pile upward from the zero line and negative ones downward; the error of an atom sits
        where the atom ends. The diamond is I(Y; union), the sum of the four, the dashed line ``mi_ceiling``
        of groups that have one. A group whose atoms are NaN keeps its place and is marked, without a bar.

    Raises
    ------
    UserError
        Where there is no group, or no such measure.
    """
    if not summaries:
        raise UserError("no group of galaxies to show: give at least one summary")
    atoms, errors = collect_atoms(summaries, measure)
    ceilings = np.array([summary.value.get("mi_ceiling", np.nan) for summary in summaries])
    labels = [*style.atom_labels(x1, x2).values(), style.information_labels(x1, x2)["mi_union"]]
    labels += ["the most that can be known"] * bool(np.isfinite(ceilings).any())
    names = [f"{style.group_label(summary.group)}\n{summary.count:,} galaxies" for summary in summaries]
    height = 4.0 + 0.19 * max(name.count("\n") for name in names) + style.legend_height(labels, 3)
    with style.styled():
        figure = style.blank(height, width=max(style.WIDTH, 1.15 * len(summaries) + 0.8))
        axes = figure.add_subplot()
        axes.grid(axis="y")
        verdicts = [[one.verdict.get(f"{measure}/{atom}", "") for one in summaries] for atom in ATOMS]
        _bars(axes, atoms, errors, verdicts)
        handles: list[_Handle] = [Patch(facecolor=style.COLOURS[atom]) for atom in ATOMS]
        totals = [one.verdict.get("mi_union", "") for one in summaries]
        handles.append(_totals(axes, *collect(summaries, "mi_union"), totals))
        handles += _ceilings(axes, ceilings)
        axes.axhline(0.0, color=style.INK, linewidth=1.1, zorder=3)
        _name_groups(axes, names, atoms.sum(axis=0))
        axes.set_ylabel(style.information_label(target), linespacing=style.LEADING)
        axes.margins(y=0.06)
        words = note((v for row in verdicts for v in row), totals)
        style.caption(figure, axes, describe(measure, meanings), x1, x2, words, target=target, sample=sample)
        style.legend_below(figure, handles, labels, 3)
    return figure


def _bars(axes: Axes, atoms: Floats, errors: Floats, verdicts: Sequence[Sequence[str]]) -> None:
    """Draw the stacks; atoms, errors and verdicts are (4, groups)."""
    start, end = stack(atoms)
    place = np.arange(atoms.shape[1], dtype=np.float64)
    for row, atom in enumerate(ATOMS):
        colour = style.COLOURS[atom]
        bars = axes.bar(
            place, atoms[row], _BAR, bottom=start[row], color=colour, edgecolor="white", linewidth=0.8
        )
        _errors(axes, place + _OFFSETS[atom], end[row], errors[row])
        hatch(bars, verdicts[row])


def _errors(axes: Axes, place: Floats, end: Floats, error: Floats) -> None:
    """Errors without marks, which would cover thin atoms."""
    axes.errorbar(place, end, error, fmt="none", ecolor=style.INK, elinewidth=1.1, capsize=2.2, zorder=4)


def _totals(axes: Axes, total: Floats, error: Floats, verdicts: Sequence[str]) -> _Handle:
    place = np.arange(len(total), dtype=np.float64) + _BESIDE
    open_marks(axes, place, total, verdicts, "D", style.LINES["mi_union"], 5.5)
    return axes.errorbar(
        place,
        total,
        error,
        fmt="D",
        markersize=5.5,
        color=style.LINES["mi_union"],
        elinewidth=1.2,
        capsize=3.5,
        zorder=4,
    )


def _ceilings(axes: Axes, ceilings: Floats) -> list[_Handle]:
    """A dashed line above each group that has a ceiling; what the legend shows, if any."""
    known = np.flatnonzero(np.isfinite(ceilings))
    if not len(known):
        return []
    lines = axes.hlines(
        ceilings[known],
        known - _BAR / 2,
        known + _BESIDE + 0.06,
        colors=style.INK,
        linestyles="dashed",
        label="ceiling",
    )
    return [lines]


def _name_groups(axes: Axes, names: Sequence[str], totals: Floats) -> None:
    axes.set_xticks(range(len(names)), names, linespacing=style.LEADING)
    axes.tick_params(axis="x", length=0, pad=6)
    for place in np.flatnonzero(np.isnan(totals)):
        axes.annotate(
            "no value",
            (place, 0.0),
            xytext=(0, 6),
            textcoords="offset points",
            color=style.FAINT,
            ha="center",
        )
    # A lone bar as wide as the figure would look like a background.
    room = max(0.0, 3 - len(names)) / 2
    axes.set_xlim(-0.6 - room, len(names) - 0.4 + room)
