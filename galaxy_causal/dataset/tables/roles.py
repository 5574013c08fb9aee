"""Which columns of a table mean what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from galaxy_causal.dataset.tables.target_error import TargetError, target_error
from galaxy_causal.types import Column, UserError, by_door, option

SINGLE = ("id", "target", "redshift", "ebv", "class", "split", "group", "target_limit")
OF_BANDS = ("photometry_error", "photometry_ivar", "photometry_transmission", "photometry_limit")
NAMED = ("photometry", *OF_BANDS, "morphology", "other", "embedding")
NUMBERS = ("target", "redshift", "ebv", "target_limit")
"""Roles of single columns that are numbers and nothing else."""
LABEL_ERROR = ("target_error", "target_draws")


@dataclass(frozen=True)
class ColumnMap:
    """Columns, or expressions of them: ``single[role]``, ``features[modality][name]`` and ``errors[band]``.

    Errors in ``ivars``, too, are given as inverse variances. ``transmissions[band]`` are shares of light,
    ``vectors[name]`` columns of several numbers, ``limits[band]`` flags of upper limits. ``label`` names
    those of the target's own error.
    """

    single: Mapping[str, str]
    features: Mapping[str, Mapping[str, str]]
    errors: Mapping[str, str]
    label: TargetError = field(default_factory=TargetError)
    ivars: Mapping[str, str] = field(default_factory=dict)
    transmissions: Mapping[str, str] = field(default_factory=dict)
    vectors: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, str] = field(default_factory=dict)

    def wanted(self) -> list[str]:
        """Every column to read, once."""
        return list(dict.fromkeys([*self.single.values(), *self.numbers(), *self.vectors.values()]))

    def numbers(self) -> list[str]:
        """Every column that must hold numbers, once, the target first."""
        featured = [column for named in self.features.values() for column in named.values()]
        more = [*self.errors.values(), *self.label.columns, *self.transmissions.values()]
        more += [*self.limits.values(), *(self.single[r] for r in ("target_limit",) if r in self.single)]
        return list(dict.fromkeys([self.single["target"], *featured, *more]))

    def roles(self) -> dict[str, list[str]]:
        """Of each role of numbers its columns: ``redshift``, ``photometry``, ``other/halo`` and so on."""
        found = {role: [self.single[role]] for role in NUMBERS if role in self.single}
        named = {**self.features, "photometry_error": self.errors, "embedding": self.vectors}
        named |= {"photometry_ivar": self.ivars, "photometry_transmission": self.transmissions}
        named |= {"photometry_limit": self.limits}
        for role, columns in named.items():
            if columns:
                found[role] = list(columns.values())
            if role not in SINGLE:
                found |= {str(Column(role, name)): [column] for name, column in columns.items()}
        found |= {str(Column("photometry", b, "error")): [column] for b, column in self.errors.items()}
        if self.label.columns:
            found[self.label.role] = list(self.label.columns)
        return found


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
        if set(unknown) & {"weight", "weights", "sample_weight"}:
            others += (
                ". Galaxies are not weighted: draw those of a table by their weights, as "
                "docs/guide/columns.md tells under Weights, and give that table"
            )
        raise UserError(f"{lacking} {', '.join(there)}{others}")
    single = {role: str(columns[role]) for role in SINGLE if columns.get(role) is not None}
    if "target" not in single:
        raise UserError(
            f"{option('dataset.columns.target')} is not set; name the column of the quantity to predict"
        )
    named = {role: _names(role, columns.get(role)) for role in NAMED}
    bands = named["photometry"]
    errors, ivars, transmissions, limits = (_of_bands(role, named.pop(role), bands) for role in OF_BANDS)
    vectors = named.pop("embedding")
    _check_ivars(ivars, errors, [column for names in named.values() for column in names.values()])
    named |= {role: {role: single[role]} for role in ("redshift", "ebv") if role in single}
    features = {modality: names for modality, names in named.items() if names}
    label = target_error(columns.get("target_error"), columns.get("target_draws"), single["target"])
    _check_no_target(single["target"], label, {**features, "embedding": vectors})
    return ColumnMap(single, features, {**errors, **ivars}, label, ivars, transmissions, vectors, limits)


def _of_bands(role: str, named: dict[str, str], bands: Mapping[str, str]) -> dict[str, str]:
    """What is given beside bands, each of which must be one."""
    alone = [band for band in named if band not in bands]
    if alone:
        what = "error" if role == OF_BANDS[0] else role.removeprefix("photometry_")
        raise UserError(
            f"{option(f'dataset.columns.{role}')} names {', '.join(alone)}, but "
            f"{option('dataset.columns.photometry')} has {', '.join(bands) or 'no band'}; name a magnitude "
            f"or flux for each {what}"
        )
    return named


def _check_ivars(ivars: Mapping[str, str], errors: Mapping[str, str], others: list[str]) -> None:
    """Refuse bands with errors of both kinds, and inverse variances that are also something else."""
    name = option("dataset.columns.photometry_ivar")
    both = [band for band in ivars if band in errors]
    if both:
        raise UserError(
            f"{name} and {option('dataset.columns.photometry_error')} both name {', '.join(both)}; an error "
            "and its inverse variance say the same thing: leave one out"
        )
    twice = [column for column in ivars.values() if column in (*others, *errors.values())]
    if twice:
        raise UserError(f"{name} names {', '.join(twice)}, which is something else too; leave one out")


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
        if role == "embedding":
            such = by_door("'{}={{aion: EMB}}'", '{}={{"aion": "EMB"}}')
        name = option(f"dataset.columns.{role}")
        raise UserError(
            f"{option(f'dataset.columns.{role}', value)}: give names and columns, such as {such.format(name)}"
        )
    return {str(name): str(column) for name, column in value.items() if column is not None}
