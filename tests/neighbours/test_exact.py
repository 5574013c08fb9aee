"""The exact search beside a full sort of all distances."""

import sys
import tracemalloc

import numpy as np
import pytest
import torch

from galaxy_causal.neighbours import Exact
from galaxy_causal.neighbours import exact as exact_module
from galaxy_causal.neighbours.exact import by_faiss, by_torch, nearest, rounding
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


@pytest.fixture
def sorted_anew(monkeypatch):
    """Rows of the galaxies whose candidates were not proven."""
    found, sort = [], exact_module.by_sorting

    def counted(training, query, own, k):
        found.append(own)
        return sort(training, query, own, k)

    monkeypatch.setattr(exact_module, "by_sorting", counted)
    return found


@pytest.mark.parametrize("make", SAMPLES)
def test_candidates_of_torch_give_the_same(make):
    x = make(np.random.default_rng(1)).astype(np.float32)
    own, middle = np.arange(200), np.median(x, axis=0).astype(float)
    flat = by_torch((x - middle).astype(np.float32), 40, "cpu")
    index, _ = nearest(flat, middle, x, x[:200], own, 20)
    np.testing.assert_array_equal(index, brute_force(x, x[:200], own, 20)[0])


def test_candidates_of_torch_are_of_single_precision_whatever_others_have_set(monkeypatch):
    """In TensorFloat-32, which networks are often trained in, the proof of a candidate does not hold."""
    seen, multiply = [], torch.addmm

    def watched(*args, **kwargs):
        seen.append(torch.get_float32_matmul_precision())
        return multiply(*args, **kwargs)

    monkeypatch.setattr(torch, "addmm", watched)
    x = np.random.default_rng(1).normal(size=(100, 3)).astype(np.float32)
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("medium")
    try:
        by_torch(x, 5, "cpu")(x[:7])
        assert torch.get_float32_matmul_precision() == "medium"
    finally:
        torch.set_float32_matmul_precision(before)
    assert seen == ["highest"]


def test_a_gpu_needs_no_faiss(monkeypatch):
    x = normal(np.random.default_rng(2)).astype(np.float32)
    truth = Exact(5, device="cpu").find(x, x[:50])
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(
        exact_module, "by_torch", lambda centred, count, device: by_torch(centred, count, "cpu")
    )
    monkeypatch.setitem(sys.modules, "faiss", None)
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    found = Exact(5).find(x, x[:50])
    assert (found.index == truth.index).all()
    assert (found.distance == truth.distance).all()


@pytest.mark.parametrize("make", SAMPLES)
@pytest.mark.parametrize("search", [by_faiss, lambda x, count: by_torch(x, count, "cpu")])
def test_rounding_stays_within_its_bound(make, search):
    x = make(np.random.default_rng(9)).astype(np.float32)
    centred = x - np.median(x, axis=0).astype(float)
    single, row = search(centred.astype(np.float32), 1500)(centred[:300].astype(np.float32))
    true = np.sum((centred[row] - centred[:300, None]) ** 2, axis=2)
    length = np.sqrt(np.sum(centred[:300] ** 2, axis=1))
    bound = rounding(length[:, None], np.sqrt(true), x.shape[1])
    assert np.all(np.abs(single - true) <= bound / 2)


@pytest.mark.parametrize("spoil", [0.9, -1.0])
def test_candidates_that_prove_nothing_are_made_good(monkeypatch, sorted_anew, spoil):
    """A flat index that forgets every other neighbour, and tells of too short a reach or of nonsense."""
    x = np.random.default_rng(6).normal(size=(4000, 5)).astype(np.float32)

    def forgetful(centred, count):
        flat = by_faiss(centred, 2 * count)

        def search(block):
            distance, row = flat(block)
            return distance[:, ::2] * spoil * 0.5, row[:, ::2]

        return search

    monkeypatch.setattr(exact_module, "by_faiss", forgetful)
    found = Exact(50, device="cpu").find(x, x[:100], np.arange(100))
    np.testing.assert_array_equal(found.index, brute_force(x, x[:100], np.arange(100), 50)[0])
    assert sorted(sorted_anew) == list(range(100))


def test_smooth_galaxies_are_proven_by_their_candidates(sorted_anew):
    x = np.random.default_rng(10).normal(size=(20_000, 8))
    for k in (1, 100, 1000):
        Exact(k, device="cpu").find(x, x[:200], np.arange(200))
    assert not sorted_anew


def test_memory_does_not_grow_with_the_square():
    x = np.random.default_rng(11).normal(size=(12_000, 2))
    tracemalloc.start()
    try:
        Exact(3, device="cpu").find(x, x, np.arange(12_000))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 0.05 * 4 * 12_000**2


@pytest.mark.parametrize("scale", [1e-19, 1e-20, 1e-21, 1e-22, 1e-23])
def test_products_that_underflow_hide_no_neighbour(scale):
    x = scale * np.random.default_rng(8).normal(size=(1500, 3))
    found = Exact(5, device="cpu").find(x, x[:200], np.arange(200))
    np.testing.assert_array_equal(found.index, brute_force(x, x[:200], np.arange(200), 5)[0])


def test_blocks_do_not_matter():
    rng = np.random.default_rng(2)
    x, queries = rng.integers(0, 9, (3000, 4)).astype(float), rng.normal(size=(130, 4))
    expected = brute_force(x, queries, np.full(130, -1), 40)[0]
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


def test_one_galaxy_far_away_makes_no_other_be_sorted_anew(sorted_anew):
    rng = np.random.default_rng(0)
    training = rng.normal(size=(20_000, 8))
    training[7] *= 1000
    own = np.arange(300)
    for k in (100, 1000):
        sorted_anew.clear()
        found = Exact(k, device="cpu").find(training, training[own], own)
        index, _ = brute_force(training, training[own], own, k)
        np.testing.assert_array_equal(found.index, index)
        assert set(sorted_anew) <= {7}
