"""Does the target still depend on a query among galaxies that a network cannot tell apart?"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from omegaconf import DictConfig
from rich.console import Console

from galaxy_causal import plot
from galaxy_causal.jobs.causal.local import Realisation, answers, ask, bins_of, groups_of
from galaxy_causal.jobs.causal.neighbourhoods import neighbours
from galaxy_causal.jobs.causal.question import Plan
from galaxy_causal.jobs.causal.result import Result, metrics, write
from galaxy_causal.jobs.causal.sufficiency import calibration, informations, lost
from galaxy_causal.jobs.life import flat
from galaxy_causal.jobs.progress import counting, standard_output, waiting
from galaxy_causal.jobs.settings import plain
from galaxy_causal.jobs.side_by_side import Task, make_fits
from galaxy_causal.types import Fit


def run(cfg: DictConfig) -> None:
    """Train, find neighbours and test in each neighbourhood; print, draw and track the result."""
    console, started = standard_output(), time.monotonic()
    plan = Plan(cfg)
    plan.check()
    _describe(console, plan)
    name = f"{', '.join(query.name for query in plan.queries)} | {plan.inputs.label}"
    shown = plain(cfg) | {"network": plain(plan.representation)}
    params = flat({name: value for name, value in shown.items() if name in SHOWN})

    with plan.maker.store.tracker.job(
        plan.recipe(), name[:250], plan.tags(), params, on_wait=waiting(console)
    ) as job:
        seeds = plan.maker.seeds()
        fits = make_fits(console, plan.maker, [Task(plan.inputs, seed) for seed in seeds], job.run_id)
        realisations = _realisations(console, plan, seeds, job.run_id)
        result = _result(console, plan, fits, realisations, job.run_id)
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder), cfg, plan, result)
            job.log_artifacts(Path(folder))
        job.log(metrics(result))
        job.tag("fits", ",".join(fit.key for fit in fits))
        place = job.place
    _report(console, plan, result)
    if not any(answer.curves for answer in result.answers):
        console.print(
            f"no figure against the target: {len(plan.tested)} galaxies; for one lower causal.least="
            f"{plan.options['least']}",
            highlight=False,
        )
    console.print(f"{time.monotonic() - started:.0f} s", highlight=False)
    console.print(f"figures and tables: {place}", highlight=False, soft_wrap=True)
    console.print(f"compare runs: {plan.maker.store.tracker.look}", highlight=False, soft_wrap=True)


SHOWN = ("bands", "causal", "dataset", "estimator", "job", "neighbours", "network", "seed", "seeds")
"""Groups of the configuration that stand among the run's parameters."""


SCANTY = 5
"""Members for each coefficient below which the tests of a neighbourhood lose their level."""


def _describe(console: Console, plan: Plan) -> None:
    catalogue = plan.catalogue
    kind = "" if plan.options["galaxies"] == "all" else "test "
    console.print(
        f"[bold]{catalogue.name}[/bold]: {len(plan.tested):,} {kind}galaxies in neighbourhoods of "
        f"{plan.options['k']} among {len(plan.training):,} training galaxies; network {plan.network}",
        highlight=False,
    )
    for reason, count in catalogue.dropped.items():
        console.print(f"  left out: {count:,} ({reason})", highlight=False)
    items = ", ".join(f"{i.modality}/{i.name}" + (" ± error" if i.error else "") for i in plan.inputs.items)
    console.print(f"  inputs = {plan.inputs.label}: {items}", highlight=False, markup=False)
    if plan.options["k"] < SCANTY * (1 + plan.regressors):
        console.print(
            f"  causal.k={plan.options['k']} members are few for {plan.regressors} coefficients in each "
            "neighbourhood: tests reject less often than they say, and find little",
            highlight=False,
        )
    for query in plan.queries:
        known = int(np.isfinite(query.value[plan.training]).sum())
        given = f" given {', '.join(query.given)}" if query.given else ""
        console.print(
            f"  query = {query.name}{given}: {known:,} training galaxies have it",
            highlight=False,
            markup=False,
        )


def _realisations(console: Console, plan: Plan, seeds: Sequence[int], parent: str) -> list[Realisation]:
    """The latent of every seed with the neighbours in it."""
    found, reused = [], 0
    for seed in seeds:
        latent, estimate = plan.maker.latent(plan.inputs, seed)
        with counting(console, f"neighbours, seed {seed}") as count:
            near, there = neighbours(plan, seed, latent, parent, count.reach)
        reused += there
        found.append(Realisation(seed, latent, estimate, plan.numbers, near))
    recall = found[0].neighbours.recall
    how = "exact" if recall is None else f"recall {recall:.4f}"
    console.print(f"  neighbours ({how}): {len(found) - reused} made, {reused} reused", highlight=False)
    return found


def _result(
    console: Console, plan: Plan, fits: Sequence[Fit], realisations: Sequence[Realisation], parent: str
) -> Result:
    catalogue, tested = plan.catalogue, plan.tested
    options = plan.tests
    groups = groups_of(catalogue, tested)
    bins = bins_of(catalogue, tested, groups, plan.options["bins"], plan.options["least"])
    masks = groups | {name: mask for b in bins for name, mask in zip(b.names, b.masks, strict=True)}
    every = []
    for one in realisations:
        with counting(console, f"local tests, seed {one.seed}") as count:
            every += ask(catalogue, plan.training, plan.queries, one, options, masks, groups, count.reach)
    calibrations = [
        calibration(catalogue, plan.training, tested, one.neighbours, one.seed) for one in realisations
    ]
    sufficiency = informations(fits, catalogue.split == "test", int(plan.cfg.seed))
    if plan.options["sufficiency"]:
        latents = {one.seed: one.latent for one in realisations}
        sufficiency |= lost(console, plan.probe, plan.inputs, latents, parent)
    return Result(answers(every, groups, bins), every, realisations, calibrations, sufficiency)


def _report(console: Console, plan: Plan, result: Result) -> None:
    found = metrics(result)
    for answer in result.answers:
        console.print(plot.dependence_table(answer))
    for line in _masked(plan, result):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    if "sufficiency/mi_lost" in found:
        console.print(
            f"\nsufficiency: the input has {found['sufficiency/mi_lost']:+.3f} ± "
            f"{found['sufficiency/mi_lost_err']:.3f} nats beyond the latent, which has "
            f"{found['sufficiency/mi_latent']:.3f}",
            highlight=False,
        )
    console.print(
        f"neighbours' masses: CRPS {found['neighbours/crps']:.4f}, PIT "
        f"{found['neighbours/pit_distance']:.3f} from uniform",
        highlight=False,
    )


def _masked(plan: Plan, result: Result) -> Iterator[str]:
    """A line for every question that some neighbourhoods could not be asked."""
    counts: dict[str, list[int]] = {}
    for one in result.tested:
        name = one.query + (f" given {', '.join(one.given)}" if one.given else "")
        counts.setdefault(name, []).append(int(one.local.masked.sum()))
    for name, found in counts.items():
        if max(found):
            yield (
                f"{name}: {max(found):,} of {len(plan.tested):,} neighbourhoods are masked, in which too few "
                f"of the {plan.options['k']} members have all values, or nothing varies that could tell"
            )
