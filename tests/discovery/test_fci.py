"""FCI with perfect tests: known partial ancestral graphs."""

from itertools import combinations

import networkx as nx
import numpy as np
import pytest

from galaxy_causal.discovery import FCI, knowledge, random_dag, to_graph, truth_of
from galaxy_causal.discovery.marks import ARROW, CIRCLE, TAIL, from_parents
from galaxy_causal.discovery.oracle import separation
from galaxy_causal.types import Edge, Graph


def dag(*edges):
    names = tuple(sorted({n for e in edges for n in e.split(">")}))
    return Graph("dag", names, tuple(Edge(*e.split(">"), "tail", "arrow") for e in edges))


def end(marks, names, a, b):
    """The marks of the edge of a and b, at a and at b."""
    i, j = names.index(a), names.index(b)
    return int(marks[j, i]), int(marks[i, j])


def test_a_hidden_common_cause_makes_two_arrows():
    """a -> x <- hidden -> y <- b (Spirtes, Glymour & Scheines 2000, ch. 6): x <-> y."""
    names = ["a", "b", "x", "y"]
    marks = truth_of(dag("a>x", "h>x", "h>y", "b>y"), names, "pag")
    assert end(marks, names, "x", "y") == (ARROW, ARROW)
    assert end(marks, names, "a", "x") == (CIRCLE, ARROW)


def test_a_certain_cause_has_a_tail():
    """In a -> x <- b, x -> y, the arrow x -> y can have no hidden common cause."""
    names = ["a", "b", "x", "y"]
    assert end(truth_of(dag("a>x", "b>x", "x>y"), names, "pag"), names, "x", "y") == (TAIL, ARROW)


def test_selection_makes_tails():
    """Galaxies chosen by s, an effect of four: a - b - c - d in a ring whose ends nobody can tell (R5)."""
    names = ["a", "b", "c", "d"]
    graph = dag("a>p", "b>p", "b>q", "c>q", "c>r", "d>r", "d>t", "a>t")
    marks = truth_of(graph, names, "pag", selected=["p", "q", "r", "t"])
    for pair in (("a", "b"), ("b", "c"), ("c", "d"), ("a", "d")):
        assert end(marks, names, *pair) == (TAIL, TAIL)
    assert end(marks, names, "a", "c") == (0, 0)


def test_selection_on_a_collider_joins_its_causes():
    names = ["mass", "redshift"]
    assert end(truth_of(dag("mass>flux", "redshift>flux"), names, "pag"), names, *names) == (0, 0)
    assert end(truth_of(dag("mass>flux", "redshift>flux"), names, "pag", ["flux"]), names, *names) != (0, 0)


@pytest.mark.parametrize("seed", range(12))
def test_adjacencies_and_marks_agree_with_ancestry_in_random_dags_with_hidden_variables(seed):
    """Joined are pairs that nothing separates; a tail is an ancestor and an arrow is none (Zhang 2008)."""
    parents = random_dag(8, 11, np.random.default_rng(seed))
    observed = [0, 1, 2, 3, 4, 5]
    names = [f"v{k}" for k in range(8)]
    marks = truth_of(to_graph(from_parents(parents), names, "dag"), names[:6], "pag")
    test = separation(parents, observed)
    ancestors = nx.transitive_closure(nx.DiGraph(parents))
    for x, y in combinations(range(6), 2):
        rest = [w for w in range(6) if w not in (x, y)]
        sets = (z for size in range(5) for z in combinations(rest, size))
        assert (marks[x, y] != 0) == (not any(test(x, y, z) for z in sets))
    for i, j in np.argwhere(marks == ARROW):
        assert not ancestors.has_edge(j, i)
    for i, j in np.argwhere(marks == TAIL):
        assert ancestors.has_edge(j, i)


def test_knowing_that_b_is_no_cause_of_a_leaves_room_for_a_hidden_cause():
    names = ["a", "b"]
    parents = np.array([[False, True], [False, False]])
    known = knowledge(names, tiers=[["a"], ["b"]])
    marks = FCI().learn(separation(parents, [0, 1]), 2, known).marks
    assert end(marks, names, "a", "b") == (CIRCLE, ARROW)


def test_a_required_edge_stays_with_a_tail_and_an_arrow():
    names = ["a", "b"]
    known = knowledge(names, required=[["a", "b"]])
    marks = FCI().learn(separation(np.zeros((2, 2), dtype=bool), [0, 1]), 2, known).marks
    assert end(marks, names, "a", "b") == (TAIL, ARROW)
