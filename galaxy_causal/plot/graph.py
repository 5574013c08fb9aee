"""A causal graph, causes on the left and effects on the right."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, FancyBboxPatch, Polygon
from matplotlib.patheffects import Normal, Stroke

from galaxy_causal.plot import style
from galaxy_causal.plot.graph_layout import Box, course, extent, placed
from galaxy_causal.types import Edge, Floats, Graph, UserError

Row = Mapping[str, str | bool | float]

POSITIVE, NEGATIVE = "#0072B2", "#D55E00"  # Okabe & Ito (2008)
THIN, THICK = 0.9, 4.4
GAP, LINE, EDGE, LEGEND, TITLE = 1.15, 0.92, 0.25, 0.68, 0.3
DOTS = (0, (1.2, 2.2))
FONT = 12.5
HEAD, RING = 0.17, 0.055


def causal_graph(
    graph: Graph,
    rows: Sequence[Row] = (),
    tiers: Sequence[Sequence[str]] = (),
    widths: tuple[str, str] = ("found in few resamples", "in all"),
    absent: Sequence[tuple[str, str]] = (),
    learnt: Sequence[tuple[str, str]] = (),
    title: str = "",
    note: str = "",
) -> Figure:
    """The graph, tiers (or the order of causes) from left to right.

    Parameters
    ----------
    graph
        Of the variables.
    rows
        Those of the pair table: the larger an edge's ``share`` (of resamples, which is no probability), the
        wider it is; without shares all are of one width.
    tiers
        Variables by tier.
    widths
        What thin and wide edges are.
    absent
        Pairs that a test found independent, dotted.
    learnt
        Pairs of which a network learnt the second from the first, which says nothing of causes: a double grey
        line without a head.
    title, note
        Above the graph, and below its legend.

    Returns
    -------
    Figure
        Edges are blue where the partial correlation is positive and orange where it is negative. Dashed
        edges are those with an end that is not determined: a line without heads may point either way, an
        open circle may be an arrow or none. Two arrows mean a hidden common cause.

    Raises
    ------
    UserError
        Without variables.
    """
    if not graph.variables:
        raise UserError("no variables to draw: give a graph with at least one")
    values = {(str(row["a"]), str(row["b"])): row for row in rows}
    with style.styled():
        boxes = placed(graph, tiers, _sizes(graph.variables), GAP, LINE)
        courses = [course(edge, boxes) for edge in graph.edges]
        dotted = [course(Edge(a, b, "tail", "tail"), boxes) for a, b in absent]
        taught = [course(Edge(a, b, "tail", "tail"), boxes) for a, b in learnt]
        low, high = extent(list(boxes.values()), [*courses, *dotted, *taught])
        width = max(style.WIDTH, high[0] - low[0] + 2 * EDGE)
        words = textwrap.fill(note, int(12.5 * width))
        under = LEGEND + 0.19 * (words.count("\n") + 1 if words else 0)
        over = EDGE + (TITLE if title else 0.0)
        figure = style.blank(high[1] - low[1] + EDGE + over + under, width=width)
        figure.set_layout_engine("none")
        axes = figure.add_axes((0, 0, 1, 1))  # one unit is one inch
        axes.set_axis_off()
        middle = (low[0] + high[0]) / 2
        axes.set_xlim(middle - width / 2, middle + width / 2)
        axes.set_ylim(low[1] - EDGE - under, high[1] + over)
        for points in taught:
            axes.plot(*points.T, color=style.FAINT, linewidth=4.0, zorder=1, solid_capstyle="butt")
            axes.plot(*points.T, color="white", linewidth=2.0, zorder=1, solid_capstyle="butt")
        for points in dotted:
            axes.plot(*points.T, color=style.FAINT, linewidth=THIN, linestyle=DOTS, zorder=1)
        for edge, points in zip(graph.edges, courses, strict=True):
            _edge(axes, points, edge.mark_a, edge.mark_b, values.get((edge.a, edge.b)))
        for name, box in boxes.items():
            _variable(axes, name, box)
        _legend(figure, graph, rows, widths, bool(absent), bool(learnt), under - LEGEND)
        height = figure.get_figheight()
        figure.text(
            0.1 / width, 1 - 0.09 / height, style.readable(title), fontweight="bold", va="top", fontsize=13
        )
        figure.text(
            0.1 / width, 0.06 / height, style.readable(words), color=style.FAINT, fontsize=10.0, va="bottom",
            linespacing=style.LEADING,
        )  # fmt: skip
    return figure


def _sizes(names: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Width and height of each variable's box in inches."""
    figure = style.blank(1.0)
    sizes = {}
    for name in names:
        text = figure.text(0, 0, style.readable(name), fontsize=FONT)
        box = text.get_window_extent(figure.canvas.get_renderer())  # type: ignore[attr-defined]
        sizes[name] = (max(box.width / figure.dpi + 0.26, 0.55), 0.36)
    return sizes


def _variable(axes: Axes, name: str, box: Box) -> None:
    corner = (box.x - box.half_width, box.y - box.half_height)
    width, height = 2 * box.half_width, 2 * box.half_height
    shape = "round,pad=0,rounding_size=0.09"
    patch = FancyBboxPatch(corner, width, height, boxstyle=shape, facecolor="#F4F3EF", edgecolor=style.INK)
    patch.set(linewidth=0.9, zorder=4)
    axes.add_patch(patch)
    axes.text(box.x, box.y - 0.01, style.readable(name), ha="center", va="center", fontsize=FONT, zorder=5)


def _edge(axes: Axes, points: Floats, mark_a: str, mark_b: str, row: Row | None) -> None:
    if not len(points):
        return
    share = math.nan if row is None else float(row["share"])
    width = 2.0 if math.isnan(share) else THIN + (THICK - THIN) * share
    colour = style.FAINT
    if row is not None:
        colour = POSITIVE if float(row["partial_correlation"]) >= 0 else NEGATIVE
    determined = {mark_a, mark_b} in ({"arrow"}, {"tail", "arrow"})
    head = HEAD * (0.8 + 0.09 * width)
    for mark in (mark_b, mark_a):  # the second end after turning the points round
        points = _end(axes, points, mark, colour, head)[::-1]
    axes.plot(
        *points.T, color=colour, linewidth=width, zorder=2, solid_capstyle="butt", dash_capstyle="butt",
        linestyle="solid" if determined else (0, (2.6, 1.5)),
    )  # fmt: skip


def _end(axes: Axes, points: Floats, mark: str, colour: str, head: float) -> Floats:
    """Draw the mark at the last of the points (n, 2), and give those that are left for the line."""
    room = {"arrow": 0.8 * head, "circle": 2 * RING, "tail": 0.0}[mark]
    tip = points[-1]
    distance = np.hypot(*(points - tip).T)
    left = points[distance >= room]
    if not len(left) or mark == "tail":
        return points
    direction = (tip - left[-1]) / np.hypot(*(tip - left[-1]))
    aside = np.array([-direction[1], direction[0]])
    if mark == "circle":
        centre = tip - RING * direction
        axes.add_patch(
            Circle(tuple(centre), RING, facecolor="white", edgecolor=colour, linewidth=1.4, zorder=3)
        )
    else:
        back = tip - head * direction
        corners = [tip, back + 0.42 * head * aside, tip - 0.8 * head * direction, back - 0.42 * head * aside]
        axes.add_patch(Polygon(corners, closed=True, facecolor=colour, edgecolor="none", zorder=3))
    return np.asarray(left)


def _legend(
    figure: Figure,
    graph: Graph,
    rows: Sequence[Row],
    widths: tuple[str, str],
    absent: bool,
    learnt: bool,
    raised: float,
) -> None:
    """Draw the legend, ``raised`` by so many inches above the lower end."""
    entries: list[tuple[Line2D, str]] = []
    if rows:
        entries += [
            (Line2D([], [], color=POSITIVE, linewidth=2.4), "positive partial correlation"),
            (Line2D([], [], color=NEGATIVE, linewidth=2.4), "negative"),
        ]
    if any({e.mark_a, e.mark_b} not in ({"arrow"}, {"tail", "arrow"}) for e in graph.edges):
        dashes = Line2D([], [], color=style.FAINT, linewidth=2.0, linestyle=(0, (2.6, 1.5)))
        entries.append((dashes, "direction not determined"))
    if graph.kind == "pag":
        ring = {
            "marker": "o",
            "markerfacecolor": "white",
            "markeredgecolor": style.FAINT,
            "linestyle": "none",
        }
        entries.append((Line2D([], [], **ring), "arrow or tail"))  # type: ignore[arg-type]
    if rows and not math.isnan(float(rows[0]["share"])):
        entries.append((Line2D([], [], color=style.FAINT, linewidth=THIN), widths[0]))
        entries.append((Line2D([], [], color=style.FAINT, linewidth=THICK), widths[1]))
    if absent:
        dots = Line2D([], [], color=style.FAINT, linewidth=THIN, linestyle=DOTS)
        entries.append((dots, "tested, nothing found"))
    if learnt:
        double: list[Any] = [Stroke(linewidth=5.0, foreground=style.FAINT), Normal()]
        entries.append((Line2D([], [], color="white", linewidth=2.0, path_effects=double), "learnt from it"))
    if entries:
        handles, labels = zip(*entries, strict=True)
        figure.legend(
            handles,
            labels,
            loc="lower center",
            bbox_to_anchor=(0.5, raised / figure.get_figheight()),
            ncols=3,
            columnspacing=1.6,
            handlelength=2.2,
            fontsize=10.0,
        )
