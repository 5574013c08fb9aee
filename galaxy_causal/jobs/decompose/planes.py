"""Quantities of galaxies over which a decomposition is shown, beside target and class."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal import plot
from galaxy_causal.fitting import FitMaker
from galaxy_causal.jobs.decompose.examples import redshift_of
from galaxy_causal.types import Catalogue, Feature, Floats, InputSet

COLOURS = (("g", "r"), ("u", "r"), ("g", "i"), ("r", "z"))
"""Of which the first is taken whose bands are there, else that of the first two bands."""
MAGNITUDE = "mag"


def quantities_of(catalogue: Catalogue) -> dict[str, tuple[str, Floats]]:
    """Magnitude, colour and redshift, those that a catalogue has.

    Parameters
    ----------
    catalogue
        With features as they are observed.

    Returns
    -------
    dict of str to tuple
        Label and values (n,) by the names ``magnitude``, ``colour`` and ``redshift``.
    """
    found: dict[str, tuple[str, Floats]] = {}
    if catalogue.magnitude is not None:
        found["magnitude"] = (catalogue.magnitude_label, catalogue.magnitude)
    colour = _colour(catalogue.features.get("photometry", {}))
    redshift = redshift_of(catalogue)
    found |= {} if colour is None else {"colour": colour}
    return found | ({} if redshift is None else {"redshift": ("redshift", redshift)})


def _colour(photometry: Mapping[str, Feature]) -> tuple[str, Floats] | None:
    bands = [name for name, one in photometry.items() if one.unit == MAGNITUDE]
    choices = [*COLOURS, *list(combinations(bands, 2))[:1]]
    for blue, red in choices:
        if blue in bands and red in bands:
            return f"{blue} - {red} [mag]", photometry[blue].value - photometry[red].value
    return None


def latent_of(maker: FitMaker, inputs: InputSet, shared: bool) -> dict[str, tuple[str, Floats]]:
    """The first two principal components of the latent that the first fit of these inputs has, if any."""
    seed = maker.seeds()[0]
    if shared or not maker.estimator.uses_network or not maker.learner(inputs, seed).has_latent:
        return {}
    plane, share = plot.principal_plane(maker.latent(inputs, seed)[0])
    words = ("first principal component", "second")
    return {f"latent_{k + 1}": (f"{words[k]} of the latent ({share[k]:.0%})", plane[:, k]) for k in range(2)}


def planes(
    columns: Mapping[str, Any], labels: Mapping[str, str], target: str, rows: NDArray[np.bool_]
) -> Iterator[tuple[plot.Quantity, plot.Quantity]]:
    """Planes in which atoms are shown: magnitude and colour, redshift and target, and a latent.

    Parameters
    ----------
    columns, labels
        Columns (n,) of a decomposition, and labels of its quantities by name.
    target
        Its label.
    rows
        The galaxies (n,) that are shown.

    Yields
    ------
    tuple of Quantity
    """
    known = {
        name: plot.Quantity(label, np.asarray(columns[name], dtype=np.float64)[rows])
        for name, label in labels.items()
        if name in columns
    }
    y = np.asarray(columns["y"])
    if y.dtype.kind in "fiu":
        known["target"] = plot.Quantity(target, y[rows].astype(np.float64))
    pairs = [("magnitude", "colour"), ("redshift", "target"), ("latent_1", "latent_2")]
    if "redshift" not in known:
        pairs.insert(1, ("magnitude", "target"))
    if "target" not in known:
        pairs.insert(1, ("redshift", "magnitude"))
    for along, up in pairs:
        if along in known and up in known:
            yield known[along], known[up]
