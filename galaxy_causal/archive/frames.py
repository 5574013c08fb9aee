"""Which frames of a survey some galaxies of a catalogue lie in, for their images."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from galaxy_causal.archive.folder import write_whole, writing
from galaxy_causal.archive.recipe import Recipe
from galaxy_causal.types import UserError, option

BANDS = "ugriz"
PLACES = ("rerun", "run", "camcol", "field")
MEGABYTES = 16.0
"""Of the frames of a field in five bands, packed."""


@dataclass(frozen=True)
class Frames:
    """Lists of galaxies and of the frames that they lie in.

    Parameters
    ----------
    galaxies, addresses
        The files: a table that ``job=cutouts`` reads, and an address a line.
    count, fields
        Galaxies, and fields that hold them.
    """

    galaxies: Path
    addresses: Path
    count: int
    fields: int

    @property
    def gigabytes(self) -> float:
        """That the frames have, about."""
        return self.fields * MEGABYTES / 1e3


def list_frames(output: Path, recipe: Recipe, count: int, seed: int) -> Frames:
    """Choose galaxies of a catalogue and list their frames.

    Parameters
    ----------
    output
        The catalogue.
    recipe
        Its recipe, which knows where frames are.
    count
        Galaxies, drawn at random.
    seed
        Of the draw.

    Returns
    -------
    Frames
        ``<name>_images.csv`` and ``<name>_frames.txt`` beside the catalogue.

    Raises
    ------
    UserError
        For a recipe that knows no frames, and more galaxies than there are.
    """
    import pandas as pd

    where, identity = recipe.frames, _identity(recipe)
    if where is None or identity is None:
        raise UserError(f"recipe {recipe.name} knows no frames; leave {option('acquire.frames')} at 0")
    table = pd.read_parquet(output, columns=[identity, "ra", "dec", *PLACES])
    if count > len(table):
        raise UserError(
            f"{option('acquire.frames', count)}: {output} has {len(table):,} galaxies; ask for fewer"
        )
    rows = np.sort(np.random.default_rng(seed).choice(len(table), count, replace=False))
    chosen = table.iloc[rows].sort_values([*PLACES, identity])
    fields = chosen[list(PLACES)].drop_duplicates()
    addresses = [
        where.format(band=band, **{place: int(row[place]) for place in PLACES})
        for _, row in fields.iterrows()
        for band in BANDS
    ]
    chosen.insert(3, "frames", [
        where.format(band="{band}", **{place: int(row[place]) for place in PLACES})
        for _, row in chosen.iterrows()
    ])  # fmt: skip
    galaxies, listed = (output.with_name(f"{output.stem}_{end}") for end in ("images.csv", "frames.txt"))
    with writing(galaxies):
        write_whole(galaxies, chosen.to_csv(index=False))
        write_whole(listed, "\n".join(addresses) + "\n")
    return Frames(galaxies, listed, count, len(fields))


def _identity(recipe: Recipe) -> str | None:
    columns = recipe.dataset.get("columns")
    found = columns.get("id") if isinstance(columns, dict) else None
    return None if found is None else str(found)
