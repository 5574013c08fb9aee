"""What comes along with inputs without standing in their names: errors, E(B-V), flags of limits."""

from __future__ import annotations

from galaxy_causal.types import InputPair, InputSet

NAMES = {"ebv": "E(B-V)"}
"""Modalities as people write them."""


def beside(pair: InputPair) -> dict[str, str]:
    """What comes along with each input of a pair, in words.

    Parameters
    ----------
    pair
        What comes along with both stands in both.

    Returns
    -------
    dict of str to str
        By ``x1`` and ``x2``, such as ``with errors and E(B-V)``; empty where the label says all.
    """
    shared = {one.modality for one in set(pair.x1.items) & set(pair.x2.items)}
    labels = f"{pair.x1.label} {pair.x2.label}"
    others = [one for one in sorted(shared) if one not in labels]
    return {"x1": companions(pair.x1, others), "x2": companions(pair.x2, others)}


def companions(inputs: InputSet, others: list[str]) -> str:
    """Errors and flags of inputs, and ``others``, modalities that are not in their label, in words."""
    found = ["errors"] * any(item.error for item in inputs.items)
    found += ["flags of upper limits"] * any(item.limit for item in inputs.items)
    found += [NAMES.get(one, one.replace("_", " ")) for one in others]
    if not found:
        return ""
    *first, last = found
    return f"with {', '.join(first)} and {last}" if first else f"with {last}"
