"""What does every subset of the inputs tell of the target, and what is each input worth?"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from omegaconf import DictConfig
from rich.console import Console

from galaxy_causal import plot
from galaxy_causal.decomposition import (
    Evidence,
    SubsetValues,
    asked,
    evaluate,
    subset_evidence,
    three_sources,
)
from galaxy_causal.jobs.decompose.verdict import alike
from galaxy_causal.jobs.life import flat
from galaxy_causal.jobs.progress import counting, standard_output, waiting
from galaxy_causal.jobs.referee import excess, second_opinions
from galaxy_causal.jobs.settings import plain
from galaxy_causal.jobs.side_by_side import Task, check_at_once, make_fits
from galaxy_causal.jobs.subsets.files import metrics, words, write
from galaxy_causal.jobs.subsets.question import SubsetPlan
from galaxy_causal.jobs.subsets.result import SubsetResult
from galaxy_causal.types import Fit, Floats

ENOUGH = 50
"""Bootstrap draws over training galaxies, of which only the error of a difference is asked."""
PARAMS = ("bands", "dataset", "estimator", "job", "network", "seed", "seeds", "subsets")


def run(cfg: DictConfig) -> None:
    """Evaluate the subsets of the configured inputs; print, draw and track what they tell."""
    console, started = standard_output(), time.monotonic()
    plan = SubsetPlan(cfg)
    plan.check()
    check_at_once(cfg.fits_at_once)
    _describe(console, plan)
    params = flat({name: value for name, value in plain(cfg).items() if name in PARAMS})

    name = f"subsets of {plan.inputs.label}"
    with plan.maker.store.tracker.job(
        plan.recipe(), name[:250], plan.tags(), params, on_wait=waiting(console)
    ) as job:
        tasks = [Task(plan.inputs, seed) for seed in plan.maker.seeds()]
        fits = make_fits(console, plan.maker, tasks, job.run_id)
        result = _result(console, plan, fits, job.run_id)
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder), cfg, result)
            job.log_artifacts(Path(folder))
        job.log(metrics(result))
        job.tag("verdict_mi", result.everything.verdict[0])
        job.tag("fits", ",".join(fit.key for fit in fits))
        place = job.place
    for line in words(result):
        console.print(line, style="yellow", highlight=False, markup=False, soft_wrap=True)
    _show(console, result)
    reused = sum(fit.reused for fit in fits)
    console.print(
        f"{len(fits)} fits: {len(fits) - reused} trained, {reused} reused; "
        f"{time.monotonic() - started:.0f} s",
        highlight=False,
    )
    console.print(f"figures and tables: {place}", highlight=False, soft_wrap=True)
    console.print(f"compare runs: {plan.maker.store.tracker.look}", highlight=False, soft_wrap=True)


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


def _result(console: Console, plan: SubsetPlan, fits: Sequence[Fit], parent: str) -> SubsetResult:
    """The values of all subsets that the method needs, over the test galaxies, and what speaks against them.

    Training galaxies are evaluated first, so that what networks make of test galaxies is still at hand after.
    """
    shown, weights = plan.subsets()
    started = time.monotonic()
    with counting(console, "subsets", 2 * len(shown)) as count:
        draws = plan.options["draws"]
        few = min(draws, ENOUGH)
        trained, _ = _evaluated(plan, shown, weights[:, :0], plan.taught, few, count.advance)
        values, shares = _evaluated(plan, shown, weights, plan.rows, draws, count.advance)
    ends = np.array([[False], [True]]) & np.ones(len(plan.names), dtype=np.bool_)
    kept = np.concatenate([ends, plan.unions])
    pointwise = np.mean(
        [plan.fits.informations(seed, kept, plan.rows) for seed in plan.maker.seeds()], axis=0
    )
    console.print(
        f"  {len(shown):,} subsets of {len(plan.rows):,} test and {len(plan.taught):,} training galaxies, "
        f"{len(plan.maker.seeds())} times: {time.monotonic() - started:.1f} s",
        highlight=False,
    )
    more = _excess(console, plan, values, parent)
    mismatch = float(np.mean([fit.metrics["prior_mismatch"] for fit in fits]))
    evidence = subset_evidence(values, trained, len(plan.rows), more, mismatch)
    return SubsetResult(plan, values, shares, weights, pointwise, _with_fault(evidence, plan))


def _with_fault(evidence: Sequence[Evidence], plan: SubsetPlan) -> tuple[Evidence, ...]:
    """Evidence with a fault of all subsets, where the test galaxies' targets hardly vary."""
    fault = alike(plan.catalogue.target[plan.rows])
    return tuple(replace(one, faults=(*one.faults, fault)) if fault else one for one in evidence)


def _evaluated(
    plan: SubsetPlan,
    shown: NDArray[np.bool_],
    weights: Floats,
    rows: NDArray[np.int64],
    draws: int,
    advance: Callable[[int], None],
) -> tuple[SubsetValues, Floats]:
    """Averages of subsets (s, units) over galaxies ``rows``, and sums with ``weights`` (s, k) of each one."""
    seeds = plan.maker.seeds()

    def informations(realisation: int, subsets: NDArray[np.bool_]) -> Floats:
        return plan.fits.informations(seeds[realisation], subsets, rows)

    seed = int(plan.cfg.seed)
    return evaluate(informations, shown, weights, len(seeds), len(rows), draws, seed, advance)


def _excess(
    console: Console, plan: SubsetPlan, values: SubsetValues, parent: str
) -> dict[int, tuple[float, float]]:
    """By how much boosted trees find more of some subsets, with errors, by the subsets' places."""
    subsets = asked(len(plan.names), len(plan.inputs.items) > len(plan.inputs.units))
    inputs = [plan.given(one) for one in subsets]
    opinions = second_opinions(console, plan.maker, inputs, parent, plan.options["referee"])
    if opinions is None:
        return {}
    own = np.mean([plan.fits.informations(s, subsets, plan.rows) for s in plan.maker.seeds()], axis=0)
    everyone = np.ones(len(plan.rows), dtype=np.bool_)
    found = [excess(opinion[plan.rows], mine, everyone) for opinion, mine in zip(opinions, own, strict=True)]
    return dict(zip(values.at(subsets).tolist(), found, strict=True))


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
    (balance,) = plot.judged_cells(result.balance)
    console.print(
        f"what the target adds to the O-information: {balance} nats (below zero: mostly synergistic)",
        highlight=False,
    )
    legend = plot.marks_legend(result.verdicts.values())
    if legend:
        console.print(legend, style="dim", highlight=False, markup=False)
