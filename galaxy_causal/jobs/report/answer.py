"""What decompositions of a study say side by side, in a sentence each."""

from __future__ import annotations

import math
from collections.abc import Mapping

from galaxy_causal.jobs.decompose.trust import is_seen
from galaxy_causal.types import Summary, amount, quantity, sentence

SWEEP = "sweep"
"""The name of a study that is none, but the members of a sweep."""


def answer(found: Mapping[str, Mapping[str, Summary]], targets: Mapping[str, str], measure: str) -> str:
    """Of each study which pair tells most and least of the target, and where synergy is largest.

    Pairs that cannot be told apart, and synergies that cannot be seen, are not ranked.

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


def members_of(study: str, count: int) -> str:
    """So many pairs of a study, or members of a sweep, which may be of one pair."""
    what = "member" if study == SWEEP else "pair"
    return f"{count} {what}{'s' * (count != 1)}"


def _of_study(name: str, about: str, pairs: Mapping[str, Summary], synergy: str) -> str:
    known = {label: one for label, one in pairs.items() if not math.isnan(one.value["mi_union"])}
    many = f"{members_of(name, len(pairs))} of {known_as(name)}"
    if not known:
        return f"of {many} nothing is known"
    if len(known) == 1:
        ((label, one),) = known.items()
        alone = f"{label} tells of {about} {_amount(one, 'mi_union')}"
        more = f"; the synergy is {_amount(one, synergy)}" if _is_seen(one, synergy) else ""
        return f"of {many}{' one is known' if len(pairs) > 1 else ''}: {alone}{more}"
    ranked = sorted(known, key=lambda label: -known[label].value["mi_union"])
    most, least = _told(ranked[0], known, "mi_union"), _told(ranked[-1], known, "mi_union")
    if _differ(known[ranked[0]], known[ranked[-1]]):
        said = f"of {many}, {most} tells most of {about}, {least} least"
    else:
        said = f"what {many} tell of {about} cannot be told apart, from {most} to {least}"
    with_synergy = [label for label in known if _is_seen(known[label], synergy)]
    if with_synergy:
        best = max(with_synergy, key=lambda label: known[label].value[synergy])
        said += f"; the synergy is largest of {_told(best, known, synergy)}"
    return said


def _is_seen(one: Summary, key: str) -> bool:
    return is_seen(one.value.get(key, math.nan), one.error.get(key, math.nan))


def _differ(first: Summary, second: Summary) -> bool:
    """Whether two informations differ by more than chance; of an unknown error nobody knows."""
    error = math.hypot(first.error["mi_union"], second.error["mi_union"])
    return is_seen(first.value["mi_union"] - second.value["mi_union"], error)


def _told(label: str, known: Mapping[str, Summary], key: str) -> str:
    return f"{label} ({_amount(known[label], key)})"


def _amount(one: Summary, key: str) -> str:
    word = one.verdict.get(key, "")
    judged = f", {word}" if word and word != "reliable" else ""
    return f"{amount(one.value[key], one.error[key])} nats{judged}"
