"""What job=causal leaves behind: metrics, tables and figures."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from matplotlib.figure import Figure
from omegaconf import DictConfig, OmegaConf

from galaxy_causal import plot
from galaxy_causal.jobs.causal.local import ALL, Realisation, Tested
from galaxy_causal.jobs.causal.question import Plan
from galaxy_causal.jobs.causal.sufficiency import Calibration
from galaxy_causal.jobs.variables import TARGET
from galaxy_causal.types import Answer, Edge, Graph

LATENT = "latent"
WIDTHS = ("few galaxies significant", "all")
LEVEL = 0.05
"""P-value of a group below which the graph joins query and target."""


@dataclass(frozen=True)
class Result:
    """All that was found."""

    answers: Sequence[Answer]
    tested: Sequence[Tested]
    realisations: Sequence[Realisation]
    calibrations: Sequence[Calibration]
    sufficiency: Mapping[str, float]


def metrics(result: Result) -> dict[str, float]:
    """Names and values as tracked: ``<query>/<class>/corr/given_<C>``, sufficiency, calibration."""
    found: dict[str, float] = dict(result.sufficiency)
    each = [calibration.metrics() for calibration in result.calibrations]
    found |= {name: float(np.mean([one[name] for one in each])) for name in each[0]}
    recalls = [r.neighbours.recall for r in result.realisations if r.neighbours.recall is not None]
    found["neighbours/recall"] = float(np.mean(recalls)) if recalls else 1.0
    for answer in result.answers:
        for group in answer.groups:
            middle = "" if group.group == ALL else f"{group.group}/"
            for name, value in asdict(group).items():
                if name != "group":
                    found[f"{answer.query}/{middle}{name}{answer.suffix}"] = value
    return found


def write(folder: Path, cfg: DictConfig, plan: Plan, result: Result) -> None:
    """All artifacts, as files in ``folder``."""
    OmegaConf.save(cfg, folder / "config.yaml", resolve=True)
    pq.write_table(_galaxies(plan, result), folder / "galaxies.parquet")
    if bins := _bins(result.answers):
        pq.write_table(pa.Table.from_pylist(bins), folder / "bins.parquet")
    (folder / "summary.json").write_text(json.dumps(_summary(plan, result), indent=2) + "\n")
    target = plan.catalogue.target_label
    for answer in result.answers:
        if answer.curves:
            figure = plot.dependence_against(answer, target, plan.inputs.label)
            plot.save(figure, folder, f"against_{_file_name(answer.title)}")
    plot.save(_map(plan, result), folder, "latent")
    pit = np.concatenate([one.pit[one.held_out] for one in result.calibrations])
    plot.save(plot.pit_histogram(pit, f"neighbours in the latent of {plan.inputs.label}"), folder, "pit")
    (folder / "proposals.yaml").write_text(yaml.safe_dump(proposals(plan.inputs.label, result.answers)))
    graph, rows = graph_of(plan.inputs.label, target, result.answers)
    tiers = [[name for name in graph.variables if name not in (LATENT, target)], [LATENT], [target]]
    absent = [(answer.title, target) for answer in result.answers if answer.groups[0].p > LEVEL]
    plot.save(plot.causal_graph(graph, rows, tiers, WIDTHS, absent), folder, "graph")


def proposals(inputs: str, answers: Sequence[Answer]) -> list[dict[str, str]]:
    """Edges that a graph with the inputs in it need not have, for ``discovery.knowledge.proposals``.

    A query of which no test finds anything in the neighbourhoods is forbidden as a direct cause and a direct
    effect of the target. One that tells more is left out: the tests do not say in which direction.
    """
    found = []
    for answer in answers:
        p = answer.groups[0].p  # NaN where no neighbourhood could be tested
        if not answer.suffix and p > LEVEL:
            source = f"job=causal: no dependence given the latent of {inputs} (p = {p:.2g})"
            for cause, effect in ((answer.query, TARGET), (TARGET, answer.query)):
                found.append({"cause": cause, "effect": effect, "verdict": "forbidden", "source": source})
    return found


def graph_of(
    inputs: str, target: str, answers: Sequence[Answer]
) -> tuple[Graph, list[dict[str, str | float]]]:
    """Inputs cause the latent, which tells of the target; queries that tell more are joined to it.

    A query and what it is conditioned on make one node. Its edge has open ends, for a test of independence
    does not say which is the cause. ``share`` of a row is the share of galaxies that are discoveries.
    """
    edges = [Edge(inputs, LATENT, "tail", "arrow"), Edge(LATENT, target, "tail", "arrow")]
    rows: list[dict[str, str | float]] = []
    for answer in answers:
        everyone = answer.groups[0]
        if everyone.p <= LEVEL:
            edges.append(Edge(answer.title, target, "circle", "circle"))
            row: dict[str, str | float] = {"a": answer.title, "b": target}
            rows.append(row | {"share": everyone.significant, "partial_correlation": everyone.corr})
    names = (inputs, LATENT, target, *(answer.title for answer in answers))
    return Graph("pag", names, tuple(edges)), rows


def _galaxies(plan: Plan, result: Result) -> pa.Table:
    """A row for every tested galaxy, query, condition and seed."""
    catalogue, tested = plan.catalogue, plan.tested
    calibrations = {r.seed: c for r, c in zip(result.realisations, result.calibrations, strict=True)}
    parts = []
    for one in result.tested:
        count = len(tested)
        columns: dict[str, object] = {"id": catalogue.id[tested], "y": catalogue.target[tested]}
        if catalogue.galaxy_class is not None:
            columns["class"] = catalogue.galaxy_class[tested]
        if catalogue.magnitude is not None:
            columns["magnitude"] = catalogue.magnitude[tested]
        columns["split"] = catalogue.split[tested]
        columns |= {"seed": np.full(count, one.seed), "query": np.full(count, one.query)}
        columns |= {"given": np.full(count, ",".join(one.given)), **one.local.columns()}
        columns |= {
            "neighbours_pit": calibrations[one.seed].pit,
            "neighbours_crps": calibrations[one.seed].crps,
        }
        parts.append(pa.table(columns))
    return pa.concat_tables(parts)


def _bins(answers: Sequence[Answer]) -> list[dict[str, object]]:
    """A row for every query, condition, class, quantity and bin of it, averaged over realisations."""
    return [
        {
            "query": answer.query,
            "given": ",".join(answer.given),
            "quantity": curve.label,
            "centre": float(centre),
        }
        | {**asdict(point), "group": curve.group}
        for answer in answers
        for curve in answer.curves
        for centre, point in zip(curve.centre, curve.points, strict=True)
    ]


def _summary(plan: Plan, result: Result) -> dict[str, object]:
    masked = {
        f"{one.query}{'/given_' + ','.join(one.given) if one.given else ''}/seed_{one.seed}": int(
            one.local.masked.sum()
        )
        for one in result.tested
    }
    return {
        "inputs": plan.inputs.label,
        "network": plan.network,
        "dataset": {"name": plan.catalogue.name, **plan.catalogue.provenance},
        "left_out": dict(plan.catalogue.dropped),
        "galaxies": {"training": len(plan.training), "tested": len(plan.tested)},
        "queries": [{"query": q.name, "given": list(q.given)} for q in plan.queries],
        "k": plan.options["k"],
        "neighbours": plan.search(),
        "tests": {k: v for k, v in asdict(plan.tests).items() if k not in ("query", "given")},
        "masked": masked,
        "metrics": {k: None if np.isnan(v) else v for k, v in metrics(result).items()},
    }


def _map(plan: Plan, result: Result) -> Figure:
    """The first realisation's latent with the mass, each query and its local correlation."""
    first = result.realisations[0]
    columns = {plan.catalogue.target_label: plan.catalogue.target[plan.tested]}
    for query in plan.queries:
        columns[query.name] = query.value[plan.tested]
        local = next(
            t.local for t in result.tested if (t.query, t.given, t.seed) == (query.name, (), first.seed)
        )
        columns[f"local correlation with {query.name}"] = local.correlation.value
    title = f"latent of {plan.inputs.label}, seed {first.seed}"
    return plot.latent_maps(first.latent[plan.tested], columns, title)


def _file_name(title: str) -> str:
    return re.sub(r"[^\w-]+", "_", title).strip("_")
