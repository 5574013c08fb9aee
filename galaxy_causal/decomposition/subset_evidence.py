"""What the informations of subsets seem to miss, and what becomes of quantities that are made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.decomposition.interactions import leave_one_out
from galaxy_causal.decomposition.subset_values import SubsetValues, join
from galaxy_causal.decomposition.verdict import (
    FEWEST,
    Evidence,
    beyond_chance,
    evidence,
    is_negative,
    verdict_of,
)
from galaxy_causal.types import VERDICTS, Estimate, Floats

MOST_ASKED = 10
"""Inputs up to which an independent estimator is asked about each of them and all others; above, of all."""


def asked(count: int, always: bool) -> NDArray[np.bool_]:
    """Coalitions about which an independent estimator is asked.

    Parameters
    ----------
    count
        Number of players, d.
    always
        Whether something is always shown, so that even no player at all tells something.

    Returns
    -------
    NDArray of bool
        Those that are shown by name: each player, all but one, all; and none, if that tells anything, (k, d).
    """
    some = [np.ones((1, count), dtype=np.bool_)]
    if always:
        some.append(np.zeros((1, count), dtype=np.bool_))
    if count <= MOST_ASKED:
        some += [np.eye(count, dtype=np.bool_), leave_one_out(count)]
    subsets = join(some)
    return subsets if always else subsets[subsets.any(axis=1)]


def subset_evidence(
    values: SubsetValues,
    trained: SubsetValues,
    galaxies: int,
    excess: Mapping[int, tuple[float, float]],
    mismatch: float = 0.0,
) -> list[Evidence]:
    """Of every coalition, what speaks for its information being too low, as in ``evidence``.

    Parameters
    ----------
    values, trained
        Of test galaxies and of training galaxies.
    galaxies
        How many test galaxies there are.
    excess
        Of places of coalitions the nats by which an independent estimator finds more, with their error. What
        it finds of other coalitions is taken to lie between: straight in their size, of the means of those
        of one size.
    mismatch
        The ``prior_mismatch`` of their one target [nats]; it is no fault of what is nothing by definition.

    Returns
    -------
    list of Evidence
        Of each coalition.
    """
    error = values.estimates.error
    gap_error = np.hypot(trained.estimates.error, error)
    more = _between(values.coalitions.sum(axis=1), excess, values.count)
    found = []
    for k in range(len(values.coalitions)):
        own = {
            "gap_err": float(gap_error[k]),
            "count": float(galaxies),
            "prior_mismatch": mismatch if values.each[:, k].any() else 0.0,
        }
        metrics = [
            {"mi_test": test, "mi_train": train, **own}
            for test, train in zip(values.each[:, k], trained.each[:, k], strict=True)
        ]
        one = evidence(metrics, float(error[k]), excess.get(k))
        if more[k] > one.shortfall:
            one = Evidence(float(more[k]), "an independent estimator finds more", one.faults)
        found.append(one)
    return found


def _between(size: NDArray[np.int64], excess: Mapping[int, tuple[float, float]], count: int) -> Floats:
    """Nats that an independent estimator finds more of each subset (s,): its own, or between sizes."""
    of_size: dict[int, list[float]] = {0: [], count: []}
    for place, one in excess.items():
        of_size.setdefault(int(size[place]), []).append(beyond_chance(one))
    known = sorted(of_size)
    more = np.interp(size, known, [float(np.mean(of_size[k])) if of_size[k] else 0.0 for k in known])
    for place, one in excess.items():
        more[place] = beyond_chance(one)
    return more


def judged(
    found: Estimate,
    function: Callable[[Floats], Floats],
    mean: Floats,
    short: Floats,
    galaxies: int,
    signed: bool = False,
    bound: NDArray[np.bool_] | bool = False,
) -> Estimate:
    """A quantity with verdicts.

    Parameters
    ----------
    found
        The quantity, (k,).
    function
        From mean informations (s,) to the quantity.
    mean
        Mean informations [nats], (s,).
    short
        Nats that each of them misses, (s,). The quantity is judged by what becomes of it where each rises by
        that, as in ``judge``.
    galaxies
        How many there are: of few nothing can be trusted.
    signed
        Whether it can be negative; otherwise it cannot be trusted where it is so beyond chance.
    bound
        Which numbers (k,) are at most the truth where every information is, as in ``verdict_of``.

    Returns
    -------
    Estimate
    """
    shift = function(mean + short) - function(mean)
    verdict = []
    bounds = np.broadcast_to(bound, shift.shape)
    for value, error, more, at_most in zip(found.value, found.error, shift, bounds, strict=True):
        impossible = not signed and is_negative(float(value), float(error))
        hopeless = galaxies < FEWEST or impossible
        verdict.append(VERDICTS[2] if hopeless else verdict_of(float(more), float(error), bool(at_most)))
    return replace(found, verdict=tuple(verdict))
