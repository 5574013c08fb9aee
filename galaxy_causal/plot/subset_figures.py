"""Figures of what subsets of the inputs tell."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from galaxy_causal.plot import style
from galaxy_causal.plot.hatches import HATCHES, hatch, note, open_marks
from galaxy_causal.plot.terminal import marked, marks_legend
from galaxy_causal.types import Estimate, Floats, SizeSummary, UserError, without_unit

_SHARE, _ALONE, _LAST = style.COLOURS["unique_1"], style.COLOURS["unique_2"], style.COLOURS["synergistic"]
_WIDE = 8  # letters of a name that do not fit under a cell
_LINES = 3  # of a subset's name
_UPRIGHT = 14  # letters of a line of it that does not run into the next one
_BAR, _ASIDE = 0.42, 0.31  # widths of a bar, and of the markers from its middle: beside it


def input_values(
    names: Sequence[str],
    alone: Estimate,
    shapley: Estimate,
    last: Estimate,
    target: str = "$Y$",
    sample: str = "",
) -> Figure:
    """Bars of the inputs' Shapley values between two marks.

    Parameters
    ----------
    names
        Of d inputs.
    alone, shapley, last
        What each tells alone (a circle), its Shapley value, and what it adds to all others (a diamond), each
        (d,) [nats].
    target, sample
        What people call the target, and of which galaxies the averages are.

    Returns
    -------
    Figure
        Negative values hang below the zero line. What was not judged reliable is hatched, or shown as an open
        mark.

    Raises
    ------
    UserError
        Without any input.
    """
    if not names:
        raise UserError("no input to show: give at least one")
    place = np.arange(len(names), dtype=np.float64)
    labels = ["Shapley value", "alone", "added to all others"]
    with style.styled():
        figure = style.blank(4.4, width=max(style.WIDTH, 0.62 * len(names) + 1.0))
        axes = figure.add_subplot()
        axes.grid(axis="y")
        bars = axes.bar(place, shapley.value, _BAR, color=_SHARE, edgecolor="white")
        hatch(bars, shapley.verdict)
        _errors(axes, place, shapley, ".", _SHARE, size=0.0)
        first = _errors(axes, place - _ASIDE, alone, "o", _ALONE)
        second = _errors(axes, place + _ASIDE, last, "D", _LAST)
        words = note(shapley.verdict, (*alone.verdict, *last.verdict))
        title = f"What each input tells of {without_unit(target)}"
        style.headed(figure, axes, title, "\n".join(one for one in (sample, words) if one))
        axes.axhline(0.0, color=style.INK, linewidth=1.1, zorder=3)
        axes.set_xticks(place, [style.readable(name) for name in names])
        axes.tick_params(axis="x", length=0, pad=6, rotation=90 if max(map(len, names)) > 9 else 0)
        axes.set_xlim(-0.6 - max(0.0, 3 - len(names)) / 2, len(names) - 0.4 + max(0.0, 3 - len(names)) / 2)
        axes.set_ylabel(style.information_label(target), linespacing=style.LEADING)
        axes.margins(y=0.06)
        style.legend_below(figure, [Patch(facecolor=_SHARE), first, second], labels, 3)
    return figure


def _errors(axes: Axes, place: Floats, of: Estimate, mark: str, colour: str, size: float = 5.5) -> object:
    """Marks with errors, open ones where the verdict is not ``reliable``; gives the filled ones."""
    doubtful = np.array([word in HATCHES for word in of.verdict] or [False] * len(of.value))
    shown = np.where(doubtful, np.nan, of.value)
    if doubtful.any() and size:
        style.points(axes, place[doubtful], of.value[doubtful], of.error[doubtful], mark, "white", size)
    return style.points(axes, place, shown if size else of.value, of.error, mark, colour, size)


def pair_matrix(
    names: Sequence[str], synergy: Estimate, alone: Estimate, target: str = "$Y$", sample: str = ""
) -> Figure:
    """What two inputs tell only together (below the diagonal), and what each tells alone (on it).

    Parameters
    ----------
    names
        Of d inputs.
    synergy
        Of all pairs, in the order of ``numpy.triu_indices(d, 1)``, (pairs,) [nats].
    alone
        What each input tells alone, (d,) [nats]; what a pair has in common is the smaller of its two.
    target, sample
        As of ``input_values``.

    Returns
    -------
    Figure
        Cells carry their value, faint where it is within two errors of zero, behind ``≥`` where it is a lower
        bound and before ``?`` where it is not to be trusted.

    Raises
    ------
    UserError
        For fewer than two inputs, and where the estimates are not of all pairs and inputs.
    """
    count = len(names)
    rows, columns = np.triu_indices(count, 1)
    if count < 2 or len(rows) != len(synergy.value) or count != len(alone.value):
        raise UserError(
            f"{count} inputs have {len(rows)} pairs; got {len(synergy.value)} values of synergy and "
            f"{len(alone.value)} of single inputs, and at least one pair is needed"
        )
    side = max(5.2, 0.56 * count + 1.8)
    diagonal = np.arange(count)
    with style.styled():
        figure = style.blank(side + 0.8, width=side + 0.6)
        axes = figure.add_subplot()
        most = max(float(np.nanmax(np.abs(synergy.value))), float(np.nanmax(np.abs(alone.value))), 1e-9)
        for of, where, colours in (
            (synergy, (columns, rows), "Greens"),
            (alone, (diagonal, diagonal), "Greys"),
        ):
            values = np.full((count, count), np.nan)
            values[where] = of.value
            axes.imshow(values, cmap=colours, vmin=0.0, vmax=1.3 * most)
            _write_cells(axes, of, *where, most)
        long = max(map(len, names)) > _WIDE
        axes.set_xticks(range(count), [style.readable(n) for n in names], rotation=90 if long else 0)
        axes.set_yticks(range(count), [style.readable(n) for n in names])
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        patches = [Patch(color=style.COLOURS[atom]) for atom in ("synergistic", "redundant")]
        labels = ["only the pair together", "each alone (on the diagonal)"]
        words = marks_legend((*synergy.verdict, *alone.verdict)).replace("(?)", "?")
        title = f"What pairs of inputs tell of {without_unit(target)} [nats]"
        style.headed(figure, axes, title, "\n".join(one for one in (sample, words) if one))
        style.legend_below(figure, patches, labels, 2)
    return figure


def _write_cells(
    axes: Axes, of: Estimate, rows: NDArray[np.int64], columns: NDArray[np.int64], most: float
) -> None:
    verdict = of.verdict or ("",) * len(of.value)
    for value, error, word, row, column in zip(of.value, of.error, verdict, rows, columns, strict=True):
        colour = "white" if value > 0.75 * most else style.FAINT if abs(value) < 2 * error else style.INK
        axes.text(
            column,
            row,
            marked(f"{value:.2f}".replace("-0.00", "0.00"), word).replace("(?)", "?"),
            ha="center",
            va="center",
            fontsize=9.0,
            color=colour,
        )


def information_by_size(
    sizes: Sequence[SizeSummary],
    labels: Sequence[str],
    tolerance: float,
    target: str = "$Y$",
    sample: str = "",
) -> Figure:
    """Information against the number of inputs: best subset with its name and error, mean, worst.

    Parameters
    ----------
    sizes
        The subsets of each size.
    labels
        Names of the best ones.
    tolerance
        Nats by which the dashed line is below what all inputs tell.
    target, sample
        As of ``input_values``.

    Returns
    -------
    Figure
        Open marks are not reliable.

    Raises
    ------
    UserError
        Without any size.
    """
    if not sizes:
        raise UserError("no sizes of subsets to show: give at least one")
    size = [one.size for one in sizes]
    best = np.array([one.information for one in sizes])
    with style.styled():
        figure = style.blank(5.1, width=max(style.WIDTH, 0.85 * len(size) + 1.0))
        axes = figure.add_subplot()
        axes.grid(axis="y")
        worst = np.array([one.worst for one in sizes])
        area = axes.fill_between(size, worst, best, color=style.COLOURS["redundant"], alpha=0.45, linewidth=0)
        mean = axes.plot(size, [one.mean for one in sizes], color=style.FAINT, linewidth=1.4)[0]
        errors = axes.errorbar(
            size, best, [one.error for one in sizes], fmt="o-", color=_SHARE, markersize=5, linewidth=1.6,
            ecolor=style.INK, elinewidth=1.0, capsize=2.5, zorder=4,
        )  # fmt: skip
        verdicts = [one.verdict for one in sizes]
        open_marks(axes, np.array(size), best, verdicts, "o", _SHARE, 5.0)
        title = f"How few inputs tell of {without_unit(target)} what all tell"
        style.headed(figure, axes, title, "\n".join(one for one in (sample, note(marks=verdicts)) if one))
        enough = axes.axhline(best[-1] - tolerance, color=style.INK, linewidth=0.9, linestyle=(0, (5, 4)))
        named = [f"{n}\n{_lines(label)}" for n, label in zip(size, labels, strict=True)]
        longest = max(len(line) for name in named for line in name.splitlines())
        axes.set_xticks(size, named, linespacing=style.LEADING, rotation=90 if longest > _UPRIGHT else 0)
        axes.set_xlim(0.4, len(size) + 0.6)
        axes.set_xlabel("number of inputs, and the best ones")
        axes.set_ylabel(style.information_label(target), linespacing=style.LEADING)
        names = [
            "best subset",
            "mean of all subsets",
            "from worst to best",
            f"all inputs less {tolerance:g} nats",
        ]
        style.legend_below(figure, [errors, mean, area, enough], names, 2)
    return figure


def _lines(label: str) -> str:
    """A subset's name on at most three lines, broken at its plus signs."""
    parts = label.split("+")
    if len(parts) > _LINES:
        parts = [*parts[: _LINES - 1], f"{len(parts) - _LINES + 1} more"]
    return "\n".join([style.readable(parts[0]), *(f"+ {style.readable(part)}" for part in parts[1:])])
