"""The galaxies that are new: a table read as the one that the network was trained on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from galaxy_causal.dataset import without_target
from galaxy_causal.jobs.predict.options import PredictOptions
from galaxy_causal.types import TARGET, Catalogue

ALIKE = ("galaxy_causal.dataset.table", "galaxy_causal.dataset.cutouts")
"""Datasets of a user's own files, which another file can be read like."""
KNOWN = ("target", "target_error", "target_limit", "target_draws", "split", "group", "class")
"""Columns of what is not known of new galaxies, or not needed."""
LEFT = ("path", "name", "columns", "split", "target_kind", "target_label", "hdu")
"""Options that are of one file alone."""


def new_galaxies(options: PredictOptions, dataset: Mapping[str, Any]) -> Catalogue:
    """Read the table of ``predict.path``.

    Parameters
    ----------
    options
        Its path, and what differs from the other table.
    dataset
        Options of the dataset that the network is trained on.

    Returns
    -------
    Catalogue
        Without targets.

    Raises
    ------
    UserError
        For a file, columns and values that cannot be used.
    """
    like = dataset if dataset.get(TARGET) in ALIKE else {}
    more = {name: value for name, value in like.items() if name not in LEFT and not name.startswith("_")}
    if options.photometry_unit is not None:
        more["photometry_unit"] = options.photometry_unit
    if options.images is not None:
        more["images"] = {**dict(more.get("images") or {}), "path": options.images}
    columns = _merged(like.get("columns") or {}, options.columns or {})
    return without_target(str(options.path), columns, **more)


def _merged(columns: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of inputs, with those of one's own in their place; bands one by one."""
    merged = {name: column for name, column in columns.items() if name not in KNOWN}
    for name, column in own.items():
        before = merged.get(name)
        both = isinstance(before, Mapping) and isinstance(column, Mapping)
        merged[name] = {**before, **column} if both else column  # type: ignore[dict-item]
    return {name: column for name, column in merged.items() if column is not None}
