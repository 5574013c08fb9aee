"""A table of the user's own."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.catalogue import Unsplit, usable_rows
from galaxy_causal.dataset.magnitudes import asinh_magnitude, asinh_magnitude_error
from galaxy_causal.dataset.tables.files import digest_of, memory_columns, read_columns
from galaxy_causal.dataset.tables.pieces import FileColumn
from galaxy_causal.dataset.tables.plausible import check_columns, check_there, complete
from galaxy_causal.dataset.tables.repeats import check_repeats
from galaxy_causal.dataset.tables.roles import ColumnMap, column_map
from galaxy_causal.dataset.tables.target_error import check_target_error, label_error
from galaxy_causal.dataset.tables.values import (
    NANOMAGGY,
    describe_nulls,
    identifiers,
    numbers,
    photometric_unit,
    texts,
)
from galaxy_causal.types import (
    Catalogue,
    Feature,
    Floats,
    Labels,
    Positive,
    UserError,
    check_option,
    checked,
    option,
)

LABEL = r"$\log_{10} M_\star/M_\odot$"
MOST_CLASSES = 20
PhotometryUnit = Literal["magnitude", "nanomaggy"] | None
NullValues = Sequence[float] | Mapping[str, Sequence[float]]
Nulls = Literal["error", "drop"]
NUMBERS = ("target", "redshift", "ebv")
"""Roles of single columns that are numbers and nothing else."""
UNKNOWN = "(no target)"
"""Name of the column of a target that a table has not."""
UNCLASSIFIED = "unclassified"
RESERVED = ("all", "pointwise", "population")
"""Names that results carry beside those of classes."""


def table(
    path: str | None,
    columns: Mapping[str, object],
    split: Mapping[str, object],
    *,
    hdu: int | str | None = None,
    photometry_unit: PhotometryUnit = None,
    softening: Positive = 0.1,
    null_values: NullValues = (),
    nulls: Nulls = "error",
    target_label: str | None = None,
    name: str | None = None,
) -> Catalogue:
    """Read galaxies from a table in a file, of any kind of ``read_columns``.

    Parameters
    ----------
    path
        Of the file, whose suffix gives its kind, or of a folder of Parquet files.
    columns
        Names of the file's columns, None for none: ``id`` (default the row number from 0), ``target``,
        ``redshift``, ``ebv`` [mag], ``class``, ``split`` and ``group``, each one name; ``photometry``,
        ``photometry_error``, ``morphology``, ``other``, each {name: column}. ``target_error`` is one column
        of standard errors of the target, or {low: 16th percentile, high: 84th}; ``target_draws`` in its place
        are columns of draws of the target.
    split
        As in ``assign_splits``; drawn by id where there are ids. Galaxies then come in the order of their
        ids, so that a table is one catalogue in whatever order its rows stand.
    hdu
        The number or name of a table of a FITS, HDF5 or VOTable file; None: the one with all columns.
    photometry_unit
        ``magnitude`` or ``nanomaggy``, errors in the same; None for what the file says.
    softening
        Fluxes f become asinh magnitudes of zero point 22.5 and this softening b [nanomaggy], so that negative
        ones stay defined; for f >> b they are 22.5 - 2.5 log10 f.
    null_values
        More values that mean missing: of every column, or {column: values}.
    nulls
        ``error`` refuses a missing target, error of it, redshift, E(B-V), magnitude or flux; a missing error
        of photometry, ``morphology`` or ``other`` becomes NaN, and is refused only as an input. ``drop``
        leaves galaxies out that lack any mapped value, and counts them.
    target_label
        The target's name in figures, by default its column. Unless it is named, large values are taken for
        masses whose logarithm was forgotten.
    name
        Of the catalogue; by default the file's.

    Returns
    -------
    Catalogue
        Its magnitude is that of r, else of the middle band.

    Raises
    ------
    UserError
        For files, columns, units and values that cannot be used and for rows that repeat others (see
        ``check_columns`` and ``check_repeats``).

    Notes
    -----
    Missing are NaN, infinities, empty cells, ``null_values`` and -9999, 9999, 99999 and the like (see
    ``is_missing``), but for fluxes only x <= -9000. Ids have no null value.
    """
    rows = unsplit(
        path, columns, hdu=hdu, photometry_unit=photometry_unit, softening=softening, null_values=null_values,
        nulls=nulls, target_label=target_label, name=name, ordered=True,
    )  # fmt: skip
    return rows.finish(split)


@checked("dataset")
def unsplit(
    source: object,
    columns: Mapping[str, object],
    *,
    hdu: int | str | None = None,
    photometry_unit: PhotometryUnit = None,
    softening: Positive = 0.1,
    null_values: NullValues = (),
    nulls: Nulls = "error",
    target_label: str | None = None,
    name: str | None = None,
    labelled: bool = True,
    ordered: bool = False,
) -> Unsplit:
    """The galaxies of ``table`` before they are split, so that something can still be joined to them.

    With ``ordered`` they come in the order of their ids, where these are their own, as of `Unsplit.ordered`.
    ``source`` is the path of a file, or a table in memory, as in ``memory_columns``. Where there is no
    ``target`` among the columns and they are not ``labelled``, that of every galaxy is NaN.
    """
    if source is None:
        such = option("dataset.path", "my.fits")
        raise UserError(f"{option('dataset.path')} is not set; give the path of a table, such as {such}")
    without = not labelled and columns.get("target") is None
    mapped = column_map(dict(columns) | {"target": UNKNOWN} if without else columns)
    wanted = [column for column in mapped.wanted() if column != UNKNOWN]
    if not wanted:
        raise UserError(f"{option('dataset.columns')} names no column; name those that are to be read")
    _check_null_values(null_values, mapped.numbers())
    from_file = isinstance(source, str | Path)
    file = (
        Path(source).expanduser() if isinstance(source, str | Path) else Path(f"table {name or ''}".strip())
    )
    raw = read_columns(file, wanted, hdu) if from_file else memory_columns(source, wanted, file.name)
    if without:
        raw = raw | {UNKNOWN: _stand_in(next(iter(raw.values())))}
    units = {
        b: photometric_unit(file, raw[c], photometry_unit)
        for b, c in mapped.features.get("photometry", {}).items()
    }
    target = mapped.single["target"]
    provenance = _provenance(file, None if from_file else raw, mapped, units, softening)
    classes = _few(file, raw[mapped.single["class"]]) if "class" in mapped.single else None
    values = _values(file, raw, mapped, units, null_values)
    others = {column for role, column in mapped.single.items() if role not in NUMBERS}
    if from_file:  # in memory once is enough
        raw |= {column: raw[column].emptied() for column in values if column not in others}
    everywhere = {"": np.ones(len(values[target]), dtype=bool)}
    rows, dropped = complete(values, mapped, classes) if nulls == "drop" else usable_rows(everywhere)
    if dropped:  # nothing that is left out is judged
        for value in values.values():
            value[~rows] = np.nan
    log_mass = target_label in (None, LABEL) and not without
    check_columns(file, mapped, units, values, log_mass=log_mass)
    check_target_error(file, mapped.label, target, values, raw)
    ids = identifiers(file, raw[mapped.single["id"]]) if "id" in mapped.single else np.arange(len(rows))
    if nulls == "error":
        check_there(file, values, mapped)
    groups = _groups(file, raw[mapped.single["group"]]) if "group" in mapped.single else None
    given = texts(raw[mapped.single["split"]]) if "split" in mapped.single else None
    by_id, take = "id" in mapped.single, np.flatnonzero(rows)
    _take(values, None if rows.all() else take)
    # Not split and group: a galaxy may not stand in two of them either.
    named = [] if classes is None else [classes.codes[take]]
    some = None if groups is None else groups[take]
    check_repeats(file, [*(values[c] for c in mapped.numbers()), *named], take, some, by_id)
    order = _order(ids[take]) if ordered and by_id else None
    _take(values, order)
    take = take if order is None else take[order]
    features = _features(mapped, values, units, softening)
    target_error, target_draws = label_error(mapped.label, values)
    bands = list(features.get("photometry", {}))
    reference = "r" if "r" in bands else bands[len(bands) // 2] if bands else ""
    catalogue = Catalogue(
        name=name or file.name.split(".")[0],
        id=ids[take],
        target=np.full(len(values[target]), np.nan) if without else values[target],
        target_label=target_label or target,
        features=features,
        split=Labels.filled("", len(values[target])),
        galaxy_class=None if classes is None else _classes(file, mapped.single["class"], classes[take]),
        magnitude=features["photometry"][reference].value if reference else None,
        magnitude_label=f"{reference} [mag]" if reference else "",
        dropped=dropped,
        provenance=provenance,
        target_error=target_error,
        target_draws=target_draws,
    )
    some = None if groups is None else groups[take]
    return Unsplit(catalogue, ids, None if given is None else given[take], some, by_id=by_id)


def _order(ids: NDArray[Any]) -> NDArray[np.int64] | None:
    """That of the ids, None where they are in it."""
    return np.argsort(ids, kind="stable") if (ids[1:] < ids[:-1]).any() else None


def _take(values: dict[str, Floats], rows: NDArray[np.int64] | None) -> None:
    """Leave every column with these rows, in this order; one after the other, so that none is there twice."""
    for column in values if rows is not None else ():
        values[column] = values[column][rows]


def _stand_in(column: FileColumn) -> FileColumn:
    """In place of a target that is not known: a number for each row, for checks of rows to pass."""
    count = len(column.value)
    return FileColumn(UNKNOWN, np.arange(count, dtype=np.float64), np.zeros(count, dtype=np.bool_), "")


def _check_null_values(null_values: NullValues, columns: Sequence[str]) -> None:
    """Refuse values that are none, and values of columns that are not mapped."""
    own = null_values if isinstance(null_values, Mapping) else {"": null_values}
    unknown = [column for column in own if column and column not in columns]
    if unknown:
        raise UserError(
            f"{option('dataset.null_values')} names {', '.join(map(str, unknown))}, which is "
            f"none of the columns that are read as numbers, {', '.join(columns)}"
        )
    for column, values in own.items():
        where = option("dataset.null_values") + (f".{column}" if column else "")
        check_option(where, values, Sequence[float])


def _values(
    file: Path,
    raw: Mapping[str, FileColumn],
    mapped: ColumnMap,
    units: Mapping[str, str],
    null_values: NullValues,
) -> dict[str, Floats]:
    """All columns of numbers in the file's units, NaN where missing; those in single precision stay so."""
    photometry = mapped.features.get("photometry", {})
    unit_of = {column: units[band] for band, column in photometry.items()}
    for band, column in mapped.errors.items():
        photometric_unit(file, raw[column], units[band])
        unit_of[column] = units[band]
    own = null_values if isinstance(null_values, Mapping) else dict.fromkeys(mapped.numbers(), null_values)
    label = {mapped.single["target"], *mapped.label.columns}
    return {
        c: numbers(file, raw[c], own.get(c, ()), unit_of.get(c) == NANOMAGGY, single=c not in label)
        for c in mapped.numbers()
    }


def _features(
    mapped: ColumnMap, values: Mapping[str, Floats], units: Mapping[str, str], softening: float
) -> dict[str, dict[str, Feature]]:
    features: dict[str, dict[str, Feature]] = {}
    for modality, named in mapped.features.items():
        unit = "mag" if modality == "ebv" else ""
        features[modality] = {name: Feature(values[column], unit) for name, column in named.items()}
    for band, column in mapped.features.get("photometry", {}).items():
        value, error = values[column], values[mapped.errors[band]] if band in mapped.errors else None
        soft = softening if units[band] == NANOMAGGY else None
        if soft is not None:
            value = value.astype(np.float64)
            if error is not None:
                error = asinh_magnitude_error(value, error.astype(np.float64), softening)
            value = asinh_magnitude(value, softening)
        features["photometry"][band] = Feature(value, "mag", error, soft)
    return features


def _few(file: Path, column: FileColumn) -> Labels:
    """The names of classes."""
    found = texts(column)
    if isinstance(found, Labels):
        return found
    raise _too_many(file, column.name, np.unique(found).tolist())


def _too_many(file: Path, column: str, names: Sequence[str]) -> UserError:
    return UserError(
        f"{file}: the class column {column} holds {len(names)} different values, such as "
        f"{', '.join(names[:5])}; at most {MOST_CLASSES} are possible: name a column of classes, or none"
    )


def _classes(file: Path, column: str, classes: Labels) -> Labels:
    names = classes.used()
    if len(names) > MOST_CLASSES:
        raise _too_many(file, column, names)
    odd = [c for c in names if c in RESERVED or not re.fullmatch(r"[\w .-]*", c)]
    if odd:
        raise UserError(
            f"{file}: the class column {column} holds {', '.join(map(repr, odd))}; a class is named by "
            f"letters, digits, spaces, _ - and ., and not {', '.join(RESERVED)}: rename it"
        )
    return classes.renamed(lambda name: name or UNCLASSIFIED, len(UNCLASSIFIED))


def _groups(file: Path, column: FileColumn) -> NDArray[np.str_]:
    groups = np.asarray(texts(column))
    empty = np.flatnonzero(groups == "")
    if len(empty):
        raise UserError(
            f"{file}: the group {describe_nulls(column.name, groups == '')} is empty; fill it, or leave "
            f"{option('dataset.columns.group')} out"
        )
    return groups


def _provenance(
    file: Path,
    raw: Mapping[str, FileColumn] | None,
    mapped: ColumnMap,
    units: Mapping[str, str],
    softening: float,
) -> dict[str, str]:
    """Where the galaxies come from; ``raw`` are the columns of a table that is in no file."""
    if raw is None:
        digest = digest_of(file)
    else:
        sums = (f"{c} {hashlib.sha256(raw[c].array.tobytes()).hexdigest()}" for c in sorted(raw))
        digest = hashlib.sha256("\n".join(sums).encode()).hexdigest()
    made = (
        f"asinh magnitudes of fluxes, softening {softening:g} nanomaggy"
        if NANOMAGGY in units.values()
        else "magnitudes"
    )
    error = {"target_error": f"column {', '.join(mapped.label.columns)}"} if mapped.label.columns else {}
    return {
        "file": file.name,
        "sha256": digest,
        "target": "not known" if mapped.single["target"] == UNKNOWN else f"column {mapped.single['target']}",
        "photometry": made,
        **error,
    }
