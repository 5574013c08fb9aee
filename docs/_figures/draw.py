"""Figures of the guide that no study draws: ``python docs/_figures/draw.py [measures|ceiling|pointwise]``."""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import galaxy_causal as gc
from galaxy_causal.dataset import sdss

FIGURES = Path(__file__).parents[1] / "figures"
SPLIT = {"train": 0.7, "validation": 0.15, "test": 0.15, "seed": 0}
ATOMS = {"redundant": "#c4c4c4", "unique_1": "#0072b2", "unique_2": "#e69f00", "synergistic": "#009e73"}


def main_job() -> gc.Decomposition:
    """The main job, with a further measure; its fits are those of ``mlruns``."""
    galaxies = sdss(SPLIT)
    inputs = {"photometry": "ugriz"}, {"redshift": True}
    return gc.decompose(galaxies, *inputs, also=["shared_exclusions"], store="mlruns")


def measures() -> None:
    """The atoms of one pair of inputs by three measures."""
    values = main_job().to_pandas().query("group == 'all'").set_index("quantity")["value"]
    figure, axes = plt.subplots(figsize=(7.2, 3.6), layout="constrained")
    found = ["population_min", "pointwise_min", "shared_exclusions"]
    for row, name in enumerate(found):
        right = left = 0.0
        for atom, colour in ATOMS.items():
            value = values[f"{name}/{atom}"]
            axes.barh(row, value, left=right if value > 0 else left, color=colour, edgecolor="white")
            right, left = (right + value, left) if value > 0 else (right, left + value)
    axes.set_yticks(range(len(found)), found)
    axes.invert_yaxis()
    axes.axvline(0, color="black", linewidth=0.8)
    axes.set_xlabel("information about the mass [nats]")
    labels = ["redundant", "unique: photometry", "unique: redshift", "synergistic"]
    marks = [plt.Rectangle((0, 0), 1, 1, color=colour) for colour in ATOMS.values()]
    figure.legend(marks, labels, loc="outside lower center", ncols=4, frameon=False)
    figure.savefig(FIGURES / "measures.png", dpi=180)


def pointwise() -> None:
    """What photometry and redshift tell of each test galaxy."""
    table = main_job().galaxies.to_pandas()
    test = table[table["split"] == "test"]
    top = test.nlargest(20, "unique_1")
    figure, axes = plt.subplots(figsize=(7.2, 5), layout="constrained")
    axes.scatter(test["i_x1"], test["i_x2"], s=7, color="#9a9a9a", label="test galaxies")
    axes.scatter(top["i_x1"], top["i_x2"], s=26, color="#0072b2", label="the 20 with most unique: photometry")
    axes.axline((0, 0), slope=1, color="black", linewidth=0.8)
    axes.axhline(0, color="black", linewidth=0.8, linestyle=":")
    axes.axvline(0, color="black", linewidth=0.8, linestyle=":")
    axes.set_xlabel("photometry tells of this galaxy's mass [nats]")
    axes.set_ylabel("redshift tells of it [nats]")
    axes.legend(frameon=False, loc="upper left")
    figure.savefig(FIGURES / "pointwise.png", dpi=180)


def ceiling() -> None:
    """A made-up sample whose labels have errors of 0.3."""
    rng = np.random.default_rng(0)
    count = 10_000
    truth = rng.normal(size=count)
    columns = {
        "label": truth + rng.normal(0, 0.3, count),
        "error": np.full(count, 0.3),
        "good": truth + rng.normal(0, 0.3, count),
        "poor": truth + rng.normal(0, 1, count),
        "kind": np.where(rng.uniform(size=count) < 0.5, "passive", "star_forming"),
    }
    galaxies = gc.from_table(
        columns,
        "label",
        target_kind="number",
        target_error="error",
        galaxy_class="kind",
        other={"good": "good", "poor": "poor"},
    )
    inputs = {"other": ["good"]}, {"other": ["poor"]}
    found = gc.decompose(galaxies, *inputs, estimator="gaussian", referee=False)
    found.plot("atoms_by_class").savefig(FIGURES / "ceiling.png", dpi=180)


if __name__ == "__main__":
    drawn = {"measures": measures, "pointwise": pointwise, "ceiling": ceiling}
    for name in sys.argv[1:] or drawn:
        drawn[name]()
