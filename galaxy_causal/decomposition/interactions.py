"""How inputs act together: interactions of every order, and their balance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.decomposition.population_min import population_min
from galaxy_causal.decomposition.subset_values import SubsetValues
from galaxy_causal.types import Floats, UserError


def moebius(values: Floats) -> Floats:
    """Moebius transform m(S) = sum over T in S of (-1)^(|S| - |T|) v(T).

    Parameters
    ----------
    values
        Of all coalitions by ``code``, (..., 2^d).

    Returns
    -------
    Floats
        Of the same shape; v(S) is the sum of m over the subsets of S.

    Raises
    ------
    UserError
        Unless there are 2^d values.

    Notes
    -----
    With v(S) = I(Y; X_S), m of one player is its information and m of two is minus the co-information
    I(Y; 1) + I(Y; 2) - I(Y; 12): positive where synergy outweighs redundancy.

    References
    ----------
    Rota 1964, Z. Wahrscheinlichkeitstheorie 2, 340; Harsanyi's dividends, 1963.

    Examples
    --------
    >>> moebius(np.array([0.0, 1.0, 1.0, 3.0])).tolist()
    [0.0, 1.0, 1.0, 1.0]
    """
    size = values.shape[-1]
    result = np.array(values, dtype=np.float64)
    if size & (size - 1) or size == 0:
        raise UserError(f"the Moebius transform takes the values of all 2^d subsets, got {size}")
    step = 1
    while step < size:
        halves = result.reshape(*values.shape[:-1], size // (2 * step), 2, step)
        halves[..., 1, :] -= halves[..., 0, :]
        step *= 2
    return result


def leave_one_out(count: int) -> NDArray[np.bool_]:
    """All players but one.

    Parameters
    ----------
    count
        Number of players, d.

    Returns
    -------
    NDArray of bool
        A coalition for each that is left out, (d, d).
    """
    return ~np.eye(count, dtype=np.bool_)


def o_information(values: SubsetValues, sums: Floats) -> Floats:
    """What the target adds to the O-information of the players.

    Parameters
    ----------
    values
        Of the coalitions that it rests on: none, all but one, all.
    sums
        Informations [nats] of these coalitions, (..., s).

    Returns
    -------
    Floats
        (1 - d) I(Y; X) + sum over j of I(Y; X without j), given what is always shown, (..., 1) [nats].
        Positive where what players tell of the target is mostly redundant, negative where it is mostly
        synergistic; for two players it is the co-information.

    References
    ----------
    Stramaglia et al. 2021, Front. Physiol. 11, 595736, after Rosas et al. 2019, Phys. Rev. E 100, 032305.
    """
    d = values.count
    none = sums[..., values.at(np.zeros((1, d), dtype=np.bool_))]
    whole = sums[..., values.at(np.ones((1, d), dtype=np.bool_))]
    without = sums[..., values.at(leave_one_out(d))]
    added: Floats = (1 - d) * (whole - none) + (without - none).sum(axis=-1, keepdims=True)
    return added


def pairs(count: int) -> NDArray[np.bool_]:
    """All pairs of players.

    Parameters
    ----------
    count
        Number of players, d.

    Returns
    -------
    NDArray of bool
        In the order of ``numpy.triu_indices``, (pairs, d).
    """
    one, other = np.triu_indices(count, 1)
    return np.eye(count, dtype=np.bool_)[one] | np.eye(count, dtype=np.bool_)[other]


def pair_atoms(values: SubsetValues, sums: Floats) -> tuple[Floats, Floats]:
    """Synergistic and redundant information of every pair of players, by ``population_min``.

    Parameters
    ----------
    values
        Of single players and of pairs.
    sums
        Informations [nats] of these coalitions, (..., s).

    Returns
    -------
    synergistic, redundant : Floats
        As of two players alone, whatever the others tell, each (..., pairs) [nats].
    """
    one, other = np.triu_indices(values.count, 1)
    alone = sums[..., values.at(np.eye(values.count, dtype=np.bool_))]
    atoms = population_min(alone[..., one], alone[..., other], sums[..., values.at(pairs(values.count))])
    return atoms.synergistic, atoms.redundant
