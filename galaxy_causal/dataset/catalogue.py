"""From columns to a checked and split catalogue: what every reader does last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.split import NONE, assign_splits, left_out
from galaxy_causal.types import Catalogue, Floats, Labels, UserError, is_constant, option

PER_GALAXY = (
    "id",
    "target",
    "split",
    "galaxy_class",
    "magnitude",
    "target_error",
    "target_draws",
    "ra",
    "dec",
)
FEWEST_GALAXIES = 20
FEWEST_OF_CLASS = 10
"""Training galaxies of a class that is to be told from others."""
FEWEST_OTHERS = 5
"""Galaxies of another target than most have: fewer do not reach every split."""


@dataclass(frozen=True)
class Unsplit:
    """A catalogue before its splits are drawn.

    ``listed`` are the ids of all rows of its table, ``given`` (n,) and ``groups`` (n,) the split names and
    groups that the table has for the n galaxies of the catalogue, as in ``assign_splits``. ``by_id`` says
    that ids are the galaxies' own, and no row numbers.
    """

    catalogue: Catalogue
    listed: NDArray[np.str_] | NDArray[np.int64]
    given: NDArray[np.str_] | Labels | None = None
    groups: NDArray[np.generic] | None = None
    by_id: bool = False

    def keep(self, rows: NDArray[np.bool_], reason: str) -> Unsplit:
        """The galaxies of ``rows`` (n,), as in ``keep``."""
        kept = keep(self.catalogue, rows, reason)
        return replace(self, catalogue=kept, given=_rows(self.given, rows), groups=_rows(self.groups, rows))

    def ordered(self) -> Unsplit:
        """In the order of the galaxies' ids, where these are their own."""
        ids: NDArray[Any] = self.catalogue.id
        if not self.by_id or not (ids[1:] < ids[:-1]).any():
            return self
        order = np.argsort(ids, kind="stable")
        given, groups = _rows(self.given, order), _rows(self.groups, order)
        return replace(self, catalogue=_taken(self.catalogue, order), given=given, groups=groups)

    def finish(self, split: Mapping[str, object]) -> Catalogue:
        """Checked and split, as in ``finish``."""
        return finish(self.catalogue, split, self)


def finish(catalogue: Catalogue, split: Mapping[str, object], own: Unsplit | None = None) -> Catalogue:
    """Refuse what cannot be used, then split; galaxies in no split are dropped and counted.

    Refused with UserError: fewer than 20 galaxies, duplicated ids, a target that is constant, but for fewer
    than five galaxies or among those that train, or not finite. See ``assign_splits`` for the rest.
    """
    n = len(catalogue)
    if n < FEWEST_GALAXIES:
        reasons = "".join(f"; left out: {c} ({r})" for r, c in catalogue.dropped.items())
        raise UserError(
            f"dataset {catalogue.name} has {n} usable galaxies, at least {FEWEST_GALAXIES} are "
            f"needed{reasons}"
        )
    check_ids(catalogue)
    infinite = np.flatnonzero(~np.isfinite(catalogue.target))
    if len(infinite):
        raise UserError(
            f"dataset {catalogue.name}: the target is not finite for {len(infinite)} galaxies, such as id "
            f"{catalogue.id[infinite[0]]}; leave these galaxies out"
        )
    _check_varies(catalogue, catalogue.target, "")
    own = own or Unsplit(catalogue, catalogue.id)
    assigned = assign_splits(catalogue.id, split, own.given, own.groups, by_id=own.by_id, listed=own.listed)
    _check_varies(catalogue, catalogue.target[assigned == "train"], " among the training galaxies")
    _check_classes(catalogue, catalogue.target[assigned == "train"])
    if own.given is None:
        told = left_out(catalogue.id, split, own.listed)
        catalogue = replace(catalogue, provenance={**catalogue.provenance, **told})
    return keep(replace(catalogue, split=assigned), assigned != NONE, "in no split")


def _check_varies(catalogue: Catalogue, target: Floats, where: str) -> None:
    middle = np.partition(target, len(target) // 2)[len(target) // 2]  # where most have one value, that
    others = int(np.sum(target != middle))
    if is_constant(target) or (not where and others < FEWEST_OTHERS):
        but = f" but for {others} of {len(target)} galaxies" if others else ""
        raise UserError(
            f"dataset {catalogue.name}: the target is constant ({middle:.6g}){but}{where}, "
            "so that nothing can tell of it; use another target, or more galaxies"
        )


def _check_classes(catalogue: Catalogue, target: Floats) -> None:
    """Refuse classes of the target of which too few galaxies train."""
    names = catalogue.target_classes
    if not names:
        return
    if not np.isin(catalogue.target, np.arange(len(names))).all():
        raise UserError(
            f"dataset {catalogue.name}: the target's {len(names)} classes are numbers from 0 to "
            f"{len(names) - 1}, "
            "and its targets hold others; give the place of each galaxy's class among target_classes"
        )
    count = np.bincount(target.astype(np.int64), minlength=len(names))
    rare = [f"{n} ({c})" for n, c in zip(names, count.tolist(), strict=True) if c < FEWEST_OF_CLASS]
    if rare:
        raise UserError(
            f"dataset {catalogue.name}: of the target's classes {', '.join(rare)} fewer than "
            f"{FEWEST_OF_CLASS} galaxies train; join rare classes by names in "
            f"{option('dataset.columns.target')}, or leave these galaxies out"
        )


def check_ids(catalogue: Catalogue) -> None:
    """Refuse ids that stand more than once."""
    ordered = np.sort(catalogue.id)
    if (ordered[1:] == ordered[:-1]).any():
        unique, counts = np.unique(ordered, return_counts=True)
        examples = ", ".join(str(i) for i in unique[counts > 1][:5])
        raise UserError(
            f"dataset {catalogue.name}: {int((counts > 1).sum())} ids stand more than once, such as "
            f"{examples}; a galaxy in two splits would spoil the test: remove the duplicates, or name "
            "another id column"
        )


def keep(catalogue: Catalogue, rows: NDArray[np.bool_], reason: str) -> Catalogue:
    """The galaxies of ``rows`` (n,); the others are counted in ``dropped`` under ``reason``."""
    lost = int(np.sum(~rows))
    if lost == 0:
        return catalogue
    dropped = {**catalogue.dropped, reason: catalogue.dropped.get(reason, 0) + lost}
    return replace(_taken(catalogue, np.flatnonzero(rows)), dropped=dropped)


def _taken(catalogue: Catalogue, rows: NDArray[np.int64]) -> Catalogue:
    """The galaxies with these row numbers (m,), in this order."""
    features = {
        modality: {
            name: replace(f, value=f.value[rows], error=_rows(f.error, rows), limit=_rows(f.limit, rows))
            for name, f in named.items()
        }
        for modality, named in catalogue.features.items()
    }
    own: dict[str, Any] = {name: _rows(getattr(catalogue, name), rows) for name in PER_GALAXY}
    images = None if catalogue.images is None else catalogue.images.take(rows)
    return replace(catalogue, features=features, images=images, **own)


def _rows(values: Any, rows: NDArray[Any]) -> Any:  # noqa: ANN401  (arrays and labels, or None)
    return None if values is None else values[rows]


def usable_rows(reasons: Mapping[str, NDArray[np.bool_]]) -> tuple[NDArray[np.bool_], dict[str, int]]:
    """Rows (n,) that are good for every reason, and how many each reason loses, the earlier ones first."""
    rows, dropped = np.ones(len(next(iter(reasons.values()))), dtype=bool), {}
    for reason, good in reasons.items():
        lost = int(np.sum(rows & ~good))
        if lost:
            dropped[reason] = lost
        rows = rows & good
    return rows, dropped


def drop_missing(catalogue: Catalogue) -> Catalogue:
    """Without the galaxies that lack any feature, counted column by column in order."""
    for modality in catalogue.features:
        for name in catalogue.features[modality]:
            feature = catalogue.features[modality][name]
            there = np.isfinite(feature.value[:, 0] if feature.elements else feature.value)
            if feature.error is not None:
                there &= np.isfinite(feature.error)
            catalogue = keep(catalogue, there, f"null in {modality}/{name}")
    return catalogue
