"""What the subsets of some inputs tell: values, tables and figures, as files and as an object."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from matplotlib.figure import Figure
from rich.console import RenderableType
from rich.text import Text

from galaxy_causal import plot
from galaxy_causal.dataset import subset_label
from galaxy_causal.decomposition import smallest_within, three_sources
from galaxy_causal.files import write_columns
from galaxy_causal.jobs.page import Content
from galaxy_causal.jobs.result import Drawings, StoredResult, columns_of, drawn, warning
from galaxy_causal.jobs.subsets.answer import answer
from galaxy_causal.jobs.subsets.content import content
from galaxy_causal.jobs.subsets.stored import estimate_of, size_of
from galaxy_causal.types import VERDICTS, Estimate, Fit, SizeSummary, UserError, metric_name

if TYPE_CHECKING:
    from astropy.table import Table

SUMMARY, GALAXIES, SUBSETS = "summary.json", "galaxies.parquet", "subsets.parquet"
OF_INPUTS, OF_PAIRS = ("alone", "shapley", "last"), ("synergy", "redundancy")
"""Fields with a number of every input, and of every pair."""


@dataclass(frozen=True, repr=False)
class Subsets(StoredResult):
    """What every subset of some inputs tells of the target, and what each input is worth, in nats.

    Parameters
    ----------
    names
        Of the d inputs.
    target
        Its label.
    method
        ``exact`` or ``sampled``.
    tolerance
        What the smallest subset that is good enough may tell less than all inputs.
    dataset, left_out
        Where the galaxies are from, and how many were left out by reason.
    everything, always, o_information
        What all inputs tell, what those tell that are always shown, and what the target adds to the
        O-information of the inputs; each (1,).
    alone, shapley, last
        What each input tells by itself, its Shapley value, and what it adds to all others; each (d,).
    of_classes
        Shapley values of the galaxies of each class, (d,), not judged; the error of one galaxy is NaN.
    synergy, redundancy
        Of every two inputs, in the order of ``itertools.combinations``.
    lattice
        The 18 atoms of three sources by the minimum of averages, where there are three.
    sources
        Names of these.
    sizes
        The best subsets, where all were evaluated.
    impossible
        How many subsets seem to tell more than all inputs.
    shortfall
        Nats that are missing of what all inputs tell.
    warnings
        What is not to be trusted or a lower bound, in words.
    rows
        Of every subset that was evaluated: its name, what it holds, its information, ...
    columns
        Of every test galaxy: id, y, class, informations, Shapley values, atoms.
    fits
        The fits that it rests on; none of a stored result.
    """

    names: tuple[str, ...]
    target: str
    method: str
    tolerance: float
    dataset: Mapping[str, object]
    left_out: Mapping[str, int]
    everything: Estimate
    always: Estimate
    alone: Estimate
    shapley: Estimate
    last: Estimate
    of_classes: Mapping[str, Estimate]
    synergy: Estimate
    redundancy: Estimate
    o_information: Estimate
    lattice: Estimate | None
    sources: tuple[str, ...]
    sizes: tuple[SizeSummary, ...]
    impossible: int
    shortfall: float
    warnings: tuple[str, ...]
    rows: Mapping[str, Any]
    columns: Mapping[str, Any]
    fits: tuple[Fit, ...] = field(default=())

    @property
    def galaxies(self) -> Table:
        """Values of the test galaxies as an astropy table of m rows, in nats."""
        from astropy.table import Table

        return Table({name: np.asarray(values) for name, values in self.columns.items()})

    @property
    def inputs(self) -> pd.DataFrame:
        """A row for every input: what it tells alone, its Shapley value, what it adds to all others."""
        return self._frame("input", self.names, OF_INPUTS)

    @property
    def pairs(self) -> pd.DataFrame:
        """A row for every two inputs: their synergistic and redundant information."""
        return self._frame("pair", _pairs(self.names), OF_PAIRS)

    def _frame(self, what: str, labels: Sequence[str], fields: Sequence[str]) -> pd.DataFrame:
        found: dict[str, object] = {what: labels}
        for name in fields:
            one: Estimate = getattr(self, name)
            found |= {name: one.value, f"{name}_error": one.error, f"{name}_verdict": one.verdict}
        return pd.DataFrame(found)

    def to_pandas(self) -> pd.DataFrame:
        """Give what subsets tell as a frame.

        Returns
        -------
        pandas.DataFrame
            Of every subset that was evaluated, its name, its size, whether it holds each input, its
            information and error [nats], the verdict, how much seems missing [nats]; and the Moebius
            transform where all subsets were evaluated.
        """
        return pd.DataFrame(dict(self.rows))

    @property
    def smallest(self) -> SizeSummary | None:
        """The smallest subset that is good enough, where all were evaluated."""
        return smallest_within(self.sizes, self.tolerance) if self.sizes else None

    @property
    def best(self) -> list[str]:
        """Names of the best subsets of each size."""
        return [subset_label(self.names, one.coalition) for one in self.sizes]

    @property
    def answer(self) -> str:
        """What was found, in sentences that say how far it is to be trusted."""
        small = self.smallest
        suffices = "" if small is None else subset_label(self.names, small.coalition)
        return answer(self.names, self.target, self.everything, self.shapley, suffices, self.tolerance)

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
            ``inputs``, ``pairs``, and ``sizes`` where all subsets were evaluated.
        """
        return drawn(self.drawings())

    def drawings(self) -> Drawings:
        """What draws each of ``figures()``.

        Returns
        -------
        dict of str to callable
            By name.
        """
        name, count = str(self.dataset.get("name", "")), len(next(iter(self.columns.values())))
        of = (self.target, f"{name}: {count:,} held-out galaxies" if name else "")
        found = {
            "inputs": partial(plot.input_values, self.names, self.alone, self.shapley, self.last, *of),
            "pairs": partial(plot.pair_matrix, self.names, self.synergy, self.alone, *of),
        }
        if self.sizes:
            found["sizes"] = partial(plot.information_by_size, self.sizes, self.best, self.tolerance, *of)
        return found

    def shown(self) -> Iterator[RenderableType]:
        """Say what was found, as the terminal shows it.

        Yields
        ------
        rich.console.RenderableType
            Warnings; tables of inputs, sizes, pairs and the lattice; the balance of synergy.
        """
        yield from map(warning, self.warnings)
        yield plot.inputs_table(self.names, self.alone, self.shapley, self.last, self.always, self.everything)
        if self.smallest is not None:
            yield plot.sizes_table(self.sizes, self.best)
            yield (
                f"within {self.tolerance:g} nats of all inputs: "
                f"{subset_label(self.names, self.smallest.coalition)}"
            )
        yield plot.pairs_table(_pairs(self.names), self.synergy, self.redundancy)
        if self.lattice is not None:
            yield plot.lattice_table(three_sources().names, self.sources, self.lattice)
        (balance,) = plot.judged_cells(self.o_information)
        yield (f"what the target adds to the O-information: {balance} nats (below zero: mostly synergistic)")
        legend = plot.marks_legend(self.verdicts.values())
        if legend:
            yield Text(legend, style="dim")
        if self.everything.verdict[:1] == (VERDICTS[1],):
            yield Text(f"nats that seem to be missing: {self.shortfall:.2f} of what all tell", style="dim")

    def _numbers(self) -> Iterator[tuple[str, float, float, str]]:
        """Every number: its name as a metric, value, error, and verdict."""
        judged = [(labels, getattr(self, name)) for name, labels in _metrics_of(self.names).items()]
        for labels, one in [
            *judged,
            *zip(_of_classes(self.names, self.of_classes), self.of_classes.values(), strict=True),
        ]:
            if one is not None:
                words = one.verdict or [""] * len(labels)
                yield from zip(labels, map(float, one.value), map(float, one.error), words, strict=True)
        for size in self.sizes:
            yield f"best/{size.size}", size.information, size.error, size.verdict

    @property
    def verdicts(self) -> dict[str, str]:
        """The verdict on every number that was judged, by its name as a metric."""
        return {name: word for name, _, _, word in self._numbers() if word}

    def metrics(self) -> dict[str, float]:
        """Give its numbers as they are tracked; see docs/guide/subsets.md.

        Returns
        -------
        dict of str to float
            All numbers with their errors [nats], and verdicts as places in ``VERDICTS``.
        """
        found: dict[str, float] = {}
        for name, value, error, _ in self._numbers():
            found |= {name: value, f"{name}_err": error}
        found |= {f"verdict/{name}": float(VERDICTS.index(word)) for name, word in self.verdicts.items()}
        if self.smallest is not None:
            found["smallest_size"] = float(self.smallest.size)
        found |= {"impossible_subsets": float(self.impossible), "mi_shortfall": self.shortfall}
        return found | {"galaxies": float(len(self.columns["id"]))}

    def tracked(self) -> dict[str, float]:
        """Give the numbers by which people compare runs: of all galaxies.

        Returns
        -------
        dict of str to float
            Without those of classes.
        """
        own = {name for labels in _of_classes(self.names, self.of_classes) for name in labels}
        return {name: one for name, one in self.metrics().items() if name.removesuffix("_err") not in own}

    def tags(self) -> dict[str, str]:
        """Give the verdict by which the run is found.

        Returns
        -------
        dict of str to str
            That on what all inputs tell.
        """
        return {"verdict_mi": self.everything.verdict[0]}

    def write(self, folder: Path) -> None:
        """Write ``summary.json``, ``galaxies.parquet`` and ``subsets.parquet``.

        Parameters
        ----------
        folder
            That is there; files of these names are overwritten.
        """
        write_columns(folder / GALAXIES, self.columns)
        pq.write_table(pa.table(dict(self.rows)), folder / SUBSETS)
        document: dict[str, object] = {
            "unit": "nats",
            "inputs": self.names,
            "galaxies": len(self.columns["id"]),
            "method": self.method,
            "tolerance": self.tolerance,
            "target": self.target,
            "dataset": dict(self.dataset),
            "left_out": dict(self.left_out),
            "warnings": self.warnings,
            "metrics": self.metrics(),
            "verdict": self.verdicts,
            "sizes": [
                {
                    "size": one.size,
                    "best": label,
                    "shown": one.coalition.tolist(),
                    "information": one.information,
                    "error": one.error,
                    "agreement": one.agreement,
                    "mean": one.mean,
                    "worst": one.worst,
                }
                for one, label in zip(self.sizes, self.best, strict=True)
            ],
        }
        if self.lattice is not None:
            means = {name: float(np.mean(self.columns[name])) for name in three_sources().names}
            document |= {"sources": self.sources, "pointwise_lattice": means}
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
        Subsets
            The same, without its fits.

        Raises
        ------
        UserError
            For a run of a version that did not store all that a result holds.
        """
        given = json.loads((folder / SUMMARY).read_text())
        if "tolerance" not in given:
            raise UserError(f"{folder} is of an earlier version; ask again: its fits will be found")
        names, columns = tuple(given["inputs"]), columns_of(folder / GALAXIES)
        classes = np.unique(columns.get("class", np.array([], dtype=str))).tolist()
        of_classes = zip(classes, _of_classes(names, classes), strict=True)
        return cls(
            names=names,
            target=given["target"],
            method=given["method"],
            tolerance=given["tolerance"],
            dataset=given["dataset"],
            left_out=given["left_out"],
            **{name: estimate_of(given, labels) for name, labels in _metrics_of(names).items()},
            of_classes={name: estimate_of(given, labels) for name, labels in of_classes},
            sources=tuple(given.get("sources", ())),
            sizes=tuple(size_of(given, one) for one in given["sizes"]),
            impossible=int(given["metrics"]["impossible_subsets"]),
            shortfall=given["metrics"]["mi_shortfall"],
            warnings=tuple(given["warnings"]),
            rows=columns_of(folder / SUBSETS),
            columns=columns,
        )


def _pairs(names: Sequence[str]) -> list[str]:
    """Such as ``u-g``, in the order of the pairs."""
    return [f"{one}-{other}" for one, other in combinations(names, 2)]


def _metrics_of(names: Sequence[str]) -> dict[str, list[str]]:
    """Names of metrics, by the field of a result whose numbers they are; ``lattice/12.3`` is {12}{3}."""
    nodes = [name.replace("}{", ".").strip("{}") for name in three_sources().names]
    return {
        "everything": ["mi"],
        "always": ["mi_always"],
        **{kind: [f"{kind}/{name}" for name in names] for kind in OF_INPUTS},
        **{kind: [f"{kind}/{pair}" for pair in _pairs(names)] for kind in OF_PAIRS},
        "o_information": ["o_information"],
        "lattice": [f"lattice/{node}" for node in nodes],
    }


def _of_classes(names: Sequence[str], classes: Iterable[str]) -> list[list[str]]:
    """Names of metrics of Shapley values, for each class."""
    return [[f"{metric_name(one)}/shapley/{name}" for name in names] for one in classes]
