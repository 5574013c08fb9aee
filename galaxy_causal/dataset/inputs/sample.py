"""From chosen inputs to the sample that an estimator takes, and what cannot be one."""

from __future__ import annotations

import numpy as np

from galaxy_causal.dataset.inputs.petrosian import petrosian_divisors
from galaxy_causal.dataset.tables.embeddings import constant_vectors
from galaxy_causal.dataset.tables.remedies import null_values_remedy
from galaxy_causal.dataset.tables.strays import describe_strays
from galaxy_causal.types import (
    EMBEDDING,
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

LEAST_ELEMENTS = 4
"""Of a vector, in all of which one number is no chance."""
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
        Whether x is float32 where the catalogue holds all of its columns so, which takes half the memory, or
        all of its vectors, where there are any.

    Returns
    -------
    Sample
        Values, each followed by its errors where these come along, form a matrix (n, d), float64 in the units
        of their features, in the order of ``inputs.items``, not scaled; vectors fill a column with each of
        their numbers; d is zero for images alone. Images
        stay unread, a channel for each item; those of ``normalised_images`` are divided by
        ``petrosian_divisors``.

    Raises
    ------
    UserError
        Where a column holds missing values (NaN), naming it and the remedy, and for images that are not of
        the shape that they claim.
    """
    found: dict[Column, Floats] = {}
    columns: list[Column] = []
    places: dict[Column, range] = {}
    for item in (item for item in inputs.items if item.modality not in IMAGES):
        feature = catalogue.features[item.modality][item.name]
        for column in item.columns:
            values = {"value": feature.value, "error": feature.error, "limit": feature.limit}[column.kind]
            if values is not None and column not in found:
                found[column], parts = values, column.parts(feature.elements)
                places[column] = range(len(columns), len(columns) + len(parts))
                columns += parts
    n = len(catalogue)
    brief = [values.dtype == np.float32 for values in found.values()]
    vectors = [values.dtype == np.float32 for values in found.values() if values.ndim > 1]
    single = single and (all(vectors) if vectors else all(brief))
    x = np.empty((n, len(columns)), dtype=np.float32 if single and found else np.float64)
    for column, values in found.items():
        x[:, places[column].start : places[column].stop] = values.reshape(n, -1)
        missing = np.flatnonzero(~np.isfinite(values[:, 0] if values.ndim > 1 else values))
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
    own = {str(one): tuple(p for c in one.columns for p in places.get(c, ())) for one in inputs.players}
    return Sample(
        x, catalogue.target, catalogue.split, tuple(columns), modalities, images, clipped, own,
        classes=catalogue.target_classes,
    )  # fmt: skip


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
        values of errors and of inputs that are neither photometry nor redshift (see ``strays``). Of a vector
        some numbers may be constant; refused are vectors of galaxies that have one number in all places.
    """
    train = inputs.split == "train"
    _check_vectors(catalogue, inputs)
    for column, values in zip(inputs.columns, inputs.x.T, strict=True):
        if column.kind == "value" and column.modality != EMBEDDING and is_constant(values[train]):
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
        if column.kind == "error" or (column.kind == "value" and column.modality in JUDGED):
            check_strays(catalogue, f"the input {column}", values, str(column))


def _check_vectors(catalogue: Catalogue, inputs: Sample) -> None:
    places: dict[str, list[int]] = {}
    for place, column in enumerate(inputs.columns):
        if column.modality == EMBEDDING:
            places.setdefault(str(column).rpartition("[")[0], []).append(place)
    for name, own in places.items():
        vectors = inputs.x[:, own[0] : own[-1] + 1]
        if (vectors == vectors[0]).all():
            raise UserError(
                f"dataset {catalogue.name}: the input {name} is one and the same vector for all galaxies, so "
                f"that it tells nothing; leave it out of {option('bands.x1')} and {option('bands.x2')}"
            )
        flat = np.flatnonzero(constant_vectors(vectors))
        if len(flat) and len(own) >= LEAST_ELEMENTS:
            value = float(vectors[flat[0], 0])
            raise UserError(
                f"dataset {catalogue.name}: the input {name} is {value:g} in all places for {len(flat)} "
                f"galaxies (ids {', '.join(map(str, catalogue.id[flat[:3]]))}): a vector for missing? Set "
                f"{null_values_remedy([value], name)} to leave such galaxies out, or correct them"
            )


def check_strays(catalogue: Catalogue, what: str, values: Floats, of: str | None = None) -> None:
    """Refuse a quantity of the galaxies with values far from all others: they may mean "missing".

    Parameters
    ----------
    catalogue
        For its name and ids.
    what
        The quantity in words, for the message.
    values
        (n,); NaN and infinities are not judged.
    of
        The role or column by which ``dataset.null_values`` knows them, if it does.

    Raises
    ------
    UserError
        Naming such values, some of their galaxies, and the remedy.
    """
    words, found = describe_strays(values, catalogue.id)
    if found:
        raise UserError(
            f"dataset {catalogue.name}: {what} is {words}, far from all other values: a value for missing? "
            f"Set {null_values_remedy(found, of)} to leave such galaxies out, or correct them"
        )
