"""Inputs that tell the same, by their values and whatever they are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from galaxy_causal.types import IMAGES, Feature, Input, InputPair, UserError, option, same_order

LEAST = 20
"""Galaxies that must have both."""
Features = Mapping[str, Mapping[str, Feature]]


def check_apart(pair: InputPair, features: Features) -> None:
    """Refuse two inputs of which each holds the values of the other, or rising or falling functions of them.

    Parameters
    ----------
    pair
        What is in both is not compared, nor are images and vectors.
    features
        Of the catalogue, by modality and name.

    Raises
    ------
    UserError
        Naming what is alike.
    """
    first, second = set(pair.x1.items), set(pair.x2.items)
    own = [item for item in pair.x1.items if item not in second]
    others = [item for item in pair.x2.items if item not in first]
    found = {one: _twin(one, others, features) for one in own}
    back = [_twin(one, own, features) for one in others]
    if found and all(found.values()) and all(back):
        alike = ", ".join(f"{one} and {twin}" for one, twin in found.items())
        raise UserError(
            f"{option('bands.x1')} and {option('bands.x2')} are the same by their values: {alike} rise or "
            "fall together; name something else in one of them"
        )


def check_no_twins(players: Sequence[Input], features: Features) -> None:
    """Refuse inputs that are rising or falling functions of each other: they would share what they tell.

    Parameters
    ----------
    players
        Images and vectors are not compared.
    features
        Of the catalogue, by modality and name.

    Raises
    ------
    UserError
        Naming the first two.
    """
    for one, other in combinations(players, 2):
        if _twin(one, [other], features):
            raise UserError(
                f"the inputs {one} and {other} rise or fall together, so that what they tell would be split "
                f"between them; leave {other} out of {option('bands.x1')} and {option('bands.x2')}"
            )


def _twin(one: Input, others: Sequence[Input], features: Features) -> Input | None:
    """The first of the others that determines an input, and is determined by it."""
    for other in others:
        if one.modality in IMAGES or other.modality in IMAGES:
            continue
        first, second = (features[item.modality][item.name].value for item in (one, other))
        if first.ndim > 1 or second.ndim > 1:
            continue
        known = np.isfinite(first) & np.isfinite(second)
        if known.sum() >= LEAST and same_order(first[known], second[known]):
            return other
    return None
