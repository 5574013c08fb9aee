"""What galaxies must have for a fit that was made of others."""

from __future__ import annotations

from galaxy_causal.types import IMAGES, Catalogue, Input, InputSet, Sample, UserError


def names_of(sample: Sample) -> list[str]:
    """Columns and bands of a sample."""
    return [*map(str, sample.columns), *(sample.images.bands if sample.images else ())]


def lacking(galaxies: Catalogue, item: Input) -> list[str]:
    """Columns of an input that galaxies have not."""
    if item.modality in IMAGES:
        return [] if item.name in galaxies.image_bands else [str(item.columns[0])]
    feature = galaxies.features.get(item.modality, {}).get(item.name)
    beside = {kind: feature is not None and getattr(feature, kind) is not None for kind in ("error", "limit")}
    has = {"value": feature is not None, **beside}
    return [str(column) for column in item.columns if not has[column.kind]]


def measured(galaxies: Catalogue, item: Input) -> str:
    """Unit of an input, and what else its values depend on."""
    if item.modality in IMAGES:
        images = galaxies.images
        return (
            "" if images is None else f"{images.unit}, {images.shape} pixels of {images.pixel_scale} arcsec"
        )
    feature = galaxies.features[item.modality][item.name]
    softening = "" if feature.softening is None else f" with a softening of {feature.softening} nanomaggy"
    vectors = f", vectors of {feature.elements} numbers" if feature.elements else ""
    return (feature.unit or "no unit") + softening + vectors


def check_given(new: Catalogue, known: Catalogue, inputs: InputSet) -> None:
    """Refuse galaxies that a fit cannot be asked about.

    Parameters
    ----------
    new
        Galaxies of which something is to be told.
    known
        Those that the fit is made of.
    inputs
        Of the fit.

    Raises
    ------
    UserError
        Where the new ones lack an input, or have it in another unit.
    """
    missing = [name for item in inputs.items for name in lacking(new, item)]
    if missing:
        needs = ", ".join(str(column) for item in inputs.items for column in item.columns)
        raise UserError(
            f"dataset {new.name} has no {', '.join(missing)}; the fit of {inputs.label} needs {needs}"
        )
    for item in inputs.items:
        was, now = (measured(one, item) for one in (known, new))
        if was != now:
            raise UserError(
                f"dataset {new.name}: {item.columns[0]} is in {now}, and was in {was} where the fit was made"
            )
