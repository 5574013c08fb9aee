import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from galaxy_causal.dataset.mock.columns import TRUE_FLUXES, TRUTH
from galaxy_causal.dataset.mock.graph import OBSERVED, mock_graph
from galaxy_causal.dataset.mock.model import draw_galaxies
from galaxy_causal.types import UserError


def ancestors(graph, node):
    parents = {cause for cause, effect in graph.edges if effect == node}
    return parents.union(*(ancestors(graph, parent) for parent in parents))


@pytest.mark.parametrize("morphology", ["dependent", "independent"])
@pytest.mark.parametrize("colour_gradients", [True, False])
def test_causes_stand_before_effects(colour_gradients, morphology):
    graph = mock_graph(colour_gradients, morphology)
    place = {node: k for k, node in enumerate(graph.nodes)}
    assert all(place[cause] < place[effect] for cause, effect in graph.edges)
    assert set(graph.hidden) == set(graph.nodes) - set(OBSERVED)
    assert len(set(graph.edges)) == len(graph.edges)


def test_every_node_is_drawn_or_observed():
    drawn = draw_galaxies(np.random.default_rng(0), 5, (0.01, 0.2), (9.0, 11.0), "independent")
    assert set(mock_graph(morphology="independent").nodes) == {*drawn, "fluxes", *OBSERVED}
    assert {*drawn, *TRUE_FLUXES} == set(TRUTH)


def test_independent_morphology_shares_no_cause_with_the_mass():
    shape = {
        "bulge_fraction",
        "bulge_sersic_index",
        "bulge_radius",
        "disk_radius",
        "apparent_cos_inclination",
    }
    graph = mock_graph(morphology="independent")
    assert not any(ancestors(graph, node) for node in shape)
    assert not shape & ancestors(graph, "fluxes")
    assert all("log_mass" in ancestors(mock_graph(), node) for node in shape - {"apparent_cos_inclination"})


def test_the_bulge_enters_the_spectrum_through_gradients_alone():
    assert ("bulge_fraction", "fluxes") in mock_graph().edges
    assert ("bulge_fraction", "fluxes") not in mock_graph(colour_gradients=False).edges


def test_unknown_morphology():
    with pytest.raises(UserError, match=r"dataset.morphology=none: choose dependent or independent"):
        mock_graph(morphology="none")


def test_the_study_of_causal_structure_has_the_graph_of_the_survey():
    folder = Path(__file__).parents[3] / "experiments" / "causal_structure"
    command = [sys.executable, folder / "mock_truth.py"]
    made = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert json.loads(made) == json.loads((folder / "mock_truth.json").read_text())
