"""Which numbers of an answer can be relied on: what is seen, what cannot be, and verdicts in words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from galaxy_causal.decomposition import INFORMATIONS
from galaxy_causal.types import ATOMS, VERDICTS, Summary, listed

RELIABLE, LOWER, NOT, LOW = VERDICTS
SEEN = 2.0
"""Errors beyond which a number is told from zero."""
NEVER_NEGATIVE = ("population_min", "table_population_min", "i_min", "table_i_min", "broja")
"""Measures whose atoms are not below zero where no information is; of all others nothing is known."""


def is_seen(value: float, error: float) -> bool:
    """Whether a number is above zero by more than chance; of an unknown error nobody knows.

    Parameters
    ----------
    value, error
        In one unit.

    Returns
    -------
    bool
    """
    return math.isfinite(error) and value > SEEN * error


def judged(summary: Summary, measure: str) -> dict[str, str]:
    """The verdicts on the headline's numbers: informations, and the atoms of one measure.

    Parameters
    ----------
    summary
        Of one group.
    measure
        The headline's measure of redundancy.

    Returns
    -------
    dict of str to str
        By their keys, where they were judged; what is below zero and cannot be is not to be trusted.
    """
    never = [*INFORMATIONS, *(f"{measure}/{atom}" for atom in ATOMS if measure in NEVER_NEGATIVE)]
    keys = [*INFORMATIONS, *(f"{measure}/{atom}" for atom in ATOMS)]
    return {
        key: NOT
        if key in never and is_seen(-summary.value[key], summary.error[key])
        else summary.verdict[key]
        for key in keys
        if key in summary.verdict
    }


def worst(verdicts: Iterable[str]) -> str:
    """The worst of some verdicts.

    Parameters
    ----------
    verdicts
        Of ``VERDICTS``; empty ones count for nothing.

    Returns
    -------
    str
        Empty where there is none.

    Examples
    --------
    >>> worst(["reliable", "not to be trusted", "lower bound"]), worst(["too low", "reliable"]), worst([""])
    ('not to be trusted', 'too low', '')
    """
    found = set(verdicts)
    return next((word for word in (NOT, LOWER, LOW, RELIABLE) if word in found), "")


def trust(verdicts: Mapping[str, str]) -> str:
    """Which of some numbers can be relied on.

    Parameters
    ----------
    verdicts
        By what people call each number.

    Returns
    -------
    str
        A sentence without its full stop; it says so where none was judged.

    Examples
    --------
    >>> trust({"this": "reliable", "that": "reliable"}), trust({})
    ('all these numbers are reliable', 'none of these numbers was judged')
    >>> trust({"this": "reliable", "that": "lower bound"})
    'a lower bound: that; the others are reliable'
    """
    if not verdicts:
        return "none of these numbers was judged"
    of = {word: [name for name, own in verdicts.items() if own == word] for word in VERDICTS}
    if len(of[NOT]) == len(verdicts):
        return "none of these numbers is to be trusted"
    if len(of[LOWER]) == len(verdicts):
        return "all these numbers are lower bounds: the truth is higher"
    if len(of[LOWER]) + len(of[LOW]) == len(verdicts):
        return "all these numbers are probably too low"
    if len(of[RELIABLE]) == len(verdicts):
        return "all these numbers are reliable"
    said = [f"{word}: {listed(names)}" for word, names in _worst_first(of) if names]
    return "; ".join([*said, "the others are reliable"] if of[RELIABLE] else said)


def _worst_first(of: Mapping[str, Sequence[str]]) -> tuple[tuple[str, Sequence[str]], ...]:
    several = "lower bounds" if len(of[LOWER]) > 1 else "a lower bound"
    return ((NOT, of[NOT]), (several, of[LOWER]), ("probably too low", of[LOW]))
