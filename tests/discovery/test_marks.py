import networkx as nx
import numpy as np
import pytest
from dags import each_dag

from galaxy_causal.discovery import linear_gaussian, random_dag, to_graph, to_marks, truth_of
from galaxy_causal.discovery.marks import (
    ARROW,
    TAIL,
    cpdag,
    directed,
    from_parents,
    meek,
    orient,
    topological,
)
from galaxy_causal.types import Edge, Graph, UserError


def skeleton_and_colliders(parents):
    joined = parents | parents.T
    colliders = {
        (a, v, b)
        for v in range(len(parents))
        for a in range(len(parents))
        for b in range(a)
        if parents[a, v] and parents[b, v] and not joined[a, b]
    }
    return joined.tobytes(), frozenset(colliders)


def test_the_class_of_each_dag_of_four_variables_is_that_of_verma_and_pearl():
    """An arrow stands where all DAGs with the same skeleton and colliders agree; there are 185 classes."""
    classes = {}
    for parents in each_dag(4):
        classes.setdefault(skeleton_and_colliders(parents), []).append(parents)
    assert sum(map(len, classes.values())) == 543
    assert len(classes) == 185  # Andersson, Madigan & Perlman 1997
    for members in classes.values():
        always = np.logical_and.reduce(members)
        joined = members[0] | members[0].T
        expected = np.where(always, ARROW, np.where(joined, TAIL, 0))
        for parents in members:
            assert (cpdag(parents) == expected).all()


def test_knowledge_orients_as_all_dags_that_agree_with_it_do():
    """Meek's rule 4 included: what all DAGs of a class with one more edge directed share is directed."""
    dags = list(each_dag(4))
    for parents in dags[::23]:
        pattern = cpdag(parents)
        for i, j in np.argwhere(np.triu((pattern == TAIL) & (pattern.T == TAIL))):
            told = pattern.copy()
            orient(told, i, j)
            key = skeleton_and_colliders(parents)
            members = [d for d in dags if d[i, j] and skeleton_and_colliders(d) == key]
            assert (directed(meek(told)) == np.logical_and.reduce(members)).all()


def test_graphs_and_marks_are_one():
    edges = (Edge("g-r", "log M*", "circle", "arrow"), Edge("z", "g-r", "tail", "arrow"))
    graph = Graph("pag", ("g-r", "log M*", "z"), edges)
    again = to_graph(to_marks(graph), graph.variables, "pag")
    assert {frozenset([(e.a, e.mark_a), (e.b, e.mark_b)]) for e in again.edges} == {
        frozenset([(e.a, e.mark_a), (e.b, e.mark_b)]) for e in edges
    }


def test_an_edge_of_an_unknown_variable_is_refused():
    with pytest.raises(UserError, match="'mass'"):
        to_marks(Graph("dag", ("a", "b"), (Edge("a", "mass", "tail", "arrow"),)))


def test_a_cycle_has_no_order():
    assert topological(np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0]], dtype=bool)) is None


@pytest.mark.parametrize("seed", range(5))
def test_random_graphs_have_the_edges_asked_for_and_no_cycle(seed):
    parents = random_dag(7, 14, np.random.default_rng(seed))
    assert parents.sum() == 14
    assert nx.is_directed_acyclic_graph(nx.DiGraph(parents))
    values = linear_gaussian(parents, 100, np.random.default_rng(seed))
    np.testing.assert_allclose(values.std(axis=0), 1.0)


@pytest.mark.parametrize("seed", range(8))
def test_perfect_tests_give_the_class_of_the_dag(seed):
    parents = random_dag(6, 8, np.random.default_rng(seed))
    names = [f"v{k}" for k in range(6)]
    graph = to_graph(from_parents(parents), names, "dag")
    assert (truth_of(graph, names, "cpdag") == cpdag(parents)).all()
