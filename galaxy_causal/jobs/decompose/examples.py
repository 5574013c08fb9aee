"""Galaxies that show what a decomposition means: chosen, described, and kept in one file."""

from __future__ import annotations

import zipfile
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal import plot
from galaxy_causal.decomposition import most_telling, pointwise_min
from galaxy_causal.fitting import FitMaker, PairDensities, pair_densities
from galaxy_causal.types import (
    KINDS,
    Catalogue,
    Examples,
    Floats,
    InputPair,
    InputSet,
    PairFits,
    PairInformations,
)

FILE = "examples.npz"
EACH = 12
"""Galaxies of a kind."""
TEXTS = ("colours", "x1", "x2", "target", "magnitude_label")


def examples(
    maker: FitMaker,
    pair: InputPair,
    fitted: tuple[InputSet, ...],
    fits: PairFits,
    informations: PairInformations,
    held_out: NDArray[np.bool_],
) -> Examples | None:
    """Choose held-out galaxies of each kind, and gather what is drawn of them.

    Parameters
    ----------
    maker, pair, fitted, fits
        As of ``pair_densities``.
    informations
        Pointwise, averaged over realisations, each (n,) [nats].
    held_out
        The galaxies (n,) among which to choose.

    Returns
    -------
    Examples or None
        None where no held-out galaxy has all three informations. Pixels are read of the chosen galaxies
        alone.
    """
    catalogue = maker.catalogue
    kinds = most_telling(informations, catalogue.id, held_out, EACH)
    if not kinds:
        return None
    rows = np.unique(np.concatenate(list(kinds.values())))
    i1, i2, union = (one[rows] for one in informations)
    densities = pair_densities(maker, pair, fitted, fits, rows)
    images = catalogue.images
    return Examples(
        kinds={kind: np.searchsorted(rows, chosen) for kind, chosen in kinds.items()},
        id=catalogue.id[rows],
        galaxy_class=np.asarray(
            catalogue.galaxy_class[rows] if catalogue.galaxy_class is not None else [""] * len(rows),
            dtype=np.str_,
        ),
        y=catalogue.target[rows].astype(np.float64),
        estimate=_estimates(catalogue, fits, densities, rows),
        informations=np.stack([i1, i2, union], axis=1),
        atoms=np.stack([atom for _, atom in pointwise_min(i1, i2, union)], axis=1),
        magnitude=_of(catalogue.magnitude, rows),
        redshift=_of(redshift_of(catalogue), rows),
        ra=_of(catalogue.ra, rows),
        dec=_of(catalogue.dec, rows),
        **_drawn(catalogue, densities, len(rows)),
        stamps=_stamps(catalogue, rows),
        colours="" if images is None else plot.in_words(images.bands),
        stamp_scale=np.nan if images is None else images.pixel_scale * max(1, -(-max(images.shape) // 64)),
        x1=pair.x1.label,
        x2=pair.x2.label,
        target=catalogue.target_label,
        magnitude_label=catalogue.magnitude_label,
    )


def redshift_of(catalogue: Catalogue) -> Floats | None:
    """The redshift (n,) of a catalogue that has one as a feature."""
    features = catalogue.features.get("redshift", {})
    feature = features.get("redshift") or next(iter(features.values()), None)
    return None if feature is None or feature.elements else feature.value


def _of(values: Any, rows: NDArray[np.int64]) -> Floats:  # noqa: ANN401  (an array or None)
    return np.full(len(rows), np.nan) if values is None else np.asarray(values[rows], dtype=np.float64)


def _drawn(catalogue: Catalogue, densities: PairDensities | None, count: int) -> dict[str, Any]:
    """The densities as `Examples` has them."""
    if densities is None:
        empty = np.zeros(0)
        none = np.zeros((count, 3, 0), dtype=np.float32)
        return {"grid": empty, "prior": empty, "density": none, "classes": catalogue.target_classes}
    values = tuple(f"{value:g}" for value in densities.grid) if densities.discrete else ()
    return {
        "grid": densities.grid,
        "prior": densities.prior,
        "density": densities.density.astype(np.float32),
        "classes": catalogue.target_classes or values,
    }


def _estimates(
    catalogue: Catalogue, fits: PairFits, densities: PairDensities | None, rows: NDArray[np.int64]
) -> Floats:
    """Of the target from x1, x2 and both, (m, 3)."""
    if catalogue.target_classes:
        if densities is None:
            return np.full((len(rows), 3), np.nan)
        likeliest: Floats = densities.density.argmax(axis=2).astype(np.float64)
        return likeliest
    stored = [[fit.estimate for fit in own] for own in fits]
    if not fits.shared and all(one is not None for own in stored for one in own):
        kept = [[one[rows] for one in own if one is not None] for own in stored]
        means: Floats = np.stack([np.mean(own, axis=0) for own in kept], axis=1)
        return means
    if densities is None:
        return np.full((len(rows), 3), np.nan)
    total = densities.density.sum(axis=2)
    mean: Floats = densities.density @ densities.grid / np.where(total > 0, total, np.nan)
    return mean


def _stamps(catalogue: Catalogue, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
    images = catalogue.images
    if images is None:
        return np.zeros((0, 0, 0, 3), dtype=np.uint8)
    return plot.composites(images.read(rows), images.bands, images.unit)


def write_examples(folder: Path, found: Examples) -> None:
    """Write ``examples.npz``, the same bytes for the same examples.

    Parameters
    ----------
    folder
        That is there.
    found
        What to write.
    """
    columns: dict[str, Any] = {one.name: getattr(found, one.name) for one in fields(found)}
    kinds = columns.pop("kinds")
    columns |= {f"kind_{kind}": rows for kind, rows in kinds.items()}
    columns["classes"] = np.array(found.classes, dtype=np.str_)
    np.savez_compressed(folder / FILE, **columns)


def read_examples(folder: Path) -> Examples | None:
    """Read what ``write_examples`` left.

    Parameters
    ----------
    folder
        Of a run.

    Returns
    -------
    Examples or None
        None where the run has none, as those of older releases.

    Raises
    ------
    ValueError
        For a file that is damaged.
    """
    file = folder / FILE
    if not file.exists():
        return None
    try:
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as kept:
            columns: dict[str, Any] = {name: kept[name] for name in kept.files}
    except (zipfile.BadZipFile, OSError, EOFError) as error:
        raise ValueError(f"{FILE} cannot be read: {error}") from error
    kinds = {kind: columns.pop(f"kind_{kind}") for kind in KINDS if f"kind_{kind}" in columns}
    columns["classes"] = tuple(columns["classes"].tolist())
    columns["stamp_scale"] = float(columns["stamp_scale"])
    columns |= {name: str(columns[name]) for name in TEXTS}
    return Examples(kinds=kinds, **columns)
