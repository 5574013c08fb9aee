"""A table of the user's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from galaxy_causal.dataset.catalogue import Unsplit
from galaxy_causal.dataset.tables.class_recipes import class_recipes
from galaxy_causal.dataset.tables.galaxies import Asked, galaxies_of
from galaxy_causal.dataset.tables.nulls import NullValues
from galaxy_causal.dataset.tables.photometry import Extinction, PhotometryUnit
from galaxy_causal.dataset.tables.reading import UNKNOWN, read
from galaxy_causal.dataset.tables.roles import column_map
from galaxy_causal.dataset.tables.targets import target_kind as target_kind_of
from galaxy_causal.types import MASS_LABEL, Catalogue, Positive, TargetKind, UserError, checked, option

LABEL = MASS_LABEL
TargetOption = str | Mapping[str, object] | TargetKind | None
Nulls = Literal["error", "drop"]


def table(
    path: str | None,
    columns: Mapping[str, object],
    split: Mapping[str, object],
    *,
    hdu: int | str | None = None,
    photometry_unit: PhotometryUnit = None,
    softening: Positive = 0.1,
    extinction: Extinction = None,
    null_values: NullValues = None,
    nulls: Nulls = "error",
    where: str | None = None,
    target_label: str | None = None,
    target_kind: TargetOption = None,
    name: str | None = None,
) -> Catalogue:
    """Read galaxies from a FITS, CSV, ECSV, Parquet, VOTable or npz file.

    Parameters
    ----------
    path
        Of the file, whose suffix gives its kind.
    columns
        Names of the file's columns, None for none: ``id`` (default the row number from 0), ``target``,
        ``redshift``, ``ebv`` [mag], ``class``, ``split`` and ``group``, each one name; ``photometry``,
        ``photometry_error``, ``morphology``, ``other``, each {name: column}. ``photometry_ivar`` are inverse
        variances in place of errors, 0 where there is none; ``photometry_transmission`` shares of light that
        dust of our Galaxy lets through, by which fluxes are divided; ``photometry_limit`` of a band is 1
        where its value is an upper limit, and ``target_limit`` where the target is. ``class`` and ``target``
        may also be made of columns (`ClassRecipe`). ``embedding`` are columns of vectors
        (n, d), or .npy files of them, row by row as the table. ``target_error`` is one column of standard
        errors of the target, or {low: 16th percentile, high: 84th}; ``target_draws`` in its place are columns
        of draws of the target. Where a column has no such name, it may be an element (``NMGY[3]``) or an
        expression of columns (``log10(MASS)``; see ``expressions.parse``).
    split
        As in ``assign_splits``; drawn by id where there are ids. Galaxies then come in the order of their
        ids, so that a table is one catalogue in whatever order its rows stand.
    hdu
        The number or name of a table of a FITS, HDF5 or VOTable file; None: the one with all columns.
    photometry_unit
        ``magnitude``, ``nanomaggy`` or another unit of these that astropy reads (``uJy``, ``0.01 mag``),
        errors in the same; None for what the file says.
    softening
        Fluxes f become asinh magnitudes of zero point 22.5 and this softening b [nanomaggy], so that negative
        ones stay defined; for f >> b they are 22.5 - 2.5 log10 f.
    extinction
        A_band / E(B-V) of bands whose light is corrected by ``ebv``.
    null_values
        More values that mean missing: of every column, or {column or role: values}; roles are ``redshift``,
        ``photometry``, ``other/NAME`` and so on. As the file has them, before any unit or expression.
    nulls
        ``error`` refuses a missing target, error of it, redshift, E(B-V), magnitude or flux; a missing error
        of photometry, ``morphology`` or ``other`` becomes NaN, and is refused only as an input. ``drop``
        leaves galaxies out that lack any mapped value, and counts them.
    where
        A comparison of columns, such as ``Z_WARN == 0``: other rows are left out, and counted.
    target_label
        The target's name in figures, by default that of its kind or its column. Unless it is named, large
        values are taken for masses whose logarithm was forgotten.
    target_kind
        What quantity the target is: a name in ``TARGETS``, or a mapping of the options of `TargetKind`.
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
    ``is_missing``), but for fluxes only x <= -9000, in units as small as nJy -9999 and the like. Ids have no
    null value.
    """
    rows = unsplit(
        path, columns, hdu=hdu, photometry_unit=photometry_unit, softening=softening, extinction=extinction,
        null_values=null_values, nulls=nulls, where=where, target_label=target_label,
        target_kind=target_kind, name=name, ordered=True,
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
    extinction: Extinction = None,
    null_values: NullValues = None,
    nulls: Nulls = "error",
    where: str | None = None,
    target_label: str | None = None,
    target_kind: TargetOption = None,
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
    labelled = labelled or columns.get("target") is not None
    kind = target_kind_of(target_kind, columns) if labelled else None
    columns, recipes = class_recipes(columns, kind)
    mapped = column_map(columns if labelled else dict(columns) | {"target": UNKNOWN})
    found = read(
        source, mapped, name, hdu=hdu, where=where, null_values=null_values,
        photometry_unit=photometry_unit, extinction=extinction, recipes=recipes,
    )  # fmt: skip
    asked = Asked(
        name or found.columns.file.name.split(".")[0], kind, recipes, softening, nulls, where, target_label,
        labelled=labelled, ordered=ordered,
    )  # fmt: skip
    return galaxies_of(found, asked)
