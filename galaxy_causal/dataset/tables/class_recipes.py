"""How classes follow from the columns of a table, as it is said in a column map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from galaxy_causal.types import TargetKind, UserError, are_numbers, by_door, option

FORMS = (
    "{column: COLUMN, names: {VALUE: NAME, ...}}, {column: COLUMN, cuts: [NUMBER, ...], names: [NAME, ...]} "
    "or {one_hot: {NAME: COLUMN, ...}}",
    '{"column": COLUMN, "names": {VALUE: NAME, ...}}, {"column": COLUMN, "cuts": [NUMBER, ...], "names": '
    '[NAME, ...]} or {"one_hot": {NAME: COLUMN, ...}}',
)
ENDING = " as classes"
"""Of the name of a column that is made of others."""


@dataclass(frozen=True)
class ClassRecipe:
    """How the class of each galaxy follows from columns of a file.

    ``role`` is ``class`` or ``target``. Of one column ``cuts`` part numbers, and without any ``names`` maps
    its values to classes, None to none, or is empty where values are the classes themselves. Several columns
    hold a one each where a galaxy is of the class of that place in ``order``.
    """

    role: str
    columns: tuple[str, ...]
    names: Mapping[str, str | None]
    order: tuple[str, ...] = ()
    cuts: tuple[float, ...] = ()

    @property
    def option(self) -> str:
        """What says it."""
        return option(f"dataset.columns.{self.role}")

    @property
    def made(self) -> str:
        """The name of the column that is made."""
        return f"{self.columns[0] if len(self.columns) == 1 else ', '.join(self.columns)}{ENDING}"


def class_recipes(
    columns: Mapping[str, object], kind: TargetKind | None
) -> tuple[dict[str, object], list[ClassRecipe]]:
    """The column map with one column's name for each class, and how those are made that no file has.

    Raises UserError for recipes of other forms, and for inputs of which the target's classes are made.
    """
    found, recipes = dict(columns), []
    for role in ("class", "target"):
        given = columns.get(role)
        of_kind = role == "target" and kind is not None and kind.is_class
        if isinstance(given, Mapping):
            recipes.append(_recipe(role, given))
        elif given is not None and of_kind:
            recipes.append(ClassRecipe(role, (str(given),), {}))
        else:
            continue
        found[role] = recipes[-1].made
    for recipe in recipes:
        if recipe.role == "target":
            if kind is not None and not kind.is_class:
                raise UserError(
                    f"{recipe.option} makes classes, and {option('dataset.target_kind')} says that the "
                    f"target is a number ({kind.name}); leave one of them out"
                )
            _check_no_input(recipe, columns)
    return found, recipes


def _check_no_input(recipe: ClassRecipe, columns: Mapping[str, object]) -> None:
    """Refuse inputs of which the target is made."""
    for role, given in columns.items():
        named = given.values() if isinstance(given, Mapping) else [given]
        both = [str(one) for one in named if isinstance(one, str) and one in recipe.columns]
        if both and role not in ("class", "target", "id", "split", "group"):
            raise UserError(
                f"{option(f'dataset.columns.{role}')} names {', '.join(both)}, of which the target's "
                "classes are made; an input that is the target tells everything: leave it out"
            )


def _recipe(role: str, given: Mapping[Any, Any]) -> ClassRecipe:
    here, forms = option(f"dataset.columns.{role}"), by_door(*FORMS)
    unknown = [str(key) for key in given if key not in ("column", "names", "cuts", "one_hot")]
    if unknown or (given.get("column") is None) == (given.get("one_hot") is None):
        raise UserError(f"{here}={dict(given)}: give a column, or one of {forms}")
    names = given.get("names")
    if given.get("one_hot") is not None:
        return _one_hot(role, given["one_hot"], names)
    column = (str(given["column"]),)
    if given.get("cuts") is None:
        if names is not None and not isinstance(names, Mapping):
            raise UserError(f"{here}: names={names} must map the column's values to classes, as in {forms}")
        to = {str(value): None if name is None else str(name) for value, name in (names or {}).items()}
        return ClassRecipe(role, column, to)
    cuts = given["cuts"]
    if not are_numbers(cuts) or not len(cuts) or not (np.isfinite(cuts).all() and (np.diff(cuts) > 0).all()):
        raise UserError(f"{here}: cuts={cuts} must be rising numbers, such as [-11]")
    listed = list(names) if isinstance(names, Sequence) and not isinstance(names, str) else []
    if not len(listed) == len(set(listed)) == len(cuts) + 1:
        raise UserError(
            f"{here}: {len(cuts)} cuts part a column into {len(cuts) + 1} classes, which need as many "
            f"different names, the lowest first, such as names: [passive, star_forming]; given are {names}"
        )
    return ClassRecipe(role, column, {}, tuple(map(str, listed)), tuple(map(float, cuts)))


def _one_hot(role: str, of: object, names: object) -> ClassRecipe:
    here = option(f"dataset.columns.{role}")
    if isinstance(of, Sequence) and not isinstance(of, str):
        of = {str(column): str(column) for column in of}
    if not isinstance(of, Mapping) or len(of) < 2 or len(set(of.values())) < len(of) or names is not None:
        raise UserError(
            f"{here}: one_hot={of} must list two columns or more, or map the names of classes to their "
            "columns; there are no names beside it"
        )
    return ClassRecipe(role, tuple(map(str, of.values())), {}, tuple(map(str, of)))


def sources(wanted: Sequence[str], recipes: Sequence[ClassRecipe]) -> list[str]:
    """The columns of the file that are needed for those ``wanted``, once."""
    made = {recipe.made: recipe.columns for recipe in recipes}
    return list(dict.fromkeys(one for name in wanted for one in made.get(name, (name,))))
