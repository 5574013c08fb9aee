"""What the causal analysis finds: dependence on queries given a latent, as files and as an object."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from matplotlib.figure import Figure
from numpy.typing import NDArray
from rich.console import RenderableType

from galaxy_causal import plot
from galaxy_causal.files import write_columns
from galaxy_causal.jobs.causal.answer import answer as told
from galaxy_causal.jobs.causal.answers import ALL
from galaxy_causal.jobs.causal.content import content
from galaxy_causal.jobs.causal.files import NUMBERS, bins_as_rows, numbers, read_answer, with_nulls
from galaxy_causal.jobs.causal.graph import LATENT, LEVEL, graph_of, proposals
from galaxy_causal.jobs.causal.sufficiency import PIT, calibrated
from galaxy_causal.jobs.page import Content
from galaxy_causal.jobs.result import Drawings, StoredResult, columns_of, drawn
from galaxy_causal.types import Answer, Fit, Floats, metric_name, option, with_error, without_unit

if TYPE_CHECKING:
    from astropy.table import Table

SUMMARY, GALAXIES, BINS, PLANE = "summary.json", "galaxies.parquet", "bins.parquet", "latent.parquet"
WIDTHS = ("few galaxies significant", "all")


@dataclass(frozen=True)
class LatentPlane:
    """The plane of a latent in which it is drawn.

    Parameters
    ----------
    seed
        Of the realisation.
    places
        First two principal components of the tested galaxies, shape (n, 2).
    variance
        The shares of variance that they hold.
    values
        Of each query (n,), by its name.
    """

    seed: int
    places: Floats
    variance: tuple[float, float]
    values: Mapping[str, Floats]


@dataclass(frozen=True, repr=False)
class CausalAnalysis(StoredResult):
    """Whether a target depends on queries among galaxies of one latent.

    Parameters
    ----------
    inputs, network, target
        Names of what the network saw, of the network with the latent, and the target's label.
    dataset, left_out
        Where the galaxies are from, and how many were left out by reason.
    counts
        Of ``training`` galaxies, and of galaxies ``tested``.
    k, least
        Members of a neighbourhood, and least galaxies of a bin.
    neighbours, tests
        How neighbours were found, and dependence tested.
    answers
        Of every query without conditions and, where there are any, with them: groups of galaxies, and bins
        of target and magnitude, averaged over realisations.
    masked
        Neighbourhoods that could not be asked, by query, condition and seed.
    information
        What the fits tell of the target, ``mi``, and the ``sufficiency`` of the latent [nats], with errors.
    recall
        Share of the true neighbours that were found.
    columns
        Of every tested galaxy, query, condition and seed a row: id, y, class, split, local tests, and how
        well the neighbours know the target.
    plane
        The latent as it is drawn.
    fits
        The fits that it rests on; none of a stored result.
    """

    inputs: str
    network: str
    target: str
    dataset: Mapping[str, object]
    left_out: Mapping[str, int]
    counts: Mapping[str, int]
    k: int
    least: int
    neighbours: Mapping[str, object]
    tests: Mapping[str, object]
    answers: tuple[Answer, ...]
    masked: Mapping[str, int]
    information: Mapping[str, float]
    recall: float
    columns: Mapping[str, NDArray[Any]]
    plane: LatentPlane
    fits: tuple[Fit, ...] = field(default=())

    @property
    def galaxies(self) -> Table:
        """A row for every tested galaxy, query, condition and seed, as an astropy table."""
        from astropy.table import Table

        return Table(dict(self.columns))

    def to_pandas(self) -> pd.DataFrame:
        """Give the tests of groups of galaxies as a frame.

        Returns
        -------
        pandas.DataFrame
            A row for each ``query``, condition ``given`` and ``group`` of galaxies; see `Dependence` for the
            other columns. ``p`` is that of all tests of the group together.
        """
        return pd.DataFrame(
            {"query": answer.query, "given": ", ".join(answer.given), **asdict(group), "p": group.p}
            for answer in self.answers
            for group in answer.groups
        )

    @property
    def answer(self) -> str:
        """What was found, in sentences that say how far it is to be trusted."""
        return told(self.inputs, self.target, self.answers, self.information)

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
            ``against_QUERY`` target and magnitude where there are bins, ``graph``, ``latent``, and ``pit``
            where the target is a number.
        """
        return drawn(self.drawings())

    def drawings(self) -> Drawings:
        """What draws each of ``figures()``.

        Returns
        -------
        dict of str to callable
            By name.
        """
        found: dict[str, Callable[[], Figure]] = {
            f"against_{_file_name(one.title)}": partial(
                plot.dependence_against, one, self.target, self.inputs
            )
            for one in self.answers
            if one.curves
        }
        found |= {"graph": self._graph, "latent": self._map}
        return found | ({"pit": self._pit} if PIT in self.columns else {})

    def _graph(self) -> Figure:
        """What tells of the target beyond the latent."""
        graph, rows = graph_of(self.inputs, self.target, self.answers)
        asked = [name for name in graph.variables if name not in (LATENT, self.target)]
        absent = [(answer.title, self.target) for answer in self.answers if answer.groups[0].p > LEVEL]
        return plot.causal_graph(
            graph, rows, [asked, [LATENT], [self.target]], WIDTHS, absent,
            learnt=[(self.inputs, LATENT), (LATENT, self.target)],
            title=f"What tells of {without_unit(self.target)} beyond the latent of {self.inputs}",
            note="Double lines: the latent is computed from the inputs and predicts the target. "
            "They are no causes; dashed lines say that there is dependence, and not in which direction.",
        )  # fmt: skip

    def _pit(self) -> Figure:
        """How well the neighbours' targets are spread as the galaxies' own."""
        _, once = self._once()
        pit = self.columns[PIT][once & (self.columns["split"] == "test")]
        return plot.pit_histogram(pit, f"neighbours in the latent of {self.inputs}")

    def shown(self) -> Iterator[RenderableType]:
        """Say what was found, as the terminal shows it.

        Yields
        ------
        rich.console.RenderableType
            A table for every answer, what could not be asked, and how good latent and neighbours are.
        """
        for answer in self.answers:
            yield plot.dependence_table(answer)
        for answer in self.answers:
            name = f"{answer.query}{answer.suffix}"
            most = max(n for key, n in self.masked.items() if key.rpartition("/seed_")[0] == name)
            if most:
                yield (
                    f"{answer.title}: {most:,} of {self.counts['tested']:,} neighbourhoods are masked, in "
                    f"which too few of the {self.k} members have all values, or nothing varies that could "
                    "tell"
                )
        found = self.metrics()
        if "sufficiency/mi_lost" in found:
            lost = with_error(found["sufficiency/mi_lost"], found["sufficiency/mi_lost_err"], sign=True)
            yield (
                f"\nsufficiency: the input has {lost} nats beyond the latent, which has "
                f"{found['sufficiency/mi_latent']:.3f}"
            )
        if PIT in self.columns:
            yield (
                f"neighbours' targets: CRPS {found['neighbours/crps']:.4f}, PIT "
                f"{found['neighbours/pit_distance']:.3f} from uniform"
            )
        else:
            yield f"neighbours' classes: Brier score {found['neighbours/brier']:.4f}"
        if not any(answer.curves for answer in self.answers):
            lower = option("causal.least", self.least)
            yield f"no figure against the target: {self.counts['tested']} galaxies; for one lower {lower}"

    def metrics(self) -> dict[str, float]:
        """Give its numbers as they are tracked.

        Returns
        -------
        dict of str to float
            Such as ``<query>/<class>/corr/given_<C>``; sufficiency [nats]; how well the neighbours of test
            galaxies know the target, averaged over realisations.
        """
        found, (seeds, once) = dict(self.information), self._once()
        once &= self.columns["split"] == "test"
        each = [calibrated(self.columns, once & (seeds == seed)) for seed in np.unique(seeds)]
        found |= {name: float(np.mean([one[name] for one in each])) for name in each[0]}
        found["neighbours/recall"] = self.recall
        for answer in self.answers:
            for group in answer.groups:
                middle = "" if group.group == ALL else f"{metric_name(group.group)}/"
                for name in NUMBERS:
                    found[f"{answer.query}/{middle}{name}{answer.suffix}"] = getattr(group, name)
        return found

    def tracked(self) -> dict[str, float]:
        """Give the numbers by which people compare runs: of all galaxies.

        Returns
        -------
        dict of str to float
            Without those of classes.
        """
        everyone = [replace(one, groups=one.groups[:1]) for one in self.answers]
        return replace(self, answers=tuple(everyone)).metrics()

    def write(self, folder: Path) -> None:
        """Write ``summary.json``, ``galaxies``, ``bins`` and ``latent.parquet``, and ``proposals.yaml``.

        Parameters
        ----------
        folder
            That is there; files of these names are overwritten. The proposals forbid a
            discovery edges between the target and queries that are independent of it given the latent.
        """
        write_columns(folder / GALAXIES, self.columns)
        if bins := bins_as_rows(self.answers):
            pq.write_table(pa.Table.from_pylist(bins), folder / BINS)
        first, second = self.plane.places.T
        values = {f"query/{name}": column for name, column in self.plane.values.items()}
        ids = self.columns["id"][: len(first)]
        pq.write_table(pa.table({"id": ids, "first": first, "second": second, **values}), folder / PLANE)
        (folder / SUMMARY).write_text(json.dumps(self._summary(), indent=2) + "\n")
        (folder / "proposals.yaml").write_text(yaml.safe_dump(proposals(self.inputs, self.answers)))

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read what ``write`` left.

        Parameters
        ----------
        folder
            With its files.

        Returns
        -------
        CausalAnalysis
            The same, without its fits.
        """
        given, column = json.loads((folder / SUMMARY).read_text()), columns_of(folder / PLANE)
        bins = pq.read_table(folder / BINS).to_pylist() if (folder / BINS).exists() else []
        return cls(
            **{name: given[name] for name in ("inputs", "network", "target", "dataset", "left_out")},
            **{name: given[name] for name in ("k", "least", "neighbours", "tests", "masked", "recall")},
            counts=given["galaxies"],
            answers=tuple(read_answer(one, bins) for one in given["answers"]),
            information=numbers(given["information"]),
            columns=columns_of(folder / GALAXIES),
            plane=LatentPlane(
                given["latent"]["seed"],
                np.stack([column.pop("first"), column.pop("second")], axis=1),
                tuple(given["latent"]["variance"]),
                {name.removeprefix("query/"): values for name, values in column.items() if name != "id"},
            ),
        )

    def _once(self) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """The seeds of all rows, and which rows are of the first query: of each seed and galaxy one."""
        query, given = self.columns["query"], self.columns["given"]
        return self.columns["seed"], (query == query[0]) & (given == given[0])

    def _map(self) -> Figure:
        """The first realisation's latent with the target, each query and its local correlation."""
        seeds, once = self._once()
        first = (seeds == self.plane.seed) & (self.columns["given"] == "")
        shown = {self.target: self.columns["y"][first & once]}
        for name, values in self.plane.values.items():
            shown[name] = values
            of_query = first & (self.columns["query"] == name)
            shown[f"local correlation with {name}"] = self.columns["corr"][of_query]
        title = f"latent of {self.inputs}, seed {self.plane.seed}"
        return plot.latent_maps(self.plane.places, self.plane.variance, shown, title)

    def _summary(self) -> dict[str, object]:
        asked = {answer.query: list(answer.given) for answer in self.answers}
        return {
            "inputs": self.inputs,
            "network": self.network,
            "target": self.target,
            "dataset": dict(self.dataset),
            "left_out": dict(self.left_out),
            "galaxies": dict(self.counts),
            "queries": [{"query": query, "given": given} for query, given in asked.items()],
            "k": self.k,
            "least": self.least,
            "neighbours": dict(self.neighbours),
            "tests": dict(self.tests),
            "masked": dict(self.masked),
            "latent": {"seed": self.plane.seed, "variance": self.plane.variance},
            "recall": self.recall,
            "information": with_nulls(self.information),
            "answers": [
                {
                    "query": answer.query,
                    "given": answer.given,
                    "groups": [with_nulls(asdict(group)) for group in answer.groups],
                }
                for answer in self.answers
            ],
            "metrics": with_nulls(self.metrics()),
        }


def _file_name(title: str) -> str:
    return re.sub(r"[^\w-]+", "_", title).strip("_")
