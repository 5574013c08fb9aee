"""Galaxies that show what atoms mean: planted ones are found."""

import numpy as np
import pytest

from galaxy_causal.decomposition import LITTLE, most_telling
from galaxy_causal.types import KINDS, PairInformations

PLANTED = {
    "redundant": (3.0, 3.1, 3.2),
    "unique_1": (2.5, 0.1, 2.6),
    "unique_2": (-0.1, 2.4, 2.5),
    "synergistic": (0.2, 0.2, 4.0),
    "misled_1": (-3.0, 1.0, 1.2),
    "misled_2": (1.0, -2.0, 1.1),
}
"""Pointwise informations (x1, x2, both) of a galaxy of each kind [nats]."""
ROWS = {kind: 100 + 10 * k for k, kind in enumerate(PLANTED)}


def planted():
    """A crowd of alike galaxies, among which one of each kind stands."""
    rng = np.random.default_rng(0)
    values = np.array([0.5, 0.5, 0.8])[:, None] + 0.02 * rng.normal(size=(3, 200))
    for kind, row in ROWS.items():
        values[:, row] = PLANTED[kind]
    return PairInformations(*values)


def test_the_planted_galaxy_leads_its_kind():
    found = most_telling(planted(), np.arange(200), np.ones(200, dtype=bool), 3)
    assert list(found) == list(KINDS)
    assert {kind: found[kind][0] for kind in PLANTED} == ROWS
    assert found["added_2"][0] == ROWS["synergistic"]  # it gains most where x1 does not mislead
    assert not set(found["typical"].tolist()) & set(ROWS.values())


def test_a_galaxy_that_the_other_input_misleads_is_no_unique_one():
    """Its pointwise unique atom is the largest of all: i1 - min(i1, i2) = 1 - (-2)."""
    found = most_telling(planted(), np.arange(200), np.ones(200, dtype=bool), 200)
    assert ROWS["misled_2"] not in found["unique_1"]
    assert ROWS["misled_1"] not in found["unique_2"]
    assert ROWS["misled_1"] not in found["added_2"]
    i1, i2, _ = planted()
    assert (np.abs(i2[found["unique_1"]]) <= LITTLE).all()
    assert (i1[found["misled_1"]] < -LITTLE).all()


def test_only_candidates_with_all_informations_are_chosen():
    informations = planted()
    informations.union[ROWS["redundant"]] = np.nan
    candidates = np.ones(200, dtype=bool)
    candidates[ROWS["unique_1"]] = False
    chosen = np.concatenate(list(most_telling(informations, np.arange(200), candidates, 200).values()))
    assert not {ROWS["redundant"], ROWS["unique_1"]} & set(chosen.tolist())


@pytest.mark.parametrize("as_text", [False, True])
def test_equals_follow_by_their_ids_whatever_their_rows(as_text):
    order = np.random.default_rng(1).permutation(50)
    ids = np.array([f"g{k:02d}" for k in order]) if as_text else order
    alike = PairInformations(np.full(50, 2.0), np.full(50, 1.5), np.full(50, 2.1))
    found = most_telling(alike, ids, np.ones(50, dtype=bool), 5)
    for kind in ("typical", "redundant", "added_2"):
        assert order[found[kind]].tolist() == [0, 1, 2, 3, 4], kind
    assert not {"unique_1", "unique_2", "misled_1", "misled_2"} & set(found)


def test_no_galaxy_gives_no_kind():
    nothing = PairInformations(*np.full((3, 4), np.nan))
    assert most_telling(nothing, np.arange(4), np.ones(4, dtype=bool), 5) == {}
