"""What do vectors of a network that was trained on redshifts know of the mass that photometry does not?

    python experiments/embedding/latents.py [galaxies] [store] [estimator] [seeds]

Simulates galaxies (8000), trains a network with a small latent on the redshift of the training galaxies,
once from optical and once from optical and infrared photometry, and decomposes the mass with its vectors as
an input (estimator cross_entropy, 2 seeds). Everything is kept in the store (mlruns). Prints a table.
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from astropy.table import Table

import galaxy_causal as gc
from galaxy_causal.dataset import mock_survey
from galaxy_causal.fitting import FitMaker
from galaxy_causal.library.asking import fitting_of, inputs_of
from galaxy_causal.library.store import opening
from galaxy_causal.types import Catalogue, Feature, Floats

SPLIT = {"train": 0.7, "validation": 0.15, "test": 0.15, "seed": 0}
OPTICAL, INFRARED, ALL = "ugriz", "W1W2W3", "ugrizW1W2W3"
BANDS = {"optical": OPTICAL, "wide": ALL}
"""Photometry that each embedding is made of."""


def latent(galaxies: Catalogue, bands: str, store: Path) -> Floats:
    """Vectors (n, 8) of a network that estimates the redshift from photometry with its errors and E(B-V)."""
    redshift = galaxies.features["redshift"]["redshift"].value
    of_redshift = replace(galaxies, target=redshift, target_label="redshift")
    gc.fit(of_redshift, {"photometry": bands}, network="scl", store=store)
    chosen = {"photometry": bands}
    maker = FitMaker(fitting_of("scl", "cross_entropy", 0, 1, None), of_redshift, opening(store))
    return maker.latent(inputs_of(of_redshift, chosen, chosen).x1, 0)[0]


def added(galaxies: Table) -> str:
    """Mean of what x2 adds to each test galaxy's information, with its standard error [nats]."""
    test = galaxies[np.asarray(galaxies["split"]) == "test"]
    more = np.asarray(test["i_union"] - test["i_x1"])
    return f"{more.mean():.3f} ± {more.std() / np.sqrt(len(more)):.3f}"


def main() -> None:
    """Simulate, train, decompose and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
    store = Path(sys.argv[2] if len(sys.argv) > 2 else "mlruns")
    estimator = sys.argv[3] if len(sys.argv) > 3 else "cross_entropy"
    seeds = int(sys.argv[4]) if len(sys.argv) > 4 else 2
    galaxies = mock_survey(count, 0, SPLIT, folder=str(store / "datasets"))
    embedding = {name: Feature(latent(galaxies, bands, store), "") for name, bands in BANDS.items()}
    galaxies = replace(galaxies, features={**galaxies.features, "embedding": embedding})
    pairs = {name: {"embedding": name} for name in BANDS} | {"infrared": {"photometry": INFRARED}}
    print("| x2 | I(Y; x1) | I(Y; x2) | I(Y; both) | x2 adds | unique: x1 |\n" + "|---" * 6 + "|")
    for name, x2 in pairs.items():
        how = {"estimator": estimator, "seeds": seeds, "referee": False, "store": store}
        found = gc.decompose(galaxies, {"photometry": OPTICAL}, x2, **how)
        (summary,) = (one for one in found.summaries if one.group == "all")
        value, error = summary.value, summary.error
        cells = [f"{value[key]:.3f} ± {error[key]:.3f}" for key in ("mi_x1", "mi_x2", "mi_union")]
        cells.append(added(found.galaxies))
        cells.append(f"{value['population_min/unique_1']:.3f} ± {error['population_min/unique_1']:.3f}")
        print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
