"""From the columns of a table to its galaxies: what each row is good for, what is refused, in which order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.catalogue import Unsplit, usable_rows
from galaxy_causal.dataset.tables.class_recipes import ClassRecipe
from galaxy_causal.dataset.tables.classes import few, shown_classes
from galaxy_causal.dataset.tables.columns import PLAIN
from galaxy_causal.dataset.tables.groups import groups_of
from galaxy_causal.dataset.tables.ingredients import check_ingredients
from galaxy_causal.dataset.tables.photometry import features_of
from galaxy_causal.dataset.tables.plausible import check_columns, check_there
from galaxy_causal.dataset.tables.provenance import provenance_of
from galaxy_causal.dataset.tables.reading import Reading
from galaxy_causal.dataset.tables.remarks import remarks_on
from galaxy_causal.dataset.tables.repeats import check_repeats
from galaxy_causal.dataset.tables.target_error import check_target_error, label_error
from galaxy_causal.dataset.tables.targets import target_label, target_values
from galaxy_causal.dataset.tables.values import identifiers, texts
from galaxy_causal.types import MASS_LABEL, Catalogue, Feature, Labels, TargetKind, UserError, option

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Asked:
    """What is said of a table beside its columns; see the options of ``table``.

    ``kind`` is that of the target, ``labelled`` whether there is one, and ``ordered`` whether galaxies come
    in the order of their ids. ``recipes`` make columns of classes.
    """

    name: str
    kind: TargetKind | None
    recipes: Sequence[ClassRecipe]
    softening: float
    nulls: Literal["error", "drop"]
    where: str | None
    target_label: str | None
    labelled: bool
    ordered: bool


@dataclass(frozen=True)
class _Names:
    """What rows (n,) are called: their ids, whether these are their own, classes, groups and splits."""

    ids: NDArray[Any]
    by_id: bool
    classes: Labels | None
    groups: NDArray[np.str_] | None
    splits: NDArray[np.str_] | Labels | None


def galaxies_of(found: Reading, asked: Asked) -> Unsplit:
    """The galaxies of a table, judged and in order, before they are split."""
    named = found.of("class")
    classes = None if named is None else few(found.columns.file, named)
    found.fill()
    provenance = provenance_of(found, asked.softening, asked.kind)
    rows, dropped = usable_rows(found.reasons(asked.nulls, asked.where, classes))
    check_ingredients(found, rows)
    found.let_go()
    if asked.where is not None:
        provenance["where"] = f"{asked.where}, {_kept_rows(dropped, len(rows), asked.where)}"
    if dropped:  # nothing that is left out is judged
        found.hide(rows)
    _judge(found, asked)
    names = _names(found, classes, len(rows))
    if asked.nulls == "error":
        check_there(found, rows)
    take = _taken(found, rows, names, ordered=asked.ordered)
    remarks = remarks_on(found)
    catalogue = replace(
        _catalogue(found, asked, names, take), dropped=dropped, provenance=provenance, remarks=remarks
    )
    splits = None if names.splits is None else names.splits[take]
    groups = None if names.groups is None else names.groups[take]
    return Unsplit(catalogue, names.ids, splits, groups, by_id=names.by_id)


def _judge(found: Reading, asked: Asked) -> None:
    """Refuse columns that cannot be what they are mapped as, and have the target as it is asked for."""
    columns, values, label = found.columns, found.values, found.mapped.label
    target = found.mapped.single["target"]
    given = values[target]
    values[target] = target_values(columns.file, target, given, asked.kind)
    log_mass = asked.labelled and asked.kind is None and asked.target_label in (None, MASS_LABEL)
    check_columns(found, log_mass=log_mass, as_given=given)
    units = {text: columns.column_unit(text) for text in (target, *label.columns)}
    check_target_error(columns.file, label, target, values, units)


def _names(found: Reading, classes: Labels | None, count: int) -> _Names:
    file, listed, grouped, split = found.columns.file, *(found.of(role) for role in ("id", "group", "split"))
    return _Names(
        ids=np.arange(count) if listed is None else identifiers(file, listed),
        by_id=listed is not None,
        classes=classes,
        groups=None if grouped is None else groups_of(file, grouped),
        splits=None if split is None else texts(split),
    )


def _taken(found: Reading, rows: NDArray[np.bool_], names: _Names, *, ordered: bool) -> Rows:
    """Keep those ``rows`` (n,) of the numbers that are good, in order, and say which these are.

    Refuses galaxies that repeat others.
    """
    take = np.flatnonzero(rows)
    found.take(None if rows.all() else take)
    # Not split and group: a galaxy may not stand in two of them either.
    codes = [] if names.classes is None else [names.classes.codes[take]]
    groups = None if names.groups is None else names.groups[take]
    check_repeats(found.columns.file, [*found.compared(), *codes], take, groups, names.by_id)
    if ordered and names.by_id:
        _check_ids(found, names.ids[take], take)
    order = _order(names.ids[take]) if ordered and names.by_id else None
    found.take(order)
    return take if order is None else take[order]


def _check_ids(found: Reading, ids: NDArray[Any], rows: Rows) -> None:
    """Refuse ids (n,) of ``rows`` of the table that stand more than once."""
    unique, counts = np.unique(ids, return_counts=True)
    twice = np.flatnonzero(counts > 1)
    if not len(twice):
        return
    column = found.mapped.single["id"]
    some = [(unique[k], rows[np.flatnonzero(ids == unique[k])[:3]].tolist()) for k in twice[:3]]
    shown = "; ".join(f"{one} in rows {', '.join(map(str, at))}" for one, at in some)
    stands = "id stands" if len(twice) == 1 else "ids stand"
    without = option("dataset.where", _other_than(column, some))
    raise UserError(
        f"{found.columns.file}: {len(twice):,} {stands} more than once in column {column}, such as {shown}; "
        "a galaxy in two splits would spoil the test: remove the duplicates, name another id column, or if "
        f"an id means that there is none leave its rows out by {without}"
    )


def _other_than(column: str, some: Sequence[tuple[Any, list[int]]]) -> str:
    """A filter without the first of some ids."""
    value = some[0][0]
    name = column if PLAIN.fullmatch(column) else f"`{column}`"
    return f"{name} != {value}" if isinstance(value, np.integer) else f'{name} != "{value}"'


def _catalogue(found: Reading, asked: Asked, names: _Names, take: Rows) -> Catalogue:
    """Of the rows that are taken."""
    file, mapped, values = found.columns.file, found.mapped, found.values
    features = features_of(mapped, values, found.photometry, asked.softening)
    if found.vectors:
        features["embedding"] = {n: Feature(found.vectors[text], "") for n, text in mapped.vectors.items()}
    error, draws = label_error(mapped.label, values)
    column = mapped.single["target"]
    target = values[column] if asked.labelled else np.full(len(values[column]), np.nan)
    bands = list(features.get("photometry", {}))
    reference = "r" if "r" in bands else bands[len(bands) // 2] if bands else ""
    return Catalogue(
        name=asked.name,
        id=names.ids[take],
        target=target,
        target_label=target_label(asked.target_label, asked.kind, column, asked.recipes),
        features=features,
        split=Labels.filled("", len(take)),
        galaxy_class=shown_classes(
            file, mapped.single.get("class"), names.classes, found.of_target, values[column], take
        ),
        magnitude=features["photometry"][reference].value if reference else None,
        magnitude_label=f"{reference} [mag]" if reference else "",
        target_error=error,
        target_draws=draws,
        target_kind=asked.kind,
        target_classes=found.of_target,
    )


def _kept_rows(dropped: Mapping[str, int], count: int, where: str) -> str:
    """How many rows a filter leaves."""
    lost = sum(dropped.get(reason, 0) for reason in (f"not {where}", f"null in a column of {where}"))
    return f"which leaves {count - lost:,} of {count:,} rows"


def _order(ids: NDArray[Any]) -> Rows | None:
    """That of the ids, None where they are in it."""
    return np.argsort(ids, kind="stable") if (ids[1:] < ids[:-1]).any() else None
