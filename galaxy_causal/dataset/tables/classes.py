"""Classes as files hold them: names, numbers, one column for each class, or a number with cuts."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.tables.class_recipes import ENDING, FORMS, ClassRecipe
from galaxy_causal.dataset.tables.columns import Columns
from galaxy_causal.dataset.tables.pieces import FileColumn
from galaxy_causal.dataset.tables.spelling import POINT
from galaxy_causal.dataset.tables.strays import refuse_codes
from galaxy_causal.dataset.tables.values import describe_nulls, texts
from galaxy_causal.types import (
    Floats,
    Labels,
    UserError,
    by_door,
    metric_name,
    option,
)

MOST_CLASSES = 20
RESERVED = ("all", "pointwise", "population")
"""Names that results carry beside those of classes."""
UNCLASSIFIED = "unclassified"


def with_classes(
    columns: Columns, recipes: Sequence[ClassRecipe], kept: NDArray[np.bool_] | None
) -> tuple[str, ...]:
    """Add what recipes make to the sources of columns: classes as texts, the target's as their numbers.

    The classes of the target come back in the order of their numbers, if there are any. Rows that are not
    ``kept`` (n,) are of no class; None: all are. Raises UserError, naming column, rows and values, for what
    gives no class.
    """
    file, found = columns.file, columns.sources
    left_out = None if kept is None or not kept.any() else ~kept
    of_target: tuple[str, ...] = ()
    for recipe in recipes:
        named = _made(columns, recipe, left_out)
        named = checked_names(file, recipe.made.removesuffix(ENDING), named)
        missing = named == ""
        if recipe.role == "target":
            of_target = _ordered(file, named, recipe)
            codes = np.array(
                [float(of_target.index(name)) if name in of_target else 0.0 for name in named.names]
            )
            found[recipe.made] = FileColumn(recipe.made, codes[named.codes], missing, "")
        else:
            found[recipe.made] = FileColumn(recipe.made, named, missing, "")
    return of_target


def _ordered(file: Path, named: Labels, recipe: ClassRecipe) -> tuple[str, ...]:
    """The target's classes, as the recipe has them, else by name."""
    there = [name for name in named.used() if name]
    if len(there) < 2:
        raise UserError(
            f"{file}: the target, column {recipe.made.removesuffix(ENDING)}, has "
            f"{'no class' if not there else f'one class alone, {there[0]}'}, so that nothing can tell of "
            "it; use another target, or more galaxies"
        )
    given = [*recipe.order, *(name for name in recipe.names.values() if name)]
    return tuple(sorted(there, key=lambda name: (given.index(name) if name in given else 0, name)))


def _made(columns: Columns, recipe: ClassRecipe, left_out: NDArray[np.bool_] | None) -> Labels:
    file, text = columns.file, recipe.columns[0]

    def number(text: str) -> Floats:
        value = columns.numbers(text)
        if left_out is not None:
            value[left_out] = np.nan
        return value

    if recipe.cuts:
        value = number(text)
        refuse_codes(file, text, value, f", of which {recipe.option} makes classes,")
        return _parted(file, value, recipe)
    if len(recipe.columns) > 1:
        return _hot(file, np.stack([number(one) for one in recipe.columns], axis=1), recipe)
    column = columns.column(text)
    if left_out is not None:
        column = replace(column, missing=column.missing | left_out)
    if column.array.dtype.kind in "iufb":  # so that -9999 means missing here too
        value = number(text)
        there = np.isfinite(value)
        distinct, place = np.unique(value[there], return_inverse=True)
        spelled = [f"{one:.12g}" for one in distinct.tolist()]
        if len(spelled) > MOST_CLASSES:
            raise too_many(file, column.name, spelled)
        if not recipe.names and (distinct % 1 != 0).any():
            raise UserError(
                f"{file}: the class column {column.name} holds {', '.join(spelled[:5])}, and numbers with a "
                f"fraction are no names of classes; give it as {recipe.option}={by_door(*FORMS)}"
            )
        codes = np.full(len(value), len(spelled), dtype=np.int8)
        codes[there] = place
        column = replace(
            column, value=Labels((*spelled, ""), codes, max(map(len, spelled), default=1)), missing=~there
        )
    found = _without(few(file, column), columns.nulls.get(column.name, ()))
    return found if not recipe.names else _renamed(file, found, recipe)


def _without(found: Labels, nulls: Sequence[float]) -> Labels:
    """Classes without texts that are numbers which mean missing."""
    none = {name for name in found.names if POINT.fullmatch(name) and float(name) in nulls}
    return found.renamed(lambda name: "" if name in none else name, found.width) if none else found


def _parted(file: Path, value: Floats, recipe: ClassRecipe) -> Labels:
    """Between which cuts values lie; one that is a cut belongs above it."""
    there = np.isfinite(value)
    place = np.where(there, np.searchsorted(recipe.cuts, value, side="right"), len(recipe.order))
    count = np.bincount(place, minlength=len(recipe.order))[: len(recipe.order)]
    if not count.all() and there.any():
        empty = [name for name, times in zip(recipe.order, count, strict=True) if not times]
        raise UserError(
            f"{file}: {recipe.option}: no galaxy is {', '.join(empty)}: column {recipe.columns[0]} ranges "
            "from "
            f"{value[there].min():.6g} to {value[there].max():.6g}, and the cuts are {list(recipe.cuts)}; "
            "move them"
        )
    return Labels((*recipe.order, ""), place.astype(np.int8), max(map(len, recipe.order)))


def _hot(file: Path, value: Floats, recipe: ClassRecipe) -> Labels:
    """Which of several columns holds the one."""
    there = np.isfinite(value).all(axis=1)
    odd = np.asarray(there & ~np.isin(value, (0.0, 1.0)).all(axis=1))
    if odd.any():
        row = int(np.flatnonzero(odd)[0])
        raise UserError(
            f"{file}: {recipe.option}: {describe_nulls(', '.join(recipe.columns), odd)} hold other values "
            "than 0 "
            f"and 1, such as {', '.join(f'{one:g}' for one in value[row])}; of votes or probabilities cut "
            "one column, as in {column: COLUMN, cuts: [0.5], names: [NAME, NAME]}"
        )
    wrong = there & (value.sum(axis=1) != 1)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise UserError(
            f"{file}: {recipe.option}: {describe_nulls(', '.join(recipe.columns), wrong)} hold "
            f"{value[row].sum():g} ones in place of one; a galaxy is of one class: correct these rows"
        )
    place = np.where(there, np.nan_to_num(value).argmax(axis=1), len(recipe.order))
    return Labels((*recipe.order, ""), place.astype(np.int8), max(map(len, recipe.order)))


def _renamed(file: Path, found: Labels, recipe: ClassRecipe) -> Labels:
    to = {_plain(value): name or "" for value, name in recipe.names.items()}
    unknown = [name for name in found.used() if name and _plain(name) not in to]
    if unknown:
        raise UserError(
            f"{file}: {recipe.option}: column {recipe.columns[0]} holds "
            f"{', '.join(map(repr, unknown[:5]))}, which "
            f"names do not map; name each, or map it to {option('x', None).partition('=')[2]} for no class"
        )
    return found.renamed(lambda name: to.get(_plain(name), ""), max(map(len, to.values()), default=1))


def _plain(value: str) -> str:
    """A whole number as it is written without a point, any other text as it is."""
    return re.sub(r"^(-?\d+)\.0+$", r"\1", value.strip())


def few(file: Path, column: FileColumn) -> Labels:
    """The names of classes."""
    found = texts(column)
    if isinstance(found, Labels):
        return found
    raise too_many(file, column.name, np.unique(found).tolist())


def too_many(file: Path, column: str, names: Sequence[str]) -> UserError:
    """The error of a column that holds no classes."""
    return UserError(
        f"{file}: the class column {column} holds {len(names)} different values, such as "
        f"{', '.join(names[:5])}; at most {MOST_CLASSES} are possible: name a column of classes, or none, "
        "or part a number by cuts"
    )


def _named_form() -> str:
    """How classes get other names."""
    name, forms = option("dataset.columns.class"), [form.partition(", {")[0] for form in FORMS]
    return by_door(shlex.quote(f"{name}={forms[0]}"), f"{name}={forms[1]}")


def checked_names(file: Path, column: str, classes: Labels) -> Labels:
    """Classes of which there are not too many, and whose names results can carry."""
    names = [name for name in classes.used() if name]
    if len(names) > MOST_CLASSES:
        raise too_many(file, column, names)
    odd = [c for c in names if c in RESERVED or not c.isprintable() or not c.strip(" .")]
    if odd:
        raise UserError(
            f"{file}: the class column {column} holds {', '.join(map(repr, odd))}; a class is named by "
            f"letters on one line, and not {', '.join(RESERVED)}: give it another name by {_named_form()}"
        )
    keys: dict[str, str] = {}
    for name in names:
        other = keys.setdefault(metric_name(name), name)
        if other != name:
            raise UserError(
                f"{file}: the class column {column} holds {other!r} and {name!r}, which names of metrics "
                f"cannot tell apart ({metric_name(name)}); give one of them another name by "
                f"{_named_form()}"
            )
    return classes


def shown_classes(
    file: Path,
    column: str | None,
    classes: Labels | None,
    of_target: tuple[str, ...],
    target: Floats,
    rows: NDArray[np.int64],
) -> Labels | None:
    """Classes by which results are shown; galaxies without one are one of their own.

    Those of the ``rows`` of a column; without a column those of the target (n,), if it is a class.
    """
    if classes is None or column is None:
        width = max(map(len, of_target), default=0)
        return Labels(of_target, target.astype(np.int8), width) if of_target else None
    checked = checked_names(file, column, classes[rows])
    return checked.renamed(lambda name: name or UNCLASSIFIED, len(UNCLASSIFIED))


def in_words(names: Sequence[str], codes: NDArray[Any]) -> str:
    """``passive 120, star_forming 180``: how many galaxies (n,) are of which class."""
    count = np.bincount(codes.astype(np.int64), minlength=len(names))
    return ", ".join(f"{name} {times:,}" for name, times in zip(names, count.tolist(), strict=True))
