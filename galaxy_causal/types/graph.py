"""Causal graphs and their edges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Mark = Literal["tail", "arrow", "circle"]
GraphKind = Literal["dag", "cpdag", "pag"]


@dataclass(frozen=True)
class Edge:
    """An edge of a causal graph, with the mark at each of its ends.

    Parameters
    ----------
    a, b : str
        Variables.
    mark_a, mark_b : {"tail", "arrow", "circle"}
        ``tail`` at a: a is a cause of b; ``arrow`` at a: a is no cause of b; ``circle``: the data do not
        say. Two tails mean in a ``cpdag`` that either end may be the cause, in a ``pag`` selection on both;
        two arrows mean a hidden common cause.

    Examples
    --------
    >>> Edge("mass", "colour", "tail", "arrow").directed
    True
    """

    a: str
    b: str
    mark_a: Mark
    mark_b: Mark

    @property
    def directed(self) -> bool:
        """Whether one end causes the other."""
        return {self.mark_a, self.mark_b} == {"tail", "arrow"}


@dataclass(frozen=True)
class Graph:
    """Variables and the edges between them.

    Parameters
    ----------
    kind : {"dag", "cpdag", "pag"}
        A DAG, a class of equivalent ones, or a partial ancestral graph.
    variables : tuple of str
        Their names.
    edges : tuple of Edge
        At most one between two variables.
    imposed : tuple of (cause, effect)
        Pairs that background knowledge set against what the data said.
    """

    kind: GraphKind
    variables: tuple[str, ...]
    edges: tuple[Edge, ...]
    imposed: tuple[tuple[str, str], ...] = ()
