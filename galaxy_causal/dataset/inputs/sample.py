"""From chosen inputs to the sample that an estimator takes, and what cannot be one."""

from __future__ import annotations

import numpy as np

from galaxy_causal.dataset.inputs.petrosian import petrosian_divisors
from galaxy_causal.dataset.tables.plausible import describe_strays, null_values_remedy
from galaxy_causal.types import (
    IMAGES,
    Catalogue,
    Column,
    Floats,
    Images,
    Input,
    InputSet,
    Sample,
    UserError,
    is_constant,
    option,
    same_order,
)

JUDGED = ("morphology", "other")
"""Of any kind and scale, so that nothing is known of them when a table is read."""


def sample(catalogue: Catalogue, inputs: InputSet, single: bool = False) -> Sample:
    """The numbers and images of inputs, as an estimator takes them.

    Parameters
    ----------
    catalogue
        That has them.
    inputs
        Players keep their order.
    single
        Whether x is float32 where the catalogue holds all of its columns so, which takes half the memory.

    Returns
    -------
    Sample
        Values, each followed by its errors where these come along, form a matrix (n, d), float64 in the units
        of their features, in the order of ``inputs.items``, not scaled; d is zero for images alone. Images
        stay unread, a channel for each item; those of ``normalised_images`` are divided by
        ``petrosian_divisors``.

    Raises
    ------
    UserError
        Where a column holds missing values (NaN), naming it and the remedy, and for images that are not of
        the shape that they claim.
    """
    found: dict[Column, Floats] = {}
    for item in (item for item in inputs.items if item.modality not in IMAGES):
        feature = catalogue.features[item.modality][item.name]
        for column in item.columns:
            values = feature.value if column.kind == "value" else feature.error
            if values is not None:
                found[column] = values
    n = len(catalogue)
    single = single and all(values.dtype == np.float32 for values in found.values())
    x = np.empty((n, len(found)), dtype=np.float32 if single and found else np.float64)
    for place, values in enumerate(found.values()):
        x[:, place] = values
    for column, values in found.items():
        missing = np.flatnonzero(~np.isfinite(values))
        if len(missing):
            examples = ", ".join(str(i) for i in catalogue.id[missing[:5]])
            raise UserError(
                f"dataset {catalogue.name}: input {column} is missing for {len(missing)} of {n} galaxies "
                f"(ids {examples}{', ...' if len(missing) > 5 else ''}); set "
                f"{option('dataset.nulls', 'drop')} to leave such galaxies out, or choose other bands "
                f"({option('bands.errors', False)} leaves errors out)"
            )
    images, clipped = _images(catalogue, [item for item in inputs.items if item.modality in IMAGES])
    modalities = frozenset(item.modality for item in inputs.items)
    columns = tuple(found)
    places = {column: place for place, column in enumerate(columns)}
    players = {str(one): tuple(places[c] for c in one.columns if c in places) for one in inputs.players}
    return Sample(x, catalogue.target, catalogue.split, columns, modalities, images, clipped, players)


def _images(catalogue: Catalogue, items: list[Input]) -> tuple[Images | None, dict[str, int]]:
    """The chosen channels, and how many fluxes had to be clipped for them."""
    source = catalogue.images
    if source is None or not items:
        return None, {}
    wanted = (1, len(source.bands), *source.shape)
    found = source.read(np.zeros(1, dtype=np.int64))
    if found.shape != wanted or found.dtype != np.float32:
        raise UserError(
            f"dataset {catalogue.name}: images come as {found.dtype} {found.shape[1:]} (bands, height, "
            f"width), announced are float32 {wanted[1:]}; correct the bands and shape of the images"
        )
    channel = np.array([source.bands.index(item.name) for item in items])
    names = tuple(map(str, items))
    normalised = [item.name for item in items if item.modality == IMAGES[1]]
    if not normalised:
        return source.choose(names, channel), {}
    divisors, clipped = petrosian_divisors(catalogue, normalised)
    flux = np.ones((len(catalogue), len(items)), dtype=np.float32)
    flux[:, [k for k, item in enumerate(items) if item.modality == IMAGES[1]]] = divisors
    return source.choose(names, channel, flux), clipped


def check_inputs(catalogue: Catalogue, inputs: Sample) -> None:
    """Refuse columns by which a result would be empty or false; images are not looked at.

    Parameters
    ----------
    catalogue
        For its name and ids.
    inputs
        Of it.

    Raises
    ------
    UserError
        For values that are constant among the training galaxies (errors may be: a constant one does no harm,
        and comes along unasked), columns that are the target in other words (see ``same_order``), and stray
        values of errors and of inputs that are neither photometry nor redshift (see ``strays``).
    """
    train = inputs.split == "train"
    for column, values in zip(inputs.columns, inputs.x.T, strict=True):
        if column.kind == "value" and is_constant(values[train]):
            raise UserError(
                f"dataset {catalogue.name}: the input {column} is constant ({values[train][0]:.6g}) for all "
                f"{train.sum()} training galaxies, so that it tells nothing; leave it out of "
                f"{option('bands.x1')}, {option('bands.x2')} and {option('bands.accompany')}"
            )
        if same_order(inputs.y, values):
            raise UserError(
                f"dataset {catalogue.name}: the input {column} equals the target, or is a rising or falling "
                "function of it: it tells everything, and information is infinite; leave it out of "
                f"{option('bands.x1')} and {option('bands.x2')}"
            )
        if column.kind == "error" or column.modality in JUDGED:
            check_strays(catalogue, f"the input {column}", values)


def check_strays(catalogue: Catalogue, what: str, values: Floats) -> None:
    """Refuse a quantity of the galaxies with values far from all others: they may mean "missing".

    Parameters
    ----------
    catalogue
        For its name and ids.
    what
        The quantity in words, for the message.
    values
        (n,); NaN and infinities are not judged.

    Raises
    ------
    UserError
        Naming such values, some of their galaxies, and the remedy.
    """
    words, found = describe_strays(values, catalogue.id)
    if found:
        raise UserError(
            f"dataset {catalogue.name}: {what} is {words}, far from all other values: a value for missing? "
            f"Set {null_values_remedy(found)} to leave such galaxies out, or correct them"
        )
