"""Galaxies that belong together, such as those of a field."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.tables.pieces import FileColumn
from galaxy_causal.dataset.tables.values import describe_nulls, texts
from galaxy_causal.types import UserError, option


def groups_of(file: Path, column: FileColumn) -> NDArray[np.str_]:
    """What galaxies belong to, as texts (n,); galaxies of one group stay in one split."""
    groups = np.asarray(texts(column))
    empty = np.flatnonzero(groups == "")
    if len(empty):
        raise UserError(
            f"{file}: the group {describe_nulls(column.name, groups == '')} is empty; fill it, or leave "
            f"{option('dataset.columns.group')} out"
        )
    _check_groups(file, column.name, groups)
    return groups


def _check_groups(file: Path, column: str, groups: NDArray[np.str_]) -> None:
    """Refuse -1 and the like, by which tables say that a galaxy is in no group."""
    names, counts = np.unique(groups, return_counts=True)
    for name in names[counts > 1]:
        if re.fullmatch(r"-\d+(\.\d*)?", name):
            raise UserError(
                f"{file}: the group {describe_nulls(column, groups == name)} is {name}, so that all of them "
                "would stay in one split; if that means no group, give each a group of its own, such as its "
                f"id, or leave {option('dataset.columns.group')} out"
            )
