from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Circle, FancyBboxPatch, Polygon
from rich.console import Console

from galaxy_causal.plot import causal_graph, edge_sweep, edges_table, ranges_table
from galaxy_causal.plot.graph import NEGATIVE, POSITIVE, THICK
from galaxy_causal.plot.graph_layout import columns, course, placed
from galaxy_causal.plot.style import readable
from galaxy_causal.types import Edge, Graph, UserError

NAMES = ("redshift", "log M*", "sSFR", "g-r")
EDGES = (
    Edge("redshift", "log M*", "tail", "arrow"),
    Edge("sSFR", "log M*", "circle", "arrow"),
    Edge("log M*", "g-r", "arrow", "arrow"),
    Edge("redshift", "g-r", "tail", "tail"),
)
GRAPH = Graph("pag", NAMES, EDGES)


def row(a, b, **values) -> dict:
    names = ("mark_a", "mark_b", "knowledge")
    shares = ("share", "a_causes_b", "b_causes_a", "posterior_a_b", "posterior_b_a")
    blank = dict.fromkeys(names, "") | dict.fromkeys(shares, float("nan"))
    return blank | {"a": a, "b": b, "partial_correlation": 0.1, "flips": False, "imposed": False} | values


ROWS = [
    row("redshift", "log M*", mark_a="tail", mark_b="arrow", share=1.0, partial_correlation=0.5),
    row("sSFR", "log M*", mark_a="circle", mark_b="arrow", share=0.5, partial_correlation=-0.5),
    row("log M*", "g-r", mark_a="arrow", mark_b="arrow", share=0.9, flips=True),
    row("redshift", "g-r", mark_a="tail", mark_b="tail", share=0.4, knowledge="tiers"),
    row("redshift", "sSFR", share=0.1),
]


def test_widths_colours_and_dashes_tell_probability_sign_and_doubt() -> None:
    (axes,) = causal_graph(GRAPH, ROWS).axes
    first, second, third, fourth = axes.lines
    assert first.get_linewidth() == pytest.approx(THICK)
    assert first.get_linewidth() > third.get_linewidth() > second.get_linewidth() > fourth.get_linewidth()
    assert to_hex(first.get_color()).upper() == POSITIVE
    assert to_hex(second.get_color()).upper() == NEGATIVE
    assert [line.get_linestyle() for line in axes.lines] == ["-", "--", "-", "--"]


def test_every_arrow_and_circle_is_drawn_and_every_variable_named() -> None:
    (axes,) = causal_graph(GRAPH, ROWS).axes
    kinds = [type(patch) for patch in axes.patches]
    assert kinds.count(Polygon) == 4
    assert kinds.count(Circle) == 1
    assert kinds.count(FancyBboxPatch) == 4
    assert {text.get_text() for text in axes.texts} == {readable(name) for name in NAMES}


def test_what_a_network_learnt_has_no_head_and_words_stand_around_the_graph() -> None:
    """Two lines upon each other, the lower one wider, and no patch but those of the variables."""
    graph = Graph("pag", ("ugriz", "latent", "mass"), ())
    pairs = [("ugriz", "latent"), ("latent", "mass")]
    figure = causal_graph(graph, learnt=pairs, title="of M_r", note="it was made of this")
    (axes,) = figure.axes
    assert [line.get_linewidth() for line in axes.lines] == [4.0, 2.0] * 2
    assert {type(patch) for patch in axes.patches} == {FancyBboxPatch}
    assert [text.get_text() for text in figure.texts] == ["of $M_{r}$", "it was made of this"]
    assert "learnt from it" in [text.get_text() for text in figure.legends[0].get_texts()]


def test_an_arrow_touches_the_box_that_it_points_at() -> None:
    (axes,) = causal_graph(Graph("dag", ("a", "b"), (Edge("a", "b", "tail", "arrow"),))).axes
    (head,) = [patch for patch in axes.patches if isinstance(patch, Polygon)]
    target = [p for p in axes.patches if isinstance(p, FancyBboxPatch)][1]
    tip = head.get_xy()[0]
    assert abs(tip[0] - target.get_x()) < 0.06
    assert target.get_y() < tip[1] < target.get_y() + target.get_height()


def test_tiers_stand_left_to_right_and_causes_left_of_effects() -> None:
    assert columns(GRAPH, [["g-r"], ["sSFR"]]) == [["g-r"], ["sSFR"], ["redshift", "log M*"]]
    dag = Graph("dag", ("c", "b", "a"), (Edge("a", "b", "tail", "arrow"), Edge("b", "c", "tail", "arrow")))
    assert columns(dag, []) == [["a"], ["b"], ["c"]]
    cycle = Graph("cpdag", ("a", "b"), (Edge("a", "b", "arrow", "arrow"),))
    assert [name for column in columns(cycle, []) for name in column] == ["a", "b"]


def test_edges_go_round_other_variables() -> None:
    names = tuple(f"v{k}" for k in range(5))
    graph = Graph("dag", names, tuple(Edge(a, b, "tail", "arrow") for a in names for b in names if a < b))
    boxes = placed(graph, [], dict.fromkeys(names, (0.8, 0.36)), 1.15, 0.92)
    for edge in graph.edges:
        points = course(edge, boxes)
        for name, box in boxes.items():
            if name not in (edge.a, edge.b):
                assert not box.holds(points, 0.0).any()


@pytest.mark.parametrize("name", ["$\\log M_*$", "$5", "a_b", "a very long name of a variable indeed"])
def test_nothing_overflows_the_figure(name) -> None:
    graph = Graph("pag", (name, *NAMES), (*EDGES, Edge(name, "g-r", "circle", "circle")))
    figure = causal_graph(graph, [], [[name, "redshift", "sSFR"], ["g-r", "log M*"]])
    figure.canvas.draw()
    width, height = figure.bbox.size
    for artist in (*figure.axes[0].texts, *figure.axes[0].patches, *figure.axes[0].lines, *figure.legends):
        box = artist.get_window_extent()
        assert -1 <= box.x0 <= box.x1 <= width + 1
        assert -1 <= box.y0 <= box.y1 <= height + 1


def test_nothing_to_draw_is_refused() -> None:
    with pytest.raises(UserError, match="at least one"):
        causal_graph(Graph("dag", (), ()))
    with pytest.raises(UserError, match="at least one"):
        edge_sweep(NAMES, [], np.zeros((0, 4, 4), dtype=np.int8), "alpha")


def test_the_table_spells_edges_and_notes() -> None:
    console = Console(width=100, record=True, file=None, force_terminal=False)
    with console.capture() as captured:
        console.print(edges_table(ROWS, "pag"))
    text = captured.get()
    for words in (
        "redshift --> log M*",
        "sSFR o-> log M*",
        "log M* <-> g-r",
        "redshift --- g-r",
        "tiers",
        "flips",
    ):
        assert words in text
    assert "share of" in text
    assert "robab" not in text
    assert "P(a -> b)" not in text
    assert "(redshift, sSFR)" not in text  # found in a tenth of the resamples


def test_ranges_stand_by_the_bin_of_shares_and_unknown_bins_are_left_out() -> None:
    nan = float("nan")
    console = Console(width=80, record=True, file=None, force_terminal=False)
    edge, direction = [(0.0, 0.2), (nan, nan), (0.85, 1.0)], [(0.1, 0.3), (nan, nan), (nan, nan)]
    with console.capture() as captured:
        console.print(ranges_table(["never", "0 to 0.9", "0.9 to 1"], edge, direction))
    lines = [line.split() for line in captured.get().splitlines()]
    assert ["never", "0.00", "to", "0.20", "0.10", "to", "0.30"] in lines
    assert ["0.9", "to", "1", "0.85", "to", "1.00", "-"] in lines
    assert not any(line[:3] == ["0", "to", "0.9"] for line in lines)


def test_a_sweep_has_a_row_for_every_pair_that_is_ever_joined() -> None:
    marks = np.zeros((2, 4, 4), dtype=np.int8)
    marks[0, 0, 1], marks[0, 1, 0] = 2, 1
    marks[1, 1, 0], marks[1, 0, 1] = 2, 1
    marks[1, 2, 3] = marks[1, 3, 2] = 1
    (axes,) = edge_sweep(NAMES, [0.05, 0.01], marks, "alpha").axes
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "redshift, $\\log\\,M_\\star$",
        "sSFR, g-r",
    ]
    assert axes.collections[0].get_array().ravel().tolist() == [2, 3, 0, 1]
    assert axes.get_xlabel() == "alpha"
