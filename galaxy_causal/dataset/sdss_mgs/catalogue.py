"""The paper's own sample: the cube that the field has used since 2019, with masses and WISE magnitudes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from galaxy_causal.dataset.catalogue import Unsplit, usable_rows
from galaxy_causal.dataset.images.join import Fill, Joining, Share, join, null_values_of_pixels
from galaxy_causal.dataset.images.scan import cache_folder, scan_all
from galaxy_causal.dataset.sdss_mgs.defaults import SPLIT, labels_of, tables_of
from galaxy_causal.dataset.sdss_mgs.file import MgsFile
from galaxy_causal.dataset.sdss_mgs.labels import Labels
from galaxy_causal.dataset.sdss_mgs.matching import reasons
from galaxy_causal.dataset.sdss_mgs.source import joined_nulls, merged_roles, one_table
from galaxy_causal.dataset.sdss_mgs.tables import joined
from galaxy_causal.dataset.tables.nulls import NullValues
from galaxy_causal.dataset.tables.table import LABEL, Nulls, TargetOption, unsplit
from galaxy_causal.types import Catalogue, Positive, UserError, checked, option

CUTS = (-11.8, -10.8)
ROW = "row in the file"
"""The column of ids that is made here."""


@checked("dataset")
def sdss_mgs(
    path: str | None,
    labels: Mapping[str, object] | None = None,
    tables: Mapping[str, object] | None = None,
    split: Mapping[str, object] = SPLIT,
    *,
    radius: Positive = 1.0,
    cuts: Mapping[str, object] | None = None,
    where: str | None = None,
    class_cuts: Sequence[float] = CUTS,
    bands: str | Sequence[str] | None = "ugriz",
    pixel_scale: Positive = 0.396,
    unit: str = "nanomaggy",
    null_pixels: Sequence[float] | None = (),
    fill: Fill = "error",
    max_flagged: Share | None = None,
    cache: str | None = None,
    null_values: NullValues = (),
    nulls: Nulls = "drop",
    target_label: str | None = None,
    target_kind: TargetOption = None,
    name: str = "sdss_mgs",
) -> Catalogue:
    """Galaxies of the SDSS Main Galaxy Sample with the images of Pasquet et al. (2019), as published.

    Parameters
    ----------
    path
        ``sdss.npz``, or a folder with its arrays ``cube.npy`` and ``labels.npy``. They are read where
        they lie; those of a compressed file are unpacked to ``cache`` once.
    labels
        Names of columns of the labels, where they differ from ``defaults.LABELS``; None for none.
        ``extinction`` [mag] is added to the magnitudes, of which the labels have it taken away.
    tables
        Tables that are joined, by a name of each: a path, or a mapping with ``path`` and what differs from
        ``defaults.TABLES``: ``id``, or ``ra`` and ``dec`` [deg], by which it is matched, and columns of it by
        their roles, ``target``, ``target_error``, ``target_draws``, ``target_limit``, ``class`` or ``ssfr``
        (log10 specific star-formation rate [1/yr]), ``photometry`` and ``photometry_error`` [mag],
        ``photometry_limit``, ``morphology``, ``other``. Columns may be expressions, and classes be made of
        them, as in ``table``; ``where`` keeps the rows that are matched. Those without a path are not
        joined.
    split
        As in ``assign_splits``, by the galaxies' rows in the file, which are their ids.
    radius
        Of matches by position [arcsec].
    cuts
        {column of the labels: [lowest, highest]}, None for no bound: galaxies outside are left out.
    where
        A comparison of columns of the labels: other galaxies are left out.
    class_cuts
        ``passive`` below the first and ``star_forming`` above the second log10 specific star-formation rate
        [1/yr], ``other`` from one to the other, ``unclassified`` where there is none.
    bands
        Of the cube's last axis; None: images are not read.
    pixel_scale
        [arcsec]
    unit
        Of a pixel.
    null_pixels, fill, max_flagged, cache
        As in ``cutouts``.
    null_values, nulls
        As in ``table``, by the names of columns in their own tables, or by roles, also ``ssfr``; by default
        galaxies that lack any mapped value are left out, and counted.
    target_label
        What figures call the target; None: as its kind says, else the stellar mass where a table gives the
        target, else its column.
    target_kind
        What quantity the target is, as in ``table``.
    name
        Of the catalogue.

    Returns
    -------
    Catalogue
        Galaxies without a row of their own in a table are left out and counted: those that have none, several
        (within the radius, or of the same id), or one that another galaxy has too.

    Raises
    ------
    UserError
        For files, arrays, columns, options and values that cannot be used.

    References
    ----------
    Pasquet et al. 2019 (A&A 621, A26); Brinchmann et al. 2004 (MNRAS 351, 1151), of ``galSpecExtra``; Salim
    2014 (Serb. Astron. J. 189, 1), of the green valley between the cuts.
    """
    nothing = null_values_of_pixels("dataset.null_pixels", null_pixels)
    how = Joining(fill, max_flagged, "error", nothing, cache_folder(cache))
    if path is None:
        such = option("dataset.path", "sdss.npz")
        raise UserError(
            f"{option('dataset.path')} is not set; give the file of Pasquet et al. (2019), {such}"
        )
    if len(class_cuts) != 2 or not class_cuts[0] <= class_cuts[1]:
        raise UserError(f"{option('dataset.class_cuts', list(class_cuts))} must be two rising numbers")
    roles, wanted = labels_of(labels), tables_of(tables)
    file = MgsFile(Path(path).expanduser(), how.cache)
    file.verify_labels()
    options: dict[str, Any] = {"null_values": null_values, "nulls": nulls, "name": name}
    galaxies = _matched(
        Labels(file, roles, null_values, cuts, where), wanted, class_cuts, radius,
        options | {"target_label": target_label, "target_kind": target_kind},
    )  # fmt: skip
    if bands:
        images = file.images(bands, float(pixel_scale), unit)
        scan_all(images, nothing, how.cache)  # so that other tables and cuts need no further pass
        galaxies = join(galaxies, images, how)
    return galaxies.finish(split)


def _matched(
    labels: Labels,
    tables: Mapping[str, Mapping[str, Any]],
    class_cuts: Sequence[float],
    radius: float,
    options: dict[str, Any],
) -> Unsplit:
    """The galaxies with a row of their own in every table, before they are split."""
    count, good = len(labels.file), dict(labels.outside)
    sources = [labels.source()]
    for table, given in tables.items():
        source = joined(table, given, labels, radius, class_cuts)
        filtered = f" ({given['where']})" if given["where"] is not None else ""
        good |= reasons(source.row, f"{table}{filtered}")
        sources.append(source)
    roles = merged_roles(sources)
    kept, dropped = usable_rows(good) if good else (np.ones(count, dtype=bool), {})
    if not kept.any():
        left = "; ".join(f"{lost} ({reason})" for reason, lost in dropped.items())
        raise UserError(f"{labels.file.path}: no galaxy is left of {count}; left out: {left}")
    rows = np.flatnonzero(kept)
    options["null_values"] = joined_nulls(labels.null_values, sources)
    unsaid = options["target_label"] is None and options["target_kind"] is None
    if unsaid and "target" not in sources[0].roles:
        options["target_label"] = LABEL
    found = unsplit(one_table(sources, rows) | {ROW: rows}, roles | {"id": ROW}, ordered=True, **options)
    said = {"file": sources[0].file, **{source.name: source.file for source in sources[1:]}}
    catalogue = replace(
        found.catalogue,
        dropped={**dropped, **found.catalogue.dropped},
        provenance={**found.catalogue.provenance, **said},
    )
    return replace(found, catalogue=catalogue, listed=np.arange(count))
