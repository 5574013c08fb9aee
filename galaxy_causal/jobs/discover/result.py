"""What job=discover leaves behind: files, figures and metrics."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pv
import pyarrow.parquet as pq
from omegaconf import DictConfig, OmegaConf

from galaxy_causal import plot
from galaxy_causal.discovery import (
    Agreement,
    Knowledge,
    LearnedGraph,
    Marks,
    Posterior,
    Ranges,
    Stability,
    Tails,
    simulations,
    to_graph,
    write_graph,
)
from galaxy_causal.types import Catalogue, Graph, GraphKind

SHARE = "share of the resamples that have the edge or the direction: how stable it is, not how likely"
TRUE = (
    "how often an edge or a direction of such a share was true in simulations, lowest and highest over faults"
)


@dataclass(frozen=True)
class Result:
    """All that was found of one table of variables."""

    kind: GraphKind
    known: Knowledge
    found: LearnedGraph
    stability: Stability | None
    posterior: Posterior | None
    sweep: Sequence[tuple[float, Marks]]
    truth: Marks | None
    agreement: Agreement | None
    rows: Sequence[Mapping[str, str | bool | float]]
    galaxies: int
    simulated: Ranges | None
    unsimulated: str
    """Why no simulation says what a share of resamples is worth; empty where one does."""
    heavy: Sequence[Tails]

    @property
    def graph(self) -> Graph:
        """The graph of all galaxies."""
        return to_graph(self.found.marks, self.known.variables, self.kind, self.found.imposed)

    @property
    def consensus(self) -> Graph | None:
        """The graph on which the resamples agree, if there were any."""
        if self.stability is None:
            return None
        return to_graph(self.stability.consensus, self.known.variables, self.kind)


def write(folder: Path, cfg: DictConfig, catalogue: Catalogue, result: Result, dial: str) -> None:
    """All artifacts, as files in ``folder``; ``dial`` names what the sweep varied."""
    OmegaConf.save(cfg, folder / "config.yaml", resolve=True)
    shares = {(str(r["a"]), str(r["b"])): float(r["share"]) for r in result.rows}
    if result.stability is None:
        shares = {}
    write_graph(result.graph, folder, "graph", shares)
    if result.consensus is not None:
        write_graph(result.consensus, folder, "consensus", shares)
    if result.truth is not None:
        write_graph(to_graph(result.truth, result.known.variables, result.kind), folder, "truth")
    table = pa.Table.from_pylist([dict(row) for row in result.rows])
    pq.write_table(table, folder / "edges.parquet")
    pv.write_csv(table, folder / "edges.csv")
    (folder / "summary.json").write_text(json.dumps(_summary(catalogue, result), indent=2) + "\n")
    tiers = result.known.tiers
    plot.save(plot.causal_graph(result.graph, result.rows, tiers), folder, "graph")
    if result.sweep:
        values = [value for value, _ in result.sweep]
        found = np.stack([marks for _, marks in result.sweep])
        plot.save(plot.edge_sweep(result.known.variables, values, found, dial), folder, "sweep")
        points = [{dial: v, "edges": int(np.sum(m != 0) // 2)} for v, m in result.sweep]
        (folder / "sweep.json").write_text(json.dumps(points, indent=2) + "\n")


def _summary(catalogue: Catalogue, result: Result) -> dict[str, object]:
    known = result.known
    return {
        "kind": result.kind,
        "galaxies": result.galaxies,
        "dataset": {"name": catalogue.name, **catalogue.provenance},
        "knowledge": {
            "tiers": known.tiers,
            "required": [[*pair, source] for pair, source in known.required.items()],
            "forbidden": [[*pair, source] for pair, source in known.forbidden.items()],
        },
        "imposed": result.graph.imposed,
        "shares": _shares(result),
        "heavy_tails": [{**asdict(tail)} for tail in result.heavy],
        "metrics": metrics(result),
    }


def _shares(result: Result) -> dict[str, object]:
    """What the shares in the tables mean."""
    if result.stability is None:
        return {}
    meaning = {"meaning": SHARE, "resamples": result.stability.replicates}
    if result.simulated is None:
        return meaning | {"not_simulated": result.unsimulated}
    made = simulations()
    ranges = zip(made["bins"], result.simulated.edge, result.simulated.direction, strict=True)
    rows = [
        {"share": name, "edge_true": _ends(edge), "direction_true": _ends(direction)}
        for name, edge, direction in ranges
    ]
    simulated = {"made": made["made"], "command": made["command"], "laws": made["laws"], "ranges": rows}
    return meaning | {"true": TRUE, "simulated": simulated}


def _ends(ends: tuple[float, float]) -> list[float] | None:
    return None if math.isnan(ends[0]) else list(ends)


def metrics(result: Result) -> dict[str, float]:
    """Number of edges, mean shares of resamples, the posterior's evidence, the agreement with a truth."""
    marks = result.found.marks
    directed = int(np.sum((marks == 2) & (marks.T == 1)))
    found = {
        "edges": float(np.sum(marks != 0) / 2),
        "directed_edges": float(directed),
        "imposed_edges": float(len(result.found.imposed)),
        "galaxies": float(result.galaxies),
    }
    if result.stability is not None:
        present = result.stability.adjacent[np.triu(marks != 0)]
        found["stability"] = result.stability.mean
        found["edge_stability"] = float(present.mean()) if present.size else float("nan")
        found["flipping_edges"] = float(np.sum(np.triu(result.stability.flips)))
        found["consensus_edges"] = float(np.sum(result.stability.consensus != 0) / 2)
    if result.posterior is not None:
        found["log_evidence"] = result.posterior.evidence
        found["likeliest_dag_probability"] = result.posterior.probability
    if result.agreement is not None:
        found |= result.agreement.metrics()
    return found
