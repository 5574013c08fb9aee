"""Queries and conditions of job=causal, and which of them make no sense."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset import check_strays
from galaxy_causal.jobs.variables import TARGET, column_of, known_columns, parts
from galaxy_causal.types import (
    EMBEDDING,
    IMAGES,
    Catalogue,
    Floats,
    InputSet,
    UserError,
    is_constant,
    option,
    same_order,
)

LEAST = 10
"""Members with all values that a neighbourhood must have."""
COLLINEAR = 1e-9


@dataclass(frozen=True)
class Query:
    """A query and what it is conditioned on: names, and values (n,) and (n, c) of all galaxies."""

    name: str
    given: tuple[str, ...]
    value: Floats
    conditions: Floats

    @property
    def suffix(self) -> str:
        """How the names of conditional results end."""
        return f"given_{','.join(self.given)}"


def queries(
    catalogue: Catalogue, wanted: str | Sequence[str] | None, given: str | Sequence[str] | None
) -> tuple[Query, ...]:
    """Each query, a name or a list of names, with the conditions ``given``, which all share.

    Names are those of ``graph_variables``: ``redshift``, ``g-r``, ``absolute(r)``. Raises UserError for
    unknown names and for values far from all others.
    """
    known = known_columns(catalogue)
    conditions = _names(given, "causal.given")
    columns = [column_of(name, known, catalogue.name, "causal.given") for name in conditions]
    names = _names(wanted, "causal.query")
    if not names:
        offer = ", ".join(name for name in known if "/" not in name and name != TARGET)
        raise UserError(
            f"{option('causal.query', wanted)}: name what the target may depend on beyond the inputs, such "
            f"as {option('causal.query', 'redshift')}; dataset {catalogue.name} has {offer}"
        )
    values = np.column_stack(columns) if columns else np.empty((len(catalogue), 0))
    asked = [column_of(name, known, catalogue.name, "causal.query") for name in names]
    for name, column in zip((*conditions, *names), (*columns, *asked), strict=True):
        check_strays(catalogue, f"the quantity {name}", column)
    return tuple(Query(name, conditions, column, values) for name, column in zip(names, asked, strict=True))


def check_names(query: Query, catalogue: Catalogue, inputs: InputSet) -> None:
    """Refuse a query that is the target or inside the inputs, and conditions that leave nothing to test."""
    known = known_columns(catalogue)
    # One column has several names, such as g and photometry/g: compare the columns themselves.
    inside = {id(known[name]) for name in _input_columns(inputs, known)}
    made_of = {id(known[name]) for name in parts(query.name, known)}
    target = id(known[TARGET])
    if target in made_of:
        raise UserError(
            f"{option('causal.query', query.name)} holds the target itself, which depends on itself "
            "whatever the inputs are; query another quantity"
        )
    if made_of <= inside:
        raise UserError(
            f"{option('causal.query', query.name)} is inside the inputs ({inputs.label} and what accompanies "
            "it): the network has seen it, so that given the latent it can tell nothing new of the target. "
            f"Query what the inputs lack, or leave it out of them ({option('bands.x1')}, "
            f"{option('bands.accompany')})"
        )
    for name in query.given:
        of = {id(known[part]) for part in parts(name, known)}
        if target in of or of == made_of:
            raise UserError(
                f"{option('causal.given', name)} is the target or the query {query.name}: given it, nothing "
                "is left to test; condition on other quantities"
            )


def _input_columns(inputs: InputSet, known: Mapping[str, Floats]) -> list[str]:
    numbers = [item for item in inputs.items if item.modality not in IMAGES]
    columns = [str(column) for item in numbers for column in item.columns]
    vectors = tuple(f"{item}[" for item in numbers if item.modality == EMBEDDING)
    return [name for name in columns if name in known] + [n for n in known if n.startswith(vectors)]


def check_values(query: Query, target: Floats, training: NDArray[np.int64], inputs: Floats) -> None:
    """Refuse columns without values or variation, or functions of the target, among training galaxies.

    And a query that is linear in the numbers (n, p) among the inputs, or in its conditions. ``training`` are
    the rows of training galaxies.
    """
    columns = {option("causal.query", query.name): query.value}
    for name, values in zip(query.given, query.conditions.T, strict=True):
        columns[option("causal.given", name)] = values
    for what, values in columns.items():
        known = np.isfinite(values[training])
        valid = values[training][known]
        if len(valid) < LEAST:
            raise UserError(
                f"{what}: only {len(valid)} of {len(training)} training galaxies have a value, and a "
                f"neighbourhood needs {LEAST}; choose a quantity that is known"
            )
        if is_constant(valid):
            raise UserError(f"{what} is constant ({valid[0]:g}), so nothing can depend on it")
        if abs(np.corrcoef(target[training][known], values[training][known])[0, 1]) > 1 - COLLINEAR:
            raise UserError(f"{what} is a linear function of the target; choose another quantity")
        if same_order(target[training][known], valid):
            raise UserError(f"{what} is a rising or falling function of the target; choose another quantity")
    for what, numbers in (("inputs", inputs), ("conditions", query.conditions)):
        if _is_linear(query.value[training], numbers[training]):
            raise UserError(
                f"{option('causal.query', query.name)} is a linear function of the {what}: given these it "
                "can tell nothing new of the target. Query what they lack"
            )


def _is_linear(values: Floats, columns: Floats) -> bool:
    """Whether values (n,) are a linear function of columns (n, c), but for rounding, where all are known."""
    known = np.isfinite(values) & np.isfinite(columns).all(axis=1)
    if not columns.shape[1] or known.sum() <= columns.shape[1] + 1:
        return False
    centred = columns[known] - columns[known].mean(axis=0)
    design = centred / np.maximum(centred.std(axis=0), np.finfo(float).tiny)
    value = values[known] - values[known].mean()
    left = value - design @ np.linalg.lstsq(design, value, rcond=None)[0]
    return bool(left.var() <= COLLINEAR * value.var())


def _names(value: str | Sequence[str] | None, name: str) -> tuple[str, ...]:
    """A name, or a list of names, each once."""
    names = (value,) if isinstance(value, str) else tuple(value or ())
    if len(set(names)) < len(names):
        raise UserError(f"{option(name, list(names))} names something more than once")
    return names
