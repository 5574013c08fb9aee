"""Edges for the terminal, and edges along a sweep."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray
from rich import box
from rich.table import Table
from rich.text import Text

from galaxy_causal.plot import style
from galaxy_causal.types import GraphKind, UserError, option

Row = Mapping[str, str | bool | float]
Range = tuple[float, float]

LEFT = {"tail": "-", "arrow": "<", "circle": "o"}
RIGHT = {"tail": "-", "arrow": ">", "circle": "o"}


def edge_text(a: str, mark_a: str, mark_b: str, b: str) -> str:
    """An edge in letters.

    Parameters
    ----------
    a, b
        Variables.
    mark_a, mark_b
        The marks at their ends.

    Returns
    -------
    str
        ``a --> b``, ``a o-> b``, ``a <-> b`` or ``a --- b``.
    """
    return f"{a} {LEFT[mark_a]}-{RIGHT[mark_b]} {b}"


def edges_table(rows: Sequence[Row], kind: GraphKind) -> Table:
    """Edges of the graph, and pairs that resamples or the posterior join, with what is known of each.

    Parameters
    ----------
    rows
        Of pairs.
    kind
        Of the graph.

    Returns
    -------
    Table
        Columns without a value for any pair are left out. A direction's share is of all resamples too. A
        share is no probability; see ``ranges_table``.
    """
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, title_justify="left")
    shown = [row for row in rows if row["mark_a"] or _number(row, "share") >= 0.2 or _sum(row) >= 0.2]
    stable = any(not math.isnan(_number(row, "share")) for row in rows)
    exact = any(not math.isnan(_number(row, "posterior_a_b")) for row in rows)
    noted = any(row["knowledge"] or row["imposed"] or row["flips"] for row in shown)
    table.add_column(f"edge ({kind})", overflow="fold")
    headings = ["share of\nresamples", "a -> b", "b -> a"] if stable else []
    headings += ["P(a -> b)", "P(b -> a)"] if exact else []
    for heading in (*headings, "partial r"):
        table.add_column(heading, justify="right", no_wrap=True)
    if noted:
        table.add_column("note", overflow="fold")
    for row in shown:
        names = ["share", "a_causes_b", "b_causes_a"] if stable else []
        names += ["posterior_a_b", "posterior_b_a"] if exact else []
        cells = [f"{_number(row, name):.2f}" for name in names] + [f"{row['partial_correlation']:+.2f}"]
        table.add_row(Text(_edge(row)), *cells, *([Text(_note(row))] if noted else []))
    if not shown:
        table.add_row("no edge", *[""] * (len(headings) + 1 + noted))
    return table


def ranges_table(bins: Sequence[str], edge: Sequence[Range], direction: Sequence[Range]) -> Table:
    """How often edges and directions were true in simulations, from the worst fault to the best, by share.

    Parameters
    ----------
    bins
        Names of the bins of shares; one whose ranges are NaN is left out.
    edge, direction
        Ranges of each bin.

    Returns
    -------
    Table
    """
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for heading in ("share of\nresamples", "edge true in\nsimulations", "direction true\nin simulations"):
        table.add_column(heading, justify="right", no_wrap=True)
    for name, *ranges in zip(bins, edge, direction, strict=True):
        if not all(math.isnan(low) for low, _ in ranges):
            table.add_row(name, *map(_range, ranges))
    return table


def _range(ends: Range) -> str:
    return "-" if math.isnan(ends[0]) else f"{ends[0]:.2f} to {ends[1]:.2f}"


def _number(row: Row, name: str) -> float:
    return float(row[name])


def _sum(row: Row) -> float:
    both = _number(row, "posterior_a_b") + _number(row, "posterior_b_a")
    return 0.0 if math.isnan(both) else both


def _edge(row: Row) -> str:
    a, b, mark_a, mark_b = (str(row[k]) for k in ("a", "b", "mark_a", "mark_b"))
    return edge_text(a, mark_a, mark_b, b) if mark_a else f"({a}, {b})"


def _note(row: Row) -> str:
    said = [part.split(" ")[0] for part in str(row["knowledge"]).split("; ") if part]
    notes = list(dict.fromkeys(said))  # the sources are in the table of edges
    notes += ["against the data"] if row["imposed"] else []
    notes += ["direction flips"] if row["flips"] else []
    return "; ".join(notes)


def edge_sweep(
    variables: Sequence[str], settings: Sequence[float], marks: NDArray[np.int8], dial: str
) -> Figure:
    """Which pairs are joined, and how, at each setting of an algorithm's dial.

    Parameters
    ----------
    variables
        Their p names.
    settings
        Of the dial.
    marks
        (settings, p, p).
    dial
        Its name.

    Returns
    -------
    Figure
        Rows are the pairs that are joined at any setting.

    Raises
    ------
    UserError
        Without settings.
    """
    if not len(settings):
        raise UserError(f"no settings to show: give {option('discovery.sweep')} at least one value")
    pairs = [(i, j) for i, j in combinations(range(len(variables)), 2) if (marks[:, i, j] != 0).any()] or [
        (0, 1)
    ]
    forward, backward = (
        np.array([[m[i, j] == 2 and m[j, i] == 1 for m in marks] for i, j in order])
        for order in (pairs, [(j, i) for i, j in pairs])
    )
    present = np.array([[m[i, j] != 0 for m in marks] for i, j in pairs])
    code = np.select([forward, backward, present], [2, 3, 1], 0)
    colours = ["#FFFFFF", "#BFBFBF", "#0072B2", "#E69F00"]
    meanings = ["no edge", "edge, other ends", "first causes second", "second causes first"]
    with style.styled():
        figure = style.blank(1.5 + 0.3 * len(pairs) + 0.25)
        axes = figure.add_subplot()
        axes.pcolormesh(
            np.arange(len(settings) + 1), np.arange(len(pairs) + 1), code, cmap=ListedColormap(colours),
            vmin=-0.5, vmax=3.5, edgecolors="#888888", linewidth=0.6,
        )  # fmt: skip
        axes.set_xticks(np.arange(len(settings)) + 0.5, [f"{v:g}" for v in settings])
        names = [style.readable(f"{variables[i]}, {variables[j]}") for i, j in pairs]
        axes.set_yticks(np.arange(len(pairs)) + 0.5, names)
        axes.tick_params(length=0)
        axes.invert_yaxis()
        axes.set_xlabel(dial)
        handles = [Patch(facecolor=c, edgecolor="#888888") for c in colours]
        style.legend_below(figure, handles, meanings, 4)
    return figure
