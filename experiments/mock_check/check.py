"""Draws the mock survey beside the real SDSS galaxies of dataset=sdss, and prints the percentiles.

    python experiments/mock_check/check.py [--n 20000] [--cutouts FILE.npz] [--out docs/figures]

``--cutouts`` names an npz file with ``images`` (n, 5, 64, 64), ugriz in nanomaggies per pixel of 0.396
arcsec: sizes and concentrations are then measured on them as on the mock.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset import mock_survey, sdss
from galaxy_causal.dataset.mock.cosmology import luminosity_distance
from galaxy_causal.dataset.mock.petrosian import growth_curves, petrosian
from galaxy_causal.dataset.mock.shape import axis_ratios, moments
from galaxy_causal.dataset.mock.spectra import galactic_extinction
from galaxy_causal.dataset.mock.telescope import CUTOUT, FRAME, seeing_node
from galaxy_causal.plot import Distribution, distributions, save
from galaxy_causal.types import Catalogue, Floats

SPLIT = {"train": 0.7, "validation": 0.15, "test": 0.15, "seed": 0}
LIMIT = 16.2
"""Of z, corrected for extinction. The real galaxies are also in 2MASS, which lacks fainter ones."""
REDSHIFTS = (0.02, 0.2)
SDSS_TO_AB = dict(zip("ugriz", (-0.036, 0.012, 0.010, 0.028, 0.040), strict=True))
REAL_EXTINCTION = dict(zip("ugriz", (5.155, 3.793, 2.751, 2.086, 1.479), strict=True))
BRIGHT, FAINT = 17.0, 19.0
"""r magnitudes of galaxies whose sizes are compared."""
TYPICAL_SEEING = 1.43
REAL, MOCK = "SDSS", "mock"


def main() -> None:
    """Simulate, compare, print and draw."""
    arguments = _arguments()
    mock = mock_survey(arguments.n, 1, SPLIT, folder=str(arguments.folder))
    samples = {REAL: _quantities(sdss(SPLIT), True), MOCK: _quantities(mock, False)}
    panels = _panels(samples)
    if arguments.cutouts is not None:
        deep = mock_survey(
            2000, 1, SPLIT, flux_limit=FAINT, redshift=(0.01, 0.3), folder=str(arguments.folder)
        )
        images = deep.images.read(np.arange(len(deep))) if deep.images is not None else np.empty(0)
        sizes = {REAL: _sizes(np.load(arguments.cutouts)["images"]), MOCK: _sizes(images)}
        panels += _size_panels(sizes)
    _print(panels)
    figure = distributions(panels, f"Mock survey beside SDSS galaxies with magnitudes z < {LIMIT}")
    print(*save(figure, arguments.out, "mock_check"))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--n", type=int, default=20_000)
    parser.add_argument("--cutouts", type=Path)
    parser.add_argument("--out", type=Path, default=Path("docs/figures"))
    parser.add_argument("--folder", type=Path, default=Path("mlruns/datasets"))
    return parser.parse_args()


def _quantities(catalogue: Catalogue, real: bool) -> dict[str, Floats]:
    """AB magnitudes without extinction, redshift, mass and 1 / Vmax of galaxies within the limits."""
    ebv, redshift = catalogue.features["ebv"]["ebv"].value, catalogue.features["redshift"]["redshift"].value
    values = {"redshift": redshift, "mass": catalogue.target}
    for k, band in enumerate("ugriz"):
        extinction = REAL_EXTINCTION[band] if real else galactic_extinction()[k]
        offset = SDSS_TO_AB[band] if real else 0.0
        values[band] = catalogue.features["photometry"][band].value + offset - extinction * ebv
    rows = (values["z"] < LIMIT) & (redshift > REDSHIFTS[0]) & (redshift < REDSHIFTS[1])
    values = {name: v[rows] for name, v in values.items()}
    nearest, farthest = luminosity_distance(np.array(REDSHIFTS))
    reach = luminosity_distance(values["redshift"]) * 10 ** (0.2 * (LIMIT - values["z"]))
    values["inverse_volume"] = 1 / (np.minimum(reach, farthest) ** 3 - nearest**3)
    return values


def _panels(samples: Mapping[str, Mapping[str, Floats]]) -> list[Distribution]:
    def panel(label: str, low: float, high: float, first: str, second: str | None = None) -> Distribution:
        values = {name: q[first] - (q[second] if second else 0.0) for name, q in samples.items()}
        return Distribution(label, np.linspace(low, high, 31), values)

    inverse = {name: q["inverse_volume"] for name, q in samples.items()}
    masses = {name: q["mass"] for name, q in samples.items()}
    mass = r"$\log_{10} M_\star/M_\odot$"
    return [
        panel("r [mag]", 13.0, 17.5, "r"),
        panel("redshift", 0.02, 0.2, "redshift"),
        panel(mass, 8.5, 12.0, "mass"),
        Distribution(
            f"{mass}, weighted by $1/V_\\mathrm{{max}}$", np.linspace(9.25, 12.0, 23), masses, inverse, True
        ),
        panel("u - r [mag]", 0.5, 4.0, "u", "r"),
        panel("u - g [mag]", 0.3, 2.8, "u", "g"),
        panel("g - r [mag]", 0.0, 1.4, "g", "r"),
        panel("r - i [mag]", 0.0, 0.7, "r", "i"),
        panel("i - z [mag]", -0.2, 0.6, "i", "z"),
    ]


def _sizes(cutouts: NDArray[np.float32]) -> dict[str, Floats]:
    """r magnitude, R50 and R90 / R50 in r of cutouts within which a Petrosian aperture fits."""
    frames = np.zeros((len(cutouts), 5, FRAME, FRAME), dtype=np.float32)
    edge = (FRAME - CUTOUT) // 2
    frames[:, :, edge:-edge, edge:-edge] = cutouts
    found = petrosian(growth_curves(frames), 1.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        magnitude = 22.5 - 2.5 * np.log10(found.flux[:, 2])
        inside = (2 * found.radius < CUTOUT / 2 * 0.396) & (magnitude > BRIGHT) & (magnitude < FAINT)
        ratio = found.r90[:, 2] / found.r50[:, 2]
    seeing = np.repeat(seeing_node(np.array([TYPICAL_SEEING])), len(frames))
    shapes = axis_ratios(moments(frames), found.r50[:, 2], seeing)[:, 2]
    return {"r50": found.r50[inside, 2], "concentration": ratio[inside], "axis_ratio": shapes[inside]}


def _size_panels(sizes: Mapping[str, Mapping[str, Floats]]) -> list[Distribution]:
    within = f"{BRIGHT:g} < r < {FAINT:g}"
    r50 = {name: values["r50"] for name, values in sizes.items()}
    ratio = {name: values["concentration"] for name, values in sizes.items()}
    shape = {name: values["axis_ratio"] for name, values in sizes.items()}
    return [
        Distribution(f"$R_{{50}}$ in r [arcsec], {within}", np.linspace(0.6, 4.5, 14), r50),
        Distribution(f"$R_{{90}}/R_{{50}}$ in r, {within}", np.linspace(1.5, 4.5, 14), ratio),
        Distribution(f"axis ratio in r, {within}", np.linspace(0.0, 1.0, 11), shape),
    ]


def _print(panels: list[Distribution]) -> None:
    """Percentiles of every quantity that is not weighted, as rows of a Markdown table."""
    print("| quantity | sample | galaxies | 2% | 16% | 50% | 84% | 98% |\n|---|---|---|---|---|---|---|---|")
    for panel in panels:
        for name, values in panel.values.items() if panel.weights is None else ():
            cells = " | ".join(f"{v:.2f}" for v in np.percentile(values, [2, 16, 50, 84, 98]))
            print(f"| {panel.label} | {name} | {len(values):,} | {cells} |")


if __name__ == "__main__":
    main()
