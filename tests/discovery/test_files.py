import json

import networkx as nx
import numpy as np
import pytest

from galaxy_causal.discovery import LearnedGraph, knowledge, pair_table, read_graph, write_graph
from galaxy_causal.discovery.files import dot
from galaxy_causal.discovery.marks import from_parents
from galaxy_causal.types import Edge, Graph, UserError

EDGES = (Edge("g-r", "log M*", "arrow", "tail"), Edge("log M*", 'z "spec"', "circle", "arrow"))
GRAPH = Graph("pag", ("g-r", "log M*", 'z "spec"'), EDGES)


def test_a_graph_is_read_back_from_json_and_from_graphml(tmp_path):
    write_graph(GRAPH, tmp_path, "graph", {("g-r", "log M*"): 0.75})
    assert read_graph(tmp_path / "graph.json") == GRAPH
    read = nx.read_graphml(tmp_path / "graph.graphml")
    assert read.edges["log M*", "g-r"] == {
        "mark_source": "tail",
        "mark_target": "arrow",
        "share_of_resamples": 0.75,
    }


def test_dot_names_every_variable_and_end():
    lines = dot(GRAPH).splitlines()
    assert lines[0] == "digraph {"
    assert lines[4] == '  "g-r" -> "log M*" [dir=both, arrowtail=normal, arrowhead=none];'
    assert lines[5] == '  "log M*" -> "z \\"spec\\"" [dir=both, arrowtail=odot, arrowhead=normal];'


def test_a_dag_may_be_written_as_pairs(tmp_path):
    file = tmp_path / "truth.json"
    file.write_text(json.dumps({"kind": "dag", "variables": ["a", "b"], "edges": [["a", "b"]]}))
    assert read_graph(file).edges == (Edge("a", "b", "tail", "arrow"),)


@pytest.mark.parametrize(
    "text",
    ["{", "[]", '{"kind": "tree", "variables": ["a"], "edges": []}',
     '{"kind": "dag", "variables": ["a"], "edges": [["a", "b"]]}'],
)  # fmt: skip
def test_what_is_no_graph_is_refused(tmp_path, text):
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(UserError, match=r"x\.json"):
        read_graph(tmp_path / "x.json")
    with pytest.raises(UserError, match=r"y.json does not exist; give the JSON file of a graph"):
        read_graph(tmp_path / "y.json")


@pytest.mark.parametrize("mark", ["[]", "{}", "null", "5"])
def test_marks_that_are_no_words_are_refused(tmp_path, mark):
    edge = f'{{"a": "a", "b": "b", "mark_a": {mark}, "mark_b": "arrow"}}'
    (tmp_path / "x.json").write_text(f'{{"kind": "pag", "variables": ["a", "b"], "edges": [{edge}]}}')
    with pytest.raises(UserError, match=r"x\.json: kind 'pag' .* marks "):
        read_graph(tmp_path / "x.json")


@pytest.mark.parametrize(
    ("variables", "edges", "shown"),
    [
        ("abc", ["ab", "ba"], "a and b"),
        ("abc", ["ac", "bc", "ac"], "a and c"),
        ("abc", ["bb"], "b"),
        ("aba", ["ab"], "a"),
    ],
)
def test_a_graph_that_contradicts_itself_is_refused(tmp_path, variables, edges, shown):
    text = {"kind": "dag", "variables": list(variables), "edges": [list(edge) for edge in edges]}
    (tmp_path / "x.json").write_text(json.dumps(text))
    with pytest.raises(UserError, match=rf"x\.json: .* one edge at most .*; see {shown}$"):
        read_graph(tmp_path / "x.json")


def test_the_table_has_a_row_for_every_pair():
    known = knowledge(["a", "b", "c"], required=[["a", "b"]])
    found = LearnedGraph(from_parents(np.array([[0, 1, 0], [0, 0, 0], [0, 1, 0]], dtype=bool)), ((0, 1),))
    rows = pair_table(found, known, np.array([[1, 0.5, 0], [0.5, 1, 0.5], [0, 0.5, 1]]), None, None)
    assert [(r["a"], r["b"], r["mark_a"], r["mark_b"]) for r in rows] == [
        ("a", "b", "tail", "arrow"), ("a", "c", "", ""), ("b", "c", "arrow", "tail"),
    ]  # fmt: skip
    assert rows[0]["imposed"]
    assert rows[0]["knowledge"] == "required a -> b: configuration"
    assert rows[0]["partial_correlation"] == pytest.approx(
        0.5 / np.sqrt(0.75)
    )  # given c, which also causes b
    assert np.isnan(rows[0]["share"])
