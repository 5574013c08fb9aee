"""Units of photometry: what a text means, in magnitudes or nanomaggies."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from typing import Any

from galaxy_causal.types import UserError, option

MAGNITUDE, NANOMAGGY = "magnitude", "nanomaggy"
NANOMAGGIES = ("nanomaggy", "nanomaggies", "nanomaggie", "nmgy")
SYSTEM = r"\b(ab|vega|st|asinh)[ _-]*(?=mag)"
"""Before ``mag``: of zero points, by which no magnitude is scaled."""
FORMATS = ("generic", "fits", "vounit", "cds")
TOLERANCE = 1e-4
"""Of a factor, beyond which two units differ; for some a nanomaggy is 3.631e-6 Jy."""


@dataclass(frozen=True)
class PhotometricUnit:
    """One unit of photometry.

    Parameters
    ----------
    kind
        ``magnitude`` or ``nanomaggy``.
    scale
        How many of these it is.
    """

    kind: str
    scale: float = 1.0

    def agrees(self, other: PhotometricUnit) -> bool:
        """Whether it is the same."""
        return self.kind == other.kind and abs(self.scale / other.scale - 1) < TOLERANCE


def photometric_unit(
    file: object, column: str, unit: str, declared: str | PhotometricUnit | None
) -> PhotometricUnit:
    """Of a column: as the file says (``unit``), else as declared. They must agree.

    Flux densities are in the AB system, so that 3.6308 uJy are a nanomaggy. Raises UserError for no unit and
    for those that are neither magnitudes nor fluxes, saying what they are.
    """
    said = declared_unit(declared) if isinstance(declared, str) else declared
    if not unit.strip() and said is None:
        raise UserError(
            f"{file} does not give the unit of column {column}; set "
            f"{option('dataset.photometry_unit')} to {MAGNITUDE}, {NANOMAGGY}, or another as uJy"
        )
    if not unit.strip() and said is not None:
        return said
    found = _read(unit)
    if found is None:
        raise UserError(f"{file}: column {column} is in {unit}, {_refusal(unit)}")
    if said is not None and not found.agrees(said):
        raise UserError(
            f"{file}: column {column} is in {unit}, which contradicts "
            f"{option('dataset.photometry_unit', _spelled(declared))}; set "
            f"{option('dataset.photometry_unit', None)} to use the file's units"
        )
    return found


def error_unit(file: object, column: str, unit: str, of: PhotometricUnit) -> PhotometricUnit:
    """Of a column of errors of magnitudes or fluxes in the unit ``of``, which it has unless it says another.

    Magnitudes have errors in magnitudes, fluxes in fluxes.
    """
    found = photometric_unit(file, column, unit, None) if unit.strip() else of
    if found.kind != of.kind:
        raise UserError(
            f"{file}: column {column} is in {unit}, which contradicts {of.kind}, of which it is the error; "
            "give the error in the unit of its band"
        )
    return found


def ivar_unit(file: object, column: str, unit: str, of: PhotometricUnit) -> PhotometricUnit:
    """The unit of the error 1/sqrt(ivar) of a column of inverse variances in ``unit``."""
    if not unit.strip():
        return of
    parsed = _parsed(unit)
    found = None if parsed is None else _known(_power(parsed, -0.5))
    if found is None or found.kind != of.kind:
        such = "1/mag^2" if of.kind == MAGNITUDE else "1/nanomaggy^2"
        raise UserError(
            f"{file}: column {column} is in {unit}, and inverse variances of {of.kind} are in {such} or the "
            f"like; standard errors belong under {option('dataset.columns.photometry_error')}"
        )
    return found


def declared_unit(text: str) -> PhotometricUnit:
    """What ``dataset.photometry_unit`` says."""
    found = _read(text)
    if found is None:
        raise UserError(
            f"{option('dataset.photometry_unit', text)} must be {MAGNITUDE}, {NANOMAGGY} or another unit of "
            "fluxes or magnitudes, as uJy, Jy, mmag or 1000 nanomaggy"
        )
    return found


def _spelled(unit: str | PhotometricUnit | None) -> str | None:
    return unit.kind if isinstance(unit, PhotometricUnit) else unit


def _read(text: str) -> PhotometricUnit | None:
    words = re.sub(r"[^a-z]", "", text.lower())
    if not re.search(r"[0-9*/^]", text):  # a word, in whatever brackets and spelling
        if words in NANOMAGGIES:
            return PhotometricUnit(NANOMAGGY)
        if re.fullmatch(r"(ab|vega|st|asinh)?mag(nitude)?s?(ab|vega|st)?", words):
            return PhotometricUnit(MAGNITUDE)
    parsed = _parsed(text)
    return None if parsed is None else _known(parsed)


def _parsed(text: str) -> Any:  # noqa: ANN401  (a unit of astropy)
    """As astropy reads it; None where it does not."""
    from astropy import units

    text = re.sub(r"nanomagg(ies|ie)\b", "nanomaggy", text.strip(), flags=re.IGNORECASE)
    text = re.sub(r"\bmag(nitude)?s?\b", "mag", re.sub(SYSTEM, "", text, flags=re.IGNORECASE))
    with warnings.catch_warnings(action="ignore"):
        for form in FORMATS:
            try:
                return units.Unit(text, format=form)
            except (ValueError, TypeError):
                continue
    return None


def _known(unit: Any) -> PhotometricUnit | None:  # noqa: ANN401
    """A unit of astropy as magnitudes or nanomaggies; None where it is neither."""
    from astropy import units

    if unit is None or not isinstance(unit, units.UnitBase):
        return None
    if all(base.name.endswith("mag") for base in unit.bases) and unit.is_equivalent(units.mag):
        return PhotometricUnit(MAGNITUDE, _round(unit.to(units.mag)))
    flux = units.zero_point_flux(units.ABflux)
    if unit.is_equivalent(units.nmgy, flux):
        return PhotometricUnit(NANOMAGGY, _round(unit.to(units.nmgy, equivalencies=flux)))
    return None


def _round(scale: float) -> float:
    return float(f"{scale:.12g}")


def _power(unit: Any, power: float) -> Any:  # noqa: ANN401
    """A power of a unit; None of functions of units, which have none."""
    from astropy import units

    return unit**power if isinstance(unit, units.UnitBase) else None


def _refusal(text: str) -> str:
    """What a unit is that is none of photometry, and what to do."""
    parsed = _parsed(text)
    what = {
        power: parsed is not None and _known(_power(parsed, power)) is not None for power in (-0.5, 0.5, -1)
    }
    if what[-0.5]:
        return (
            "that of an inverse variance, no magnitude, flux or error; name inverse variances under "
            f"{option('dataset.columns.photometry_ivar')}"
        )
    if what[0.5]:
        return "that of a variance, no magnitude, flux or error; give its square root, as sqrt(VARIANCE)"
    if what[-1]:
        return "the inverse of one of photometry; give magnitudes or fluxes, and errors in the same unit"
    return (
        f"which is no unit of photometry; it must be in {MAGNITUDE} or {NANOMAGGY}, or a flux density such "
        "as uJy: convert it"
    )
