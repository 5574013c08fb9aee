"""The target of a table: what kind of quantity it is, and values that it cannot have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from galaxy_causal.dataset.tables.class_recipes import ENDING, ClassRecipe
from galaxy_causal.dataset.tables.remedies import null_values_remedy, spelled_number
from galaxy_causal.dataset.tables.values import describe_nulls
from galaxy_causal.types import TARGETS, Floats, TargetKind, UserError, by_door, option

SHOWN = 3


def target_kind(given: object, columns: Mapping[str, object]) -> TargetKind | None:
    """What kind of quantity the target is; None where nobody says.

    Raises UserError for a kind that is none, for classes without a column, for what says how far a target
    may be from the truth where that has no meaning, and for a redshift among the inputs that is the target.
    """
    kind = TargetKind.of(given)
    if isinstance(columns.get("target"), Mapping):
        kind = TARGETS["class"] if kind is None else kind
    if kind is None:
        return None
    errors = [role for role in ("target_error", "target_draws") if columns.get(role) is not None]
    if errors and (kind.is_class or kind.logarithm):
        why = "a class has no error" if kind.is_class else "it would be of the quantity, and not of its log10"
        remedy = "" if kind.is_class else ": give both as logarithms"
        raise UserError(
            f"{option(f'dataset.columns.{errors[0]}')} is set, and the target is {_described(kind)}: {why}; "
            f"leave it out{remedy}"
        )
    if kind.name == "redshift" and columns.get("redshift") is not None:
        raise UserError(
            f"{option('dataset.columns.redshift', columns['redshift'])}: the target is a redshift, and may "
            "not be an input at the same time; leave it out. A redshift by photometry goes under "
            f"{option('dataset.columns.other')}"
        )
    return kind


def _described(kind: TargetKind) -> str:
    return "a class" if kind.is_class else "the log10 of its column"


def target_label(
    given: str | None, kind: TargetKind | None, column: str, recipes: Sequence[ClassRecipe]
) -> str:
    """What figures call the target: as it is given, else by its kind, else by its column or classes."""
    own = next((recipe for recipe in recipes if recipe.role == "target"), None)
    if own is not None:
        made = " or ".join(own.order) if len(own.order) == len(("one", "other")) else "class"
        column = made if own.order else column.removesuffix(ENDING)
    return given or (kind.label if kind is not None and kind.label else column)


def target_values(file: Path, column: str, values: Floats, kind: TargetKind | None) -> Floats:
    """The target (n,) of the values in its column, NaN where these are missing.

    Raises UserError, naming rows, for values that have no logarithm, and such as are not plausible.
    """
    if kind is None:
        return values
    if kind.logarithm:
        none = values <= 0
        if none.any():
            odd = list(dict.fromkeys(values[none].tolist()))[:SHOWN]
            raise UserError(
                f"{file}: the target, {describe_nulls(column, none)}, is not positive, such as "
                f"{', '.join(f'{one:g}' for one in odd)}, and has no log10; if it means missing set "
                f"{null_values_remedy(odd, 'target')}"
            )
    logarithms = np.log10(values) if kind.logarithm else values
    _check_range(file, column, logarithms, values, kind)
    return logarithms


def _check_range(file: Path, column: str, values: Floats, given: Floats, kind: TargetKind) -> None:
    if kind.range is None:
        return
    low, high = kind.range
    odd = (values < low) | (values > high)
    if not odd.any():
        return
    there = values[np.isfinite(values)]
    what = (
        f"the target, {describe_nulls(column, odd)}, lies outside {low:g} to {high:g}, which is plausible of "
    )
    such = ", ".join(f"{one:.6g}" for one in list(dict.fromkeys(values[odd].tolist()))[:SHOWN])
    if kind.logarithm:
        such += f", the log10 of {spelled_number(float(given[odd][0]))}"
    different = list(dict.fromkeys(given[odd].tolist()))
    missing = (
        f"set {null_values_remedy(different, 'target')}"
        if len(different) <= SHOWN
        else f"add it to {option('dataset.null_values')}, with {option('dataset.nulls', 'drop')}"
    )
    remedy = f"if it means missing {missing}, else change {option('dataset.target_kind.range')}"
    positive = not kind.logarithm and bool((there > 0).all())
    if positive and kind.name != "redshift" and low <= np.log10(np.median(there)) <= high:
        such += ": it looks like a quantity whose logarithm was forgotten"
        remedy = f"set {option('dataset.target_kind.logarithm', True)} for its log10, or {remedy}"
    others = [] if kind.logarithm or not len(there) else _kinds_of(there, kind)
    if others:
        such += f"; all of its values are plausible of {' and of '.join(others)}"
        chosen = by_door(f"target={others[0]}", f'target_kind="{others[0]}"')
        remedy = f"if it is that quantity set {chosen}; otherwise {remedy}"
    raise UserError(f"{file}: {what}{kind.name} ({kind.unit or 'no unit'}), such as {such}; {remedy}")


def _kinds_of(values: Floats, other_than: TargetKind) -> list[str]:
    """Quantities of which all values are plausible."""
    ranges = {name: kind.range for name, kind in TARGETS.items() if kind.range and name != other_than.name}
    return [
        name
        for name, (low, high) in ranges.items()
        if name != "redshift" and low <= values.min() and values.max() <= high
    ]
