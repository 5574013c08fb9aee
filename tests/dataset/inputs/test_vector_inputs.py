"""A vector is one input, whatever its length."""

import numpy as np
import pytest
import torch

from galaxy_causal.dataset import (
    check_distinct,
    check_inputs,
    divided,
    from_table,
    pair,
    player_names,
    sample,
)
from galaxy_causal.network import Mlp
from galaxy_causal.types import UserError

N, D = 200, 30
RNG = np.random.default_rng(7)
MASS = RNG.normal(10, 0.5, N)
VECTORS = RNG.normal(size=(N, D)).astype(np.float32)
COLUMNS = {"m": MASS, "g": RNG.normal(18, 1, N), "r": RNG.normal(17, 1, N), "e": RNG.uniform(0.01, 0.1, N)}


def catalogue_of(vectors=VECTORS, **more):
    return from_table(
        {**COLUMNS, "EMB": vectors, **more},
        "m",
        photometry={"g": "g", "r": "r"},
        photometry_error={"g": "e"},
        photometry_unit="magnitude",
        embedding={name: name for name in ("EMB", *more)},
    )


def single(catalogue):
    return pair_of(catalogue, {"embedding": True}, {"photometry": "g"}).x1


def pair_of(catalogue, x1, x2):
    return pair(catalogue.features, "t", x1, x2, errors="available", accompany={})


def test_it_fills_a_column_with_each_of_its_numbers():
    catalogue = catalogue_of()
    union = pair_of(catalogue, {"photometry": "gr"}, {"embedding": True}).union
    assert union.label == "photometry[gr]+embedding[EMB]"
    found = sample(catalogue, union)
    names = [str(column) for column in found.columns]
    vector = [f"embedding/EMB[{place}]" for place in range(D)]
    assert names == [*vector, "photometry/g", "photometry/g/error", "photometry/r"]
    np.testing.assert_array_equal(found.x[:, :D], VECTORS)
    np.testing.assert_array_equal(found.x[:, D + 1], COLUMNS["e"])
    assert found.values == (D, D + 2)  # which alone have residuals of each other in networks
    alone = sample(catalogue, pair_of(catalogue, {"embedding": "EMB"}, {"photometry": "g"}).x1, single=True)
    assert alone.x.dtype == np.float32
    brief = sample(catalogue, union, single=True)  # although magnitudes are in double precision
    assert brief.x.dtype == np.float32
    np.testing.assert_array_equal(brief.x, found.x.astype(np.float32))
    check_inputs(catalogue, found)


def test_networks_join_no_residuals_to_its_numbers():
    close = VECTORS[:, :1] + 0.1 * VECTORS
    catalogue = catalogue_of(close)
    found = sample(catalogue, pair_of(catalogue, {"embedding": True}, {"photometry": "gr"}).x1)
    model = Mlp(width=16, blocks=1).build(found.take(np.arange(100)), np.linspace(8, 12, 21))
    first = next(layer for layer in model.modules() if isinstance(layer, torch.nn.Linear))
    assert first.in_features == D


def test_it_is_one_player_beside_others():
    more = RNG.normal(size=(N, 3))
    catalogue = catalogue_of(TWO=more)
    inputs = divided(pair_of(catalogue, {"photometry": "gr"}, {"embedding": True}), catalogue.features)
    assert player_names(inputs) == ("g", "r", "EMB", "TWO")
    found = sample(catalogue, inputs)
    assert found.players["embedding/EMB"] == tuple(range(D))
    assert found.players["embedding/TWO"] == tuple(range(D, D + 3))
    assert found.players["photometry/g"] == (D + 3, D + 4)
    check_distinct(inputs, catalogue.features)
    same = catalogue_of(TWO=VECTORS.astype(np.float64))
    inputs = divided(pair_of(same, {"photometry": "gr"}, {"embedding": True}), same.features)
    with pytest.raises(UserError, match="embedding/EMB and embedding/TWO hold the same values"):
        check_distinct(inputs, same.features)


def copied(vectors):
    vectors[:, 3] = -MASS


def flat(vectors):
    vectors[[4, 9]] = 0


def same(vectors):
    vectors[:] = np.arange(D)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (copied, r"the input embedding/EMB\[3\] equals the target, or is a rising or falling function"),
        (
            flat,
            r"embedding/EMB is 0 in all places for 2 galaxies .*null_values=\{embedding/EMB: \[0\]\}",
        ),
        (same, "embedding/EMB is one and the same vector for all galaxies"),
    ],
)
def test_what_makes_a_result_false_is_refused(change, message):
    vectors = VECTORS.astype(np.float64)
    change(vectors)
    catalogue = catalogue_of(vectors)
    with pytest.raises(UserError, match=message):
        check_inputs(catalogue, sample(catalogue, single(catalogue)))


def test_some_of_its_numbers_may_be_constant():
    vectors = VECTORS.copy()
    vectors[:, 5] = 0
    catalogue = catalogue_of(vectors)
    check_inputs(catalogue, sample(catalogue, single(catalogue)))


def test_missing_vectors_are_counted_once():
    vectors = VECTORS.copy()
    vectors[[2, 7]] = np.nan
    catalogue = catalogue_of(vectors)
    with pytest.raises(UserError, match=r"input embedding/EMB is missing for 2 of 200 galaxies \(ids 2, 7\)"):
        sample(catalogue, single(catalogue))
