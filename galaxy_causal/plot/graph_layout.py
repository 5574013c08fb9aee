"""Where variables of a causal graph stand, and how its edges run between them; lengths in inches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from galaxy_causal.types import Edge, Floats, Graph

BENDS = (0.0, 0.12, -0.12, 0.22, -0.22, 0.34, -0.34, 0.48, -0.48, 0.65, -0.65)
CLEAR = 0.07  # between an edge and a variable that it passes
STEPS = 160


class Box(NamedTuple):
    """A variable's place: its centre and half its size."""

    x: float
    y: float
    half_width: float
    half_height: float

    def holds(self, points: Floats, margin: float) -> np.ndarray:
        """Which points (n, 2) lie in the box made larger by the margin."""
        inside: np.ndarray = (np.abs(points[:, 0] - self.x) <= self.half_width + margin) & (
            np.abs(points[:, 1] - self.y) <= self.half_height + margin
        )
        return inside


def columns(graph: Graph, tiers: Sequence[Sequence[str]]) -> list[list[str]]:
    """Variables in columns from left to right: tiers, then what is in none; without tiers, causes first.

    Without tiers variables follow in causal order, as far as the arrows tell, each right of all earlier
    ones that it has an edge with.
    """
    listed = [name for tier in tiers for name in tier]
    rest = [name for name in graph.variables if name not in listed]
    if listed:
        return [[n for n in tier if n in graph.variables] for tier in (*tiers, rest) if tier]
    into = {name: _causes(graph, name) for name in graph.variables}
    level: dict[str, int] = {}
    while rest:
        chosen = next((n for n in rest if not into[n] & set(rest)), rest[0])
        near = [level[n] for n in _neighbours(graph, chosen) if n in level]
        level[chosen] = 1 + max(near, default=-1)
        rest.remove(chosen)
    return [[n for n in level if level[n] == k] for k in range(max(level.values()) + 1)]


def _causes(graph: Graph, name: str) -> set[str]:
    """Ends of edges with an arrow at ``name`` and none at themselves."""
    ends = [(e.a, e.mark_a, e.b, e.mark_b) for e in graph.edges]
    ends += [(e.b, e.mark_b, e.a, e.mark_a) for e in graph.edges]
    return {far for far, mark, near, head in ends if near == name and head == "arrow" and mark != "arrow"}


def _neighbours(graph: Graph, name: str) -> set[str]:
    return {e.b if e.a == name else e.a for e in graph.edges if name in (e.a, e.b)}


def placed(
    graph: Graph,
    tiers: Sequence[Sequence[str]],
    sizes: Mapping[str, tuple[float, float]],
    gap: float,
    line: float,
) -> dict[str, Box]:
    """A box for each variable; ``sizes`` are widths and heights of labels.

    ``gap`` is the room between columns and ``line`` the distance of lines. Within a column variables stand
    in the order that brings them nearest to their neighbours on the left. Columns go up and down a little,
    and far where they hold one variable each, lest edges run along one line.
    """
    laid: dict[str, tuple[float, float]] = {}
    left = 0.0
    stack = columns(graph, tiers)
    for number, column in enumerate(stack):
        width = max(sizes[name][0] for name in column)
        ordered = sorted(column, key=lambda name: -_mean_height(graph, name, laid))
        shift = (0.0, 0.95, -0.95)[number % 3] if len(column) == 1 else (0.0, 0.3, -0.3)[number % 3]
        middle = shift * line if len(stack) > 2 else 0.0
        for place, name in enumerate(ordered):
            aside = 0.32 * width * (place % 2) if len(ordered) > 2 else 0.0
            laid[name] = (left + width / 2 + aside, middle + ((len(ordered) - 1) / 2 - place) * line)
        left += width + gap + (0.32 * width if len(ordered) > 2 else 0.0)
    return {n: Box(x, y, sizes[n][0] / 2, sizes[n][1] / 2) for n, (x, y) in laid.items()}


def extent(boxes: Sequence[Box], courses: Sequence[Floats]) -> tuple[Floats, Floats]:
    """The lower left and the upper right corner of all boxes and edges."""
    corners = [np.array([[b.x + s * b.half_width, b.y + s * b.half_height] for s in (-1, 1)]) for b in boxes]
    points = np.concatenate([*corners, *courses])
    return points.min(axis=0), points.max(axis=0)


def _mean_height(graph: Graph, name: str, laid: Mapping[str, tuple[float, float]]) -> float:
    heights = [laid[n][1] for n in _neighbours(graph, name) if n in laid]
    return float(np.mean(heights)) if heights else 0.0


def course(edge: Edge, boxes: Mapping[str, Box]) -> Floats:
    """Points (n, 2) of an edge from rim to rim of its boxes, bent where others are in its way."""
    best, fewest = np.zeros((0, 2)), np.inf
    others = [box for name, box in boxes.items() if name not in (edge.a, edge.b)]
    for bend in BENDS:
        points = _between(boxes[edge.a], boxes[edge.b], bend)
        met = sum(int(box.holds(points, CLEAR).sum()) for box in others) if len(points) else STEPS
        if met < fewest:
            best, fewest = points, met
        if fewest == 0:
            break
    return best


def _between(start: Box, end: Box, bend: float) -> Floats:
    """A parabola between two boxes, cut where it leaves them."""
    a, b = np.array([start.x, start.y]), np.array([end.x, end.y])
    control = (a + b) / 2 + bend * np.array([a[1] - b[1], b[0] - a[0]])
    t = np.linspace(0, 1, STEPS)[:, None]
    points: Floats = (1 - t) ** 2 * a + 2 * t * (1 - t) * control + t**2 * b
    outside = ~start.holds(points, 0.03) & ~end.holds(points, 0.03)
    return np.asarray(points[outside])
