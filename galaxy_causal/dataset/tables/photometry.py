"""Photometry of a table: units, errors, extinction, and the magnitudes that it becomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from galaxy_causal.dataset.magnitudes import asinh_magnitude, asinh_magnitude_error
from galaxy_causal.dataset.tables.columns import Columns
from galaxy_causal.dataset.tables.remedies import null_values_remedy
from galaxy_causal.dataset.tables.roles import ColumnMap
from galaxy_causal.dataset.tables.units import (
    MAGNITUDE,
    NANOMAGGY,
    PhotometricUnit,
    error_unit,
    ivar_unit,
    photometric_unit,
)
from galaxy_causal.dataset.tables.values import some_rows
from galaxy_causal.types import Feature, Floats, UserError, check_option, option

PhotometryUnit = str | None
Extinction = Mapping[str, float] | None
FAINTEST = 60.0
"""Magnitudes lie between minus and plus this; even an asinh magnitude of sky stays below 35."""
SMALL_UNIT = 0.01
"""[nanomaggy] 9000 of such units are 90 nanomaggies, which is noise in the far bands of WISE."""
ROUNDING = 1e-6


@dataclass(frozen=True)
class Photometry:
    """How the bands of a table are measured.

    Parameters
    ----------
    units
        ``magnitude`` or ``nanomaggy`` of each band.
    scales
        Of columns of bands and their errors, those that are not in these units: by what they are multiplied.
        Of inverse variances that of the error.
    extinction
        A_band / E(B-V) of bands that are corrected by E(B-V).
    """

    units: Mapping[str, str]
    scales: Mapping[str, float]
    extinction: Mapping[str, float]

    def fluxes(self, mapped: ColumnMap) -> tuple[set[str], set[str]]:
        """Columns of fluxes, their errors and inverse variances, in which -9000 and less stands for none.

        And those in so small a unit, as nJy, that noise reaches there: -9999 and the like stand for none.
        """
        of = {**mapped.features.get("photometry", {}), **{f"{b} error": c for b, c in mapped.errors.items()}}
        kinds = {column: self.units[band.removesuffix(" error")] for band, column in of.items()}
        found = {column for column, kind in kinds.items() if kind == NANOMAGGY}
        ivars = set(mapped.ivars.values())
        small = {column for column in found - ivars if self.scales[column] < SMALL_UNIT}
        return (found | ivars) - small, small

    def in_unit(self, values: Mapping[str, Floats], column: str) -> Floats:
        """A column of a band or an error (n,) in its unit; the values themselves stay as the file has them.

        They may be mapped as another input too.
        """
        scale, value = self.scales[column], values[column]
        return value if scale == 1.0 else value * value.dtype.type(scale)

    def error(self, mapped: ColumnMap, values: Mapping[str, Floats], band: str) -> Floats | None:
        """The standard error (n,) of a band in its unit, also of inverse variances; None: it has none."""
        if band not in mapped.errors:
            return None
        column = mapped.errors[band]
        if band not in mapped.ivars:
            return self.in_unit(values, column)
        with np.errstate(divide="ignore", invalid="ignore"):
            error = self.scales[column] / np.sqrt(values[column].astype(np.float64))
        error[~np.isfinite(error)] = np.nan
        return np.asarray(error.astype(values[column].dtype))

    def dimming(self, mapped: ColumnMap, values: Mapping[str, Floats], band: str) -> Floats | None:
        """The share (n,) of a band's light that dust of our Galaxy lets through; None: not corrected."""
        if band in mapped.transmissions:
            return values[mapped.transmissions[band]].astype(np.float64)
        if band in self.extinction:
            reddening = values[mapped.single["ebv"]].astype(np.float64)
            return np.asarray(10 ** (-0.4 * self.extinction[band] * reddening))
        return None


def photometry_of(
    columns: Columns, mapped: ColumnMap, declared: str | None, extinction: Extinction
) -> Photometry:
    """How a table's bands are measured, as it says or as is declared; refuses what contradicts."""
    units: dict[str, str] = {}
    scales: dict[str, float] = {}
    file, own = columns.file, dict[str, PhotometricUnit]()
    for band, column in mapped.features.get("photometry", {}).items():
        own[band] = photometric_unit(file, column, columns.column_unit(column), declared)
        units[band] = own[band].kind
        scales[column] = own[band].scale
    for band, column in mapped.errors.items():
        of = ivar_unit if band in mapped.ivars else error_unit
        scales[column] = of(file, column, columns.column_unit(column), own[band]).scale
    return Photometry(units, scales, _extinction(mapped, extinction))


def _extinction(mapped: ColumnMap, extinction: Extinction) -> dict[str, float]:
    name = option("dataset.extinction")
    for band, coefficient in (extinction or {}).items():
        check_option(f"{name}.{band}", coefficient, float)
        if coefficient < 0:
            raise UserError(f"{name}.{band}={coefficient} must be A_{band}/E(B-V), which is positive")
        if band not in mapped.features.get("photometry", {}):
            raise UserError(
                f"{name} names {band}, which is no band of {option('dataset.columns.photometry')}"
            )
        if band in mapped.transmissions:
            raise UserError(
                f"{name} names {band}, and so does {option('dataset.columns.photometry_transmission')}: "
                "light would be corrected twice; leave one out"
            )
    if extinction and "ebv" not in mapped.single:
        raise UserError(f"{name} needs E(B-V); name its column by {option('dataset.columns.ebv')}")
    return {band: float(coefficient) for band, coefficient in (extinction or {}).items()}


def check_magnitudes(path: Path, column: str, value: Floats, role: str, scale: float = 1.0) -> None:
    """Refuse magnitudes, ``value`` times ``scale``, that cannot be ones, such as fluxes; NaN passes."""
    odd = value[np.abs(value) * scale > FAINTEST]
    if len(odd):
        times = "" if scale == 1.0 else f" times {scale:g}"
        raise UserError(
            f"{path}: column {column} holds {odd[0]:g}{times}, which is no magnitude ({-FAINTEST:g} to "
            f"{FAINTEST:g}); if these are fluxes set {option('dataset.photometry_unit', NANOMAGGY)}, if it "
            f"means missing set {null_values_remedy([float(odd[0])], role)}"
        )


def check_errors(path: Path, column: str, error: Floats, role: str, what: str = "photometric error") -> None:
    """Refuse negative errors, or inverse variances; NaN passes."""
    rows = np.flatnonzero(error < 0)
    if len(rows):
        kind = "inverse variances" if what.endswith("variance") else "errors"
        raise UserError(
            f"{path}: the {what} {column} is negative in {len(rows)} rows (first {some_rows(rows)}, "
            f"such as {error[rows[0]]:g}); {kind} are positive: if it means missing set "
            f"{null_values_remedy([float(error[rows[0]])], role)}"
        )


def check_transmission(path: Path, column: str, share: Floats, role: str) -> None:
    """Refuse shares of light that are not above zero and at most one; NaN passes."""
    rows = np.flatnonzero((share <= 0) | (share > 1 + ROUNDING))
    if len(rows):
        raise UserError(
            f"{path}: the transmission {column} is {share[rows[0]]:g} in row {rows[0]}, in {len(rows)} rows "
            "not above 0 and at most 1; give the share of light that dust lets through (MW_TRANSMISSION_G), "
            "or of extinction in magnitudes 10**(-0.4*A_G). If it means missing set "
            f"{null_values_remedy([float(share[rows[0]])], role)}"
        )


def features_of(
    mapped: ColumnMap, values: Mapping[str, Floats], how: Photometry, softening: float
) -> dict[str, dict[str, Feature]]:
    """The features of mapped columns; fluxes become asinh magnitudes, in double precision."""
    features: dict[str, dict[str, Feature]] = {}
    for modality, named in mapped.features.items():
        unit = "mag" if modality == "ebv" else ""
        features[modality] = {name: Feature(values[column], unit) for name, column in named.items()}
    for band, column in mapped.features.get("photometry", {}).items():
        value, error = how.in_unit(values, column), how.error(mapped, values, band)
        share = how.dimming(mapped, values, band)
        soft = softening if how.units[band] == NANOMAGGY else None
        if soft is not None:
            value = value.astype(np.float64)
            error = None if error is None else error.astype(np.float64)
            if share is not None:
                value, error = value / share, None if error is None else error / share
            if error is not None:
                error = asinh_magnitude_error(value, error, softening)
            value = asinh_magnitude(value, softening)
        elif share is not None:
            value = (value + 2.5 * np.log10(share)).astype(value.dtype)
        limit = values[mapped.limits[band]].astype(value.dtype) if band in mapped.limits else None
        features["photometry"][band] = Feature(value, "mag", error, soft, limit)
    return features


def made_of(mapped: ColumnMap, how: Photometry, softening: float) -> str:
    """How its magnitudes were made."""
    made = (
        f"asinh magnitudes of fluxes, softening {softening:g} nanomaggy"
        if NANOMAGGY in how.units.values()
        else f"{MAGNITUDE}s"
    )
    dust = [f"{band} by {column}" for band, column in mapped.transmissions.items()]
    dust += [f"{band} by {value:g} E(B-V)" for band, value in how.extinction.items()]
    return made + (f"; corrected for extinction, {', '.join(dust)}" if dust else "")
