"""Causal graphs and their edges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Mark = Literal["tail", "arrow", "circle"]
GraphKind = Literal["dag", "cpdag", "pag"]


@dataclass(frozen=True)
class Edge:
    """An edge of a causal graph, with the mark at each of its ends.

    ``tail`` at a: a is a cause of b; ``arrow`` at a: a is no cause of b; ``circle``: the data do not say.
    Two tails mean in a ``cpdag`` that either end may be the cause, in a ``pag`` selection on both; two arrows
    mean a hidden common cause.
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
    """Variables and the edges between them: a DAG, a class of equivalent ones (cpdag), or a PAG.

    ``imposed`` are the pairs (cause, effect) that background knowledge set against what the data said.
    """

    kind: GraphKind
    variables: tuple[str, ...]
    edges: tuple[Edge, ...]
    imposed: tuple[tuple[str, str], ...] = ()
