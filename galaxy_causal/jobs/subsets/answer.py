"""What subsets of inputs say, in sentences: how much all tell, which is worth most, which suffice."""

from __future__ import annotations

import math
from collections.abc import Sequence

from galaxy_causal.jobs.decompose.trust import LOWER, NOT, SEEN, trust
from galaxy_causal.types import Estimate, amount, listed, quantity, sentence

MOST = 3
"""Inputs whose worth is told."""


def answer(
    names: Sequence[str],
    target: str,
    everything: Estimate,
    shapley: Estimate,
    suffices: str,
    tolerance: float,
) -> str:
    """What the inputs tell of the target, in at most three sentences.

    Parameters
    ----------
    names, target
        What people call the inputs and the target.
    everything
        What all inputs tell [nats], (1,).
    shapley
        What each is worth [nats], (d,).
    suffices
        The smallest subset that is good enough, by name; empty where that was not asked.
    tolerance
        What it may tell less than all [nats].

    Returns
    -------
    str
    """
    said = [_whole(names, quantity(target), everything), _worth(names, shapley)]
    if suffices and not math.isnan(everything.value[0]):
        said[1] += f"; within {tolerance:g} nats of all of them {suffices} would do"
    verdicts = dict(zip(["what all tell"], everything.verdict, strict=False))
    verdicts |= dict(zip([f"the worth of {name}" for name in names], judged(shapley), strict=False))
    return " ".join(sentence(one) for one in [*said, trust(verdicts)])


def judged(shapley: Estimate) -> tuple[str, ...]:
    """The verdicts on Shapley values; one below zero, which no worth can be, is not to be trusted.

    Parameters
    ----------
    shapley
        What each input is worth [nats], (d,).

    Returns
    -------
    tuple of str
        (d,); empty where none was judged.
    """
    found = zip(shapley.verdict, shapley.value, shapley.error, strict=False)
    return tuple(NOT if value < -SEEN * error else word for word, value, error in found)


def _whole(names: Sequence[str], about: str, everything: Estimate) -> str:
    value, error = float(everything.value[0]), float(everything.error[0])
    told, all_of_them = f"{amount(value, error)} nats", listed(names, most=12)
    if math.isnan(value):
        return f"what {all_of_them} together tell of {about} is unknown"
    if not math.isfinite(error):
        return f"together {all_of_them} tell {told} of {about}, of unknown error"
    if value < -SEEN * error:
        return f"together {all_of_them} seem to tell {told} of {about}, which no information can be"
    if value <= SEEN * error:
        return f"together {all_of_them} tell nothing of {about} that can be seen: {told}"
    least = "at least " if LOWER in everything.verdict[:1] else ""
    return f"together {all_of_them} tell {least}{told} of {about}"


def _worth(names: Sequence[str], shapley: Estimate) -> str:
    """The inputs of most worth, the least one, those below zero, and those of which nothing is known."""
    values, errors = shapley.value, shapley.error
    known = [k for k in range(len(names)) if math.isfinite(values[k]) and math.isfinite(errors[k])]
    missing = [k for k in range(len(names)) if math.isnan(values[k])]
    order = sorted(known, key=lambda k: -values[k])
    each = [f"{name} ({amount(float(values[k]), float(errors[k]))})" for k, name in enumerate(names)]
    seen = [k for k in order if values[k] > SEEN * errors[k]]
    below = [k for k in order if values[k] < -SEEN * errors[k]]
    said = _most_and_least(each, order, seen, below) if known else ""
    behind = {
        "below zero, which no worth can be": [each[k] for k in below],
        "of unknown error": [each[k] for k in range(len(names)) if k not in (*known, *missing)],
        "unknown": [names[k] for k in missing],
    }
    more = [f"{words}: {listed(those)}" for words, those in behind.items() if those]
    return "; ".join([said or "by Shapley value nothing is known for certain", *more])


def _most_and_least(
    each: Sequence[str], order: Sequence[int], seen: Sequence[int], below: Sequence[int]
) -> str:
    """The first inputs of an order, and the last that is not below zero; ``seen`` are above zero."""
    if not seen:
        return "by Shapley value none of them is worth anything that can be seen"
    said = f"by Shapley value {each[seen[0]]} is worth most"
    if seen[1:MOST]:
        said += f", then {listed([each[k] for k in seen[1:MOST]])}"
    rest = [k for k in order if k not in seen[:MOST] and k not in below]
    return f"{said}, and {each[rest[-1]]} least" if rest else said
