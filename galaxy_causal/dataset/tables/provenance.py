"""Where the galaxies of a table come from."""

from __future__ import annotations

import hashlib

import numpy as np

from galaxy_causal.dataset.tables.files import digest_of
from galaxy_causal.dataset.tables.photometry import made_of
from galaxy_causal.dataset.tables.pieces import FileColumn
from galaxy_causal.dataset.tables.reading import UNKNOWN, Reading
from galaxy_causal.types import TargetKind


def provenance_of(found: Reading, softening: float, kind: TargetKind | None = None) -> dict[str, str]:
    """Where the galaxies come from, while their columns are as the file has them."""
    mapped, columns = found.mapped, found.columns
    if found.from_file:
        digest = digest_of(columns.file)
    else:
        sums = (
            f"{name} {_digest(columns.sources[name])}"
            for name in sorted(set(columns.sources) - set(columns.classes))
        )
        digest = hashlib.sha256("\n".join(sums).encode()).hexdigest()
    unknown = mapped.single["target"] == UNKNOWN
    of = "log10 of " if kind is not None and kind.logarithm else ""
    told = {
        "file": columns.file.name,
        "sha256": digest,
        "target": "not known" if unknown else f"{of}column {mapped.single['target']}",
        "photometry": made_of(mapped, found.photometry, softening),
    }
    if mapped.label.columns:
        told["target_error"] = f"column {', '.join(mapped.label.columns)}"
    if found.places:
        told["embedding"] = "; ".join(found.places)
    return told


def _digest(column: FileColumn) -> str:
    array = column.array
    if array.ndim == 1:
        return hashlib.sha256(array.tobytes()).hexdigest()
    digest = hashlib.sha256()  # of vectors, which are not to be there twice
    for part in np.array_split(array, max(array.nbytes >> 24, 1)):
        digest.update(part.tobytes())
    return digest.hexdigest()
