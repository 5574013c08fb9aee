"""What is shown or hidden as one, and the subsets that sets of inputs are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.names import selected
from galaxy_causal.types import IMAGES, Feature, Input, InputPair, InputSet, UserError, option

SHORT = 2
"""Letters of a name, such as W1, that needs no mark between it and the next."""


def divided(
    pair: InputPair, features: Mapping[str, Mapping[str, Feature]], images: Sequence[str] = ()
) -> InputSet:
    """The union of a pair, with what only one of the two holds as units in the order of the dataset.

    What both hold (E(B-V) by default) is always shown. A unit is a feature with its error, or the image in
    one of the bands ``images``; images come last, in the order of these bands.
    """
    order = [(modality, name) for modality, named in features.items() for name in named]
    order += [(modality, band) for modality in IMAGES for band in images]
    common = set(pair.x1.items) & set(pair.x2.items)
    own = [item for item in pair.union.items if item not in common]
    if len(own) < 2:
        raise UserError(
            f"of {pair.x1.label} and {pair.x2.label} only {len(own)} inputs are not in both, and subsets "
            "need two; choose other bands"
        )
    place = {key: row for row, key in enumerate(order)}
    return replace(pair.union, units=tuple(sorted(own, key=lambda i: place[i.modality, i.name])))


def unit_names(inputs: InputSet) -> tuple[str, ...]:
    """Short names of the units: the feature's own where no other unit has it, else with the modality.

    A band of images beside other inputs is always named with its modality.
    """
    count = Counter(unit.name for unit in inputs.units)
    bare = all(unit.modality in IMAGES for unit in inputs.units)
    return tuple(
        u.name if count[u.name] == 1 and (bare or u.modality not in IMAGES) else f"{u.modality}/{u.name}"
        for u in inputs.units
    )


def subset_label(names: Sequence[str], shown: NDArray[np.bool_]) -> str:
    """What a subset (units,) of named units is called: short names of a modality run together.

    >>> subset_label(["images/u", "images/g", "redshift"], np.array([True, True, True]))
    'redshift+images/ug'
    """
    named: dict[str, list[str]] = {}
    for name in (name for name, there in zip(names, shown, strict=True) if there):
        modality, _, own = name.rpartition("/")
        named.setdefault(f"{modality}/" if modality else "", []).append(own)
    parts: list[str] = []
    for modality, of_it in sorted(named.items(), key=lambda item: bool(item[0])):
        short = "".join(name for name in of_it if len(name) <= SHORT)
        long = [name for name in of_it if len(name) > SHORT]
        parts += [modality + part for part in filter(None, [short, *long])]
    return "+".join(parts) or "nothing"


def shown(inputs: InputSet, parts: Sequence[InputSet]) -> NDArray[np.bool_]:
    """Which units of ``inputs`` each of the parts holds, (parts, units)."""
    held = [set(part.items) for part in parts]
    return np.array([[unit in own for unit in inputs.units] for own in held])


def check_distinct(inputs: InputSet, features: Mapping[str, Mapping[str, Feature]]) -> None:
    """Refuse units that hold the same values under two names: they would share whatever they tell.

    Images are not compared.
    """
    seen: dict[bytes, Input] = {}
    for unit in (unit for unit in inputs.units if unit.modality not in IMAGES):
        values = features[unit.modality][unit.name].value
        first = seen.setdefault(values.tobytes(), unit)
        if first is not unit:
            names = [f"{i.modality}/{i.name}" for i in (first, unit)]
            raise UserError(
                f"the inputs {names[0]} and {names[1]} hold the same values, so that what they tell would be "
                f"split between them; leave {names[1]} out of {option('bands.x1')} and {option('bands.x2')}"
            )


def groups(inputs: InputSet, wanted: object, count: int, dataset: str) -> NDArray[np.bool_]:
    """``count`` groups of units, each a modality, or written as ``ugriz`` or a list of names: (count, units).

    Raises UserError for another number of groups, names that no unit has, and units in two groups.
    """
    names, asked = unit_names(inputs), option("subsets.sources", wanted)
    if isinstance(wanted, str) or not isinstance(wanted, Sequence) or len(wanted) != count:
        raise UserError(
            f"{asked}: give {count} groups of the inputs {', '.join(names)}, for example "
            f"[{names[0]}, {names[1]}, {names[-1]}]"
        )
    chosen = [
        _of_modality(inputs, group) or selected(group, names, "inputs", dataset, option("subsets.sources"))
        for group in wanted
    ]
    found = np.array([[name in group for name in names] for group in chosen])
    twice = [name for name, times in zip(names, found.sum(axis=0), strict=True) if times > 1]
    if twice or not found.any(axis=1).all():
        raise UserError(
            f"{asked}: each group needs an input, and each input may stand in one group"
            + (f"; {', '.join(twice)} stand in two" if twice else "")
        )
    return found


def _of_modality(inputs: InputSet, wanted: object) -> tuple[str, ...]:
    named = zip(unit_names(inputs), inputs.units, strict=True)
    return tuple(name for name, unit in named if unit.modality == wanted)
