"""The graph that perfect tests would give, hidden and selected variables included."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.discovery.fci import FCI
from galaxy_causal.discovery.knowledge import Knowledge
from galaxy_causal.discovery.marks import Marks, directed, to_marks, topological
from galaxy_causal.discovery.pc import PC
from galaxy_causal.independence import Test, remembered
from galaxy_causal.types import Graph, GraphKind, UserError


def separation(parents: NDArray[np.bool_], observed: Sequence[int], selected: Sequence[int] = ()) -> Test:
    """d-separation in a DAG as a test of ``observed`` variables, given also those ``selected`` on: 1 or 0."""
    import networkx as nx

    dag = nx.DiGraph()
    dag.add_nodes_from(range(len(parents)))
    dag.add_edges_from(np.argwhere(parents).tolist())

    def test(x: int, y: int, z: tuple[int, ...]) -> float:
        given = {observed[w] for w in z} | set(selected)
        return float(nx.is_d_separator(dag, {observed[x]}, {observed[y]}, given))

    return remembered(test)


def truth_of(graph: Graph, variables: Sequence[str], kind: GraphKind, selected: Sequence[str] = ()) -> Marks:
    """The graph that an algorithm would find with perfect tests.

    A PAG by FCI is right with hidden and selected variables; a CPDAG by PC is right without, and with them is
    what one gets who assumes that there are none.

    Parameters
    ----------
    graph : Graph
        The true DAG.
    variables : sequence of str
        Those seen; its further ones are hidden.
    kind : {"cpdag", "pag"}
        Of the graph that is sought.
    selected : sequence of str
        Variables held fixed by how the galaxies were chosen.

    Returns
    -------
    array of int8 (p, p)
        Its marks.

    Raises
    ------
    UserError
        Where the graph is no DAG or lacks a variable.
    """
    lacking = [name for name in (*variables, *selected) if name not in graph.variables]
    if lacking:
        raise UserError(
            f"the true graph lacks {', '.join(lacking)}; it has {', '.join(graph.variables)}: name the "
            "variables as it does"
        )
    parents = directed(to_marks(graph))
    if topological(parents) is None or not all(edge.directed for edge in graph.edges):
        raise UserError("the true graph must be a DAG: directed edges without a cycle")
    place = {name: number for number, name in enumerate(graph.variables)}
    oracle = separation(parents, [place[n] for n in variables], [place[n] for n in selected])
    search = FCI() if kind == "pag" else PC()
    return search.learn(oracle, len(variables), Knowledge(tuple(variables))).marks
