import numpy as np
import pytest

from galaxy_causal.types import is_constant, same_order

RNG = np.random.default_rng(2)
MASS = RNG.normal(10.3, 0.6, 800)


@pytest.mark.parametrize(
    "copy",
    [
        MASS,
        MASS.astype(np.float32).astype(float),
        3 - 0.4 * MASS,
        10**MASS,
        1 / MASS,
        np.round(MASS, 2),
        np.round(MASS - 10.3, 1),
        np.exp(3 * MASS).astype(np.float32).astype(float),
    ],
)
def test_copies_in_other_words_are_found_both_ways(copy):
    assert same_order(MASS, copy)
    assert same_order(copy, MASS)
    assert same_order(np.round(MASS, 1), copy)


@pytest.mark.parametrize(
    "other",
    [
        MASS + RNG.normal(0, 0.003, len(MASS)),
        np.abs(MASS - 10),
        (MASS > 10) * 1.0,
        np.digitize(MASS, [9.5, 10, 10.5]) * 1.0,
        np.full(len(MASS), 3.0),
        np.where(np.arange(len(MASS)) == 700, 12.0, MASS),
        RNG.permutation(MASS),
    ],
)
def test_what_only_tells_much_is_no_copy(other):
    assert not same_order(MASS, other)
    assert not same_order(other, MASS)


def test_classes_are_copies_if_they_correspond_one_to_one_in_many_rows():
    types = RNG.integers(0, 4, 500) * 1.0
    assert same_order(types, 7 - types**3)
    assert not same_order(types, types + RNG.uniform(0, 0.9, 500))
    flags = np.arange(40) % 2
    assert not same_order(flags, flags)


def test_values_for_missing_do_not_widen_what_counts_as_rounding():
    first, second = MASS.copy(), MASS + RNG.normal(0, 0.5, len(MASS))
    first[0] = second[0] = -1e30
    assert not same_order(first, second)


def test_constants():
    assert is_constant(np.full(9, 0.1) + np.arange(9) * 1e-17)
    assert not is_constant(np.array([0.0, 0.0, 1e-9]))
