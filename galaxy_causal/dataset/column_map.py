"""Which columns of a table mean what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from galaxy_causal.types import UserError

SINGLE = ("id", "target", "redshift", "ebv", "class", "split", "group")
NAMED = ("photometry", "photometry_error", "morphology", "other")


@dataclass(frozen=True)
class ColumnMap:
    """Names of columns: ``single[role]`` and ``features[modality][name]``, with ``errors[band]``."""

    single: Mapping[str, str]
    features: Mapping[str, Mapping[str, str]]
    errors: Mapping[str, str]

    def wanted(self) -> list[str]:
        """Every column to read, once."""
        return list(dict.fromkeys([*self.single.values(), *self.numbers()]))

    def numbers(self) -> list[str]:
        """Every column that must hold numbers, once, the target first."""
        featured = [column for named in self.features.values() for column in named.values()]
        return list(dict.fromkeys([self.single["target"], *featured, *self.errors.values()]))


def column_map(columns: Mapping[str, object]) -> ColumnMap:
    """Check a configured column map, as in ``conf/dataset/table.yaml``; None means no column.

    Raises UserError for an unknown role, no target, errors without their band, and a target that is an
    input at the same time.
    """
    unknown = sorted(str(role) for role in set(columns) - set(SINGLE) - set(NAMED))
    if unknown:
        raise UserError(f"dataset.columns has no {', '.join(unknown)}; it has {', '.join(SINGLE + NAMED)}")
    single = {role: str(columns[role]) for role in SINGLE if columns.get(role) is not None}
    if "target" not in single:
        raise UserError("dataset.columns.target is not set; name the column of the quantity to predict")
    named = {role: _names(role, columns.get(role)) for role in NAMED}
    errors, bands = named.pop("photometry_error"), named["photometry"]
    alone = [band for band in errors if band not in bands]
    if alone:
        raise UserError(
            f"dataset.columns.photometry_error names {', '.join(alone)}, but dataset.columns.photometry has "
            f"{', '.join(bands) or 'no band'}; name a magnitude or flux for each error"
        )
    named |= {role: {role: single[role]} for role in ("redshift", "ebv") if role in single}
    features = {modality: names for modality, names in named.items() if names}
    for modality, names in features.items():
        if single["target"] in names.values():
            raise UserError(
                f"dataset.columns.{modality} names {single['target']}, which is the target too; an input "
                "that is the target tells everything: leave it out"
            )
    return ColumnMap(single, features, errors)


def _names(role: str, value: object) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise UserError(
            f"dataset.columns.{role}={value}: give names and columns, such as "
            f"'dataset.columns.{role}={{g: COLUMN_G, r: COLUMN_R}}'"
        )
    return {str(name): str(column) for name, column in value.items() if column is not None}
