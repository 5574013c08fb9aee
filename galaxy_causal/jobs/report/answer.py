"""What decompositions of a study say side by side, in a sentence each."""

from __future__ import annotations

import math
from collections.abc import Mapping

from galaxy_causal.types import Summary, amount, quantity, sentence

SWEEP = "sweep"
"""The name of a study that is none, but the members of a sweep."""


def answer(found: Mapping[str, Mapping[str, Summary]], targets: Mapping[str, str], measure: str) -> str:
    """Of each study which pair tells most and least of the target, and where synergy is largest.

    Parameters
    ----------
    found
        Averages over all galaxies, by the names of study and pair.
    targets
        The label of each study's target.
    measure
        The headline's measure of redundancy.

    Returns
    -------
    str
    """
    return " ".join(
        sentence(_of_study(name, quantity(targets[name]), pairs, f"{measure}/synergistic"))
        for name, pairs in found.items()
        if pairs
    )


def known_as(study: str) -> str:
    """What people call a study, or the members of a sweep."""
    return "the sweep" if study == SWEEP else study


def _of_study(name: str, about: str, pairs: Mapping[str, Summary], synergy: str) -> str:
    known = {label: one for label, one in pairs.items() if not math.isnan(one.value["mi_union"])}
    many = f"{len(pairs)} pair{'s' * (len(pairs) > 1)} of {known_as(name)}"
    if not known:
        return f"of {many} nothing is known"
    ranked = sorted(known, key=lambda label: -known[label].value["mi_union"])
    said = f"of {many}, {_told(ranked[0], known, 'mi_union')} tells most of {about}"
    if len(ranked) > 1:
        said += f", {_told(ranked[-1], known, 'mi_union')} least"
    with_synergy = [label for label in known if not math.isnan(known[label].value.get(synergy, math.nan))]
    if with_synergy:
        best = max(with_synergy, key=lambda label: known[label].value[synergy])
        said += f"; the synergy is largest of {_told(best, known, synergy)}"
    return said


def _told(label: str, known: Mapping[str, Summary], key: str) -> str:
    one = known[label]
    word = one.verdict.get(key, "")
    judged = f", {word}" if word and word != "reliable" else ""
    return f"{label} ({amount(one.value[key], one.error[key])} nats{judged})"
