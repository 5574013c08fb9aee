"""A sweep is planned and handed to an engine; the command then returns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path

from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from rich.console import Console

from galaxy_causal.cluster import Engine, Member, Plan, Sweep, Todo, alive
from galaxy_causal.cluster.sweep import FOLDER
from galaxy_causal.fitting import FitStore, Held
from galaxy_causal.jobs.composing import composed
from galaxy_causal.jobs.planning import planned
from galaxy_causal.jobs.progress import standard_output
from galaxy_causal.jobs.watching import states_of
from galaxy_causal.jobs.worker import Worker
from galaxy_causal.tracking import check_place
from galaxy_causal.types import UserError


def submits(cfg: DictConfig) -> bool:
    """Whether the launcher hands members to an engine instead of running them here."""
    return "_target_" in cfg.launcher


def run_here(overrides: Sequence[str]) -> None:
    """Run a job that is about sweeps in the command itself, whatever the launcher.

    Parameters
    ----------
    overrides
        Of the job.
    """
    cfg = composed(overrides, alone=True)
    import_module(f"galaxy_causal.jobs.{cfg.job}.command").run(cfg)


def submit(cfg: DictConfig, members: Sequence[Sequence[str]]) -> None:
    """Plan members, hand what is missing to the launcher's engine, and say how to look.

    Parameters
    ----------
    cfg
        Of the command.
    members
        The overrides of each.

    Raises
    ------
    UserError
        For members that cannot run, all of them, a server of runs that does not answer, and whatever the
        engine refuses; nothing is submitted then.
    """
    console = standard_output()
    engine: Engine = instantiate(cfg.launcher)
    engine.check()
    check_place(cfg.tracking.root)
    plan, root = planned(members)
    folder = Path(root).expanduser().resolve()
    sweep, store = Sweep(folder / FOLDER / plan.id), FitStore(folder, plan.address)
    missing = [fit for fit in plan.fits if not store.holds(fit.key)]
    todo = [member for member in plan.members if not _is_done(sweep, plan, member)]
    for line in _described(plan, len(missing), len(todo)):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    if not todo:
        _say(console, sweep, "all members are done: nothing to submit")
        return
    work = Todo(len(missing), len(todo), _threads(cfg))
    if engine.dry_run:
        console.print(engine.described(sweep, work), highlight=False, markup=False, soft_wrap=True)
        return
    instantiate(cfg.tracking)  # a server that does not answer is noticed now, not by every member at its end
    try:
        with sweep.alone():
            _say(console, sweep, _handed_over(engine, sweep, plan, work))
    except Held as error:
        raise UserError(f"{error.holder} submits sweep {sweep.id} just now; look at job=status") from error


def _handed_over(engine: Engine, sweep: Sweep, plan: Plan, work: Todo) -> str:
    """Submit what does not run yet, or leave nothing behind; what was done, in words."""
    sweep.prepare()
    try:
        return _submitted(engine, sweep, plan, work)
    except BaseException:
        sweep.discard()  # while no other submits it
        raise


def _submitted(engine: Engine, sweep: Sweep, plan: Plan, work: Todo) -> str:
    running = alive(states_of(sweep))
    if running:
        tasks = "1 task" if running == 1 else f"{running} tasks"
        return f"sweep {sweep.id} is at work already, with {tasks}: nothing to submit"
    sweep.keep(plan)
    for member in plan.members:
        if not _is_done(sweep, plan, member):
            sweep.undo(member.id)  # it was done of other data
    failed = sweep.forgive()
    submissions = engine.submit(sweep, Worker(), work)
    again = f", {failed} failures are tried again" if failed else ""
    every = [task for one in submissions for task in one.tasks]
    names = ", ".join(every[:8]) + (f" and {len(every) - 8} more" if len(every) > 8 else "")
    return f"sweep {sweep.id}: submitted to {engine.name}{again}; tasks {names}"


def _is_done(sweep: Sweep, plan: Plan, member: Member) -> bool:
    """Whether a member is done, of just what it would be made of now."""
    return member.recipe is not None and sweep.done_with(member.id) == plan.made_of(member)


def _described(plan: Plan, missing: int, todo: int) -> Iterator[str]:
    kinds = Counter(fit.kind for fit in plan.fits)
    each = ", ".join(f"{count:,} {kind}" for kind, count in kinds.items())
    needed = sum(len(member.fits) for member in plan.members)
    done, stored = len(plan.members) - todo, len(plan.fits) - missing
    yield (
        f"{len(plan.members):,} members, {done:,} of them done; they need {len(plan.fits):,} distinct fits "
        f"({each or 'none'}; {needed:,} if none were shared), {stored:,} of them stored already"
    )


def _threads(cfg: DictConfig) -> int | None:
    """How many threads a fit takes; None: all."""
    found = OmegaConf.select(cfg, "network.training.threads", throw_on_missing=False)
    return found if isinstance(found, int) else None


def _say(console: Console, sweep: Sweep, first: str) -> None:
    console.print(first, highlight=False, markup=False, soft_wrap=True)
    where = (
        f"look: galaxy-causal job=status sweep={sweep.id}; end it: galaxy-causal job=cancel sweep={sweep.id}"
    )
    console.print(where, highlight=False, markup=False, soft_wrap=True)
