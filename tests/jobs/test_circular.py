"""Edges between a target and what it was made with are told of."""

from dataclasses import replace

import numpy as np
import pytest

from galaxy_causal.dataset import gaussian
from galaxy_causal.jobs.discover.circular import caveat, makings
from galaxy_causal.types import Edge, Feature, Graph

LABELS = {"redshift": "redshift", "M_r": "absolute(r)", "g-r": "g-r", "log M*": "target", "size": "size"}


@pytest.fixture
def catalogue():
    """A target that was made with redshift and photometry."""
    split = {"train": 0.7, "validation": 0.15, "test": 0.15, "seed": 0}
    made = gaussian(n=100, r1=0.5, r2=0.5, r12=0.2, seed=0, split=split)
    some = np.linspace(0.1, 0.2, len(made))
    return replace(
        made,
        features={
            "photometry": {band: Feature(18 + some, "mag") for band in "gr"},
            "redshift": {"redshift": Feature(some, "")},
            "morphology": {"size": Feature(some, "arcsec")},
        },
        magnitude=18 + some,
        target_made_of=("photometry", "redshift"),
    )


def graph(*edges):
    return Graph("cpdag", tuple(LABELS), tuple(Edge(a, b, "tail", "arrow") for a, b in edges))


def test_variables_of_the_targets_own_making_are_found(catalogue):
    found = makings(catalogue, LABELS)
    assert found == (("redshift", "log M*"), ("M_r", "log M*"), ("g-r", "log M*"))
    assert makings(catalogue, {"r": "magnitude", "log M*": "target"}) == (("r", "log M*"),)
    of_redshift = replace(catalogue, target_made_of=("redshift",))
    assert makings(of_redshift, LABELS) == (("redshift", "log M*"), ("M_r", "log M*"))
    assert makings(replace(catalogue, target_made_of=()), LABELS) == ()


def test_only_edges_that_are_drawn_are_told_of(catalogue):
    pairs = makings(catalogue, LABELS)
    (line,) = caveat(graph(("redshift", "log M*"), ("size", "log M*")), pairs, "a fit")
    assert line.startswith("caveat: the target was made with what it is joined to here (a fit)")
    assert "redshift --> log M*" in line
    assert "size" not in line
    assert list(caveat(graph(("size", "log M*"), ("redshift", "g-r")), pairs, "a fit")) == []
    (either_way,) = caveat(graph(("log M*", "g-r")), pairs, "a fit")
    assert "log M* --> g-r" in either_way
