"""FCI from causal-learn's parts: graphs that allow for hidden common causes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.discovery.greedy import from_causal_learn
from galaxy_causal.discovery.knowledge import Knowledge
from galaxy_causal.discovery.marks import ARROW, CIRCLE, TAIL
from galaxy_causal.discovery.pc import by_order, find_skeleton
from galaxy_causal.discovery.search import ConstraintBased, LearnedGraph, dummy_rows
from galaxy_causal.independence import Test
from galaxy_causal.types import GraphKind, checked


@checked("discovery.algorithm")
@dataclass(frozen=True)
class FCI(ConstraintBased):
    """Fast causal inference (Spirtes, Meek & Richardson 1995; rules of Zhang 2008, AIJ 172, 1873).

    The skeleton is pgmpy's, the rules are causal-learn's, put together here because its own ``fci`` turns
    the knowledge that b is no cause of a into "a causes b", which excludes the hidden common cause that
    FCI is for (here it is an arrow at b and no more), takes the union of all separating sets for
    one, and skips the rule of discriminating paths where no other rule has changed the graph.

    Parameters
    ----------
    test, alpha, depth, basis
        As of any `ConstraintBased`.
    """

    @property
    def kind(self) -> GraphKind:
        """A partial ancestral graph."""
        return "pag"

    def learn(self, test: Test, p: int, known: Knowledge) -> LearnedGraph:
        """A PAG; knowledge enters the skeleton and, as arrows and tails, the marks."""
        from causallearn.graph.Edge import Edge
        from causallearn.graph.Endpoint import Endpoint
        from causallearn.graph.GeneralGraph import GeneralGraph
        from causallearn.graph.GraphNode import GraphNode
        from causallearn.search.ConstraintBased import FCI as library  # noqa: N811

        test = self.informed(test, known)
        skeleton, separators = find_skeleton(test, p, self.alpha, self.most(p))
        nodes = [GraphNode(f"v{v:03d}") for v in range(p)]
        graph = GeneralGraph(nodes)
        for i, j in np.argwhere(np.triu(skeleton)):
            graph.add_edge(Edge(nodes[i], nodes[j], Endpoint.CIRCLE, Endpoint.CIRCLE))
        ordered = {pair: set(z) for pair, z in by_order(separators).items()}
        steps = _Steps(library, graph, nodes, ordered, _tester(test, p), self.alpha)
        steps.collide(~(known.may | known.may.T))
        if self.depth is None:  # a limit is a wish for speed
            library.removeByPossibleDsep(graph, steps.tester, self.alpha, ordered)
            steps.collide(~(known.may | known.may.T))
        imposed = _impose(graph, known)
        steps.orient()
        return LearnedGraph(from_causal_learn(graph.graph), tuple(imposed))


@dataclass
class _Steps:
    library: Any
    graph: Any
    nodes: list[Any]
    separators: dict[tuple[int, int], set[int]]
    tester: Any
    alpha: float

    def collide(self, impossible: NDArray[np.bool_]) -> None:
        """Put arrows into colliders and circles elsewhere; pairs that knowledge parts make no colliders."""
        for (x, y), z in list(self.separators.items()):
            if impossible[x, y]:
                self.separators.pop((x, y))
            else:
                self.separators[y, x] = z
        self.library.rule0(self.graph, self.nodes, self.separators, None, False)

    def orient(self) -> None:
        """Zhang's rules until nothing changes."""
        library, graph, changed = self.library, self.graph, True
        while changed:
            changed = library.rulesR1R2cycle(graph, None, False)
            changed = library.ruleR3(graph, self.separators, None, changed)
            changed = library.ruleR4B(
                graph, -1, self.tester.data, self.tester, self.alpha, self.separators, changed, None
            )
            for rule in (library.ruleR5, library.ruleR6, library.ruleR7):
                changed = rule(graph, changed)
            changed = library.rule8(graph, self.nodes, changed)
            changed = library.rule9(graph, self.nodes, changed)
            changed = library.rule10(graph, changed)


def _tester(test: Test, p: int) -> Any:  # noqa: ANN401
    """The test in the form that causal-learn asks for."""
    from causallearn.utils.cit import CIT_Base

    class Ours(CIT_Base):  # type: ignore[misc]
        def __call__(self, x: int, y: int, condition_set: Any = None) -> float:  # noqa: ANN401
            return test(int(x), int(y), tuple(sorted(int(w) for w in condition_set or ())))

    return Ours(dummy_rows(p))


def _impose(graph: Any, known: Knowledge) -> list[tuple[int, int]]:  # noqa: ANN401
    """Write what is known into causal-learn's matrix (marks at the row's end); list what gave way."""
    ends, imposed = graph.graph, []
    wanted = {ARROW: 1, TAIL: -1, CIRCLE: 2}
    for cause, effect in np.argwhere(ends != 0):
        mark = TAIL if known.must[cause, effect] else ARROW if not known.may[cause, effect] else CIRCLE
        if mark == CIRCLE or ends[cause, effect] == wanted[mark]:
            continue
        if ends[cause, effect] != 2:
            imposed.append((int(cause), int(effect)))
        ends[cause, effect] = wanted[mark]
    if imposed or not known.empty:
        graph.reconstitute_dpath(graph.get_graph_edges())
    return imposed
