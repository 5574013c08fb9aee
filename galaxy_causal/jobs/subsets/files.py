"""What job=subsets leaves behind: metrics, tables and figures."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from omegaconf import DictConfig, OmegaConf

from galaxy_causal import plot
from galaxy_causal.decomposition import FEWEST, moebius, three_sources
from galaxy_causal.jobs.subsets.question import SubsetPlan
from galaxy_causal.jobs.subsets.result import NODES, SubsetResult
from galaxy_causal.types import VERDICTS, Estimate


def metrics(result: SubsetResult) -> dict[str, float]:
    """Metric names and values as tracked; see docs/subsets.md."""
    names = result.plan.names
    found = _named("", ["mi"], result.everything) | _named("", ["mi_always"], result.always)
    for prefix, estimate in (("alone/", result.alone), ("shapley/", result.shapley), ("last/", result.last)):
        found |= _named(prefix, names, estimate)
    for name in classes(result.plan):
        found |= _named(f"{name}/shapley/", names, result.shapley_of(name))
    found |= _named("synergy/", result.pair_names, result.synergy)
    found |= _named("redundancy/", result.pair_names, result.redundancy)
    found |= _named("", ["o_information"], result.balance)
    found["impossible_subsets"] = float(len(result.impossible))
    for one in result.sizes:
        found |= {f"best/{one.size}": one.information, f"best/{one.size}_err": one.error}
    if result.smallest is not None:
        found["smallest_size"] = float(result.smallest.size)
    if result.lattice is not None:
        found |= _named("lattice/", NODES, result.lattice)
    found |= {f"verdict/{name}": float(VERDICTS.index(word)) for name, word in result.verdicts.items()}
    found["mi_shortfall"] = result.whole.shortfall
    return found | {"galaxies": float(len(result.plan.rows))}


def words(result: SubsetResult) -> Iterator[str]:
    """Warnings: what is not to be trusted, and why; why the information of all inputs is too low."""
    galaxies = len(result.plan.rows)
    if galaxies < FEWEST:
        yield (f"warning: of {galaxies} test galaxies nothing is to be trusted; at least {FEWEST} are needed")
    for fault in result.whole.faults:
        yield f"warning: what subsets tell is not to be trusted: {fault}"
    if len(result.impossible):
        worst = result.impossible[0]
        value, error = result.surplus.value[worst], result.surplus.error[worst]
        yield (
            f"warning: {len(result.impossible)} of {len(result.values.shown)} subsets seem to tell more than "
            f"all inputs, which no information can do; {result.label(result.values.shown[worst])} by "
            f"{value:.3f} ± {error:.3f} nats: the network has not learnt all inputs together as well. What "
            "is smaller than that is not to be trusted; train longer, or with more galaxies"
        )
    elif result.everything.verdict[0] == VERDICTS[1]:
        yield (
            f"what all inputs tell is a lower bound, some {result.whole.shortfall:.2f} nats too low: "
            f"{result.whole.why}. More galaxies help, or a smaller network or more weight decay"
        )


def classes(plan: SubsetPlan) -> list[str]:
    """Names of the classes of which there are test galaxies."""
    given = plan.catalogue.galaxy_class
    return [] if given is None else [str(name) for name in np.unique(given[plan.rows])]


def _named(prefix: str, names: Sequence[str], estimate: Estimate) -> dict[str, float]:
    values = {f"{prefix}{name}": float(v) for name, v in zip(names, estimate.value, strict=True)}
    return values | {f"{prefix}{name}_err": float(e) for name, e in zip(names, estimate.error, strict=True)}


def write(folder: Path, cfg: DictConfig, result: SubsetResult) -> None:
    """All artifacts, as files in ``folder``."""
    OmegaConf.save(cfg, folder / "config.yaml", resolve=True)
    pq.write_table(_galaxy_table(result), folder / "galaxies.parquet")
    pq.write_table(_subset_table(result), folder / "subsets.parquet")
    (folder / "summary.json").write_text(json.dumps(_document(result), indent=2) + "\n")
    target, names = result.plan.catalogue.target_label, result.plan.names
    bars = plot.input_values(names, result.alone, result.shapley, result.last, target)
    plot.save(bars, folder, "inputs")
    plot.save(plot.pair_matrix(names, result.synergy, result.redundancy, target), folder, "pairs")
    if result.sizes:
        labels = [result.label(one.shown) for one in result.sizes]
        tolerance = result.plan.options["tolerance"]
        plot.save(plot.information_by_size(result.sizes, labels, tolerance, target), folder, "sizes")


def _galaxy_table(result: SubsetResult) -> pa.Table:
    """Of every test galaxy, averaged over realisations: id, y, class, informations, Shapley values, atoms."""
    catalogue, rows = result.plan.catalogue, result.plan.rows
    columns: dict[str, object] = {"id": catalogue.id[rows], "y": catalogue.target[rows]}
    if catalogue.galaxy_class is not None:
        columns["class"] = catalogue.galaxy_class[rows]
    columns |= {"i_always": result.pointwise[0], "i_all": result.pointwise[1]}
    shares = result.shares.mean(axis=0)
    columns |= {f"shapley/{name}": share for name, share in zip(result.plan.names, shares, strict=True)}
    if result.pointwise_lattice is not None:
        columns |= dict(zip(three_sources().names, result.pointwise_lattice, strict=True))
    return pa.table(columns)


def _subset_table(result: SubsetResult) -> pa.Table:
    """A row for every subset: what it holds, its information with error, its Moebius transform."""
    values = result.values
    columns: dict[str, object] = {
        "subset": [result.label(shown) for shown in values.shown],
        "size": values.shown.sum(axis=1),
        **dict(zip(result.plan.names, values.shown.T, strict=True)),
        "information": values.mean,
        "error": result.subsets.error,
        "verdict": result.subsets.verdict,
        "shortfall": result.short,
    }
    if result.plan.exact:
        columns |= {"moebius": moebius(values.mean), "moebius_error": values.estimate(moebius).error}
    return pa.table(columns)


def _document(result: SubsetResult) -> dict[str, object]:
    plan = result.plan
    document: dict[str, object] = {
        "unit": "nats",
        "inputs": plan.names,
        "galaxies": len(plan.rows),
        "method": plan.options["method"],
        "dataset": {"name": plan.catalogue.name, **plan.catalogue.provenance},
        "left_out": dict(plan.catalogue.dropped),
        "metrics": metrics(result),
        "verdict": result.verdicts,
        "sizes": [
            {
                "size": one.size,
                "best": result.label(one.shown),
                "information": one.information,
                "error": one.error,
                "agreement": one.agreement,
                "mean": one.mean,
                "worst": one.worst,
            }
            for one in result.sizes
        ],
    }
    if plan.sources is not None:
        document["sources"] = [result.label(source) for source in plan.sources]
    if result.pointwise_lattice is not None:
        means = result.pointwise_lattice.mean(axis=1).tolist()
        document["pointwise_lattice"] = dict(zip(three_sources().names, means, strict=True))
    return document
