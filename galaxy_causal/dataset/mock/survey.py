"""The mock survey as a catalogue with images."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge, Le

from galaxy_causal.dataset.catalogue import finish
from galaxy_causal.dataset.chosen_target import with_target
from galaxy_causal.dataset.mock import store
from galaxy_causal.dataset.mock.chunk import Settings
from galaxy_causal.dataset.mock.columns import MODEL, MORPHOLOGY, QUERIES
from galaxy_causal.dataset.mock.cosmology import FARTHEST
from galaxy_causal.dataset.mock.model import MASS_NODES, galaxy_class
from galaxy_causal.dataset.mock.run import simulate
from galaxy_causal.dataset.mock.telescope import CUTOUT, INFRARED, OPTICAL, PIXEL, SOFTENING
from galaxy_causal.dataset.tables.table import TargetOption
from galaxy_causal.files import Place
from galaxy_causal.types import (
    Catalogue,
    Count,
    Feature,
    Floats,
    Images,
    Labels,
    UserError,
    Whole,
    checked,
    option,
)

LEAST_MASS, MOST_MASS = 7.0, float(MASS_NODES[-1])
DEPTHS = 1e-3, 1e6
SHUFFLE = 0x5F1E  # keeps the permutation's random numbers apart from any others of the same seed


@checked("dataset")
def mock_survey(
    n: Count,
    seed: Whole,
    split: Mapping[str, object],
    *,
    flux_limit: Annotated[float, Ge(10), Le(22)] | None = 17.77,
    colour_gradients: bool = True,
    morphology: Literal["dependent", "independent"] = "dependent",
    redshift: Sequence[float] = (0.01, 0.25),
    log_mass: Sequence[float] = (8.0, 12.5),
    depth: Annotated[float, Ge(DEPTHS[0]), Le(DEPTHS[1])] = 1.0,
    shuffle_target: bool = False,
    photometry: Literal["petrosian", "model"] = "petrosian",
    path: str | None = None,
    folder: str = "mlruns/datasets",
    processes: Count | None = None,
    name: str = "mock",
    target_kind: TargetOption = None,
) -> Catalogue:
    """Simulated galaxies with ugriz images, made on first use and then read from a file.

    Parameters
    ----------
    n
        Galaxies; the first ones do not depend on it.
    seed
        Of the simulation.
    split
        As in ``assign_splits``.
    flux_limit
        Of the measured Petrosian r magnitude, corrected for extinction; None for all galaxies within
        ``redshift`` and ``log_mass``.
    colour_gradients
        False: bulge and disk have one spectrum.
    morphology
        ``independent``: what images show of the structure is drawn without regard to mass, redshift and star
        formation.
    redshift, log_mass
        Ranges; redshifts up to 0.3, log10 of solar masses.
    depth
        A factor on all exposure times.
    shuffle_target
        Permutes the target among the galaxies, by ``seed``, so that nothing tells of it; classes and
        everything else stay with their galaxy.
    photometry
        ``model`` takes the magnitudes of ``telescope.model_flux`` for u, g, r, i, z in place of Petrosian
        ones.
    path
        Of the HDF5 file; None means one in ``folder`` named by a checksum of the settings. A run that was
        interrupted goes on.
    folder, processes, name
        Galaxies do not depend on them; None: as many processes as processors.
    target_kind
        What the target is: ``mass``, which None is too, ``sfr``, ``ssfr``, ``metallicity``, all true values,
        the measured ``redshift``, or ``class``; it then is no input.

    Returns
    -------
    Catalogue
        ``photometry`` u, g, r, i, z (asinh magnitudes, with errors), W1, W2 (Vega magnitudes, with errors),
        W3 (none); ``redshift``; ``ebv``; ``morphology`` (Sersic_n, expAB, petroR50, petroR90 in each of
        ugriz); ``other``: true values (``columns.QUERIES``). The target is the true log10 stellar mass, the
        class that of the true specific star-formation rate. Nothing is missing: galaxies without a
        measurement in every band are replaced and counted in the provenance.

    Raises
    ------
    UserError
        For settings that cannot be used, a file of other galaxies, damaged or foreign files, and a disk that
        is full or cannot be written.

    Notes
    -----
    docs/guide/mock.md and ``graph.mock_graph`` describe the structural causal model and its switches.
    """
    ranges = (
        _range("redshift", redshift, 0.001, FARTHEST),
        _range("log_mass", log_mass, LEAST_MASS, MOST_MASS),
    )
    limit = None if flux_limit is None else float(flux_limit)
    settings = Settings(int(seed), limit, bool(colour_gradients), morphology, *ranges, float(depth))
    key = hashlib.sha256(store.recipe(settings, n).encode()).hexdigest()[:16]
    file = Path(f"{folder}/mock-{key}.h5" if path is None else str(path)).expanduser().resolve()
    if not file.exists():
        simulate(file, settings, n, processes or os.cpu_count() or 1)
    layout = store.open_finished(file, settings, n)
    store.verify(file, layout)
    catalogue = _catalogue(file, layout, settings, n, name, shuffle_target, photometry)
    if target_kind is not None:
        catalogue = _of_kind(catalogue, target_kind, shuffle_target)
    return finish(catalogue, split)


def _of_kind(catalogue: Catalogue, kind: object, shuffled: bool) -> Catalogue:
    """With another target than the mass, of the quantities that the catalogue offers."""
    if shuffled:
        raise UserError(
            f"{option('dataset.shuffle_target', True)} permutes masses; leave "
            f"{option('dataset.target_kind')} out"
        )
    true = catalogue.features["other"]
    known = {"sfr": "log_sfr", "ssfr": "log_ssfr", "metallicity": "metallicity"}
    values = {name: true[column].value for name, column in known.items()}
    redshift = catalogue.features["redshift"]["redshift"].value
    return with_target(catalogue, kind, {**values, "redshift": redshift})


def _range(name: str, value: Sequence[float], least: float, most: float) -> tuple[float, float]:
    given = [float(v) for v in value]
    if len(given) != 2 or not least <= given[0] < given[1] <= most:
        raise UserError(
            f"{option(f'dataset.{name}', given)}: give two rising numbers from {least:g} to {most:g}"
        )
    return given[0], given[1]


def _catalogue(
    file: Path,
    layout: Mapping[str, Place],
    settings: Settings,
    n: int,
    name: str,
    shuffle: bool,
    photometry: str,
) -> Catalogue:
    measured, truth = (store.columns(file, layout, group) for group in ("catalogue", "truth"))
    checksum = store.checksum(file, layout)
    reader = store.reader(file, layout[store.IMAGES])
    lost = "; ".join(f"{count} {reason}" for reason, count in store.losses(file, layout).items())
    target = truth["log_mass"]
    if shuffle:
        target = np.random.default_rng([SHUFFLE, settings.seed]).permutation(target)
    return Catalogue(
        name=name,
        id=np.arange(n),
        target=target,
        target_label=r"$\log_{10} M_\star/M_\odot$",
        features=_features(measured, truth, photometry),
        split=Labels.filled("", n),
        galaxy_class=Labels.of(galaxy_class(truth["log_ssfr"])),
        magnitude=measured["r"],
        magnitude_label="r [mag]",
        provenance={
            "file": file.name,
            "sha256": checksum,
            "target": "true mass of the simulation" + (", permuted among the galaxies" if shuffle else ""),
            "photometry": f"{photometry} magnitudes",
            "simulated": store.recipe(settings, n),
            "replaced": lost,
        },
        images=Images(OPTICAL, (CUTOUT, CUTOUT), PIXEL, "nanomaggy", reader, checksum),
    )


def _features(
    measured: Mapping[str, Floats], truth: Mapping[str, Floats], photometry: str
) -> dict[str, dict[str, Feature]]:
    columns = {band: band for band in (*OPTICAL, *INFRARED)}
    if photometry == "model":
        columns |= MODEL
    softening = dict(zip(OPTICAL, SOFTENING, strict=True))
    magnitudes = {
        band: Feature(measured[column], "mag", measured.get(f"{column}_error"), softening.get(band))
        for band, column in columns.items()
    }
    asked = {**truth, "log_sfr": truth["log_mass"] + truth["log_ssfr"], "W3_limit": measured["W3_limit"]}
    return {
        "photometry": magnitudes,
        "redshift": {"redshift": Feature(measured["redshift"], "")},
        "ebv": {"ebv": Feature(measured["ebv"], "mag")},
        "morphology": {column: Feature(measured[column], unit) for column, unit in MORPHOLOGY.items()},
        "other": {query: Feature(asked[query], unit) for query, unit in QUERIES.items()},
    }
