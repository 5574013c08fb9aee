"""Catalogues from files, tables and arrays, as they are asked for in Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from inspect import signature
from pathlib import Path
from typing import Any

from galaxy_causal.dataset.hats.catalogue import rows_in_region
from galaxy_causal.dataset.images.cutouts import imaged
from galaxy_causal.dataset.sdss_mgs import sdss_mgs
from galaxy_causal.dataset.tables.table import unsplit
from galaxy_causal.types import Catalogue, Labels, UserError, in_python

SPLIT: Mapping[str, object] = {"train": 0.7, "validation": 0.15, "test": 0.15, "seed": 0}
"""Shares of the galaxies, as on the command line."""
OF_TABLE = (
    *("hdu", "photometry_unit", "softening", "extinction"),
    *("null_values", "nulls", "where", "target_label", "target_kind", "name"),
)
OF_IMAGES = ("fill", "max_flagged", "unmatched", "cache")
ROLES = {"galaxy_class": "class", "split_column": "split"}


Target = str | Mapping[str, object] | None


def read_table(path: str | Path, target: Target = None, **columns: Any) -> Catalogue:  # noqa: ANN401
    """Read galaxies from a table in a file.

    Parameters
    ----------
    path
        A FITS, CSV, ECSV, Parquet, HDF5, VOTable or npz file, another text, or a folder of Parquet files.
    target
        The column of what is to be known, for example a log10 mass, or how classes follow from columns, for
        example ``{"column": "sSFR", "cuts": [-11], "names": ["passive", "star_forming"]}``; None for galaxies
        of which it is not known, which a stored fit is to be asked about.
    **columns
        ``id``, ``redshift``, ``ebv`` [mag], ``galaxy_class``, ``split_column``, ``group``: one column each;
        ``photometry``, ``photometry_error``, ``photometry_ivar``, ``photometry_transmission``,
        ``photometry_limit``, ``morphology``, ``other``, ``embedding`` (vectors): mappings of a name to a
        column; ``target_error``, ``target_draws``, ``target_limit``; the options ``hdu``,
        ``photometry_unit`` (``magnitude``, ``nanomaggy``, ``uJy`` or the like), ``softening`` [nanomaggy],
        ``extinction``, ``null_values``, ``nulls``, ``where``, ``target_label``, ``target_kind`` (``"sfr"``,
        ``"redshift"``, ``"class"``, ... or a mapping), ``name`` and ``split``, as under ``dataset=table`` on
        the command line. A column may be an expression of others, ``log10(MASS)``, or an element,
        ``NMGY[3]``; classes may also be made of columns, as a target may. And ``images``, with ``fill``,
        ``max_flagged``, ``unmatched`` and ``cache``, as under ``dataset=cutouts``.

    Returns
    -------
    Catalogue
        The galaxies, checked and split.

    Raises
    ------
    UserError
        For files, columns, units and values that cannot be used.
    """
    if not isinstance(path, str | Path):
        raise UserError(
            f"read_table takes the path of a file, not a {type(path).__name__}; of a table in memory use "
            "gc.from_table"
        )
    return _catalogue(str(path), target, columns)


def from_table(
    table: object,
    target: Target = None,
    *,
    name: str = "table",
    **columns: Any,  # noqa: ANN401
) -> Catalogue:
    """Galaxies of a table in memory.

    Parameters
    ----------
    table
        Of astropy or pandas, or a mapping of names to arrays (n,). Masked values are missing.
    target, name, **columns
        As in `read_table`. ``images`` may also hold an ``array`` (n, bands, height, width), for example a
        memory map, beside ``bands``, ``pixel_scale`` [arcsec] and ``unit``.

    Returns
    -------
    Catalogue
        The galaxies, checked and split: the same as of a file with these columns.

    Raises
    ------
    UserError
        For columns, units and values that cannot be used.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> mass = rng.normal(10, 0.5, 100)
    >>> columns = {"mass": mass, "z": rng.uniform(0, 0.2, 100), "r": 28 - mass + rng.normal(0, 0.1, 100)}
    >>> galaxies = from_table(
    ...     columns, "mass", redshift="z", photometry={"r": "r"}, photometry_unit="magnitude"
    ... )
    >>> len(galaxies), list(galaxies.features)
    (100, ['photometry', 'redshift'])
    """
    if columns.get("hdu") is not None:
        raise UserError(f"hdu={columns['hdu']!r}: a table in memory is one; leave it out")
    return _catalogue(table, target, {"name": name, **columns})


def read_hats(
    path: str | Path,
    target: Target = None,
    *,
    cone: Mapping[str, float] | None = None,
    pixels: Sequence[object] | None = None,
    storage_options: Mapping[str, object] | None = None,
    **columns: Any,  # noqa: ANN401
) -> Catalogue:
    """Galaxies of a catalogue in the layout of HATS, in a part of the sky.

    Parameters
    ----------
    path
        The folder of the catalogue or of a collection, or an address such as ``s3://`` or ``https://``.
    target, **columns
        As in `read_table`.
    cone
        {"ra": ..., "dec": ..., "radius": ...} [deg]: the rows at most the radius from the centre.
    pixels
        Of HEALPix, nested, each ``"order/pixel"`` or a pair of these; of neither the whole catalogue.
    storage_options
        What the file system of fsspec takes, such as {"anon": True} of S3.

    Returns
    -------
    Catalogue
        The galaxies, checked and split. Partitions are read one after the other.

    Raises
    ------
    UserError
        For places, regions, columns and values that cannot be used.
    """
    options = {*OF_TABLE, *OF_IMAGES, "images", "split"}
    roles = {ROLES.get(role, role): column for role, column in columns.items() if role not in options}
    with in_python():
        if columns.get("hdu") is not None:
            raise UserError(f"hdu={columns['hdu']!r}: a catalogue of HATS is one table; leave it out")
        mapped = {"target": target, **roles}
        found = rows_in_region(path, mapped, cone, pixels, storage_options, columns.get("where"))
        galaxies = _catalogue(found.rows, target, {"name": found.name, **columns})
        return replace(galaxies, provenance={**galaxies.provenance, **found.provenance})


def read_sdss_mgs(
    path: str | Path,
    *,
    labels: Mapping[str, object] | None = None,
    tables: Mapping[str, object] | None = None,
    **options: Any,  # noqa: ANN401
) -> Catalogue:
    """Galaxies of the SDSS Main Galaxy Sample with the images of Pasquet et al. (2019), as published.

    Parameters
    ----------
    path
        ``sdss.npz``, or a folder with its arrays ``cube.npy`` and ``labels.npy``.
    labels
        Names of columns of the labels, where they differ from those of the published file, such as
        {"ebv": "E_BV"}; None for none.
    tables
        What is joined, by a name of each: a path, or {"path": ..., ...} with a path or a table in memory and
        names that differ from the usual ones: ``masses`` (``galSpecExtra``), ``wise``, ``morphology``, or
        others.
    **options
        ``split``, ``radius`` [arcsec], ``cuts``, ``class_cuts``, ``bands``, ``pixel_scale`` [arcsec],
        ``unit``, ``null_pixels``, ``fill``, ``max_flagged``, ``cache``, ``null_values``, ``nulls``,
        ``target_label``, ``target_kind`` and ``name``, as under ``dataset=sdss_mgs`` on the command line.

    Returns
    -------
    Catalogue
        The galaxies, checked and split. Pixels are read when they are asked for.

    Raises
    ------
    UserError
        For files, arrays, columns, options and values that cannot be used.
    """
    known = list(signature(sdss_mgs).parameters)
    unknown = [name for name in options if name not in known]
    with in_python():
        if unknown:
            raise UserError(f"there is no option {', '.join(unknown)}; there are {', '.join(known)}")
        return sdss_mgs(str(path), labels, tables, **options)


def _catalogue(source: object, target: Target, given: Mapping[str, Any]) -> Catalogue:
    left = dict(given)
    split, images = left.pop("split", SPLIT), left.pop("images", None)
    of_table = {name: left.pop(name) for name in OF_TABLE if name in left}
    of_images = {name: left.pop(name) for name in OF_IMAGES if name in left and images is not None}
    columns = {"target": target, **{ROLES.get(role, role): column for role, column in left.items()}}
    with in_python():
        if target is None:
            return without_target(source, columns, images, **of_images, **of_table)
        if images is None:
            return unsplit(source, columns, **of_table, ordered=True).finish(split)
        return imaged(source, columns, images, **of_images, **of_table).finish(split)


def without_target(
    source: object,
    columns: Mapping[str, Any],
    images: Any = None,  # noqa: ANN401  (as of the readers)
    **options: Any,  # noqa: ANN401
) -> Catalogue:
    """Read galaxies of which the target is not known, which a stored fit is to be asked about.

    Parameters
    ----------
    source
        A path, or a table in memory.
    columns
        As of ``table``, without a target.
    images
        As of ``cutouts``; None: there are none.
    **options
        As of ``table``, and with images as of ``cutouts``.

    Returns
    -------
    Catalogue
        All galaxies are test galaxies.

    Raises
    ------
    UserError
        For files, columns, units and values that cannot be used.
    """
    if images is None:
        found = unsplit(source, columns, **options, labelled=False, ordered=True)
    else:
        found = imaged(source, columns, images, **options, labelled=False)
    return replace(found.catalogue, split=Labels.filled("test", len(found.catalogue), 4))
