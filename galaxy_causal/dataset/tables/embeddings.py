"""Vectors of galaxies, such as those of a foundation model, of which each is one input."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.tables.columns import Columns
from galaxy_causal.dataset.tables.nulls import LARGE, is_nines
from galaxy_causal.dataset.tables.pieces import FileColumn
from galaxy_causal.files import check_regular, sha256_of
from galaxy_causal.files.npy import mapped as memory_mapped
from galaxy_causal.types import Floats, UserError, option

BLOCK = 1 << 22
"""Numbers that are looked at together."""
SHORTEST = 2


def is_array_file(text: str) -> bool:
    """Whether a vector is not a column of the table, but an array in a .npy file beside it."""
    return text.lower().endswith(".npy")


def vector_of(columns: Columns, text: str, count: int) -> tuple[Floats, str]:
    """Vectors (n, d) of ``count`` galaxies, a missing one NaN as a whole, and where they come from.

    In single precision where the file has them so. A vector is missing where any of its numbers is masked,
    NaN or infinite, or where all of them are null values or one -9999 or the like. Raises UserError for what
    is no vector of numbers, and for an array of another length than the table.
    """
    if is_array_file(text):
        column, place = _of_array(columns.file, text, count)
    else:
        column, place = columns.column(text), f"column {text}"
    value = column.array
    what = option("dataset.columns.embedding")
    if value.ndim != len("nd") or value.shape[1] < SHORTEST:
        shape = " x ".join(map(str, value.shape[1:])) or 1
        raise UserError(
            f"{columns.file}: {what} names {text}, which holds {shape} numbers per galaxy; it "
            f"takes vectors, of {SHORTEST} or more: name single numbers under "
            f"{option('dataset.columns.other')}"
        )
    if value.dtype.kind not in "iufb":
        raise UserError(f"{columns.file}: {what} names {text}, which holds no numbers but {value.dtype}")
    found: NDArray[Any] = value.astype(np.float32 if np.can_cast(value.dtype, np.float32) else np.float64)
    lacking = missing_vectors(found, column.missing, columns.nulls.get(column.name, ()))
    if lacking.any():
        found[lacking] = np.nan
    return found, f"{place}, {found.shape[1]} numbers"


def _of_array(file: Path, text: str, count: int) -> tuple[FileColumn, str]:
    path = Path(text).expanduser()
    check_regular(
        path, "give a .npy array with a vector for each row", option("dataset.columns.embedding", path)
    )
    try:
        array: NDArray[Any] = memory_mapped(path)
    except (ValueError, OSError, EOFError) as error:
        raise UserError(
            f"{path} cannot be read as an array: {error}. Is it complete? Write it again"
        ) from error
    if len(array.shape) == 0 or len(array) != count:
        raise UserError(
            f"{path} holds an array of shape {array.shape}, and {file} {count} rows; vectors go row by row "
            "with the table: give one for each row, in the same order"
        )
    nothing = np.zeros((count, *(1 for _ in array.shape[1:])), dtype=np.bool_)
    return FileColumn(text, array, nothing, ""), f"{path.name} ({sha256_of(path)})"


def missing_vectors(values: Floats, masked: NDArray[np.bool_], nulls: Sequence[float]) -> NDArray[np.bool_]:
    """Which vectors (n, d) are missing; ``masked`` is (n, d) or (n, 1)."""
    missing = np.zeros(len(values), dtype=np.bool_)
    for here in blocks(values):
        part = values[here]
        missing[here] = masked[here].any(axis=1) | ~np.isfinite(part).all(axis=1)
        for null in nulls:
            missing[here] |= (part == part.dtype.type(null)).all(axis=1)
        one = constant_vectors(part) & (np.abs(part[:, 0]) >= LARGE)
        missing[here] |= one & is_nines(part[:, 0])
    return missing


def constant_vectors(values: Floats) -> NDArray[np.bool_]:
    """Which vectors (n, d) have one number in all places."""
    found = np.zeros(len(values), dtype=np.bool_)
    for here in blocks(values):
        part = values[here]
        found[here] = (part == part[:, :1]).all(axis=1)
    return found


def fingerprints(values: Floats) -> NDArray[np.int64]:
    """A number for each vector (n, d), equal where vectors are, to tell rows that repeat others."""
    found = np.empty(len(values), dtype=np.int64)
    for row, vector in enumerate(np.ascontiguousarray(values)):
        digest = hashlib.blake2b(vector.tobytes(), digest_size=6).digest()
        found[row] = int.from_bytes(digest, "little")
    return found


def blocks(values: Floats) -> list[slice]:
    """Rows of vectors (n, d) in parts of a few million numbers."""
    step = max(BLOCK // max(values.shape[1], 1), 1)
    return [slice(start, start + step) for start in range(0, len(values), step)]


def vectors_of(columns: Columns, named: Mapping[str, str], count: int) -> tuple[dict[str, Floats], list[str]]:
    """All vectors by the texts that ask for them, and where each comes from."""
    found, places = {}, []
    for name, text in named.items():
        found[text], place = vector_of(columns, text, count)
        places.append(f"{name}: {place}")
    return found, places
