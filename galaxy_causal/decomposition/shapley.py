"""The share of each input in what all of them tell."""

from __future__ import annotations

from math import comb

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.decomposition.subset_values import code, every_subset, join
from galaxy_causal.types import Floats, UserError, option

MOST_EXACT = 20  # inputs; beyond, a million subsets and more


def shapley_weights(count: int) -> Floats:
    """Weights (2^count, count) that turn the values v of all subsets, by ``code``, into Shapley values.

    phi_i = sum over S without i of (v(S + i) - v(S)) |S|! (d - |S| - 1)! / d! (Shapley 1953), linear
    in v, so that it holds galaxy by galaxy too. They sum to v(all) - v(none). Raises UserError for more
    than 20 inputs.
    """
    check_exact(count)
    subsets = every_subset(count)
    size = subsets.sum(axis=1)
    # of joining a subset of k inputs
    joining = np.array([1.0 / (count * comb(count - 1, k)) for k in range(count)] + [0.0])
    weights: Floats = np.where(subsets, joining[size - 1][:, None], -joining[size][:, None])
    return weights


def check_exact(count: int) -> None:
    """Refuse more inputs than all of whose subsets can be evaluated."""
    if count > MOST_EXACT:
        raise UserError(
            f"exact Shapley values of {count} inputs need 2^{count} subsets; at most {MOST_EXACT} inputs are "
            f"possible: set {option('subsets.method', 'sampled')}, or choose fewer bands"
        )


def permutations(count: int, draws: int, seed: int) -> NDArray[np.int64]:
    """``draws`` random orders of ``count`` inputs, (draws, count), each second one the reverse of the first.

    A permutation and its reverse err in opposite ways (Mitchell et al. 2022, JMLR 23, 43).
    Raises UserError unless ``draws`` is even and at least 4, for errors need two independent pairs.
    """
    if draws < 4 or draws % 2:
        raise UserError(f"{option('subsets.permutations', draws)} must be even and at least 4")
    rng = np.random.default_rng(seed)
    forward = rng.permuted(np.tile(np.arange(count), (draws // 2, 1)), axis=1)
    return np.stack([forward, forward[:, ::-1]], axis=1).reshape(draws, count)


def prefixes(orders: NDArray[np.int64]) -> NDArray[np.bool_]:
    """What has been shown after 0, 1, ... all inputs of each order (p, d): (p, d + 1, d)."""
    rank = np.argsort(orders, axis=1)
    return rank[:, None, :] < np.arange(orders.shape[1] + 1)[None, :, None]


def sampled_weights(
    orders: NDArray[np.int64], further: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], Floats]:
    """The subsets that the orders (p, d) pass, with the ``further`` ones (f, d), and their weights (s, d).

    Sums of values over these weights are the mean over orders of what each input adds to those before it
    (Castro, Gomez & Tejada 2009, Comput. Oper. Res. 36, 1726), an unbiased estimate of its Shapley value.
    """
    passed = prefixes(orders)
    count = orders.shape[1]
    shown = join([passed.reshape(-1, count), further])
    place = np.searchsorted(code(shown), code(passed))
    weights = np.zeros((len(shown), count))
    np.add.at(weights, (place[:, 1:], orders), 1.0 / len(orders))
    np.add.at(weights, (place[:, :-1], orders), -1.0 / len(orders))
    return shown, weights


def sampling_error(values: Floats, shown: NDArray[np.bool_], orders: NDArray[np.int64]) -> Floats:
    """One-sigma error (d,) of Shapley values from ``orders`` alone; values (s,) are those of ``shown``.

    From the scatter between pairs of an order and its reverse.
    """
    place = np.searchsorted(code(shown), code(prefixes(orders)))
    steps = np.diff(values[place], axis=1)
    added = np.take_along_axis(steps, np.argsort(orders, axis=1), axis=1)
    pairs = added.reshape(len(orders) // 2, 2, -1).mean(axis=1)
    error: Floats = pairs.std(axis=0, ddof=1) / np.sqrt(len(pairs))
    return error
