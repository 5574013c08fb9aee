"""What causal discovery finds: a graph and how far to trust it, as files and as an object."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pv
import pyarrow.parquet as pq
from matplotlib.figure import Figure
from rich.console import RenderableType

from galaxy_causal import plot
from galaxy_causal.discovery import (
    Knowledge,
    Marks,
    Ranges,
    Tails,
    read_graph,
    simulations,
    to_networkx,
    write_graph,
)
from galaxy_causal.discovery.outliers import DEVIATIONS
from galaxy_causal.jobs.discover.answer import answer
from galaxy_causal.jobs.discover.circular import caveat
from galaxy_causal.jobs.discover.content import content
from galaxy_causal.jobs.discover.shares import meaning, ranges_of
from galaxy_causal.jobs.page import Content
from galaxy_causal.jobs.result import Drawings, StoredResult, drawn
from galaxy_causal.types import Fit, Graph

if TYPE_CHECKING:
    import networkx as nx

SUMMARY, EDGES, SWEEP = "summary.json", "edges.parquet", "sweep.json"


@dataclass(frozen=True, repr=False)
class Discovery(StoredResult):
    """A causal graph of variables, and how far it is to be trusted.

    Parameters
    ----------
    graph
        That of all galaxies.
    consensus, truth
        The graph on which resamples agree, and the one that perfect tests would give, where there is one.
    edges
        A row for every pair of variables; see ``discovery.pair_table`` for the columns.
    known
        Background knowledge.
    dataset, count
        Where the galaxies are from, and how many they are.
    measured
        Metrics by name.
    replicates
        Resamples.
    simulated, unsimulated
        How often edges and directions of such shares of resamples were true in simulations, or why nothing is
        known of that.
    heavy, robust
        Variables with outliers, and the option by which the algorithm bears them.
    dial, sweep
        What was varied, and the marks (p, p) of the graph at each of its values.
    makings
        Pairs of a variable that the target was made with, and the target.
    fits
        The fit whose estimate is a variable, if one is; none of a stored result.
    """

    graph: Graph
    consensus: Graph | None
    truth: Graph | None
    edges: tuple[Mapping[str, str | bool | float], ...]
    known: Knowledge
    dataset: Mapping[str, object]
    count: int
    measured: Mapping[str, float]
    replicates: int
    simulated: Ranges | None
    unsimulated: str
    heavy: tuple[Tails, ...]
    robust: str
    dial: str
    sweep: tuple[tuple[float, Marks], ...]
    makings: tuple[tuple[str, str], ...] = ()
    fits: tuple[Fit, ...] = field(default=())

    @property
    def shares(self) -> dict[tuple[str, str], float]:
        """The share of resamples with an edge, by its ends; empty without resamples."""
        rows = self.edges if self.replicates else ()
        return {(str(row["a"]), str(row["b"])): float(row["share"]) for row in rows}

    def to_pandas(self) -> pd.DataFrame:
        """Give what is known of pairs of variables as a frame.

        Returns
        -------
        pandas.DataFrame
            A row for every pair; see ``discovery.pair_table`` for the columns.
        """
        return pd.DataFrame([dict(row) for row in self.edges])

    def to_networkx(self) -> nx.DiGraph:
        """Give the graph to networkx.

        Returns
        -------
        networkx.DiGraph
            With marks and shares of resamples as attributes of its edges; see ``discovery.to_networkx``.
        """
        return to_networkx(self.graph, self.shares)

    @property
    def answer(self) -> str:
        """What was found, in sentences that say how far it is to be trusted."""
        return answer(self.graph, self.shares, self.count, self.measured)

    def content(self) -> Content:
        """Give what its page holds beside answer and figures.

        Returns
        -------
        Content
            Title, meaning, warnings, charts and tables.
        """
        return content(self)

    @property
    def _caveat(self) -> tuple[str, ...]:
        """What edges between the target and what it was made with are worth."""
        made = str(self.dataset.get("target", "as its dataset says"))
        return tuple(caveat(self.graph, self.makings, made))

    @property
    def _outliers(self) -> tuple[str, ...]:
        """What values far from all others may do, where the search does not bear them."""
        if not (self.heavy and self.robust):
            return ()
        return (
            f"values more than {DEVIATIONS:g} robust standard deviations out, or heavy tails: "
            f"{'; '.join(map(str, self.heavy))}. Where they are errors, this search may miss true edges "
            f"and arrows that {self.robust} (monotonic dependence alone) finds; where they are true "
            "values, ranks may add false ones (docs/evidence/discovery_shares.md)",
        )

    @property
    def _overridden(self) -> tuple[str, ...]:
        """Of which pairs knowledge decided against the data."""
        pairs = ", ".join(f"{a} and {b}" for a, b in self.graph.imposed)
        return (f"knowledge overrode the data on {pairs}",) if pairs else ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What speaks against the graph: outliers, circular edges, data that knowledge overrode."""
        circular = tuple(line.removeprefix("caveat: ") for line in self._caveat)
        return (*self._outliers, *circular, *self._overridden)

    def figures(self) -> dict[str, Figure]:
        """Draw all figures.

        Returns
        -------
        dict of str to matplotlib.figure.Figure
            ``graph``, and ``sweep`` where an option was varied.
        """
        return drawn(self.drawings())

    def drawings(self) -> Drawings:
        """What draws each of ``figures()``.

        Returns
        -------
        dict of str to callable
            By name.
        """
        graph, note = (self.graph, self.edges, self.known.tiers), " ".join(self._caveat)
        found: dict[str, Callable[[], Figure]] = {
            "graph": partial(plot.causal_graph, *graph, title=self._title, note=note)
        }
        if self.sweep:
            values, marks = zip(*self.sweep, strict=True)
            found["sweep"] = partial(
                plot.edge_sweep, self.graph.variables, values, np.stack(marks), self.dial
            )
        return found

    def shown(self) -> Iterator[RenderableType]:
        """Say what was found, as the terminal shows it.

        Yields
        ------
        rich.console.RenderableType
            Outliers, edges, what the shares of resamples mean, and what speaks against the graph.
        """
        yield from (f"warning: {line}" for line in self._outliers)
        yield plot.edges_table(self.edges, self.graph.kind)
        yield from self._caveat
        if self.replicates:
            said = f"share of {self.replicates} resamples with the edge or direction: no probability."
            if self.simulated is None:
                yield f"{said} No simulation says what it is worth: {self.unsimulated}"
            else:
                yield (f"{said} How often edges of such a share were true, from the worst fault to the best:")
                bins = simulations()["bins"]
                yield plot.ranges_table(bins, self.simulated.edge, self.simulated.direction)
        if self.truth is not None:
            found = self.measured
            yield (
                f"against the truth: adjacencies {found['adjacency_precision']:.2f} precision, "
                f"{found['adjacency_recall']:.2f} recall; orientation {found['orientation_accuracy']:.2f}; "
                f"structural Hamming distance {found['hamming_distance']:.0f}"
            )
        yield from self._overridden

    def metrics(self) -> dict[str, float]:
        """Give its numbers as they are tracked.

        Returns
        -------
        dict of str to float
            Numbers of edges, mean shares of resamples, log evidence [nats], agreement with a truth.
        """
        return dict(self.measured)

    def write(self, folder: Path) -> None:
        """Write graphs (JSON, DOT, GraphML), the table of edges, a summary, and the sweep.

        Parameters
        ----------
        folder
            That is there; files of the same names are overwritten.
        """
        write_graph(self.graph, folder, "graph", self.shares)
        if self.consensus is not None:
            write_graph(self.consensus, folder, "consensus", self.shares)
        if self.truth is not None:
            write_graph(self.truth, folder, "truth")
        table = pa.Table.from_pylist([dict(row) for row in self.edges])
        pq.write_table(table, folder / EDGES)
        pv.write_csv(table, folder / "edges.csv")
        (folder / SUMMARY).write_text(json.dumps(self._summary(), indent=2) + "\n")
        if self.sweep:
            points = [
                {self.dial: value, "edges": int(np.sum(marks != 0) // 2), "marks": marks.tolist()}
                for value, marks in self.sweep
            ]
            (folder / SWEEP).write_text(json.dumps(points, indent=2) + "\n")

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read what ``write`` left.

        Parameters
        ----------
        folder
            With its files.

        Returns
        -------
        Discovery
            The same, without its fits.
        """
        given = json.loads((folder / SUMMARY).read_text())
        graph = read_graph(folder / "graph.json")
        consensus, truth = (
            read_graph(file) if (file := folder / f"{name}.json").exists() else None
            for name in ("consensus", "truth")
        )
        known = {
            verdict: {(a, b): source for a, b, source in given["knowledge"][verdict]}
            for verdict in ("required", "forbidden")
        }
        points = json.loads((folder / SWEEP).read_text()) if (folder / SWEEP).exists() else []
        dial = given["dial"]
        shares = given["shares"]
        return cls(
            graph=replace(graph, imposed=tuple((a, b) for a, b in given["imposed"])),
            consensus=consensus,
            truth=truth,
            edges=tuple(pq.read_table(folder / EDGES).to_pylist()),
            known=Knowledge(graph.variables, tuple(map(tuple, given["knowledge"]["tiers"])), **known),
            dataset=given["dataset"],
            count=given["galaxies"],
            measured=given["metrics"],
            replicates=shares.get("resamples", 0),
            simulated=ranges_of(shares["simulated"]["ranges"]) if "simulated" in shares else None,
            unsimulated=shares.get("not_simulated", ""),
            heavy=tuple(Tails(**tail) for tail in given["heavy_tails"]),
            robust=given["robust"],
            dial=dial,
            sweep=tuple((point[dial], np.array(point["marks"], dtype=np.int8)) for point in points),
            makings=tuple(map(tuple, given.get("makings", []))),
        )

    @property
    def _title(self) -> str:
        name = str(self.dataset.get("name", ""))
        return f"{name}: {self.count:,} galaxies, {len(self.graph.variables)} variables"

    def _summary(self) -> dict[str, object]:
        known = self.known
        return {
            "kind": self.graph.kind,
            "galaxies": self.count,
            "dataset": dict(self.dataset),
            "knowledge": {
                "tiers": known.tiers,
                "required": [[*pair, source] for pair, source in known.required.items()],
                "forbidden": [[*pair, source] for pair, source in known.forbidden.items()],
            },
            "imposed": self.graph.imposed,
            "shares": meaning(self.replicates, self.simulated, self.unsimulated),
            "heavy_tails": [asdict(tail) for tail in self.heavy],
            "robust": self.robust,
            "dial": self.dial,
            "makings": self.makings,
            "metrics": dict(self.measured),
        }
