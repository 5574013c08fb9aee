"""A small file in the layout of Pasquet et al. (2019), and tables of its galaxies."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from astropy.table import Table

ARCSEC = 1 / 3600
MORPHOLOGY = [f"{q}_{b}" for q in ("Sersic_n", "expAB", "petroR50", "petroR90") for b in "ugriz"]


@dataclass
class MgsFiles:
    """Arrays and tables, which a test may change before they are written."""

    folder: Path
    cube: np.ndarray
    labels: dict
    masses: Table
    wise: Table
    shapes: Table

    def write(self, save=np.savez):
        """Write all; the options that name the files."""
        names = list(self.labels)
        record = np.rec.fromarrays(list(self.labels.values()), names=names)
        save(self.folder / "sdss.npz", cube=self.cube, labels=record)
        for name in ("masses", "wise", "shapes"):
            getattr(self, name).write(self.folder / f"{name}.fits", overwrite=True)
        tables = {"masses": "masses", "wise": "wise", "morphology": "shapes"}
        return str(self.folder / "sdss.npz"), {t: str(self.folder / f"{f}.fits") for t, f in tables.items()}


def make(folder, count=80, size=8, seed=1):
    """Galaxies whose masses follow their magnitudes; tables in orders of their own, ids as texts."""
    rng = np.random.default_rng(seed)
    mass, z = rng.normal(10.5, 0.5, count), rng.uniform(0.02, 0.3, count)
    ebv = rng.uniform(0.01, 0.1, count)
    bright = 20 - 2.5 * (mass - 10) + 5 * np.log10(z / 0.05)
    ra, dec = (10 + 0.01 * np.arange(count)) % 360, rng.uniform(-1, 60, count)
    number = 299489676975171584 + 2048 * np.arange(count)
    colours = dict(zip("ugriz", (2.0, 0.8, 0.0, -0.3, -0.5), strict=True))
    labels = {
        "specObjID": number,
        "ra": ra,
        "dec": dec,
        "z": z.astype(np.float32),
        "EBV": ebv.astype(np.float32),
    }
    for band, colour in colours.items():
        labels[f"extinction_{band}"] = ((2.75 + colour) * ebv).astype(np.float32)
        labels[f"dered_petro_{band}"] = (bright + colour + 0.05 * rng.normal(size=count)).astype(np.float32)
        labels[f"petroMagErr_{band}"] = rng.uniform(0.01, 0.1, count).astype(np.float32)
    labels["class"] = np.array(["GALAXY"] * count)
    flux = 10 ** (0.4 * (22.5 - bright))
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    blob = np.exp(-0.5 * (x**2 + y**2) / 2**2)
    light = flux[:, None] * 10 ** (-0.4 * np.array(list(colours.values()))) / blob.sum()
    cube = blob[None, :, :, None] * light[:, None, None, :] + 0.1 * rng.normal(size=(count, size, size, 5))
    order, sigma = rng.permutation(count), rng.uniform(0.05, 0.15, count)
    masses = Table(
        {
            "specObjID": [f"{n} " for n in number],
            "lgm_tot_p50": mass,
            "lgm_tot_p16": mass - 1.2 * sigma,
            "lgm_tot_p84": mass + 0.8 * sigma,
            "specsfr_tot_p50": np.linspace(-13, -9, count),
        }
    )[order]
    wise = Table({"ra": ra + 0.3 * ARCSEC, "dec": dec - 0.4 * ARCSEC})
    for band, shift in (("w1", -1.0), ("w2", -1.1), ("w3", -3.0)):
        wise[f"{band}mpro"] = bright + shift + 0.1 * rng.normal(size=count)
        wise[f"{band}sigmpro"] = rng.uniform(0.02, 0.1, count)
    shapes = Table({"specObjID": number, **{name: rng.uniform(0.2, 4, count) for name in MORPHOLOGY}})
    return MgsFiles(folder, cube.astype(np.float32), labels, masses, wise[::-1], shapes)
