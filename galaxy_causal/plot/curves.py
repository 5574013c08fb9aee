"""The atoms as functions of a quantity, such as the target or a magnitude."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.transforms import offset_copy

from galaxy_causal.plot import style
from galaxy_causal.plot.curve_words import explained, name_panel
from galaxy_causal.plot.hatches import HATCHES, note
from galaxy_causal.plot.values import INFORMATIONS, collect, collect_atoms, describe, stack
from galaxy_causal.types import ATOMS, Curve, Floats, UserError

_BESIDE = 18
"""Letters of a row's name that fit beside it; longer ones, as of two inputs, stand above."""
ACROSS = 3  # panels side by side, where many groups are shown against one quantity
_ASIDE = {"mi_x1": -2.2, "mi_x2": 2.2, "mi_union": 0.0}
_DASHES: Mapping[str, Any] = {"mi_x1": "solid", "mi_x2": (0, (5, 1.5)), "mi_union": "solid"}


def atoms_against(
    curves: Sequence[Curve],
    measure: str,
    x1: str,
    x2: str,
    target: str = "$Y$",
    meanings: Mapping[str, str] = MappingProxyType({}),
    sample: str = "",
    title: str = "",
) -> Figure:
    """Stacked atoms against each quantity (columns) for each group of galaxies (rows).

    Parameters
    ----------
    curves
        Columns are their different ``label`` and rows their different ``group``, both in order of
        appearance; a combination that is not there stays blank.
    measure, x1, x2, target, meanings, sample
        As of ``atoms_by_class``. Where rows have other inputs, whose names are in their ``group``, parted by
        a line break, x1 and x2 say how these are told apart.
    title
        In place of one that names the inputs.

    Returns
    -------
    Figure
        More than three groups against a single quantity are panels side by side. Areas are the atoms
        [nats], straight between bin centres, negative ones below the zero line, so that the stack above ends
        higher than I(Y; both) by as much; lines are the three informations with one-sigma errors. A bin whose
        values are missing or NaN leaves a gap.
        An error bar longer than the values span runs off the axes rather than flatten all else. Areas are
        hatched where the atom of the whole group was not judged reliable.

    Raises
    ------
    UserError
        Where there is no curve, no such measure, or two curves for one panel.

    References
    ----------
    After Fig. 6 of Zhang et al. 2025, arXiv:2509.23901, with errors.
    """
    panels = _panels(curves)
    groups = list(dict.fromkeys(curve.group for curve in curves))
    quantities = list(dict.fromkeys(curve.label for curve in curves))
    handles, labels = _legend(x1, x2)
    side_by_side = len(quantities) == 1 and len(groups) > ACROSS
    across = ACROSS if side_by_side else len(quantities)
    down = -(-len(groups) // ACROSS) if side_by_side else len(groups)
    words = [curve.verdict.get(f"{measure}/{atom}", "") for curve in curves for atom in ATOMS]
    below = explained(curves, measure, target)
    height = 1.65 * max(down, 1.6) + 1.5 + style.legend_height(labels, 2) + 0.18 * below.count("\n")
    with style.styled():
        figure = style.blank(height, width=style.WIDTH + (2.4 if side_by_side else 0.0))
        grid = figure.subplots(
            down, across, sharex="all" if side_by_side else "col", sharey=True, squeeze=False
        )
        above = side_by_side or max(len(line) for group in groups for line in group.split("\n")) > _BESIDE
        places = [(group, label) for group in groups for label in quantities]
        for axes in grid.flat[len(places) :]:
            axes.set_axis_off()
        for axes, (group, label) in zip(grid.flat, places, strict=False):
            _panel(axes, panels.get((group, label)), measure)
            if above and label == quantities[0]:
                name_panel(axes, group)
            elif not above and label == quantities[-1]:
                _name_row(axes, group)
        for number, axes in enumerate(grid.flat[: len(places)]):
            if number + across >= len(places):  # the last of its column
                axes.set_xlabel(style.readable(quantities[number % across if not side_by_side else 0]))
                axes.tick_params(labelbottom=True)
        _limit(grid[0, 0], curves, measure)
        if len(groups) > 1:
            figure.supylabel(style.information_label(target, 60))
        else:  # beside its axes, as these are only a part of the figure's height
            grid[0, 0].set_ylabel(style.information_label(target, 30), linespacing=style.LEADING)
        style.caption(
            figure, grid[0, 0], describe(measure, meanings), x1, x2, note(words),
            target=target, sample=sample, title=title,
        )  # fmt: skip
        style.legend_below(figure, handles, labels, 2, below)
    return figure


def _panels(curves: Sequence[Curve]) -> Mapping[tuple[str, str], Curve]:
    if not curves:
        raise UserError("no curve to show: give at least one quantity with at least one group")
    panels: dict[tuple[str, str], Curve] = {}
    for curve in curves:
        if len(curve.centre) != len(curve.summaries) or not len(curve.centre):
            raise UserError(
                f"the curve of {curve.group!r} against {curve.label!r} has {len(curve.centre)} bin "
                f"centres and {len(curve.summaries)} summaries: give one summary per bin, at least one"
            )
        if (curve.group, curve.label) in panels:
            raise UserError(f"two curves of {curve.group!r} against {curve.label!r}: give one of them")
        panels[curve.group, curve.label] = curve
    return panels


def _panel(axes: Axes, curve: Curve | None, measure: str) -> None:
    axes.axhline(0.0, color=style.INK, linewidth=0.9, zorder=2.5)
    if curve is None:
        axes.text(0.5, 0.5, "no bins", transform=axes.transAxes, color=style.FAINT, ha="center", va="center")
        return
    axes.grid(axis="y")
    centre = np.asarray(curve.centre, dtype=np.float64)
    atoms, _ = collect_atoms(curve.summaries, measure)
    for run in _runs(atoms.sum(axis=0)):
        _areas(axes, *_widened(centre, atoms, run), [curve.verdict.get(f"{measure}/{a}", "") for a in ATOMS])
    for name in INFORMATIONS:
        _information(axes, name, centre, *collect(curve.summaries, name))


def _runs(values: Floats) -> Iterator[slice]:
    """Stretches of consecutive bins that have values."""
    edges = np.flatnonzero(np.diff(np.r_[False, np.isfinite(values), False].astype(np.int8)))
    return (slice(first, last) for first, last in zip(edges[::2], edges[1::2], strict=True))


def _widened(centre: Floats, atoms: Floats, run: slice) -> tuple[Floats, Floats]:
    """Centres and atoms of a run; a bin between two gaps becomes a strip, for it has no area."""
    if run.stop - run.start > 1:
        return centre[run], atoms[:, run]
    spacing = float(np.median(np.diff(centre))) if len(centre) > 1 else 1.0
    strip = centre[run] + 0.2 * spacing * np.array([-1.0, 1.0])
    return strip, np.repeat(atoms[:, run], 2, axis=1)


def _areas(axes: Axes, centre: Floats, atoms: Floats, verdicts: Sequence[str]) -> None:
    """Fill between stacked atoms (4, n) over bin centres (n,), straight in between.

    Where an atom changes sign between two bins it must leave the upper stack and enter the
    lower one at its zero, so the zeros of all atoms are added to the grid first.
    """
    left, right = atoms[:, :-1], atoms[:, 1:]
    atom, bin_ = np.nonzero(left * right < 0.0)
    share = left[atom, bin_] / (left[atom, bin_] - right[atom, bin_])
    fine = np.unique(np.r_[centre, centre[bin_] + share * np.diff(centre)[bin_]])
    between = np.stack([np.interp(fine, centre, row) for row in atoms])
    for part in (np.clip(between, 0.0, None), np.clip(between, None, 0.0)):
        start, end = stack(part)
        for row, name in enumerate(ATOMS):
            if part[row].any():
                # An edge in white would eat thin areas; the same colour closes the seams.
                axes.fill_between(
                    fine,
                    start[row],
                    end[row],
                    facecolor=style.COLOURS[name],
                    edgecolor="white" if verdicts[row] in HATCHES else "none",
                    linewidth=0.0,
                    hatch=HATCHES.get(verdicts[row]),
                    label=name,
                )


def _information(axes: Axes, name: str, centre: Floats, value: Floats, error: Floats) -> None:
    heavy = name == "mi_union"
    look: dict[str, Any] = {
        "color": style.LINES[name],
        "path_effects": style.RIM,
        "zorder": 4 if heavy else 3,
    }
    for run in _runs(value):
        line, (level,) = _widened(centre, value[None], run)
        axes.plot(line, level, linestyle=_DASHES[name], linewidth=1.3 if heavy else 1.0, label=name, **look)
    # Set apart by a few points, or the errors of one bin would cover one another.
    aside = offset_copy(axes.transData, axes.get_figure(root=True), _ASIDE[name], 0.0, units="points")
    axes.errorbar(
        centre,
        value,
        error,
        fmt="D" if heavy else "none",
        markersize=3.2,
        elinewidth=1.0,
        label=name,
        transform=aside,
        **look,
    )


def _name_row(axes: Axes, group: str) -> None:
    axes.annotate(
        style.group_label(group, _BESIDE),
        (1.0, 0.5),
        xytext=(8, 0),
        xycoords="axes fraction",
        textcoords="offset points",
        rotation=270,
        ha="left",
        va="center",
        fontsize=12,
    )


def _limit(axes: Axes, curves: Sequence[Curve], measure: str) -> None:
    """Limits of the shared axis: all values, and error bars up to the span of the values."""
    values, errors = [np.zeros(1)], [np.zeros(1)]
    for curve in curves:
        start, end = stack(collect_atoms(curve.summaries, measure)[0])
        for name in INFORMATIONS:
            value, error = collect(curve.summaries, name)
            values.append(value)
            errors.append(error)
        values += [start.ravel(), end.ravel()]
        errors += [np.zeros(start.size), np.zeros(end.size)]
    value, error = np.concatenate(values), np.nan_to_num(np.concatenate(errors))
    span = float(np.nanmax(value) - np.nanmin(value)) or 1.0
    error = np.minimum(error, span)
    low, high = float(np.nanmin(value - error)), float(np.nanmax(value + error))
    margin = 0.05 * (high - low) or 0.5
    axes.set_ylim(low - margin, high + margin)


def _legend(x1: str, x2: str) -> tuple[list[Artist], list[str]]:
    """Atoms in one column and informations in the next."""
    handles: list[Artist] = [Patch(facecolor=style.COLOURS[atom]) for atom in ATOMS]
    for name in INFORMATIONS:
        handles.append(
            Line2D(
                [],
                [],
                color=style.LINES[name],
                linestyle=_DASHES[name],
                linewidth=1.4,
                marker="D" if name == "mi_union" else "",
                markersize=4.0,
            )
        )
    return handles, [*style.atom_labels(x1, x2).values(), *style.information_labels(x1, x2).values()]
