"""What a decomposition leaves behind: metrics, tables and figures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from galaxy_causal import plot
from galaxy_causal.jobs.decompose.question import Decomposition
from galaxy_causal.types import Curve, Summary

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


def write(folder: Path, found: Decomposition) -> None:
    """All artifacts of the decomposition, as files in ``folder``."""
    question, pair = found.question, found.question.pair
    pq.write_table(pa.table(found.columns()), folder / "galaxies.parquet")
    document = {
        "x1": pair.x1.label,
        "x2": pair.x2.label,
        "unit": "nats",
        "headline": question.options.measure,
        "dataset": {"name": question.catalogue.name, **question.catalogue.provenance},
        "left_out": dict(question.catalogue.dropped),
        "groups": [asdict(summary) for summary in found.summaries],
        "curves": [asdict(curve) | {"centre": curve.centre.tolist()} for curve in found.curves],
    }
    (folder / SUMMARY).write_text(json.dumps(document, indent=2) + "\n")
    for name, figure in found.figures().items():
        plot.save(figure, folder, name)


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
