import numpy as np
import pytest

from galaxy_causal.discovery import agreement, stability
from galaxy_causal.discovery.marks import ARROW, CIRCLE, TAIL, from_parents
from galaxy_causal.types import UserError


def dag(p, *edges):
    parents = np.zeros((p, p), dtype=bool)
    for cause, effect in edges:
        parents[cause, effect] = True
    return from_parents(parents)


def test_shares_flips_and_consensus():
    graphs = [dag(3, (0, 1), (1, 2))] * 6 + [dag(3, (1, 0), (1, 2))] * 3 + [dag(3, (0, 1))]
    found = stability(graphs, "cpdag")
    assert found.adjacent[0, 1] == 1.0
    assert found.adjacent[1, 2] == pytest.approx(0.9)
    assert found.causes[0, 1] == pytest.approx(0.7)
    assert found.causes[1, 0] == pytest.approx(0.3)
    assert found.flips[0, 1]
    assert not found.flips[1, 2]
    assert (found.consensus == dag(3, (0, 1), (1, 2))).all()
    assert found.mean == pytest.approx((1.0 + 0.9 + 1.0) / 3)


def test_the_consensus_has_no_cycle():
    graphs = [dag(3, (0, 1), (1, 2))] * 2 + [dag(3, (1, 2), (2, 0))] * 2 + [dag(3, (2, 0), (0, 1))]
    consensus = stability(graphs, "cpdag", threshold=0.3).consensus
    arrows = int(np.sum((consensus == ARROW) & (consensus.T == TAIL)))
    assert np.sum(consensus != 0) == 6
    assert arrows == 2


def test_ends_on_which_pags_disagree_are_open():
    one, other = np.zeros((2, 2), dtype=np.int8), np.zeros((2, 2), dtype=np.int8)
    one[0, 1], one[1, 0] = ARROW, TAIL
    other[0, 1], other[1, 0] = ARROW, ARROW
    consensus = stability([one, other], "pag").consensus
    assert (consensus[0, 1], consensus[1, 0]) == (ARROW, CIRCLE)


def test_no_replicates_are_refused():
    with pytest.raises(UserError, match="at least 1"):
        stability([], "cpdag")


def test_agreement_counts():
    true = dag(4, (0, 1), (1, 2), (2, 3))
    found = dag(4, (0, 1), (2, 1), (0, 3))
    counts = agreement(found, true)
    assert (counts.shared, counts.found, counts.true) == (2, 3, 3)
    assert counts.precision == counts.recall == pytest.approx(2 / 3)
    assert counts.orientation == 0.5
    assert counts.arrow_precision == 0.5
    assert counts.distance == 3
    assert np.isnan(agreement(dag(2), dag(2)).precision)
    assert set(counts.metrics()) >= {"adjacency_precision", "hamming_distance"}
