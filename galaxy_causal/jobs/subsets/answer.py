"""What subsets of inputs say, in sentences: how much all tell, which is worth most, which suffice."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from galaxy_causal.jobs.decompose.answer import LOWER, SEEN, trust
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
    verdicts |= {f"the worth of {n}": word for n, word in zip(names, shapley.verdict, strict=False)}
    return " ".join(sentence(one) for one in [*said, trust(verdicts)])


def _whole(names: Sequence[str], about: str, everything: Estimate) -> str:
    value, error = float(everything.value[0]), float(everything.error[0])
    told, all_of_them = f"{amount(value, error)} nats", listed(names, most=12)
    if math.isnan(value):
        return f"what {all_of_them} together tell of {about} is unknown"
    if value < -SEEN * error:
        return f"together {all_of_them} seem to tell {told} of {about}, which no information can be"
    if value <= SEEN * error:
        return f"together {all_of_them} tell nothing of {about} that can be seen: {told}"
    least = "at least " if LOWER in everything.verdict[:1] else ""
    return f"together {all_of_them} tell {least}{told} of {about}"


def _worth(names: Sequence[str], shapley: Estimate) -> str:
    """The inputs of most worth, the least one, and those that are worth less than nothing."""
    values, errors = shapley.value, shapley.error
    order = [int(k) for k in np.argsort(-np.nan_to_num(values, nan=-np.inf), kind="stable")]
    each = {k: f"{names[k]} ({amount(float(values[k]), float(errors[k]))})" for k in order}
    seen = [k for k in order if values[k] > SEEN * errors[k]]
    below = [k for k in order if values[k] < -SEEN * errors[k]]
    if not seen:
        said = "by Shapley value none of them is worth anything that can be seen"
    else:
        said = f"by Shapley value {each[seen[0]]} is worth most"
        if seen[1:MOST]:
            said += f", then {listed([each[k] for k in seen[1:MOST]])}"
        rest = [k for k in order if k not in seen[:MOST] and k not in below]
        if rest:
            said += f", and {each[rest[-1]]} least"
    if below:
        said += f"; below zero, and misleading the others: {listed([each[k] for k in below])}"
    return said
