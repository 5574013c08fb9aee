"""The share of each input in what all of them tell."""

from __future__ import annotations

from math import comb

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.decomposition.subset_values import code, every_subset, join
from galaxy_causal.types import Floats, UserError, one_sigma, option

MOST_EXACT = 20  # inputs; beyond, a million subsets and more


def shapley_weights(count: int) -> Floats:
    """Weights that turn the values v of all coalitions into Shapley values.

    Parameters
    ----------
    count
        Number of players, d.

    Returns
    -------
    Floats
        (2^d, d), coalitions by their ``code``: phi_i = sum over S without i of (v(S + i) - v(S)) |S|! (d -
        |S| - 1)! / d!, linear in v, so that it holds galaxy by galaxy too. Shapley values sum to v(all) -
        v(none).

    Raises
    ------
    UserError
        For more than 20 players.

    References
    ----------
    Shapley 1953, Contributions to the Theory of Games 2, 307.

    Examples
    --------
    >>> shapley_weights(2).T.tolist()
    [[-0.5, 0.5, -0.5, 0.5], [-0.5, -0.5, 0.5, 0.5]]
    """
    check_exact(count)
    subsets = every_subset(count)
    size = subsets.sum(axis=1)
    # of joining a subset of k inputs
    joining = np.array([1.0 / (count * comb(count - 1, k)) for k in range(count)] + [0.0])
    weights: Floats = np.where(subsets, joining[size - 1][:, None], -joining[size][:, None])
    return weights


def check_exact(count: int) -> None:
    """Refuse more players than all of whose coalitions can be evaluated.

    Parameters
    ----------
    count
        Number of players.

    Raises
    ------
    UserError
        For more than 20.
    """
    if count > MOST_EXACT:
        raise UserError(
            f"exact Shapley values of {count} inputs need 2^{count} subsets; at most {MOST_EXACT} inputs are "
            f"possible: set {option('subsets.method', 'sampled')}, or choose fewer bands"
        )


def permutations(count: int, draws: int, seed: int) -> NDArray[np.int64]:
    """Random orders of players, each second one the reverse of the first.

    Parameters
    ----------
    count
        Number of players, d.
    draws, seed
        How many orders; even and at least 4, for errors need two independent pairs.

    Returns
    -------
    NDArray of int
        (draws, d).

    Raises
    ------
    UserError
        For a number of draws that is odd or too small.

    References
    ----------
    Mitchell et al. 2022, JMLR 23, 43: a permutation and its reverse err in opposite ways.
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
    """The coalitions that random orders pass, and their weights in Shapley values.

    Parameters
    ----------
    orders
        Of the players, (p, d).
    further
        Coalitions that are to be evaluated too, (f, d).

    Returns
    -------
    coalitions : NDArray of bool
        (s, d).
    weights : Floats
        (s, d). Sums of values over these weights are the mean over orders of what each player adds to those
        before it, an unbiased estimate of its Shapley value.

    References
    ----------
    Castro, Gomez & Tejada 2009, Comput. Oper. Res. 36, 1726.
    """
    passed = prefixes(orders)
    count = orders.shape[1]
    coalitions = join([passed.reshape(-1, count), further])
    place = np.searchsorted(code(coalitions), code(passed))
    weights = np.zeros((len(coalitions), count))
    np.add.at(weights, (place[:, 1:], orders), 1.0 / len(orders))
    np.add.at(weights, (place[:, :-1], orders), -1.0 / len(orders))
    return coalitions, weights


def sampling_error(values: Floats, coalitions: NDArray[np.bool_], orders: NDArray[np.int64]) -> Floats:
    """Error of Shapley values by the finite number of random orders alone.

    Parameters
    ----------
    values
        Of each coalition, (s,).
    coalitions
        (s, d).
    orders
        Pairs of an order and its reverse, (p, d).

    Returns
    -------
    Floats
        One sigma, (d,), from the scatter between pairs.
    """
    place = np.searchsorted(code(coalitions), code(prefixes(orders)))
    steps = np.diff(values[place], axis=1)
    added = np.take_along_axis(steps, np.argsort(orders, axis=1), axis=1)
    pairs = added.reshape(len(orders) // 2, 2, -1).mean(axis=1)
    return one_sigma(0.0, pairs)
