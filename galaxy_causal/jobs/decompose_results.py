"""What a decomposition leaves behind: metrics, tables and figures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from omegaconf import DictConfig, OmegaConf

from galaxy_causal import plot
from galaxy_causal.decomposition import pointwise_min, shared_exclusions
from galaxy_causal.types import Catalogue, Curve, Floats, InputPair, Summary

SUMMARY = "summary.json"

SHORT = {"population_min": "population", "pointwise_min": "pointwise"}
"""Measures whose metrics have a shorter name."""


def metrics(summaries: Sequence[Summary], headline: str) -> dict[str, float]:
    """Metric names and values as tracked; see the README for the list."""
    found: dict[str, float] = {}
    for summary in summaries:
        prefix = "" if summary.group == "all" else f"{summary.group}/"
        for key, value in summary.value.items():
            measure, _, atom = key.rpartition("/")
            names = []
            if measure in ("", headline):
                names.append(f"{prefix}{atom}")
            if measure:
                names.append(f"{prefix}{SHORT.get(measure, measure)}/{atom}")
            for name in names:
                found[name] = value
                found[f"{name}_err"] = summary.error[key]
                if key in summary.low:
                    found[f"{name}_low"], found[f"{name}_high"] = summary.low[key], summary.high[key]
        found[f"{prefix}galaxies"] = float(summary.count)
    return found


def write(
    folder: Path,
    cfg: DictConfig,
    catalogue: Catalogue,
    pair: InputPair,
    summaries: Sequence[Summary],
    curves: Sequence[Curve],
    informations: Floats,
) -> None:
    """All artifacts of the decomposition, as files in ``folder``."""
    measure = cfg.decomposition.measure
    OmegaConf.save(cfg, folder / "config.yaml", resolve=True)
    pq.write_table(
        _galaxy_table(catalogue, informations, {key.rpartition("/")[0] for key in summaries[0].value}),
        folder / "galaxies.parquet",
    )
    document = {
        "x1": pair.x1.label,
        "x2": pair.x2.label,
        "unit": "nats",
        "headline": measure,
        "dataset": {"name": catalogue.name, **catalogue.provenance},
        "left_out": dict(catalogue.dropped),
        "groups": [asdict(summary) for summary in summaries],
        "curves": [asdict(curve) | {"centre": curve.centre.tolist()} for curve in curves],
    }
    (folder / SUMMARY).write_text(json.dumps(document, indent=2) + "\n")
    labels = (pair.x1.label, pair.x2.label)
    by_class = plot.atoms_by_class(summaries, measure, *labels, target=catalogue.target_label)
    plot.save(by_class, folder, "atoms_by_class")
    if curves:
        along = plot.atoms_against(curves, measure, *labels, target=catalogue.target_label)
        plot.save(along, folder, "atoms_against")


def read_summaries(folder: Path) -> tuple[Summary, ...]:
    """The averages of every group of galaxies that ``write`` left in ``folder``."""
    document = json.loads((folder / SUMMARY).read_text())
    return tuple(Summary(**group) for group in document["groups"])


def read_curves(folder: Path) -> tuple[Curve, ...]:
    """The averages in bins of a quantity that ``write`` left in ``folder``, if any."""
    found = json.loads((folder / SUMMARY).read_text()).get("curves", [])
    return tuple(
        Curve(
            one["group"],
            one["label"],
            np.array(one["centre"]),
            tuple(Summary(**summary) for summary in one["summaries"]),
            one.get("verdict", {}),
        )
        for one in found
    )


def _galaxy_table(catalogue: Catalogue, informations: Floats, measures: set[str]) -> pa.Table:
    """id, y, class, split, informations averaged over realisations and the pointwise atoms of ``measures``.

    The atoms of ``pointwise_min`` go by their names, those of ``shared_exclusions`` with that before.
    """
    i1, i2, union = informations.mean(axis=0)
    columns: dict[str, object] = {"id": catalogue.id, "y": catalogue.target}
    if catalogue.galaxy_class is not None:
        columns["class"] = catalogue.galaxy_class
    columns |= {"split": catalogue.split, "i_x1": i1, "i_x2": i2, "i_union": union}
    if "pointwise_min" in measures:
        columns |= dict(pointwise_min(i1, i2, union))
    if "shared_exclusions" in measures:
        atoms = shared_exclusions(i1, i2, union)
        columns |= {f"shared_exclusions/{name}": atom for name, atom in atoms}
    return pa.table(columns)
