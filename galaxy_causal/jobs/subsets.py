"""What does every subset of the inputs tell of the target, and what is each input worth?"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from omegaconf import DictConfig
from rich.console import Console

from galaxy_causal import plot
from galaxy_causal.decomposition import evaluate, three_sources
from galaxy_causal.jobs.crew import Task, make_fits, workers
from galaxy_causal.jobs.fits import plain
from galaxy_causal.jobs.overfitting import warn_of_overfitting
from galaxy_causal.jobs.parameters import flat
from galaxy_causal.jobs.progress import counting, standard_output, waiting
from galaxy_causal.jobs.subsets_found import SubsetResult
from galaxy_causal.jobs.subsets_plan import SubsetPlan
from galaxy_causal.jobs.subsets_results import metrics, write
from galaxy_causal.types import Floats

PARAMS = ("bands", "dataset", "estimator", "job", "network", "seed", "seeds", "subsets")


def run(cfg: DictConfig) -> None:
    """Evaluate the subsets of the configured inputs; print, draw and track what they tell."""
    console, started = standard_output(), time.monotonic()
    plan = SubsetPlan(cfg)
    plan.check()
    workers(cfg)
    _describe(console, plan)
    params = flat({name: value for name, value in plain(cfg).items() if name in PARAMS})

    name = f"subsets of {plan.inputs.label}"
    with plan.maker.store.job(
        plan.recipe(), name[:250], plan.tags(), params, on_wait=waiting(console)
    ) as job:
        tasks = [Task(plan.inputs, seed) for seed in plan.maker.seeds()]
        fits = make_fits(console, plan.maker, tasks, job.run_id)
        result = _result(console, plan)
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder), cfg, result)
            job.log_artifacts(Path(folder))
        job.log(metrics(result))
        job.tag("fits", ",".join(fit.run_id for fit in fits))
        place = job.place
    warn_of_overfitting(console, tasks, fits)
    _warn_of_impossible(console, result)
    _show(console, result)
    reused = sum(fit.reused for fit in fits)
    console.print(
        f"{len(fits)} fits: {len(fits) - reused} trained, {reused} reused; "
        f"{time.monotonic() - started:.0f} s",
        highlight=False,
    )
    console.print(f"figures and tables: {place}", highlight=False, soft_wrap=True)
    console.print(f"compare runs: {plan.maker.store.look}", highlight=False, soft_wrap=True)


def _describe(console: Console, plan: SubsetPlan) -> None:
    catalogue = plan.catalogue
    console.print(
        f"[bold]{catalogue.name}[/bold]: {len(catalogue):,} galaxies ({len(plan.rows):,} test)",
        highlight=False,
    )
    for reason, count in catalogue.dropped.items():
        console.print(f"  left out: {count:,} ({reason})", highlight=False)
    always = [f"{i.modality}/{i.name}" for i in plan.inputs.items if i not in plan.inputs.units]
    console.print(f"  inputs: {', '.join(plan.names)}", highlight=False, markup=False)
    console.print(f"  always shown: {', '.join(always) or 'nothing'}", highlight=False, markup=False)


def _result(console: Console, plan: SubsetPlan) -> SubsetResult:
    """The values of all subsets that the method needs, over the test galaxies."""
    shown, weights = plan.subsets()
    seeds, rows = plan.maker.seeds(), plan.rows

    def informations(realisation: int, subsets: NDArray[np.bool_]) -> Floats:
        return plan.fits.informations(seeds[realisation], subsets, rows)

    started = time.monotonic()
    with counting(console, "subsets", len(shown)) as count:
        values, shares = evaluate(
            informations, shown, weights, len(seeds), len(rows), plan.options["draws"], int(plan.cfg.seed),
            count.advance,
        )  # fmt: skip
    ends = np.array([[False], [True]]) & np.ones(len(plan.names), dtype=np.bool_)
    kept = np.concatenate([ends, plan.unions])
    pointwise = np.mean([informations(r, kept) for r in range(len(seeds))], axis=0)
    console.print(
        f"  {len(shown):,} subsets of {len(rows):,} galaxies, {len(seeds)} times: "
        f"{time.monotonic() - started:.1f} s",
        highlight=False,
    )
    return SubsetResult(plan, values, shares, pointwise)


def _warn_of_impossible(console: Console, result: SubsetResult) -> None:
    """Say where a part of the inputs seems to tell more than all of them."""
    if not len(result.impossible):
        return
    worst = result.impossible[0]
    value, error = result.surplus.value[worst], result.surplus.error[worst]
    console.print(
        f"warning: {len(result.impossible)} of {len(result.values.shown)} subsets seem to tell more than all "
        f"inputs, which no information can do; {result.label(result.values.shown[worst])} by {value:.3f} ± "
        f"{error:.3f} nats: the network has not learnt all inputs together as well. What is smaller than "
        "that is not to be trusted; train longer, or with more galaxies",
        style="yellow", highlight=False, markup=False, soft_wrap=True,
    )  # fmt: skip


def _show(console: Console, result: SubsetResult) -> None:
    names, plan = result.plan.names, result.plan
    console.print(
        plot.inputs_table(names, result.alone, result.shapley, result.last, result.always, result.everything)
    )
    if result.smallest is not None:
        labels = [result.label(one.shown) for one in result.sizes]
        console.print(plot.sizes_table(result.sizes, labels))
        console.print(
            f"within {plan.options['tolerance']:g} nats of all inputs: {result.label(result.smallest.shown)}",
            highlight=False,
        )
    console.print(plot.pairs_table(result.pair_names, result.synergy, result.redundancy))
    if result.lattice is not None and plan.sources is not None:
        sources = [result.label(source) for source in plan.sources]
        console.print(plot.lattice_table(three_sources().names, sources, result.lattice))
    console.print(
        f"what the target adds to the O-information: {result.balance.value[0]:.3f} ± "
        f"{result.balance.error[0]:.3f} nats (below zero: mostly synergistic)",
        highlight=False,
    )
