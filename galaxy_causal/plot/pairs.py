"""The atoms of several decompositions side by side, each a stacked bar."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from galaxy_causal.plot import style
from galaxy_causal.plot.hatches import hatch, note, open_marks
from galaxy_causal.plot.labels import people
from galaxy_causal.plot.values import collect, collect_atoms, describe, stack
from galaxy_causal.types import ATOMS, Floats, Summary, UserError, without_unit

_BAR = 0.5
_OFFSETS = dict(zip(ATOMS, (-0.18, -0.06, 0.06, 0.18), strict=True))
_BESIDE = 0.38
_LABEL = 34  # characters
_SMALL = 8.5
_UNIQUE = ("the upper input, in blue", "the lower input, in orange")


def atoms_by_pair(
    decompositions: Mapping[str, Sequence[Summary]],
    measure: str,
    target: str = "$Y$",
    meanings: Mapping[str, str] = MappingProxyType({}),
    sample: str = "",
) -> Figure:
    """A row for each decomposition, a panel for each group of galaxies; one-sigma errors.

    Parameters
    ----------
    decompositions
        Of a name, such as ``photometry[u] | redshift``, averages by group [nats].
    measure, target, meanings, sample
        As of ``atoms_by_class``.

    Returns
    -------
    Figure
        Atoms pile to the right of the zero line where they are positive and to its left where they are
        negative; the error of an atom sits where the atom ends, and the diamond is I(Y; both). Atoms that
        were not judged reliable are hatched, diamonds open. A group that a decomposition lacks, or whose
        atoms are NaN, is an empty place.

    Raises
    ------
    UserError
        Without a decomposition, or where there is no such measure.
    """
    if not decompositions:
        raise UserError("no decomposition to show: give at least one")
    groups = list(dict.fromkeys(s.group for summaries in decompositions.values() for s in summaries))
    names = [_wrapped(name) for name in decompositions]
    lines = sum(one.count("\n") + 1 for name in names for one in name)
    with style.styled():
        figure = style.blank(height=2.3 + 0.17 * lines + 0.09 * len(names))
        panels = figure.subplots(1, len(groups), sharex=True, sharey=True, squeeze=False)[0]
        handles: list[Any] = []
        for axes, group in zip(panels, groups, strict=True):
            handles = _panel(axes, [_of(group, each) for each in decompositions.values()], measure)
        panels[0].set_yticks(range(len(names)), [""] * len(names))
        for place, name in enumerate(names):
            _name(panels[0], place, name)
        panels[0].set_ylim(len(names) - 0.4, -0.6)
        everything = [one for summaries in decompositions.values() for one in summaries]
        atoms = (verdict for one in everything for verdict in _verdicts(one, measure))
        words = note(atoms, (one.verdict.get("mi_union", "") for one in everything))
        below = [one for one in (sample, describe(measure, meanings), words) if one]
        title = f"What two inputs tell of {without_unit(target)}, pair by pair"
        style.headed(figure, panels[0], title, "\n".join(below))
        labels = [*style.atom_labels(*_UNIQUE).values(), style.information_labels(*_UNIQUE)["mi_union"]]
        style.legend_below(figure, handles, labels, 2)
    return figure


def _wrapped(name: str) -> tuple[str, str]:
    """The two inputs; a long one is broken behind its +."""
    first, second = (
        textwrap.fill(part.replace("+", "+ "), _LABEL, break_on_hyphens=False).replace("+ ", "+")
        for part in (*name.split(" | ", 1), "")[:2]
    )
    return style.readable(people(first)), style.readable(people(second))


def _name(axes: Axes, place: int, names: tuple[str, str]) -> None:
    """The two inputs of a row beside it, each in the colour of what it alone tells."""
    for name, key, up in zip(names, ("mi_x1", "mi_x2"), (1, -1), strict=True):
        axes.annotate(
            name, (0.0, place), xycoords=("axes fraction", "data"), xytext=(-7, up),
            textcoords="offset points", ha="right", va="bottom" if up > 0 else "top", fontsize=_SMALL,
            color=style.LINES[key], fontweight="bold", linespacing=style.LEADING, annotation_clip=False,
        )  # fmt: skip


def _of(group: str, summaries: Sequence[Summary]) -> Summary:
    found = [summary for summary in summaries if summary.group == group]
    return found[0] if found else Summary(group, 0, {}, {})


def _panel(axes: Axes, summaries: Sequence[Summary], measure: str) -> list[Any]:
    """Draw one group; gives what the legend shows."""
    atoms, errors = collect_atoms(summaries, measure)
    place = np.arange(len(summaries), dtype=np.float64)
    start, end = stack(atoms)
    axes.grid(axis="x")
    handles: list[Any] = []
    for row, atom in enumerate(ATOMS):
        colour = style.COLOURS[atom]
        bars = axes.barh(
            place, atoms[row], _BAR, left=start[row], color=colour, edgecolor="white", linewidth=0.5
        )
        hatch(bars, [_verdicts(one, measure)[row] for one in summaries])
        handles.append(Patch(facecolor=colour))
        _error(axes, end[row], place + _OFFSETS[atom], errors[row])
    total, error = collect(summaries, "mi_union")
    totals = [one.verdict.get("mi_union", "") for one in summaries]
    open_marks(axes, total, place + _BESIDE, totals, "D", style.LINES["mi_union"], 3.5)
    handles.append(
        axes.errorbar(
            total,
            place + _BESIDE,
            xerr=error,
            fmt="D",
            markersize=3.5,
            color=style.LINES["mi_union"],
            elinewidth=1.0,
            zorder=4,
        )
    )
    axes.axvline(0.0, color=style.INK, linewidth=1.0, zorder=3)
    axes.tick_params(axis="y", length=0)
    axes.locator_params(axis="x", nbins=4)
    axes.set_xlabel("nats")
    counts = sorted({summary.count for summary in summaries if summary.value})
    size = "" if not counts else f"{counts[0]:,}" if len(counts) == 1 else f"{counts[0]:,} to {counts[-1]:,}"
    axes.set_title(f"{style.group_label(summaries[0].group)}\n{size} galaxies", fontsize=10)
    return handles


def _verdicts(summary: Summary, measure: str) -> list[str]:
    """The verdict on each atom, empty where it was not judged."""
    return [summary.verdict.get(f"{measure}/{atom}", "") for atom in ATOMS]


def _error(axes: Axes, end: Floats, place: Floats, error: Floats) -> None:
    axes.errorbar(end, place, xerr=error, fmt="none", ecolor=style.INK, elinewidth=0.8, capsize=1.2, zorder=4)
