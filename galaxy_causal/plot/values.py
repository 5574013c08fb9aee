"""From summaries to the arrays that figures and tables show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from galaxy_causal.types import ATOMS, Floats, Summary, UserError

INFORMATIONS = ("mi_x1", "mi_x2", "mi_union")
_GROUPS = {"star_forming": "star-forming"}


def describe(measure: str, meanings: Mapping[str, str]) -> str:
    """A measure with what it takes as redundancy.

    Parameters
    ----------
    measure
        Its name.
    meanings
        What each takes as redundancy, by name.

    Returns
    -------
    str
        The name alone where that is not told.
    """
    meaning = meanings.get(measure)
    return f"{measure}: {meaning}" if meaning else measure


def group_name(group: str) -> str:
    """The name of a group of galaxies as people write it.

    Parameters
    ----------
    group
        As summaries have it.

    Returns
    -------
    str

    Examples
    --------
    >>> group_name("star_forming"), group_name("all")
    ('star-forming', 'all')
    """
    return _GROUPS.get(group, group.replace("_", " "))


def measures(summaries: Sequence[Summary]) -> tuple[str, ...]:
    """Names of the measures in the summaries.

    Parameters
    ----------
    summaries
        Of groups of galaxies.

    Returns
    -------
    tuple of str
        In order of appearance.
    """
    keys = [key for summary in summaries for key in summary.value if "/" in key]
    return tuple(dict.fromkeys(key.partition("/")[0] for key in keys))


def collect(summaries: Sequence[Summary], key: str) -> tuple[Floats, Floats]:
    """Values and errors under one key, each (n,), in nats.

    A summary without any value (a bin or group with too few galaxies) gives NaN for both, and a
    missing error gives NaN. Raises ``UserError`` where a summary has values but not this one.
    """
    for summary in summaries:
        if summary.value and key not in summary.value:
            raise UserError(
                f"group {summary.group!r} has no {key!r}; it has {', '.join(sorted(summary.value))}. "
                f"Ask for one of the measures {', '.join(measures(summaries)) or '(none)'}."
            )
    value = np.array([summary.value.get(key, np.nan) for summary in summaries], dtype=np.float64)
    error = np.array([summary.error.get(key, np.nan) for summary in summaries], dtype=np.float64)
    return value, error


def collect_atoms(summaries: Sequence[Summary], measure: str) -> tuple[Floats, Floats]:
    """Values and errors of the four atoms, each (4, n), in the order of ``ATOMS``."""
    pairs = [collect(summaries, f"{measure}/{atom}") for atom in ATOMS]
    return np.stack([value for value, _ in pairs]), np.stack([error for _, error in pairs])


def stack(atoms: Floats) -> tuple[Floats, Floats]:
    """Where each atom starts and ends in a signed stack, each of the shape of ``atoms`` (4, n).

    Positive atoms pile upward from zero and negative ones downward, so that no atom hides
    another; the sum of all is the highest end plus the lowest. NaN stays NaN and pushes nothing.
    """
    positive = np.cumsum(np.clip(np.nan_to_num(atoms), 0.0, None), axis=0)
    negative = np.cumsum(np.clip(np.nan_to_num(atoms), None, 0.0), axis=0)
    end = np.where(atoms < 0.0, negative, positive)
    return end - atoms, np.where(np.isnan(atoms), np.nan, end)
