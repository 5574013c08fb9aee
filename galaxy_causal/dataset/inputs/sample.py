"""From chosen inputs to the sample that an estimator takes, and what cannot be one."""

from __future__ import annotations

import numpy as np

from galaxy_causal.dataset.inputs.petrosian import petrosian_divisors
from galaxy_causal.dataset.tables.plausible import describe_strays, null_values_remedy
from galaxy_causal.types import (
    IMAGES,
    Catalogue,
    Floats,
    Images,
    Input,
    InputSet,
    Sample,
    UserError,
    is_constant,
    same_order,
)

JUDGED = ("morphology", "other")
"""Of any kind and scale, so that nothing is known of them when a table is read."""


def sample(catalogue: Catalogue, inputs: InputSet) -> Sample:
    """The numbers and images of these inputs.

    Columns such as ``photometry/g`` and ``photometry/g/error`` form a matrix (n, d), float64 in the units
    of their features, in the order of ``inputs.items``, not scaled; d is zero for images alone. Images
    stay unread, a channel for each item; those of ``normalised_images`` are divided by
    ``petrosian_divisors``. Units keep the order of ``inputs.units``. Raises UserError where a column holds
    missing values (NaN), naming it and the remedy, and for images that are not of the shape that they claim.
    """
    columns, names = [], []
    numbers = [item for item in inputs.items if item.modality not in IMAGES]
    for item in numbers:
        feature = catalogue.features[item.modality][item.name]
        columns.append(feature.value)
        names.append(_name(item))
        if item.error and feature.error is not None:
            columns.append(feature.error)
            names.append(f"{_name(item)}/error")
    n = len(catalogue)
    x = np.column_stack(columns).astype(np.float64) if columns else np.empty((n, 0))
    for name, column in zip(names, x.T, strict=True):
        missing = np.flatnonzero(~np.isfinite(column))
        if len(missing):
            examples = ", ".join(str(i) for i in catalogue.id[missing[:5]])
            raise UserError(
                f"dataset {catalogue.name}: input {name} is missing for {len(missing)} of {n} "
                f"galaxies (ids {examples}{', ...' if len(missing) > 5 else ''}); set dataset.nulls=drop to "
                "leave such galaxies out, or choose other bands (bands.errors=false leaves errors out)"
            )
    images, clipped = _images(catalogue, [item for item in inputs.items if item.modality in IMAGES])
    modalities = frozenset(item.modality for item in inputs.items)
    units = {_name(unit): _columns(unit, names) for unit in inputs.units}
    return Sample(x, catalogue.target, catalogue.split, tuple(names), modalities, images, clipped, units)


def _name(item: Input) -> str:
    return f"{item.modality}/{item.name}"


def _columns(unit: Input, names: list[str]) -> tuple[int, ...]:
    """Where the values of a unit, and its errors, stand among the columns."""
    own = _name(unit)
    return tuple(i for i, name in enumerate(names) if name in (own, f"{own}/error"))


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
    names = tuple(_name(item) for item in items)
    normalised = [item.name for item in items if item.modality == IMAGES[1]]
    if not normalised:
        return source.choose(names, channel), {}
    divisors, clipped = petrosian_divisors(catalogue, normalised)
    flux = np.ones((len(catalogue), len(items)), dtype=np.float32)
    flux[:, [k for k, item in enumerate(items) if item.modality == IMAGES[1]]] = divisors
    return source.choose(names, channel, flux), clipped


def check_inputs(catalogue: Catalogue, inputs: Sample) -> None:
    """Refuse columns of ``inputs`` by which a result would be empty or false; images are not looked at.

    Values that are constant among the training galaxies (errors may be: a constant one does no harm, and
    comes along unasked), columns that are the target in other words (see ``same_order``), and stray values
    of errors and of inputs that are neither photometry nor redshift (see ``strays``).
    """
    train = inputs.split == "train"
    for place, name in enumerate(inputs.columns):
        values = inputs.x[:, place]
        if place in inputs.values and is_constant(values[train]):
            raise UserError(
                f"dataset {catalogue.name}: the input {name} is constant ({values[train][0]:.6g}) for all "
                f"{train.sum()} training galaxies, so that it tells nothing; leave it out of bands.x1, "
                "bands.x2 and bands.accompany"
            )
        if same_order(inputs.y, values):
            raise UserError(
                f"dataset {catalogue.name}: the input {name} equals the target, or is a rising or falling "
                "function of it: it tells everything, and information is infinite; leave it out of bands.x1 "
                "and bands.x2"
            )
        if name.endswith("/error") or name.partition("/")[0] in JUDGED:
            check_strays(catalogue, f"the input {name}", values)


def check_strays(catalogue: Catalogue, what: str, values: Floats) -> None:
    """Refuse a quantity (n,) of the galaxies with values far from all others, naming galaxies."""
    words, found = describe_strays(values, catalogue.id)
    if found:
        raise UserError(
            f"dataset {catalogue.name}: {what} is {words}, far from all other values: a value for missing? "
            f"Set {null_values_remedy(found)} to leave such galaxies out, or correct them"
        )
