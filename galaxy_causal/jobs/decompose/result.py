"""What a decomposition finds: averages, curves and per-galaxy values, as files and as an object."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from rich.console import RenderableType
from rich.text import Text

from galaxy_causal import plot
from galaxy_causal.files import Note, notes_of, write_columns
from galaxy_causal.jobs.decompose import extrapolated, verdict, within
from galaxy_causal.jobs.decompose.answer import answer
from galaxy_causal.jobs.decompose.content import content
from galaxy_causal.jobs.decompose.examples import read_examples, write_examples
from galaxy_causal.jobs.decompose.galaxies import table_of
from galaxy_causal.jobs.decompose.meaning import Meaning, is_class, of_what, shares_of
from galaxy_causal.jobs.decompose.metrics import SHORT, metrics, of_headline
from galaxy_causal.jobs.decompose.options import DecomposeOptions
from galaxy_causal.jobs.decompose.planes import planes
from galaxy_causal.jobs.decompose.stored import curve_of, meaning_of, summary_of
from galaxy_causal.jobs.page import Content
from galaxy_causal.jobs.result import Drawings, StoredResult, columns_of, drawn, warning
from galaxy_causal.types import ATOMS, VERDICTS, Curve, Examples, Fit, Summary, metric_name, option

if TYPE_CHECKING:
    from astropy.table import Table

SUMMARY, GALAXIES = "summary.json", "galaxies.parquet"
WITHIN = "within/"
"""What the names of metrics within classes begin with."""
FEWEST = 100
"""Held-out galaxies of which maps show something."""


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
        Of every galaxy (n,): id, y, class, split, informations averaged over realisations, pointwise atoms,
        and what is known of position, redshift, E(B-V) and magnitude. Training galaxies, which the fits
        have seen, are there too: their informations are too high.
    least
        Galaxies that a bin must have.
    meaning
        What the informations mean for an estimate of the target.
    within
        Averages within classes, I(Y; X | class): of all classes together, then of each; none where there are
        no classes or no densities.
    notes
        Units and descriptions of columns.
    beside
        What comes along with ``x1`` and ``x2``, such as errors and E(B-V), in words.
    quantities
        Labels of magnitude, colour, redshift and latent, of those that there are; their values are columns of
        the names ``magnitude``, ``colour``, ``redshift``, ``latent_1`` and ``latent_2``.
    examples
        Held-out galaxies of each kind, with densities and stamps; None of an estimator whose values of single
        galaxies mean nothing, and of runs of older releases.
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
    meaning: Meaning = field(default_factory=Meaning)
    within: tuple[Summary, ...] = ()
    beside: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, Note] = field(default_factory=dict)
    quantities: Mapping[str, str] = field(default_factory=dict)
    examples: Examples | None = None
    fits: tuple[Fit, ...] = field(default=())

    @property
    def galaxies(self) -> Table:
        """Per-galaxy values as an astropy table of n rows, with units and descriptions."""
        return table_of(self.columns, self.notes)

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

    @property
    def answer(self) -> str:
        """What was found, in sentences that say how far it is to be trusted."""
        return answer(self.summaries[0], self.measure, self.x1, self.x2, self.target)

    def content(self) -> Content:
        """Give what its page holds beside answer and figures.

        Returns
        -------
        Content
            Title, meaning, warnings, charts and tables.
        """
        return content(self)

    def figures(self) -> dict[str, Figure]:
        """Draw all figures.

        Returns
        -------
        dict of str to matplotlib.figure.Figure
            ``atoms_by_class``; ``atoms_against`` target and magnitude where there are bins; ``one_galaxy``
            where there are examples with densities, ``gallery`` where they have densities or images; ``maps``
            over magnitude, colour, redshift and target, those that there are.
        """
        return drawn(self.drawings())

    def drawings(self) -> Drawings:
        """What draws each of ``figures()``.

        Returns
        -------
        dict of str to callable
            By name.
        """
        how, sample = (self.measure, self.x1, self.x2, self.target, self.meanings), self.sample
        found = {"atoms_by_class": partial(plot.atoms_by_class, self.summaries, *how, sample=sample)}
        if self.curves:
            found["atoms_against"] = partial(plot.atoms_against, self.curves, *how, sample=sample)
        shown = self.examples
        if shown is not None and shown.has_densities:
            found["one_galaxy"] = partial(plot.one_galaxy, shown, self.target)
        if shown is not None and (shown.has_stamps or shown.has_densities):
            found["gallery"] = partial(plot.gallery, shown, self.target)
        maps = self._maps()
        return found if maps is None else found | {"maps": maps}

    @property
    def sample(self) -> str:
        """Of which galaxies the averages are, and what comes along with the inputs, in words."""
        name = str(self.dataset.get("name", ""))
        inputs = {"x1": self.x1, "x2": self.x2}
        along = [f"{label} {self.beside[x]}" for x, label in inputs.items() if self.beside.get(x)]
        of = [f"{name}: {self.summaries[0].count:,} held-out galaxies"] if name else []
        return "; ".join([*of, *along])

    def _maps(self) -> Callable[[], Figure] | None:
        """What draws the atoms over planes of quantities, where values of single galaxies have a meaning."""
        if "redundant" not in self.columns:
            return None
        split = self.columns["split"]
        everyone = self.summaries[0].count == len(split)  # as where parts took turns
        rows = np.full(len(split), everyone) | (np.asarray(split) == "test")
        own = "" if self.measure == "pointwise_min" else f"{self.measure}/"
        names = [f"{own}{atom}" for atom in ATOMS]
        each = all(name in self.columns for name in names)
        informations = np.stack(
            [np.asarray(self.columns[f"i_{name}"])[rows] for name in ("x1", "x2", "union")]
        )
        atoms = np.stack([np.asarray(self.columns[name])[rows] for name in names]) if each else None
        those = planes(self.columns, self.quantities, self.target, rows)
        shown = [one for one in those if plot.known_in(one, informations, atoms).any()]
        if not shown or self.summaries[0].count < FEWEST:
            return None
        how = self.measure if each else "population_min"
        described = f"{how}: {self.meanings[how]}" if how in self.meanings else how
        below = f"{self.sample}; means over cells of at least {plot.FEWEST}\n{described}, cell by cell"
        title = (plot.told_title(self.x1, self.x2, self.target), below)
        return partial(plot.atom_maps, shown, informations, atoms, title, self.x1, self.x2)

    def shown(self) -> Iterator[RenderableType]:
        """Say what was found, as the terminal shows it.

        Yields
        ------
        rich.console.RenderableType
            Warnings, the table of atoms, what the target's errors and more galaxies would allow.
        """
        yield from map(warning, self.warnings)
        yield plot.atoms_table(self.summaries, self.measure, self.x1, self.x2, self.meanings, self.beside)
        missing = verdict.missing(self.summaries[0], self.shortfall)
        if missing:
            yield Text(missing, style="dim")
        if self.within:
            yield plot.within_table(self.within, self.measure)
            yield Text(within.note(), style="dim")
        if self.meaning.numbers:
            yield plot.meaning_table(
                self.meaning.numbers,
                self.meaning.unit,
                shares_of(self.summaries[0]),
                of_what(self.columns["y"]),
            )
            yield ""
        yield from self.ceiling
        if self.limits:
            yield extrapolated.in_words(self.limits, self.summaries[0].value)
        if not self.curves and not is_class(self.columns["y"]):
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
            for key, word in summary.verdict.items():
                values[f"{prefix}verdict/{key}"] = float(VERDICTS.index(word))
        inner = metrics([of_headline(one, self.measure) for one in self.within], self.measure, WITHIN)
        more = self.meaning.metrics() | extrapolated.metrics(self.limits)
        return values | inner | dict(self.shortfall) | more

    def tracked(self) -> dict[str, float]:
        """Give the numbers by which people compare runs: of all galaxies, and each once.

        Returns
        -------
        dict of str to float
            Without those of classes, and without the second name of the headline's atoms.
        """
        everyone = replace(self, summaries=self.summaries[:1], within=self.within[:1])
        second = f"{SHORT.get(self.measure, self.measure)}/"
        shortfall = {name: one for name, one in self.shortfall.items() if "/" not in name}
        found = {name: one for name, one in everyone.metrics().items() if not name.startswith(second)}
        return {name: one for name, one in found.items() if name in shortfall or name not in self.shortfall}

    def tags(self) -> dict[str, str]:
        """Give the verdicts by which the run is found.

        Returns
        -------
        dict of str to str
            Those on the headline's numbers of all galaxies.
        """
        return {
            f"verdict_{key.rpartition('/')[2]}": word
            for key, word in self.summaries[0].verdict.items()
            if key.rpartition("/")[0] in ("", self.measure)
        }

    def write(self, folder: Path) -> None:
        """Write ``summary.json``, ``galaxies.parquet`` and, where there are examples, ``examples.npz``.

        Parameters
        ----------
        folder
            That is there; files of these names are overwritten.
        """
        write_columns(folder / GALAXIES, self.columns, self.notes)
        if self.examples is not None:
            write_examples(folder, self.examples)
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
            "meaning": {"unit": self.meaning.unit, "numbers": dict(self.meaning.numbers)},
            "within": [asdict(summary) for summary in self.within],
            "beside": dict(self.beside),
            "least": self.least,
            "quantities": dict(self.quantities),
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
            summaries=tuple(map(summary_of, given["groups"])),
            curves=tuple(curve_of(one) for one in given.get("curves", [])),
            warnings=tuple(given.get("warnings", ())),
            shortfall=given.get("shortfall", {}),
            ceiling=tuple(given.get("ceiling", ())),
            limits={name: tuple(limit) for name, limit in given.get("extrapolated", {}).items()},
            columns=columns_of(folder / GALAXIES),
            notes=notes_of(folder / GALAXIES),
            least=given.get("least", 20),  # the default, where a run does not say
            meaning=meaning_of(given.get("meaning", {})),
            within=tuple(map(summary_of, given.get("within", []))),
            beside=given.get("beside", {}),
            quantities=given.get("quantities", {}),
            examples=read_examples(folder),
        )
