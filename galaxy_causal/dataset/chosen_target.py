"""Another target than its usual one, of a dataset that has several quantities which could be one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from galaxy_causal.dataset.tables.targets import target_values
from galaxy_causal.types import Catalogue, Feature, Floats, TargetKind, UserError, option

USUAL = "mass"
COPIES = {
    "redshift": ("redshift",),
    "sfr": ("log_sfr",),
    "ssfr": ("log_ssfr",),
    "metallicity": ("metallicity",),
}
"""Features that are a target of this name, and cannot be inputs beside it."""


def with_target(catalogue: Catalogue, given: object, known: Mapping[str, Floats]) -> Catalogue:
    """The catalogue with the target of a kind, in place of its log10 mass.

    Parameters
    ----------
    catalogue
        Not split yet.
    given
        What quantity the target is, as ``TargetKind.of`` takes it; None: as it is.
    known
        Quantities (n,) that can be one, by name; ``class`` is that of the galaxies.

    Returns
    -------
    Catalogue
        Without the feature that is now the target.

    Raises
    ------
    UserError
        For a quantity that is not known, and values that the kind says are not plausible.
    """
    kind = TargetKind.of(given)
    if kind is None:
        return catalogue
    names = [USUAL, *known, *(["class"] if catalogue.galaxy_class is not None else [])]
    if kind.name not in names or kind.logarithm:
        raise UserError(
            f"{option('dataset.target_kind', kind.name)}: dataset {catalogue.name} has as targets "
            f"{', '.join(names)}, as they are; choose one of them, or a table of your own"
        )
    if kind.is_class and catalogue.galaxy_class is not None:
        classes = catalogue.galaxy_class
        order = classes.used()
        codes = np.array([float(order.index(name)) if name in order else 0.0 for name in classes.names])
        return replace(
            catalogue,
            target=codes[classes.codes],
            target_label=kind.label or "class",
            target_kind=kind,
            target_classes=tuple(order),
            target_made_of=(),
            provenance={**catalogue.provenance, "target": "class of the galaxy"},
        )
    values = catalogue.target if kind.name == USUAL else known[kind.name].astype(np.float64)
    changed = replace(
        catalogue,
        target=target_values(Path(catalogue.name), kind.name, values, kind),
        target_label=kind.label or kind.name,
        target_kind=kind,
    )
    if kind.name == USUAL:
        return changed
    return replace(
        changed,
        features=_without(catalogue, COPIES.get(kind.name, ())),
        target_made_of=(),
        provenance={**catalogue.provenance, "target": kind.name},
    )


def _without(catalogue: Catalogue, names: tuple[str, ...]) -> Mapping[str, Mapping[str, Feature]]:
    left = {
        modality: {name: one for name, one in named.items() if name not in names}
        for modality, named in catalogue.features.items()
    }
    return {modality: named for modality, named in left.items() if named}
