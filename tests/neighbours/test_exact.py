"""The exact search beside a full sort of all distances."""

import numpy as np
import pytest

from galaxy_causal.neighbours import Exact, ranking
from galaxy_causal.neighbours import candidates as candidates_module
from galaxy_causal.neighbours.candidates import Processor, Products
from galaxy_causal.neighbours.ranking import nearest
from galaxy_causal.types import UserError


def brute_force(training, queries, own, k):
    training, queries = training.astype(np.float32).astype(float), queries.astype(np.float32).astype(float)
    distance = ((training[None] - queries[:, None]) ** 2).mean(axis=2)
    inside = own >= 0
    distance[np.flatnonzero(inside), own[inside]] = np.inf
    index = np.argsort(distance, axis=1, kind="stable")[:, :k]
    return index, np.take_along_axis(distance, index, axis=1)


def normal(rng):
    return rng.normal(size=(1500, 6))


def lattice(rng):
    """Few places, so that most distances are ties and most galaxies have duplicates."""
    return rng.integers(0, 4, (1500, 3)).astype(float)


def far_from_zero(rng):
    """Cancellation would take the product's digits."""
    return 1e4 + rng.normal(size=(1500, 4))


def outlier(rng):
    """One galaxy so far away that rounding hides all others' distances."""
    x = rng.normal(size=(1500, 4))
    x[7] = 1e5
    return x


def clustered(rng):
    """Neighbourhoods that a random sample does not foresee."""
    x = rng.normal(size=(1500, 3)) * 1e-3
    x[:40] += 5.0
    return x


def tiny(rng):
    """Products far below the rounding of one."""
    return 1e-15 * rng.normal(size=(1500, 3))


def one_place(rng):
    return np.ones((1500, 2))


SAMPLES = (normal, lattice, far_from_zero, outlier, clustered, tiny, one_place)


@pytest.mark.parametrize("make", SAMPLES)
@pytest.mark.parametrize("k", [1, 20, 25, 700])
def test_agrees_with_a_full_sort(make, k):
    x = make(np.random.default_rng(0))
    own = np.r_[np.arange(200), np.full(100, -1)]
    found = Exact(k, device="cpu", threads=2).find(x, x[:300], own)
    index, distance = brute_force(x, x[:300], own, k)
    np.testing.assert_array_equal(found.index, index)
    np.testing.assert_allclose(found.distance, distance, rtol=2e-7)
    assert found.recall is None


@pytest.mark.parametrize("make", SAMPLES)
def test_products_of_torch_give_the_same(make):
    x = make(np.random.default_rng(1)).astype(np.float32)
    own = np.arange(200)
    index, _ = nearest(Products(x, 20, "cpu"), x, x[:200], own, 20)
    np.testing.assert_array_equal(index, brute_force(x, x[:200], own, 20)[0])


@pytest.mark.parametrize("precision", [np.float32, np.float64])
def test_a_guess_that_is_too_low_is_made_good(monkeypatch, precision):
    """With half of the neighbours beyond the guess, many galaxies need a sort of all distances."""
    monkeypatch.setattr(candidates_module, "SHORT", 0.5)
    monkeypatch.setattr(candidates_module, "DENSE", 0.0 if precision is np.float64 else 1.0)
    x = np.random.default_rng(6).normal(size=(4000, 5)).astype(np.float32)
    finder = Processor(x, 50)
    found = finder(x[:100])
    assert found.product.dtype == precision
    assert np.sum(np.bincount(found.place // 4000, minlength=100) <= 50) > 10
    index, _ = nearest(finder, x, x[:100], np.arange(100), 50)
    np.testing.assert_array_equal(index, brute_force(x, x[:100], np.arange(100), 50)[0])


@pytest.mark.parametrize("precision", [np.float32, np.float64])
def test_a_guess_below_all_leaves_no_candidates(monkeypatch, precision):
    """As rounding makes it of duplicates: the sample's products and all products differ in their last bit."""
    monkeypatch.setattr(candidates_module, "DENSE", 0.0 if precision is np.float64 else 1.0)
    x = np.random.default_rng(7).normal(size=(2000, 3)).astype(np.float32)
    finder = Processor(x, 3)
    finder.sample[-1] -= 1e6
    assert not len(finder(x[:4]).place)
    index, _ = nearest(finder, x, x[:4], np.arange(4), 3)
    np.testing.assert_array_equal(index, brute_force(x, x[:4], np.arange(4), 3)[0])


@pytest.mark.parametrize("scale", [1e-19, 1e-20, 1e-21, 1e-22, 1e-23])
def test_products_that_underflow_hide_no_neighbour(scale):
    x = scale * np.random.default_rng(8).normal(size=(1500, 3))
    found = Exact(5, device="cpu").find(x, x[:200], np.arange(200))
    np.testing.assert_array_equal(found.index, brute_force(x, x[:200], np.arange(200), 5)[0])


def test_tiles_and_blocks_do_not_matter(monkeypatch):
    rng = np.random.default_rng(2)
    x, queries = rng.integers(0, 9, (3000, 4)).astype(float), rng.normal(size=(130, 4))
    expected = brute_force(x, queries, np.full(130, -1), 40)[0]
    monkeypatch.setattr(candidates_module, "WHOLE", 1000)
    monkeypatch.setattr(candidates_module, "TILE", 700)
    for block in (1, 17, 200):
        np.testing.assert_array_equal(Exact(40, block, "cpu").find(x, queries).index, expected)


def test_every_other_galaxy_can_be_asked_for():
    x = np.random.default_rng(3).normal(size=(50, 2))
    found = Exact(49).find(x, x, np.arange(50))
    for i, row in enumerate(found.index):
        assert set(row) == set(range(50)) - {i}


def test_progress_ends_at_all():
    x = np.random.default_rng(4).normal(size=(500, 2))
    calls = []
    Exact(3, 64).find(x, x, progress=lambda done, total: calls.append((done, total)))
    assert calls[-1] == (500, 500)
    assert [done for done, _ in calls] == sorted(done for done, _ in calls)


def test_refusals():
    x = np.random.default_rng(5).normal(size=(20, 2))
    with pytest.raises(UserError, match=r"neighbours.k=20 is more than the 19 training galaxies"):
        Exact(20).find(x, x, np.arange(20))
    assert Exact(20).find(x, x + 1).index.shape == (20, 20)
    bad = x.copy()
    bad[3, 1] = np.nan
    with pytest.raises(UserError, match=r"latents of 1 of 20 training galaxies are NaN"):
        Exact(2).find(bad, x)
    with pytest.raises(UserError, match=r"latents of the galaxies reach 1e\+20"):
        Exact(2).find(x, np.full((1, 2), 1e20))
    with pytest.raises(UserError, match="have 2 coordinates and those of the galaxies 1"):
        Exact(2).find(x, x[:, :1])
    with pytest.raises(UserError, match="own has shape"):
        Exact(2).find(x, x, np.arange(19))
    for arguments in ({"k": 0}, {"k": 2.5}, {"block": 0}, {"threads": 0}, {"device": "tpu"}):
        with pytest.raises(UserError, match="neighbours"):
            Exact(**arguments)


def test_one_galaxy_far_away_makes_no_other_be_sorted_anew(monkeypatch):
    sorted_anew, sort = [], ranking.by_sorting

    def counted(training, query, own, k):
        sorted_anew.append(own)
        return sort(training, query, own, k)

    rng = np.random.default_rng(0)
    training = rng.normal(size=(20_000, 8))
    training[7] *= 1000
    own = np.arange(300)
    monkeypatch.setattr(ranking, "by_sorting", counted)
    for k in (100, 1000):
        sorted_anew.clear()
        found = Exact(k, device="cpu").find(training, training[own], own)
        index, _ = brute_force(training, training[own], own, k)
        np.testing.assert_array_equal(found.index, index)
        assert set(sorted_anew) <= {7}
