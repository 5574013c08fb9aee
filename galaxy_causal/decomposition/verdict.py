"""Whether an information and its atoms can be relied on, from what can be seen without the truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from galaxy_causal.decomposition.interface import atoms
from galaxy_causal.decomposition.summary import INFORMATIONS
from galaxy_causal.types import ATOMS, VERDICTS, Floats, PairInformations, Summary

RELIABLE, LOWER_BOUND, NOT_TRUSTED, TOO_LOW = VERDICTS
BOUNDS = (*INFORMATIONS, "population_min/redundant")
"""What is at most the truth where every information is: itself, and the least of two."""
FEWEST = 50
"""Held-out galaxies of a group below which nothing is called reliable."""
SHORT = 0.5
"""Errors by which a number may seem too low and still be called reliable."""
LEAST = 0.005
"""Nats that count as nothing."""
ROUNDING = 1e-12
"""Nats."""
BEYOND = 2.0
"""Errors beyond which what cannot be is not put down to chance."""
TELLING = 0.05
"""Share of an information that may be missing without a warning."""


@dataclass(frozen=True)
class Evidence:
    """Of one information, what speaks against it.

    Parameters
    ----------
    shortfall
        Nats by which it seems too low.
    why
        The reason, in words.
    faults
        What makes it no estimate at all, in words.
    """

    shortfall: float = 0.0
    why: str = ""
    faults: tuple[str, ...] = ()


def evidence(
    metrics: Sequence[Mapping[str, float]], error: float, excess: tuple[float, float] | None = None
) -> Evidence:
    """What the fits of one input show of their information.

    Parameters
    ----------
    metrics
        Of each realisation.
    error
        Of the information [nats].
    excess
        By how much an independent estimator finds more, with its error [nats].

    Returns
    -------
    Evidence

    Notes
    -----
    - *Optimism*: training galaxies seem better known than others by twice what the fit loses by their finite
      number, where the loss is that of estimated parameters: half the gap is missing, if it is beyond its own
      error (``gap_err``).
    - *Another estimator* that shares nothing with the network finds more.
    - *Extrapolation* in the number of training galaxies, where further fits were asked for
      (``mi_extrapolated``).
    - *Calibration*: densities whose probability integral transform is not uniform lose at least twice the
      squared distance (Pinsker's inequality), which a recalibration would bring back; so do probabilities of
      classes that are no shares (``calibration_distance``).
    - *Realisations* of which some find much more than others: those have not trained.
    - *Other galaxies*: targets of test galaxies are not distributed as those of training galaxies, so that
      the prior is wrong and the information with it (``prior_mismatch`` [nats]).

    References
    ----------
    Akaike 1974, IEEE Trans. Autom. Control 19, 716.
    """
    if not metrics or any("mi_test" not in one for one in metrics):
        return Evidence()

    def mean(name: str) -> float:
        return float(np.mean([one.get(name, np.nan) for one in metrics]))

    test, gap = mean("mi_test"), mean("mi_train") - mean("mi_test")
    more = mean("mi_extrapolated") - test
    of_classes = "calibration_distance" in metrics[0]
    calibration = mean("calibration_distance" if of_classes else "pit_distance")
    found = {
        "training galaxies are better known than test galaxies": (
            0.5 * gap if gap > np.nan_to_num(mean("gap_err")) else 0.0
        ),
        "an independent estimator finds more": beyond_chance(excess),
        "more galaxies would teach more": more if more > np.nan_to_num(mean("mi_extrapolated_err")) else 0.0,
        "its densities are not calibrated": 2.0 * _beyond_uniform(calibration, mean("count")) ** 2,
    }
    each = [one["mi_test"] for one in metrics]
    if len(each) > 1:
        spread = float(np.std(each, ddof=1))
        sampling = float(np.sqrt(max(error**2 - spread**2 / len(each), 0.0)))  # what galaxies alone do
        if spread > max(BEYOND * sampling, 10 * LEAST):
            found["realisations differ: some have not trained"] = max(each) - test
    why, shortfall = max(found.items(), key=lambda item: np.nan_to_num(item[1], nan=-np.inf))
    faults = []
    mismatch = mean("prior_mismatch")
    if mismatch > max(BEYOND * error, LEAST) and mean("learnt_share") != 0.0:
        faults.append(f"test galaxies have other targets than training galaxies (by {mismatch:.3f} nats)")
    return Evidence(max(float(np.nan_to_num(shortfall)), 0.0), why, tuple(faults))


def _beyond_uniform(distance: float, count: float) -> float:
    """What a Kolmogorov distance of ``count`` values from the uniform law has beyond the chance of 1%."""
    return float(np.nan_to_num(max(distance - 1.63 / np.sqrt(max(count, 1.0)), 0.0)))


def beyond_chance(excess: tuple[float, float] | None) -> float:
    """What is more than two errors above nothing, else zero."""
    if excess is None or not excess[0] > BEYOND * excess[1]:
        return 0.0
    return excess[0]


def raised(informations: PairInformations, short: Sequence[float] | Floats) -> PairInformations:
    """Pointwise informations as they would be if their means were higher.

    Parameters
    ----------
    informations
        Each (n,) [nats].
    short
        Nats by which each of the three is too low.

    Returns
    -------
    PairInformations
        What is missing of an information is missing of each value in proportion, for a network that has
        learnt too little tells galaxies apart too little; where more is missing than there is, of all alike.
    """
    found = []
    for pointwise_mi, less in zip(informations, short, strict=True):
        mean = pointwise_mi.mean() if len(pointwise_mi) else np.nan
        in_proportion = mean > max(less, LEAST)
        found.append(pointwise_mi * (1.0 + less / mean) if in_proportion else pointwise_mi + less)
    return PairInformations(*found)


def widened(summary: Summary, more: Mapping[str, float]) -> Summary:
    """The summary with larger errors.

    Parameters
    ----------
    summary
        Of one group.
    more
        Nats that the errors of the numbers under some keys are to hold too.

    Returns
    -------
    Summary
        Its intervals hold them too; an end that lies at an edge stays there.
    """
    value, old = summary.value, summary.error
    more = {key: step for key, step in more.items() if np.isfinite(step)}
    error = {key: float(np.hypot(old[key], more[key])) for key in more}
    low = {
        key: value[key] - error[key]
        for key in more
        if summary.low.get(key, np.inf) <= value[key] - old[key] + ROUNDING
    }
    high = {key: max(summary.high.get(key, -np.inf), value[key] + error[key]) for key in more}
    return replace(
        summary,
        error={**old, **error},
        low={**summary.low, **low},
        high={**summary.high, **high},
    )


def judge(
    summary: Summary, found: Mapping[str, Evidence], higher: Mapping[str, float] | None = None
) -> Summary:
    """The summary with a verdict for each of its keys.

    Parameters
    ----------
    summary
        Of one group.
    found
        The evidence of each information.
    higher
        Of keys what they would be if no information missed anything (``raised``); of other keys it is what
        atoms of the averages would be.

    Returns
    -------
    Summary
        An atom is as bad as the informations that it rests on would make it, were each higher by its
        shortfall: if it would rise by more than half its error it is too low, and a lower bound if it is one
        of ``BOUNDS``; if it would fall, it is not to be trusted. What no information can do, a union below
        one of its parts by the larger error of both, or a negative value by two errors, is not to be trusted.
    """
    if not summary.value:
        return summary
    verdict = {}
    broken = {name for name in INFORMATIONS if _impossible(summary, name) or found[name].faults}
    short = {name: found[name].shortfall for name in INFORMATIONS}
    shifts = _shifts(summary, short)
    for key in summary.value:
        if key.count("/") > 1:  # parts of atoms, of which nothing is known
            continue
        atom = key.rpartition("/")[2]
        rests_on = _rests_on(atom)
        shift, error = shifts[atom], summary.error.get(key, np.nan)
        if higher is not None and key in higher:
            shift = higher[key] - summary.value[key]
        if summary.count < FEWEST or broken & set(rests_on) or _negative(summary, key, atom):
            verdict[key] = NOT_TRUSTED
        else:
            verdict[key] = verdict_of(shift, error, bound=key in BOUNDS)
        # A number at its edge is an upper limit, which a bound from below contradicts.
        if verdict[key] in (LOWER_BOUND, TOO_LOW) and summary.value[key] == summary.low.get(key) == 0.0:
            verdict[key] = NOT_TRUSTED
    return replace(summary, verdict=verdict)


def verdict_of(shift: float, error: float, bound: bool = True) -> str:
    """The verdict on one number.

    Parameters
    ----------
    shift
        By how much it would rise if nothing were missing.
    error
        Of the number.
    bound
        Whether it is at most the truth where every information is. A difference of two lower bounds is none:
        what its second term misses would make it fall.

    Returns
    -------
    str
        One of ``VERDICTS``.

    Examples
    --------
    >>> verdict_of(0.1, 0.02), verdict_of(0.0, 0.02), verdict_of(-0.1, 0.02)
    ('lower bound', 'reliable', 'not to be trusted')
    >>> verdict_of(0.1, 0.02, bound=False)
    'too low'
    """
    allowed = max(SHORT * error, LEAST) if np.isfinite(error) else LEAST
    if shift > allowed:
        return LOWER_BOUND if bound else TOO_LOW
    return NOT_TRUSTED if shift < -allowed else RELIABLE


def restated(verdict: Mapping[str, str]) -> dict[str, str]:
    """Stored verdicts, of which no difference is called a lower bound, as earlier versions did.

    Parameters
    ----------
    verdict
        By the keys of a summary.

    Returns
    -------
    dict of str to str
    """
    return {
        key: TOO_LOW if word == LOWER_BOUND and key not in BOUNDS else word for key, word in verdict.items()
    }


def telling(shortfall: float, value: float, error: float) -> bool:
    """Whether so much is missing of a number that its reader has to know before using it.

    Parameters
    ----------
    shortfall
        Nats by which it seems too low.
    value, error
        Of the number [nats].

    Returns
    -------
    bool
        Whether it is more than two errors, which the stated interval does not hold, and more than a
        twentieth of the number. Of less the mark of the verdict tells.

    Examples
    --------
    >>> telling(0.05, 0.93, 0.03), telling(0.2, 0.93, 0.03), telling(0.1, 3.5, 0.03)
    (False, True, False)
    """
    return shortfall > max(BEYOND * error, TELLING * value)


def impossible(summary: Summary) -> tuple[str, ...]:
    """In words, what the informations of a summary do that no information can.

    Parameters
    ----------
    summary
        Of one group.

    Returns
    -------
    tuple of str
        A sentence for each.
    """
    value = summary.value
    words = []
    for name, label in zip(INFORMATIONS, ("x1", "x2", "both"), strict=True):
        if is_negative(value[name], summary.error[name]):
            words.append(f"I({label}) is {value[name]:.3f} nats, and no information is negative")
    for name, label in zip(INFORMATIONS[:2], ("x1", "x2"), strict=True):
        if _below(summary, name):
            words.append(
                f"both inputs together seem to tell less than {label} alone ({value['mi_union']:.3f} against "
                f"{value[name]:.3f} nats), which no information can do"
            )
    return tuple(words)


def _impossible(summary: Summary, name: str) -> bool:
    below = name == "mi_union" and any(_below(summary, part) for part in INFORMATIONS[:2])
    return below or is_negative(summary.value[name], summary.error[name])


def is_negative(value: float, error: float) -> bool:
    """Whether a number is below zero by more than chance."""
    return bool(value < -BEYOND * error - LEAST)


def _below(summary: Summary, part: str) -> bool:
    """Whether the union is below one of its parts by more than chance allows.

    The errors of both rest on the same galaxies: the larger one is more than that of their difference.
    """
    error = max(summary.error["mi_union"], summary.error[part])
    return summary.value["mi_union"] < summary.value[part] - max(error, LEAST)


def _negative(summary: Summary, key: str, atom: str) -> bool:
    """Whether a synergy of averages is below zero, where theory has it at least zero."""
    if atom != "synergistic" or not key.startswith("population_min/"):
        return False
    return is_negative(summary.value[key], summary.error[key])


def _rests_on(atom: str) -> tuple[str, ...]:
    if atom in INFORMATIONS:
        return (atom,)
    return INFORMATIONS if atom == "synergistic" else INFORMATIONS[:2]


def _shifts(summary: Summary, short: Mapping[str, float]) -> dict[str, float]:
    """By how much each information and atom would rise with the informations; atoms as of averages."""
    before: Floats = np.array([summary.value[name] for name in INFORMATIONS])
    after: Floats = before + np.array([short[name] for name in INFORMATIONS])
    mi_1, mi_2, union = np.stack([before, after], axis=1)
    found = dict(atoms(np.minimum(mi_1, mi_2), mi_1, mi_2, union))
    return {name: float(found[name][1] - found[name][0]) for name in ATOMS} | dict(short)
