"""What a decomposition says, in sentences: how much, of which kind, and whether it is to be trusted."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from galaxy_causal.decomposition import INFORMATIONS
from galaxy_causal.jobs.decompose.trust import LOWER, NEVER_NEGATIVE, SEEN, is_seen, judged, trust
from galaxy_causal.types import (
    ATOMS,
    Summary,
    amount,
    listed,
    quantity,
    sentence,
    share,
    unit_of,
)

BEFORE = "before"


def answer(summary: Summary, measure: str, x1: str, x2: str, target: str) -> str:
    """What two inputs tell of the target, in at most three sentences.

    Parameters
    ----------
    summary
        Of all held-out galaxies.
    measure
        The headline's measure of redundancy.
    x1, x2, target
        What people call the inputs and the target.

    Returns
    -------
    str
        What both tell together; how it divides; what of that is reliable.
    """
    about = quantity(target)
    said = [
        _whole(summary, x1, x2, about),
        *_parts(summary, measure, x1, x2),
        _trust(summary, measure, x1, x2),
    ]
    return " ".join(sentence(one) for one in said if one)


def _whole(summary: Summary, x1: str, x2: str, about: str) -> str:
    value, error = summary.value["mi_union"], summary.error["mi_union"]
    told = f"{amount(value, error)} nats"
    both = f"{x1} and {x2}"
    if math.isnan(value):
        return f"what {both} together tell of {about} is unknown"
    if not math.isfinite(error):
        return f"together {both} tell {told} of {about}, of unknown error"
    if value < -SEEN * error:
        return f"together {both} seem to tell {told} of {about}, which no information can be"
    if value <= SEEN * error:
        return f"together {both} tell nothing of {about} that can be seen: {told}"
    least = "at least " if summary.verdict.get("mi_union") == LOWER else ""
    return f"together {both} tell {least}{told} of {about}{_of_all(summary)}"


def _of_all(summary: Summary) -> str:
    """The part of what there is to know, where that is known; errors may put it above all of it."""
    part = summary.value.get("mi_union_share", math.nan)
    if math.isnan(part):
        return ""
    if part > 1.0:
        return ", as much as, or more than, the ceiling allows"
    return f", {share(part)} of all that there is to know"


def _parts(summary: Summary, measure: str, x1: str, x2: str) -> Iterator[str]:
    """The atoms, the largest first; what cannot be told from zero, what is below it and what is unknown."""
    named = {"redundant": "redundant", "unique_1": f"unique to {x1}", "unique_2": f"unique to {x2}",
             "synergistic": "synergistic"}  # fmt: skip
    why = {"redundant": " (either tells it)", "synergistic": " (neither tells it without the other)"}
    keys = {atom: f"{measure}/{atom}" for atom in ATOMS}
    known = {atom: summary.value[key] for atom, key in keys.items() if not math.isnan(summary.value[key])}
    if not known:
        return
    error = {atom: summary.error[keys[atom]] for atom in known}
    unsure = [atom for atom in known if not math.isfinite(error[atom])]
    seen = sorted((a for a in known if is_seen(known[a], error[a])), key=lambda a: -known[a])
    below = [atom for atom in known if is_seen(-known[atom], error[atom])]
    none = [atom for atom in known if atom not in (*seen, *below, *unsure)]
    each = {atom: f"{named[atom]} ({amount(known[atom], error[atom])})" for atom in known}
    said = []
    if seen:
        of_this = is_seen(summary.value["mi_union"], summary.error["mi_union"])
        what = [f"{amount(known[a], error[a])} {named[a]}{why.get(a, '')}" for a in seen[1:]]
        first = f"{amount(known[seen[0]], error[seen[0]])} {'is ' * of_this}{named[seen[0]]}"
        what = [f"{first}{why.get(seen[0], '')}", *what]
        said.append(f"{'of this,' if of_this else 'its parts:'} {listed(what)}")
    if none:
        what = [f"{named[atom]} ({_near_zero(summary, keys[atom])})" for atom in none]
        said.append(f"nothing that can be seen is {listed(what, 'or')}")
    if below:
        how = "which these atoms cannot be" if measure in NEVER_NEGATIVE else "as misinformation"
        said.append(f"below zero, {how}: {listed([each[atom] for atom in below])}")
    if unsure:
        said.append(f"of unknown error: {listed([each[atom] for atom in unsure])}")
    yield "; ".join(said)


def _near_zero(summary: Summary, key: str) -> str:
    high = summary.high.get(key, math.nan)
    if summary.value[key] == 0.0 and summary.low.get(key) == 0.0 and not math.isnan(high):
        return "0" if high == 0.0 else f"below {max(high, 0.001):.3f}"
    return amount(summary.value[key], summary.error[key])


def _trust(summary: Summary, measure: str, x1: str, x2: str) -> str:
    names = {
        "mi_x1": f"what {x1} tells",
        "mi_x2": f"what {x2} tells",
        "mi_union": "what both tell",
        f"{measure}/redundant": "the redundant part",
        f"{measure}/unique_1": f"the part unique to {x1}",
        f"{measure}/unique_2": f"the part unique to {x2}",
        f"{measure}/synergistic": "the synergistic part",
    }
    return trust({names[key]: word for key, word in judged(summary, measure).items()})


def meaning(
    summary: Summary,
    target: str,
    scatter: Mapping[str, float],
    names: Mapping[str, str],
    unit: str | None = None,
) -> str:
    """What nats mean beside the answer.

    Parameters
    ----------
    summary
        Of all held-out galaxies.
    target
        What people call it.
    scatter
        Of the target, ``before``, and of the estimates from inputs, by the names of their informations; empty
        where none is known, or the target is a class.
    names
        What people call the inputs, by the same names.
    unit
        Of the scatter; None: what the target's label says.

    Returns
    -------
    str
    """
    value = summary.value["mi_union"]
    said = ["one nat is 1.44 bits"]
    if value > 0 and "mi_ceiling" not in summary.value:
        left = share(math.exp(-value))
        said.append(f"a Gaussian scatter shrinks by exp(-I): {value:.2f} nats leave {left} of it")
    if BEFORE in scatter:
        unit = unit_of(target) if unit is None else unit
        each = {name: f"{width:.3g}{unit and f' {unit}'}" for name, width in scatter.items()}
        after = [
            f"{each[name]} once {names[name]} {'are' if name == INFORMATIONS[2] else 'is'} known"
            for name in INFORMATIONS
            if name in each
        ]
        left = f"; what is left is {listed(after)}" if after else ""
        said.append(f"here {quantity(target)} scatters by {each[BEFORE]} among all test galaxies{left}")
    return " ".join(sentence(one) for one in said)
