"""Columns of a catalogue as the variables of a graph."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset import check_strays
from galaxy_causal.discovery import Variables, variables
from galaxy_causal.types import Catalogue, Column, Floats, UserError, checked, option

Galaxies = Literal["all", "train", "validation", "test"]
Nulls = Literal["error", "drop"]
TARGET, MAGNITUDE, ESTIMATE = "target", "magnitude", "estimate"
HUBBLE, OMEGA = 70.0, 0.3


@dataclass(frozen=True)
class Table:
    """Checked variables, the rows (n,) of the catalogue that they are of, and how many were left out why."""

    variables: Variables
    rows: NDArray[np.int64]
    left_out: Mapping[str, int]


def labels_of(wanted: Sequence[object]) -> dict[str, str]:
    """Names of variables and what each is made of: ``redshift``, ``g-r``, or ``{log M*: target}``."""
    found: list[tuple[str, str]] = []
    for entry in wanted or ():
        if isinstance(entry, Mapping):
            found += [(str(name), str(recipe)) for name, recipe in entry.items()]
        else:
            found.append((str(entry), str(entry)))
    names, asked = [name for name, _ in found], option("discovery.variables")
    if not names:
        raise UserError(f"{asked} names none: a graph needs at least two variables")
    if len(set(names)) < len(names):
        twice = ", ".join(sorted({n for n in names if names.count(n) > 1}))
        raise UserError(f"{asked} names {twice} more than once; each variable may stand once")
    return dict(found)


@checked("discovery")
def table(
    catalogue: Catalogue,
    labels: Mapping[str, str],
    *,
    galaxies: Galaxies = "all",
    nulls: Nulls = "error",
    estimate: Floats | None = None,
) -> Table:
    """The variables ``labels`` maps names to, of the galaxies of one split or of all.

    ``nulls``: ``error`` refuses missing values, ``drop`` leaves those galaxies out and counts them. An
    ``estimate`` (n,) of the catalogue's target serves where a variable asks for it. Raises UserError for what
    the catalogue lacks, values far from all others and what a graph cannot have (see
    ``discovery.variables``).
    """
    known = known_columns(catalogue, estimate)
    values = np.empty((len(catalogue), len(labels)))
    for place, recipe in enumerate(labels.values()):
        values[:, place] = column_of(recipe, known, catalogue.name)
        check_strays(catalogue, f"the variable {recipe}", values[:, place])
    rows = np.flatnonzero(catalogue.split == galaxies) if galaxies != "all" else np.arange(len(catalogue))
    left_out = {}
    for name, column in zip(labels, values.T, strict=True):
        missing = ~np.isfinite(column[rows])
        if nulls == "drop" and missing.any() and not missing.all():
            left_out[f"no {name}"] = int(missing.sum())
            rows = rows[~missing]
    values = values if len(rows) == len(values) else values[rows]
    return Table(variables(list(labels), values), rows, left_out)


def known_columns(catalogue: Catalogue, estimate: Floats | None = None) -> dict[str, Floats]:
    """Everything that has a name, by ``modality/name`` and, where only one has it, by ``name``."""
    columns: dict[str, Floats] = {TARGET: catalogue.target}
    if catalogue.magnitude is not None:
        columns[MAGNITUDE] = catalogue.magnitude
    if estimate is not None:
        columns[ESTIMATE] = estimate
    names = [name for named in catalogue.features.values() for name in named]
    for modality, named in catalogue.features.items():
        for name, feature in named.items():
            values = feature.value.T if feature.elements else (feature.value,)
            for column, value in zip(Column(modality, name).parts(feature.elements), values, strict=True):
                columns[str(column)] = value
                if names.count(name) == 1 and column.name not in columns:
                    columns[column.name] = value
            if feature.error is not None:
                columns[str(Column(modality, name, "error"))] = feature.error
            if feature.limit is not None:
                columns[str(Column(modality, name, "limit"))] = feature.limit
    return columns


def parts(recipe: str, known: Mapping[str, Floats]) -> tuple[str, ...]:
    """Names of the columns that a recipe is made of; none where it is unknown."""
    if recipe in known:
        return (recipe,)
    for place, letter in enumerate(recipe):
        first, second = recipe[:place].strip(), recipe[place + 1 :].strip()
        if letter == "-" and first in known and second in known:
            return first, second
    inner = recipe[9:-1] if recipe.startswith("absolute(") and recipe.endswith(")") else ""
    return (inner, "redshift") if inner in known and "redshift" in known else ()


def column_of(
    recipe: str, known: Mapping[str, Floats], dataset: str, asked: str = "discovery.variables"
) -> Floats:
    """One feature, a difference ``a-b`` of two, or ``absolute(r)``: the magnitude at 10 pc.

    Raises UserError, naming the option that ``asked``, for what is none of them.
    """
    made_of = parts(recipe, known)
    if not made_of:
        hint = f"; for {ESTIMATE} set {option('discovery.estimate')}" if ESTIMATE in recipe else ""
        raise UserError(
            f"{option(asked)}: {recipe!r} is unknown; dataset {dataset} has "
            f"{', '.join(_shown(known))}; a-b is the "
            f"difference of two, absolute(r) the magnitude r less its distance modulus{hint}"
        )
    first, *others = (known[name].astype(np.float64, copy=False) for name in made_of)
    if not others:
        return first
    (second,) = others
    return first - (distance_modulus(second) if recipe.startswith("absolute(") else second)


def _shown(known: Mapping[str, Floats]) -> list[str]:
    """Names of values, of vectors only the first of their numbers."""
    columns = (Column.parse(name) for name in known)
    later = re.compile(r"\[[1-9]\d*\]$")
    return [str(column) for column in columns if column.kind == "value" and not later.search(column.name)]


def distance_modulus(redshift: Floats) -> Floats:
    """5 log10(luminosity distance / 10 pc) for H0 = 70 km/s/Mpc and Omega_m = 0.3; NaN at redshift <= 0."""
    from astropy.cosmology import FlatLambdaCDM

    usable = redshift > 0
    modulus = np.full(len(redshift), np.nan)
    modulus[usable] = FlatLambdaCDM(H0=HUBBLE, Om0=OMEGA).distmod(redshift[usable]).value
    return modulus
