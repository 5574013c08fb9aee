"""Which graph of causes does the catalogue support?"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from omegaconf import DictConfig
from rich.console import Console

from galaxy_causal import plot
from galaxy_causal.discovery import (
    ExactPosterior,
    Stability,
    agreement,
    pair_table,
    stability,
    tails,
)
from galaxy_causal.fitting import stored_estimate
from galaxy_causal.independence import moments
from galaxy_causal.jobs.discover.graphs import GraphMaker
from galaxy_causal.jobs.discover.notes import explain_shares, simulated, warn_of_tails
from galaxy_causal.jobs.discover.question import Plan
from galaxy_causal.jobs.discover.result import Result, metrics, write
from galaxy_causal.jobs.life import flat
from galaxy_causal.jobs.progress import counting, standard_output
from galaxy_causal.jobs.settings import plain
from galaxy_causal.jobs.side_by_side import Task, make_fits
from galaxy_causal.jobs.variables import Table
from galaxy_causal.types import Floats


def run(cfg: DictConfig) -> None:
    """Infer the graph of the configured variables; print, draw and track it."""
    console, started = standard_output(), time.monotonic()
    plan = Plan(cfg)
    plan.check()
    recipe = {**plan.recipe(), "graph": "all", **_repeats(plan)}
    params = flat({k: v for k, v in plain(cfg).items() if k in ("dataset", "discovery", "seed", "job")})
    with plan.maker.store.tracker.job(recipe, plan.name[:250], plan.tags(), params) as job:
        table = plan.table(_estimate(console, plan, job.run_id))
        _describe(console, plan, table)
        result = _result(console, plan, table, job.run_id)
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder), cfg, plan.catalogue, result, plan.search.dial if result.sweep else "")
            job.log_artifacts(Path(folder))
        job.log(metrics(result))
        place = job.place
    console.print(plot.edges_table(result.rows, result.kind))
    explain_shares(console, result)
    _farewell(console, result, place, time.monotonic() - started)


def _repeats(plan: Plan) -> dict[str, object]:
    """What the job's run depends on besides what a graph depends on."""
    options = plan.options
    truth = plan.truth
    return {
        "stability": {k: v for k, v in options["stability"].items() if k != "workers"},
        "sweep": options["sweep"],
        "truth": None if truth is None else truth.tolist(),
    }


def _estimate(console: Console, plan: Plan, parent: str) -> Floats | None:
    """The network's estimate of the target for all galaxies, if a variable asks for it."""
    if not plan.asks_estimate:
        return None
    seed = int(plan.cfg.seed)
    make_fits(console, plan.maker, [Task(plan.inputs, seed)], parent)
    return stored_estimate(plan.maker.stored(plan.inputs, seed))


def _describe(console: Console, plan: Plan, table: Table) -> None:
    catalogue = plan.catalogue
    console.print(
        f"[bold]{catalogue.name}[/bold]: {len(table.rows):,} of {len(catalogue):,} galaxies; "
        f"{type(plan.search).__name__}",
        highlight=False,
    )
    for reason, count in {**catalogue.dropped, **table.left_out}.items():
        console.print(f"  left out: {count:,} ({reason})", highlight=False, markup=False)
    for label, recipe in plan.labels.items():
        made = "" if recipe == label else f" = {recipe}"
        console.print(f"  {label}{made}", highlight=False, markup=False)
    for verdict in ("required", "forbidden"):
        for (cause, effect), source in getattr(plan.known, verdict).items():
            console.print(f"  {verdict}: {cause} -> {effect} ({source})", highlight=False, markup=False)


def _result(console: Console, plan: Plan, table: Table, parent: str) -> Result:
    """The graph of all galaxies and all that says how far to trust it."""
    search, known = plan.search, plan.known
    heavy = [tail for tail in tails(table.variables) if tail.heavy]
    warn_of_tails(console, search, heavy)
    data = search.prepare(table.variables)
    maker = GraphMaker(
        plan.maker.store, plan.recipe(), plan.tags(), parent, search, data, known, int(plan.cfg.seed)
    )
    found = maker.whole()
    settings = [float(value) for value in plan.options["sweep"] or ()]
    sweep = [(v, maker.whole(plan.turned(v), {search.dial: v}).marks) for v in settings]
    repeated = _replicates(console, plan, maker)
    ranges, why_not = simulated(plan, repeated, len(data))
    posterior = search.posterior(data, known) if isinstance(search, ExactPosterior) else None
    truth = plan.truth
    correlation = moments(data).correlation
    return Result(
        kind=search.kind,
        known=known,
        found=found,
        stability=repeated,
        posterior=posterior,
        sweep=sweep,
        truth=truth,
        agreement=None if truth is None else agreement(found.marks, truth),
        rows=pair_table(found, known, correlation, repeated, posterior, ranges),
        galaxies=len(data),
        simulated=ranges,
        unsimulated=why_not,
        heavy=heavy,
    )


def _replicates(console: Console, plan: Plan, maker: GraphMaker) -> Stability | None:
    given = plan.options["stability"]
    if given["replicates"] == 0:
        return None
    with counting(console, "resamples", given["replicates"]) as count:
        marks, reused = maker.replicates(given["replicates"], plan.how, given["workers"], count.advance)
    console.print(
        f"  {len(marks)} resamples ({plan.how.method}): {len(marks) - reused} made, {reused} reused",
        highlight=False,
    )
    return stability(marks, plan.search.kind, given["threshold"], given["flip"])


def _farewell(console: Console, result: Result, place: str, seconds: float) -> None:
    if result.agreement is not None:
        found = result.agreement
        console.print(
            f"against the truth: adjacencies {found.precision:.2f} precision, {found.recall:.2f} recall; "
            f"orientation {found.orientation:.2f}; structural Hamming distance {found.distance}",
            highlight=False,
        )
    if result.found.imposed:
        names = result.known.variables
        pairs = ", ".join(f"{names[i]} and {names[j]}" for i, j in result.found.imposed)
        console.print(f"knowledge overrode the data on {pairs}", highlight=False, markup=False)
    console.print(f"{seconds:.0f} s", highlight=False)
    console.print(f"graph, tables and figures: {place}", highlight=False, soft_wrap=True)
