"""Fits side by side: this process makes them from the first, helpers from the last."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import asdict, replace
from multiprocessing import active_children
from typing import NamedTuple

from rich.console import Console

from galaxy_causal.fitting import FitMaker, FitMakerElsewhere
from galaxy_causal.jobs.failures import lack_of_memory
from galaxy_causal.jobs.progress import FitProgress, place_of
from galaxy_causal.processes.cores import cores
from galaxy_causal.processes.parents import at_work
from galaxy_causal.processes.pools import helpers, kill, stop
from galaxy_causal.types import Fit, InputSet, UserError, annotations_of, check_option


class Made(NamedTuple):
    """What came of a helper's task: how long it took [s], whether it was there already, where it went on."""

    seconds: float
    reused: bool
    went_on: str


class Task(NamedTuple):
    """A fit to make: its inputs and its seed."""

    inputs: InputSet
    seed: int

    @property
    def name(self) -> str:
        """As people read it."""
        return f"{self.inputs.label} seed {self.seed}"


def make_fits(console: Console, maker: FitMaker, tasks: Sequence[Task], parent: str) -> list[Fit]:
    """The fits of ``tasks`` in their order, stored ones reused and the others made.

    Parameters
    ----------
    console
        Where to show progress.
    maker
        Makes or finds one.
    tasks
        What to make.
    parent
        The run of the job.

    Returns
    -------
    list of Fit
        In the order of the tasks. No fit is made twice: whoever comes to one that another process is making
        waits for it. A helper that dies leaves its fits to this process, which says so; there whatever killed
        it shows itself.
    """
    fits = [maker.find(*task, parent) for task in tasks]
    missing = [index for index, fit in enumerate(fits) if fit is None]
    with FitProgress(console, len(tasks)) as progress:
        for task, fit in zip(tasks, fits, strict=True):
            if fit is not None:
                progress.done(task.name, fit, "reused")
        with _helped(maker, [tasks[index] for index in missing], parent) as helped:
            for index, future in zip(missing, helped, strict=True):
                fits[index] = _got(maker, tasks[index], parent, progress, future)
    return [fit for fit in fits if fit is not None]


def _got(maker: FitMaker, task: Task, parent: str, progress: FitProgress, helper: Future[Made] | None) -> Fit:
    """The fit of a task, made here unless a helper has made it or is at it."""
    _tell_if_killed(progress, task, helper)
    started = time.monotonic()
    try:
        with progress.training(task.name) as training:

            def wait(name: str) -> None:
                if not _begun(helper):
                    training.wait(name)

            fit = maker.fit(*task, parent, training.advance, wait, goes_on=training.goes_on)
    except Exception as error:
        lack = lack_of_memory(error)
        if lack is None:
            raise
        raise UserError(f"{task.name}: {lack}") from error
    how = "reused" if fit.reused else f"{time.monotonic() - started:.1f} s"
    if fit.reused and helper is not None and _begun(helper) and helper.exception() is None:
        made = helper.result()
        if not made.reused:
            fit, how = replace(fit, reused=False), f"{made.seconds:.1f} s{made.went_on}, side by side"
    progress.done(task.name, fit, how)
    return fit


def _begun(helper: Future[Made] | None) -> bool:
    """Whether a helper is at a task, or done with it; it finds the fit of one that is made here meanwhile."""
    return helper is not None and (helper.running() or helper.done())


def _tell_if_killed(progress: FitProgress, task: Task, helper: Future[Made] | None) -> None:
    """Say of a fit that it is made here because the process that was to make it is gone."""
    if helper is None or not helper.done():
        return
    killed = re.search(r"SIG[A-Z]+", str(helper.exception() or ""))
    if killed:
        memory = " (most likely memory ran out; fits_at_once=1 needs least)" * (killed[0] == "SIGKILL")
        progress.say(f"{task.name}: its process was killed by {killed[0]}{memory}; made here instead")


@contextmanager
def _helped(maker: FitMaker, tasks: Sequence[Task], parent: str) -> Iterator[Sequence[Future[Made] | None]]:
    """For every task what a helper will make of it, the last ones first, or None where there are none."""
    count = min(workers(maker) if maker.estimator.uses_network else 1, len(tasks)) - 1
    if count < 1:
        yield [None] * len(tasks)
        return
    before = set(active_children())
    futures: list[Future[Made]] = []
    pool = helpers(count, _begin, maker.elsewhere())
    try:
        # Ctrl-C reaches all processes of a terminal; the job then ends its helpers, which inherit the mask
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            futures = [pool.submit(_make, task, parent) for task in reversed(tasks)]
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        yield futures[::-1]
    except BaseException:
        stop(set(active_children()) - before, futures)
        raise
    finally:
        # the pool would not: its own thread trips over tasks that nobody has begun
        kill(set(active_children()) - before)
        pool.shutdown()


_maker: FitMaker
"""Of a helper, with its own catalogue."""


def _begin(elsewhere: FitMakerElsewhere) -> None:
    global _maker  # noqa: PLW0603  (what a helper has for all its fits)
    _maker = elsewhere.made()


def _make(task: Task, parent: str) -> Made:
    """What a helper does with a task."""
    started, went_on = time.monotonic(), [""]

    def goes_on(training: int, steps: int, total: int) -> None:
        went_on.append(f" from {place_of(training, steps, total)}")

    with at_work():
        fit = _maker.fit(*task, parent, lambda *_: None, lambda _: None, goes_on=goes_on)
    return Made(time.monotonic() - started, fit.reused, went_on[-1])


def workers(maker: FitMaker) -> int:
    """Processes that make fits at once: as configured, else as many as the cores can feed."""
    check_option("fits_at_once", maker.at_once, annotations_of(FitMaker)["at_once"])
    if maker.galaxies is None:
        return 1
    import torch

    from galaxy_causal.network import process_count

    trainer = maker.fitting.trainer
    devices = process_count(asdict(trainer)) if maker.estimator.uses_network else 1
    if maker.at_once != "auto":
        if devices > 1 and maker.at_once > 1:
            raise UserError(
                f"fits_at_once={maker.at_once}: fits that {devices} devices make together are made one after "
                "the other; leave it at auto"
            )
        return int(maker.at_once)
    on_cpu = trainer.accelerator == "cpu" or not torch.cuda.is_available()
    if not on_cpu or devices > 1:
        return 1
    threads = maker.fitting.network.training.threads or cores()
    return max(1, cores() // (threads * maker.members))
