"""The laws by which shares of resamples are measured, and what counts as true of them."""

import numpy as np
import pytest
from discovery_shares import ancestors, binned, counts, merged, rates, span, truths
from faulty_laws import LAWS, Sample, sampled

from galaxy_causal.discovery import FCI, PC
from galaxy_causal.discovery.marks import from_parents, topological

CHAIN = np.array([[0, 1, 0], [0, 0, 1], [0, 0, 0]], dtype=bool)
VALUES = np.zeros((1, 2))


@pytest.mark.parametrize("law", LAWS)
def test_every_law_gives_finite_values_of_a_dag(law):
    for graph in range(4):
        sample = sampled(law, (300, 400), graph)
        n, p = sample.values.shape
        assert 300 <= n <= 400
        assert 4 <= p <= 12
        assert np.isfinite(sample.values).all()
        assert (sample.values.std(axis=0) > 0).all()
        assert topological(sample.parents) is not None
        again = sampled(law, (300, 400), graph)
        assert np.array_equal(sample.values, again.values)


def test_faults_are_what_their_names_say():
    kurtosis = {}
    for law in ("Gaussian, no fault", "Student noise", "5% outliers"):
        values = sampled(law, (9000, 10000), 0).values
        kurtosis[law] = np.mean(((values - values.mean(0)) / values.std(0)) ** 4) - 3
    assert kurtosis["5% outliers"] > kurtosis["Student noise"] > 1 > abs(kurtosis["Gaussian, no fault"])
    hidden = sampled("hidden common cause", (300, 400), 0)
    assert hidden.parents[-1].sum() in (2, 3)
    assert len(hidden.parents) == hidden.values.shape[1] + 1
    chosen = sampled("selection", (300, 400), 0)
    assert chosen.parents[:, chosen.selected[0]].sum() == 2
    rough = sampled("rounded values", (300, 400), 0).values
    levels = [len(np.unique(column)) for column in rough.T]
    assert sum(count < 40 for count in levels) == (len(levels) + 1) // 2


def test_a_chain_has_two_edges_and_three_ancestors():
    edge, direction = truths(Sample(np.zeros((1, 3)), CHAIN), 3, PC())
    assert np.array_equal(edge, CHAIN | CHAIN.T)
    assert np.array_equal(direction, CHAIN)
    assert ancestors(CHAIN).sum() == 3


def test_a_hidden_cause_is_an_edge_of_a_pag_and_none_of_a_cpdag():
    fork = np.zeros((3, 3), dtype=bool)
    fork[2, :2] = True
    sample = Sample(VALUES, fork)
    assert not truths(sample, 2, PC())[0].any()
    edge, direction = truths(sample, 2, FCI())
    assert edge[0, 1]
    assert not direction.any()


def test_a_selection_is_an_edge_of_a_pag():
    collider = np.zeros((3, 3), dtype=bool)
    collider[:2, 2] = True
    assert truths(Sample(VALUES, collider, (2,)), 2, FCI())[0][0, 1]


def test_counts_bins_and_rates():
    found = from_parents(np.array([[0, 1, 1], [0, 0, 0], [0, 0, 0]], dtype=bool))
    assert counts(found, CHAIN | CHAIN.T, CHAIN) == {
        "found": 2, "true": 2, "shared": 1, "directed": 2, "right": 1, "directions": 2,
    }  # fmt: skip
    numbers = binned(np.array([0.0, 0.1, 0.1, 1.0]), np.array([False, True, False, True]))
    assert numbers == [(1, 0), (2, 1), (0, 0), (0, 0), (0, 0), (0, 0), (1, 1)]
    assert merged(np.array(numbers)).tolist() == [[1, 0], [2, 1], [0, 0], [0, 0], [1, 1]]
    assert merged(np.arange(14).reshape(7, 2)).tolist() == [[0, 1], [2, 3], [10, 12], [18, 20], [12, 13]]
    lines = [{"edge": [(20, 5)] * 7}, {"edge": [(20, 15)] * 7}, {"edge": [(1, 1)] * 7}]
    share, error, total = rates(lines, "edge")[0]
    assert (share, total) == (pytest.approx(21 / 41), 41)
    assert error > np.sqrt(0.25 / 41)  # pairs of one graph go together
    assert np.isnan(rates(lines[2:], "edge")[0][0])


def test_a_range_is_that_of_the_laws_with_enough_pairs():
    laws = [np.array([[20, true]]) for true in (4, 8, 10, 12, 16)]
    assert span(laws) == {"low": 0.2, "high": 0.8, "laws": 5, "pairs": 100}
    assert span([*laws, np.array([[9, 0]])]) == span(laws)
    assert span(laws[1:]) is None
