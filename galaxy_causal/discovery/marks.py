"""Graphs as matrices of marks, and the orientations that follow from others."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.types import Edge, Graph, GraphKind, Mark, UserError

Marks = NDArray[np.int8]
"""``marks[i, j]`` is the mark at j's end of the edge between i and j; (p, p), zero where there is none."""
NONE, TAIL, ARROW, CIRCLE = 0, 1, 2, 3
NAMES: dict[int, Mark] = {TAIL: "tail", ARROW: "arrow", CIRCLE: "circle"}
NUMBERS = {name: number for number, name in NAMES.items()}


def to_graph(
    marks: Marks, names: Sequence[str], kind: GraphKind, imposed: Sequence[tuple[int, int]] = ()
) -> Graph:
    """The graph of a matrix of marks.

    Parameters
    ----------
    marks : array of int8 (p, p)
        ``marks[i, j]``: the mark at j's end of the edge between i and j.
    names : sequence of str
        Of the p variables.
    kind : {"dag", "cpdag", "pag"}
        What the graph is.
    imposed : sequence of (cause, effect)
        Numbers of variables on which knowledge overrode the data.

    Returns
    -------
    Graph
        Its edges in the order of the variables.
    """
    rows, columns = np.nonzero(np.triu(marks))
    edges = tuple(
        Edge(names[i], names[j], NAMES[int(marks[j, i])], NAMES[int(marks[i, j])])
        for i, j in zip(rows.tolist(), columns.tolist(), strict=True)
    )
    return Graph(kind, tuple(names), edges, tuple((names[i], names[j]) for i, j in imposed))


def to_marks(graph: Graph) -> Marks:
    """The matrix of marks of a graph.

    Parameters
    ----------
    graph : Graph
        Of p variables.

    Returns
    -------
    array of int8 (p, p)
        In the order of its variables.

    Raises
    ------
    UserError
        For an edge of an unknown variable.

    Examples
    --------
    >>> to_marks(Graph("dag", ("x", "y"), (Edge("x", "y", "tail", "arrow"),))).tolist()
    [[0, 2], [1, 0]]
    """
    place = {name: number for number, name in enumerate(graph.variables)}
    marks = np.zeros((len(place), len(place)), dtype=np.int8)
    for edge in graph.edges:
        unknown = [name for name in (edge.a, edge.b) if name not in place]
        if unknown:
            raise UserError(
                f"the graph has an edge of {unknown[0]!r} but its variables are {', '.join(place)}"
            )
        i, j = place[edge.a], place[edge.b]
        marks[j, i], marks[i, j] = NUMBERS[edge.mark_a], NUMBERS[edge.mark_b]
    return marks


def from_parents(parents: NDArray[np.bool_]) -> Marks:
    """The marks of a DAG, ``parents[i, j]`` telling that i causes j."""
    return np.where(parents, ARROW, np.where(parents.T, TAIL, NONE)).astype(np.int8)


def directed(marks: Marks) -> NDArray[np.bool_]:
    """Where i causes j: a tail at i and an arrow at j."""
    return np.asarray((marks == ARROW) & (marks.T == TAIL))


def undirected(marks: Marks) -> NDArray[np.bool_]:
    """Where both ends have tails."""
    return np.asarray((marks == TAIL) & (marks.T == TAIL))


def orient(marks: Marks, cause: int, effect: int) -> None:
    """Make the edge point from cause to effect, in place."""
    marks[cause, effect], marks[effect, cause] = ARROW, TAIL


def topological(parents: NDArray[np.bool_]) -> list[int] | None:
    """Causes before effects, the lowest number first where there is a choice; None where there is a cycle."""
    remaining, order = list(range(len(parents))), []
    while remaining:
        free = [v for v in remaining if not parents[remaining, v].any()]
        if not free:
            return None
        order.append(free[0])
        remaining.remove(free[0])
    return order


def cpdag(parents: NDArray[np.bool_]) -> Marks:
    """The class of DAGs that entail the same independences.

    Colliders of the DAG keep their arrows, Meek's rules give the others, all else is undirected.

    Parameters
    ----------
    parents : array of bool (p, p)
        Where i causes j, without a cycle.

    Returns
    -------
    array of int8 (p, p)
        Marks of the CPDAG.

    References
    ----------
    Verma & Pearl 1990, UAI; Meek 1995, UAI.

    Examples
    --------
    A chain can be turned round, a collider cannot:

    >>> chain, collider = np.zeros((2, 3, 3), dtype=bool)
    >>> chain[0, 1] = chain[1, 2] = collider[0, 1] = collider[2, 1] = True
    >>> directed(cpdag(chain)).sum(), directed(cpdag(collider)).sum()
    (np.int64(0), np.int64(2))
    """
    marks = np.where(parents | parents.T, TAIL, NONE).astype(np.int8)
    for v in range(len(parents)):
        for a, b in combinations(np.flatnonzero(parents[:, v]).tolist(), 2):
            if not parents[a, b] and not parents[b, a]:
                orient(marks, a, v)
                orient(marks, b, v)
    return meek(marks)


def meek(marks: Marks) -> Marks:
    """A copy with the orientations that must hold lest there be a new collider or a cycle.

    Rules 1 to 4 of Meek (1995, UAI), the fourth being needed with background knowledge only.
    """
    marks = marks.copy()
    changed = True
    while changed:
        changed = False
        for a, b in np.argwhere(undirected(marks)):
            if marks[a, b] == TAIL and marks[b, a] == TAIL and _must_point(marks, a, b):
                orient(marks, a, b)
                changed = True
    return marks


def _must_point(marks: Marks, a: int, b: int) -> bool:
    """Whether a - b must become a -> b."""
    to, line, adjacent = directed(marks), undirected(marks), marks != NONE
    if (to[:, a] & ~adjacent[:, b] & (np.arange(len(marks)) != b)).any():  # c -> a - b
        return True
    if (to[a] & to[:, b]).any():  # a -> c -> b
        return True
    between = np.flatnonzero(line[a] & to[:, b])  # a - c -> b and a - d -> b, c and d apart
    if any(not adjacent[c, d] for c, d in combinations(between, 2)):
        return True
    # a - d -> c -> b, with a adjacent to c, and d apart from b
    return any(to[d, c] and adjacent[a, c] and not adjacent[d, b]
               for c in np.flatnonzero(to[:, b]) for d in np.flatnonzero(line[a]))  # fmt: skip
