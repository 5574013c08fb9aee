"""What a decomposition finds: averages, curves and per-galaxy values, as files and as an object."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from astropy.table import Table
from matplotlib.figure import Figure
from rich.console import RenderableType
from rich.text import Text

from galaxy_causal import plot
from galaxy_causal.files import write_columns
from galaxy_causal.jobs.decompose import extrapolated
from galaxy_causal.jobs.decompose.options import DecomposeOptions
from galaxy_causal.jobs.result import StoredResult, columns_of
from galaxy_causal.types import VERDICTS, Curve, Fit, Summary, metric_name, option

SUMMARY, GALAXIES = "summary.json", "galaxies.parquet"
SHORT = {"population_min": "population", "pointwise_min": "pointwise"}
"""Measures whose metrics have a shorter name."""


@dataclass(frozen=True, repr=False)
class Decomposition(StoredResult):
    """What two inputs tell of the target: redundant, unique and synergistic information in nats.

    Parameters
    ----------
    x1, x2
        Names of the inputs.
    target
        Its label.
    measure
        The name of the headline's measure of redundancy.
    meanings
        What each measure takes as redundancy, by name.
    dataset, left_out
        Where the galaxies are from, and how many were left out by reason.
    summaries, curves
        Averages over held-out galaxies, all and by class, and in bins of target and magnitude.
    warnings
        What is not to be trusted or a lower bound, in words.
    shortfall
        Nats that are missing of each group's informations, by metric.
    ceiling
        What the errors of the target say, in words.
    limits
        What very many training galaxies would teach, and its error [nats], where that was asked for.
    columns
        Of every galaxy (n,): id, y, class, split, informations averaged over realisations, pointwise atoms.
        Training galaxies, which the fits have seen, are there too: their informations are too high.
    least
        Galaxies that a bin must have.
    fits
        The fits that it rests on; none of a stored result.
    """

    x1: str
    x2: str
    target: str
    measure: str
    meanings: Mapping[str, str]
    dataset: Mapping[str, object]
    left_out: Mapping[str, int]
    summaries: tuple[Summary, ...]
    curves: tuple[Curve, ...]
    warnings: tuple[str, ...]
    shortfall: Mapping[str, float]
    ceiling: tuple[str, ...]
    limits: Mapping[str, tuple[float, float]]
    columns: Mapping[str, Any]
    least: int
    fits: tuple[Fit, ...] = field(default=())

    @property
    def galaxies(self) -> Table:
        """Per-galaxy values as an astropy table of n rows; informations and atoms in nats."""
        return Table({name: np.asarray(values) for name, values in self.columns.items()})

    def to_pandas(self) -> pd.DataFrame:
        """Give all averages as a frame.

        Returns
        -------
        pandas.DataFrame
            A row for every ``quantity`` of every ``group``: its ``value``, one-sigma ``error``, the ends
            ``low`` and ``high`` of its central 68% interval, NaN where there is none [nats], and its
            ``verdict``; and the number of ``galaxies``.
        """
        return pd.DataFrame(
            {
                "group": summary.group,
                "galaxies": summary.count,
                "quantity": key,
                "value": value,
                "error": summary.error[key],
                "low": summary.low.get(key, np.nan),
                "high": summary.high.get(key, np.nan),
                "verdict": summary.verdict.get(key, ""),
            }
            for summary in self.summaries
            for key, value in summary.value.items()
        )

    def figures(self) -> dict[str, Figure]:
        """Draw all figures.

        Returns
        -------
        dict of str to matplotlib.figure.Figure
            ``atoms_by_class``, and ``atoms_against`` target and magnitude where there are bins.
        """
        how = (self.measure, self.x1, self.x2, self.target, self.meanings)
        found = {"atoms_by_class": plot.atoms_by_class(self.summaries, *how)}
        if self.curves:
            found["atoms_against"] = plot.atoms_against(self.curves, *how)
        return found

    def shown(self) -> Iterator[RenderableType]:
        """Say what was found, as the terminal shows it.

        Yields
        ------
        rich.console.RenderableType
            Warnings, the table of atoms, what the target's errors and more galaxies would allow.
        """
        yield from (Text(line, style="yellow") for line in self.warnings)
        yield plot.atoms_table(self.summaries, self.measure, self.x1, self.x2, self.meanings)
        yield from self.ceiling
        if self.limits:
            yield extrapolated.in_words(self.limits, self.summaries[0].value)
        if not self.curves and np.asarray(self.columns["y"]).dtype.kind not in "UO":  # which names classes
            lower = option("decomposition.least", self.least)
            yield f"no figure against the target: {self.summaries[0].count} galaxies; for one lower {lower}"

    def metrics(self) -> dict[str, float]:
        """Give its numbers as they are tracked.

        Returns
        -------
        dict of str to float
            Averages with their errors, shortfalls and limits [nats]; places of verdicts in ``VERDICTS``.
        """
        values = metrics(self.summaries, self.measure)
        for summary in self.summaries:
            prefix = "" if summary.group == "all" else f"{metric_name(summary.group)}/"
            for key, verdict in summary.verdict.items():
                values[f"{prefix}verdict/{key}"] = float(VERDICTS.index(verdict))
        return values | dict(self.shortfall) | extrapolated.metrics(self.limits)

    def tags(self) -> dict[str, str]:
        """Give the verdicts by which the run is found.

        Returns
        -------
        dict of str to str
            Those on the headline's numbers of all galaxies.
        """
        return {
            f"verdict_{key.rpartition('/')[2]}": verdict
            for key, verdict in self.summaries[0].verdict.items()
            if key.rpartition("/")[0] in ("", self.measure)
        }

    def write(self, folder: Path) -> None:
        """Write ``summary.json`` and ``galaxies.parquet``.

        Parameters
        ----------
        folder
            That is there; files of these names are overwritten.
        """
        write_columns(folder / GALAXIES, self.columns)
        document = {
            "x1": self.x1,
            "x2": self.x2,
            "unit": "nats",
            "headline": self.measure,
            "meanings": dict(self.meanings),
            "target": self.target,
            "dataset": dict(self.dataset),
            "left_out": dict(self.left_out),
            "warnings": self.warnings,
            "shortfall": dict(self.shortfall),
            "ceiling": self.ceiling,
            "extrapolated": dict(self.limits),
            "least": self.least,
            "groups": [asdict(summary) for summary in self.summaries],
            "curves": [asdict(curve) | {"centre": curve.centre.tolist()} for curve in self.curves],
        }
        (folder / SUMMARY).write_text(json.dumps(document, indent=2) + "\n")

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read what ``write`` left.

        Parameters
        ----------
        folder
            With its files.

        Returns
        -------
        Decomposition
            The same, without its fits.
        """
        given = json.loads((folder / SUMMARY).read_text())
        return cls(
            x1=given["x1"],
            x2=given["x2"],
            target=given.get("target", "target"),
            measure=given["headline"],
            meanings=given.get("meanings", DecomposeOptions().meanings),
            dataset=given["dataset"],
            left_out=given["left_out"],
            summaries=tuple(Summary(**group) for group in given["groups"]),
            curves=tuple(_curve(one) for one in given.get("curves", [])),
            warnings=tuple(given.get("warnings", ())),
            shortfall=given.get("shortfall", {}),
            ceiling=tuple(given.get("ceiling", ())),
            limits={name: tuple(limit) for name, limit in given.get("extrapolated", {}).items()},
            columns=columns_of(folder / GALAXIES),
            least=given.get("least", 20),  # the default, where a run does not say
        )


def metrics(summaries: Sequence[Summary], headline: str) -> dict[str, float]:
    """Metric names and values of averages; those of the headline's atoms have short names too."""
    found: dict[str, float] = {}
    for summary in summaries:
        prefix = "" if summary.group == "all" else f"{metric_name(summary.group)}/"
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


def _curve(given: Mapping[str, Any]) -> Curve:
    summaries = tuple(Summary(**summary) for summary in given["summaries"])
    centre = np.array(given["centre"])
    return Curve(given["group"], given["label"], centre, summaries, given.get("verdict", {}))
