"""Which columns of a table mean what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from galaxy_causal.dataset.tables.target_error import TargetError, target_error
from galaxy_causal.types import UserError, by_door, option

SINGLE = ("id", "target", "redshift", "ebv", "class", "split", "group")
NAMED = ("photometry", "photometry_error", "morphology", "other")
LABEL_ERROR = ("target_error", "target_draws")


@dataclass(frozen=True)
class ColumnMap:
    """Names of columns: ``single[role]`` and ``features[modality][name]``, with ``errors[band]``.

    ``label`` names those of the target's own error.
    """

    single: Mapping[str, str]
    features: Mapping[str, Mapping[str, str]]
    errors: Mapping[str, str]
    label: TargetError = field(default_factory=TargetError)

    def wanted(self) -> list[str]:
        """Every column to read, once."""
        return list(dict.fromkeys([*self.single.values(), *self.numbers()]))

    def numbers(self) -> list[str]:
        """Every column that must hold numbers, once, the target first."""
        featured = [column for named in self.features.values() for column in named.values()]
        return list(
            dict.fromkeys([self.single["target"], *featured, *self.errors.values(), *self.label.columns])
        )


def column_map(columns: Mapping[str, object]) -> ColumnMap:
    """Check a configured column map, as in ``conf/dataset/table.yaml``; None means no column.

    Raises UserError for an unknown role, no target, errors without their band, and a target, or a percentile
    or draw of it, that is an input at the same time.
    """
    roles = SINGLE + NAMED + LABEL_ERROR
    unknown = sorted(str(role) for role in set(columns) - set(roles))
    if unknown:
        there = (option(f"dataset.columns.{role}").removeprefix("dataset.columns.") for role in roles)
        lacking = by_door("dataset.columns has no {}; it has", "there is no option {}; columns are").format(
            ", ".join(unknown)
        )
        others = by_door("", "; help(gc.read_table) tells of the others")
        raise UserError(f"{lacking} {', '.join(there)}{others}")
    single = {role: str(columns[role]) for role in SINGLE if columns.get(role) is not None}
    if "target" not in single:
        raise UserError(
            f"{option('dataset.columns.target')} is not set; name the column of the quantity to predict"
        )
    named = {role: _names(role, columns.get(role)) for role in NAMED}
    errors, bands = named.pop("photometry_error"), named["photometry"]
    alone = [band for band in errors if band not in bands]
    if alone:
        raise UserError(
            f"{option('dataset.columns.photometry_error')} names {', '.join(alone)}, but "
            f"{option('dataset.columns.photometry')} has {', '.join(bands) or 'no band'}; name a magnitude "
            "or flux for each error"
        )
    named |= {role: {role: single[role]} for role in ("redshift", "ebv") if role in single}
    features = {modality: names for modality, names in named.items() if names}
    label = target_error(columns.get("target_error"), columns.get("target_draws"), single["target"])
    _check_no_target(single["target"], label, features)
    return ColumnMap(single, features, errors, label)


def _check_no_target(target: str, label: TargetError, features: Mapping[str, Mapping[str, str]]) -> None:
    """Refuse inputs that are the target, or what its own fit says of it; its standard error may be one."""
    for modality, names in features.items():
        if target in names.values():
            raise UserError(
                f"{option(f'dataset.columns.{modality}')} names {target}, which is the target too; an input "
                "that is the target tells everything: leave it out"
            )
        values = [c for c in names.values() if c in (*label.percentiles, *label.draws)]
        if values:
            raise UserError(
                f"{option(f'dataset.columns.{modality}')} names {', '.join(values)}, of {label.option} too; "
                "an input that is a value of the target tells everything: leave it out"
            )


def _names(role: str, value: object) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        such = by_door("'{}={{g: COLUMN_G, r: COLUMN_R}}'", '{}={{"g": "COLUMN_G", "r": "COLUMN_R"}}')
        name = option(f"dataset.columns.{role}")
        raise UserError(
            f"{option(f'dataset.columns.{role}', value)}: give names and columns, such as {such.format(name)}"
        )
    return {str(name): str(column) for name, column in value.items() if column is not None}
