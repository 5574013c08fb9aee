"""Ten thousand real SDSS galaxies, which come with the kcorrect package."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import numpy as np

from galaxy_causal.dataset.catalogue import drop_missing, finish, keep, usable_rows
from galaxy_causal.dataset.chosen_target import with_target
from galaxy_causal.dataset.magnitudes import asinh_magnitude, asinh_magnitude_error
from galaxy_causal.dataset.stellar_mass import ab_maggies, fit_masses
from galaxy_causal.dataset.tables.table import TargetOption
from galaxy_causal.types import Catalogue, Feature, Floats, Labels, Positive, UserError, checked, option

OPTICAL, INFRARED = tuple("ugriz"), ("J", "H", "K")
SOFTENING = dict(zip(OPTICAL, (0.14, 0.09, 0.12, 0.18, 0.74), strict=True))
"""Softening of SDSS asinh magnitudes in nanomaggies (Stoughton et al. 2002, AJ 123, 485, table 21)."""
R_OVER_EBV = 2.751  # A_r / E(B-V) (Stoughton et al. 2002, table 22; Schlegel, Finkbeiner & Davis 1998)
CUTS = (2.1, 2.3)


@checked("dataset")
def sdss(
    split: Mapping[str, object],
    nulls: Literal["error", "drop"] = "error",
    h: Positive = 0.7,
    class_cuts: Sequence[float] = CUTS,
    name: str = "sdss",
    target_kind: TargetOption = None,
) -> Catalogue:
    """The galaxies of kcorrect's ``gst_tests_small.fits``: SDSS and 2MASS photometry, redshifts.

    Parameters
    ----------
    split
        As in ``assign_splits``.
    nulls
        ``error`` keeps galaxies that lack an infrared value (an input that needs it is refused later),
        ``drop`` leaves them out.
    h
        H0 / (100 km/s/Mpc), of the masses.
    class_cuts
        From rest-frame u - r of the fit: ``star_forming`` below the first, ``passive`` above the second,
        ``other`` from one to the other.
    name
        Of the catalogue.
    target_kind
        What the target is: ``mass``, which None is too, ``redshift``, which then is no input, or ``class``.

    Returns
    -------
    Catalogue
        Inputs: ``photometry`` u, g, r, i, z (Petrosian asinh magnitudes as observed, not corrected for
        Galactic extinction, with errors) and J, H, K (2MASS Vega magnitudes, with errors; NaN where missing);
        ``redshift``; ``ebv``, E(B-V) from the r extinction. Magnitudes are in mag. Ids are row numbers.
        Galaxies without a Petrosian measurement in a band, a positive redshift, a position of their own or a
        fit are left out and counted.

    Raises
    ------
    UserError
        For options that cannot be, and a kcorrect without its file.

    Notes
    -----
    The target is log10 of the current stellar mass in solar masses, for Omega_m = 0.3, of kcorrect's fit to
    all eight bands at the spectroscopic redshift (``fit_masses``). It is thus *circular*: a function of these
    very inputs. What the inputs tell of it describes how such a mass is made, not how well the mass of a
    galaxy is known.

    This bright sample has a red peak (2.40) and a blue shoulder, and no minimum between; two Gaussians fitted
    to it cross at 2.20, near the 2.22 of Strateva et al. The default cuts lie 0.1 about it, where a galaxy
    belongs to the red one with probability 0.05 and 0.85.

    References
    ----------
    Strateva et al. 2001 (AJ 122, 1861).
    """
    cuts = tuple(class_cuts)
    if len(cuts) != 2 or not cuts[0] <= cuts[1]:
        raise UserError(f"{option('dataset.class_cuts', list(cuts))} must be two rising colours")
    file = _file()
    columns, dropped = _usable(_read(file))
    photometry = _photometry(columns)
    mass, colour = _mass(columns, photometry, h)
    catalogue = Catalogue(
        name=name,
        id=columns["ROW"].astype(np.int64),
        target=mass,
        target_label=r"$\log_{10} M_\star/M_\odot$",
        features={
            "photometry": photometry,
            "redshift": {"redshift": Feature(columns["Z"], "")},
            "ebv": {"ebv": Feature(columns["EXTINCTION"][:, 2] / R_OVER_EBV, "mag")},
        },
        split=Labels.filled("", len(mass)),
        galaxy_class=Labels.of(
            np.select([colour < cuts[0], colour > cuts[1]], ["star_forming", "passive"], "other")
        ),
        magnitude=photometry["r"].value,
        magnitude_label="r [mag]",
        dropped=dropped,
        provenance=_provenance(file, h),
        ra=columns["RA"],
        dec=columns["DEC"],
        target_made_of=("photometry", "redshift"),
    )
    catalogue = keep(catalogue, np.isfinite(mass), "no template fits")
    catalogue = with_target(
        catalogue, target_kind, {"redshift": catalogue.features["redshift"]["redshift"].value}
    )
    return finish(drop_missing(catalogue) if nulls == "drop" else catalogue, split)


def _mass(
    columns: Mapping[str, Floats], photometry: Mapping[str, Feature], h: float
) -> tuple[Floats, Floats]:
    """log10 stellar mass [solar masses] and rest-frame u - r [mag] by ``fit_masses``."""
    infrared = [photometry[band] for band in INFRARED]
    maggies = ab_maggies(
        columns["PETROFLUX"],
        columns["PETROFLUX_IVAR"],
        columns["EXTINCTION"],
        np.column_stack([feature.value for feature in infrared]),
        np.column_stack([feature.error for feature in infrared if feature.error is not None]),
    )
    return fit_masses(columns["Z"], *maggies, h)


def _file() -> Path:
    import kcorrect

    file = Path(kcorrect.KCORRECT_DIR) / "data" / "test" / "gst_tests_small.fits"
    if not file.is_file():
        raise UserError(
            f"kcorrect {version('kcorrect')} lacks {file.name}; install kcorrect>=5.1.9 from its wheel"
        )
    return file


def _provenance(file: Path, h: float) -> dict[str, str]:
    return {
        "file": f"kcorrect/data/test/{file.name}",
        "kcorrect": version("kcorrect"),
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "target": "kcorrect fit of ugriz (Petrosian) and JHK at the redshift: circular; Chabrier 2003",
        "h": f"{h:g}",
    }


def _read(file: Path) -> dict[str, Floats]:
    """The file's columns as float64, (n,) or (n, 5), and ROW, the row numbers."""
    from astropy.io import fits

    with fits.open(file) as hdus:
        data = hdus[1].data
        columns = {name: np.asarray(data[name], dtype=np.float64) for name in data.names}
    return {"ROW": np.arange(len(columns["Z"]), dtype=np.float64), **columns}


def _usable(columns: Mapping[str, Floats]) -> tuple[dict[str, Floats], dict[str, int]]:
    """The columns without rows that cannot be fitted, and how many were lost for which reason."""
    measured = (columns["PETROFLUX_IVAR"] > 0) & np.isfinite(columns["PETROFLUX"])
    position = np.column_stack([columns["RA"], columns["DEC"]])
    _, first = np.unique(position, axis=0, return_index=True)
    reasons = {
        **{f"no Petrosian flux in {band}": measured[:, b] for b, band in enumerate(OPTICAL)},
        "no positive redshift": columns["Z"] > 0,
        "position of an earlier row": np.isin(np.arange(len(position)), first),
    }
    rows, dropped = usable_rows(reasons)
    return {column: values[rows] for column, values in columns.items()}, dropped


def _photometry(columns: Mapping[str, Floats]) -> dict[str, Feature]:
    photometry = {}
    for number, band in enumerate(OPTICAL):
        flux, softening = columns["PETROFLUX"][:, number], SOFTENING[band]
        deviation = 1 / np.sqrt(columns["PETROFLUX_IVAR"][:, number])
        error = asinh_magnitude_error(flux, deviation, softening)
        photometry[band] = Feature(asinh_magnitude(flux, softening), "mag", error, softening)
    for band in INFRARED:
        value, error = columns[f"{band}_M_EXT"], columns[f"{band}_MSIG_EXT"]
        # The file marks what 2MASS did not measure by zero; the error alone may be lacking.
        photometry[band] = Feature(
            np.where(value > 0, value, np.nan), "mag", np.where(error > 0, error, np.nan)
        )
    return photometry
