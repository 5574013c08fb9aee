"""The tests, algorithms and searches of one's own that the documents show, from the command line."""

import sys
from pathlib import Path

import numpy as np
import pytest

from galaxy_causal.discovery import read_graph

GUIDE = Path(__file__).parents[2] / "docs" / "guide"
QUICK = (
    "job=discover", "dataset=gaussian", "dataset.n=600", "dataset.r12=0.6", "dataset.r2=0.6",
    "discovery.variables=[x1,x2,target]", "discovery.stability.replicates=10",
)  # fmt: skip


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Writes the Python that stands below a heading of a document into a file that Python finds."""
    names = []

    def write(document, heading, name, change=("", "")):
        text = (GUIDE / document).read_text().partition(f"### {heading}\n")[2]
        (tmp_path / f"{name}.py").write_text(text.split("```python\n")[1].split("```")[0].replace(*change))
        sys.modules.pop(name, None)
        names.append(name)

    monkeypatch.syspath_prepend(tmp_path)
    yield write
    for name in names:
        sys.modules.pop(name, None)


def graph(outcome):
    return read_graph(Path(outcome.out.partition("figures and tables: ")[2].split("\n")[0]) / "graph.json")


@pytest.mark.long
def test_a_test_and_an_algorithm(galaxy_causal, module):
    written = ("discovery.md", "A test or an algorithm of your own", "mytests")
    module(*written)
    test = (*QUICK, "discovery.algorithm.test={_target_: mytests.Spearman, degree: 2}")
    outcome = galaxy_causal(*test)
    assert outcome.code == 0, outcome.err
    assert "10 made, 0 reused" in outcome.out
    assert len(graph(outcome).edges) == 3
    module(*written, change=("spearmanr(*left.T).pvalue", "1.0"))
    outcome = galaxy_causal(*test)
    assert "10 made, 0 reused" in outcome.out  # edited, it is another test
    assert graph(outcome).edges == ()
    outcome = galaxy_causal(
        *QUICK, "discovery.algorithm._target_=mytests.Threshold", "+discovery.algorithm.least=0.5"
    )
    assert outcome.code == 0, outcome.err
    assert {(edge.a, edge.b) for edge in graph(outcome).edges} == {
        ("x1", "x2"),
        ("x1", "target"),
        ("x2", "target"),
    }


def test_a_neighbour_search(galaxy_causal, module):
    module("causal.md", "A search of your own", "mysearch")
    outcome = galaxy_causal(
        "job=causal", "dataset=gaussian", "bands=signals", "dataset.n=600", "causal.query=x2", "causal.k=40",
        "network=scl", "network.width=16", "network.blocks=1", "network.training.max_epochs=2", "seeds=1",
        "fits_at_once=1", "causal.permutations=19", "causal.sufficiency=false",
        "neighbours._target_=mysearch.Manhattan",
    )  # fmt: skip
    assert outcome.code == 0, outcome.err
    assert "neighbours (exact): 1 made, 0 reused" in outcome.out
    place = Path(outcome.out.partition("figures and tables: ")[2].split("\n")[0])
    (kept,) = place.parents[2].glob("fits/*/*/neighbours.npz")
    with np.load(kept) as found:
        assert found["index"].shape[1] == found["distance"].shape[1] >= 40
        assert (np.diff(found["distance"], axis=1) >= 0).all()


def test_options_of_the_preset_that_a_target_does_not_take_are_refused_if_given(galaxy_causal, module):
    module("discovery.md", "A test or an algorithm of your own", "mytests")
    own = (*QUICK, "discovery.algorithm._target_=mytests.Threshold")
    outcome = galaxy_causal(*own, "discovery.algorithm.alpha=0.1")
    assert outcome.err.startswith("error: discovery.algorithm has no option alpha; it has")
