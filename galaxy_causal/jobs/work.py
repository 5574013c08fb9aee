"""A worker of a sweep claims one fit after the other, makes it, and runs members whose fits are there."""

from __future__ import annotations

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property, partial
from importlib import import_module
from pathlib import Path

from submitit import JobEnvironment

from galaxy_causal.cluster import Begun, Failure, Member, Plan, PlannedFit, Sweep, last_lines, task_lease
from galaxy_causal.fitting import FitStore, Held, Lease, LeaseLost, recipe_key
from galaxy_causal.jobs.comparing import compare_once
from galaxy_causal.jobs.composing import Composer, composed, composing, question_of
from galaxy_causal.jobs.failures import in_words
from galaxy_causal.jobs.life import tagged
from galaxy_causal.jobs.once import remembering
from galaxy_causal.jobs.progress import place_of, standard_output
from galaxy_causal.jobs.question import Need
from galaxy_causal.jobs.settings import read_once
from galaxy_causal.processes import ProcessIdentity, on_stop
from galaxy_causal.processes.parents import at_work, end_with
from galaxy_causal.types import COMMAND_LINE, UserError

PAUSE = 2.0
"""Seconds between two looks for something to do."""
PATIENCE = 3
"""Workers that may die at a fit or member before it is left alone."""
GRACE = 600.0
"""Seconds after which a task ends by itself that SLURM told to end and did not kill."""


def work(folder: Path, what: str) -> None:
    """Make what is missing of a sweep, until nothing is left to do.

    Parameters
    ----------
    folder
        Of the sweep.
    what
        ``fits``: until all are made, or in the hands of others; ``members`` or ``all``: until every fit and
        every member is settled.
    """
    sweep = Sweep(folder)
    plan = sweep.plan()
    _as_submitted(plan)
    end_with(os.getppid())  # the engine's own process for this task; it alone is told of its end
    _leave_well()
    with (
        _ended_by_slurm(),
        at_work(),
        composing(plan.configs),
        read_once(),
        remembering(),
        tagged({"sweep": sweep.id}),
    ):
        Work(sweep, plan, what).run()


def _leave_well() -> None:
    """Leave a training with a checkpoint, whatever ends the task; at its own signal submitit requeues."""
    on_stop((signal.SIGTERM, signal.SIGINT, signal.SIGHUP), lambda number, frame: None)
    again = signal.getsignal(signal.SIGUSR2)
    if callable(again):
        on_stop((signal.SIGUSR2,), again)


@contextmanager
def _ended_by_slurm() -> Iterator[None]:
    """Wait to be killed where SLURM ends the task: a preempted one that ends by itself is not begun again."""
    try:
        yield
    except SystemExit as end:
        if end.code == 128 + signal.SIGTERM and JobEnvironment().cluster == "slurm":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it comes again before SIGKILL
            time.sleep(GRACE)
        raise


def _as_submitted(plan: Plan) -> None:
    """Be where the command was called, and find the modules that it found."""
    os.chdir(plan.folder)
    sys.path.extend(place for place in plan.path if place not in sys.path)
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ[COMMAND_LINE] = "1"


class Work:
    """What one worker does.

    Parameters
    ----------
    sweep, plan
        Of which it makes what is missing.
    what
        As of `work`.
    """

    def __init__(self, sweep: Sweep, plan: Plan, what: str) -> None:
        self.sweep = sweep
        self.plan = plan
        self.what = what
        environment = JobEnvironment()
        self.task = environment.job_id
        self._is_local = environment.cluster == "local"
        self.log = str(environment.paths.stderr)
        self._keys = {fit.key for fit in plan.fits}
        self._over: set[str] = set()
        self._kept: tuple[int, list[Need]] = (-1, [])
        self._console = standard_output()
        self._leases = sweep.leases()
        self._composer = Composer(len(plan.members) == 1)

    @cached_property
    def store(self) -> FitStore:
        """Where the sweep's fits are kept."""
        return FitStore(self.sweep.folder.parents[1], self.plan.address)

    def run(self) -> None:
        """Go over fits and members until nothing is left to do here."""
        sign = task_lease(ProcessIdentity.own().host, self.task)
        while self._is_local:  # other machines see it live by a lease
            try:
                with self._leases.held(sign, f"task {self.task}"):
                    return self._go_on()
            except LeaseLost:  # for a while nothing could be written
                continue
        return self._go_on()

    def _go_on(self) -> None:
        while True:
            moved = self._fits()
            if self.what != "fits":
                moved += self._members()
                if all(self._is_over(member.id) for member in self.plan.members):
                    return self._compare()
            elif moved == 0:
                return None
            if moved == 0:
                time.sleep(PAUSE)

    def _compare(self) -> None:
        """Set the members side by side, once all of them are over."""
        first = self._composer.member(self.plan.members[0].overrides)
        try:
            compare_once(self._console, self.sweep, self.plan, self._leases, first)
        except UserError as error:  # its members are done all the same
            self._say(f"the comparison failed: {error}")

    def _fits(self) -> int:
        """Make all fits that are nobody's; how many were."""
        open_fits = (fit for fit in self.plan.fits if not self._is_over(fit.key))
        return sum(self._claimed(fit.key, fit.name, partial(self._make, fit)) for fit in open_fits)

    def _members(self) -> int:
        """Run all members that are nobody's and whose fits are settled; how many were."""
        ready = (one for one in self.plan.members if not self._is_over(one.id) and self._is_ready(one))
        return sum(self._claimed(one.id, self.plan.varied(one), partial(self._answer, one)) for one in ready)

    def _is_over(self, name: str) -> bool:
        """Whether a fit or member needs nobody any more."""
        if name not in self._over and (self._is_there(name) or self.sweep.failure(name) is not None):
            self._over.add(name)
        return name in self._over

    def _is_there(self, name: str) -> bool:
        return self.store.holds(name) if name in self._keys else self.sweep.is_done(name)

    def _is_ready(self, member: Member) -> bool:
        return all(self._is_over(self.plan.fits[number].key) for number in member.fits)

    def _claimed(self, name: str, label: str, do: Callable[[], None]) -> int:
        """Do something that nobody else is at, and note how it ended: 1, or 0 where somebody is."""
        try:
            with self._leases.held(name, label, blocking=False) as lease:
                if not (self._is_over(name) or self._is_deadly(name, label)):
                    self._done(name, label, do, lease)
        except (
            Held,
            LeaseLost,
        ):  # by others, or nothing could be written
            return 0
        return 1

    def _done(self, name: str, label: str, do: Callable[[], None], lease: Lease) -> None:
        try:
            do()
        except (Held, LeaseLost):
            raise
        except Exception as error:
            self._failed(name, label, error)
        finally:  # a worker that is killed does not come here
            with suppress(LeaseLost):  # the note is that of who has it now
                lease.fence()
                self.sweep.end(name)

    def _is_deadly(self, name: str, label: str) -> bool:
        """Whether workers died at it so often that it is left alone; else it is noted as begun."""
        before = self.sweep.begun(name)
        lost = 0 if before is None else before.lost + 1
        if before is not None and lost >= PATIENCE:
            self._say(f"{label}: left alone, for {lost} workers died at it")
            message = f"{lost} workers died at it: most likely memory ran out or time was up; give them more"
            self.sweep.fail(name, Failure(message, last_lines(before.log), before.log))
            self.sweep.end(name)
            return True
        self.sweep.begin(name, Begun(self.task, self.log, time.time(), lost))
        return False

    def _failed(self, name: str, label: str, error: Exception) -> None:
        told = in_words(error)
        lines = tuple(traceback.format_exc().splitlines()[-8:])
        self._say(f"{label}: failed: {told or lines[-1]}")
        self.sweep.fail(name, Failure(told or lines[-1], () if told else lines, self.log))

    def _make(self, fit: PlannedFit) -> None:
        """Make a fit."""
        need = self._needs(fit.member)[fit.place]
        if recipe_key(need.maker.recipe(*need.task)) != fit.key:
            raise UserError(
                "the data or one's own code have changed since the sweep was planned; run its command again"
            )
        started = time.monotonic()
        made = need.maker.untracked().fit(
            *need.task,
            blocking=False,
            goes_on=lambda *place: self._say(f"{fit.name}: goes on at {place_of(*place)}"),
        )
        how = "reused" if made.reused else f"{time.monotonic() - started:.1f} s"
        self._say(f"{fit.name}: I = {made.metrics['mi']:.3f} nats ({how})")

    def _needs(self, number: int) -> list[Need]:
        """What a member needs; kept, for its fits come one after the other."""
        if self._kept[0] != number:
            question = question_of(self._composer.member(self.plan.members[number].overrides))
            if question is None:
                raise RuntimeError("a job without fits needs none")
            self._kept = number, question.needs()
        return self._kept[1]

    def _answer(self, member: Member) -> None:
        """Run a member, unless a fit that it needs has failed."""
        for fit in (self.plan.fits[number] for number in member.fits):
            failure = self.sweep.failure(fit.key)
            if failure is not None:
                raise UserError(f"its fit {fit.name} failed: {failure.message}")
        self._say(f"member {self.plan.varied(member)}")
        cfg = composed(member.overrides, len(self.plan.members) == 1)
        import_module(f"galaxy_causal.jobs.{cfg.job}.command").run(cfg)
        self.sweep.finish(member.id, self.plan.made_of(member))

    def _say(self, text: str) -> None:
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)
