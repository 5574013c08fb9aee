"""Fits side by side: this process takes them from the front of a list, helpers from its back."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from multiprocessing.context import SpawnContext, SpawnProcess
from multiprocessing.queues import SimpleQueue
from typing import NamedTuple

from rich.console import Console

from galaxy_causal.fitting import FitMaker, FitMakerElsewhere
from galaxy_causal.jobs.failures import full_disk, lack_of_memory
from galaxy_causal.jobs.progress import FitProgress
from galaxy_causal.types import Fit, InputSet, UserError

SPAWN: SpawnContext = multiprocessing.get_context("spawn")
POLL = 0.05  # seconds between looks at what helpers have made


class Task(NamedTuple):
    """A fit to make: its inputs and its seed."""

    inputs: InputSet
    seed: int

    @property
    def name(self) -> str:
        """As people read it."""
        return f"{self.inputs.label} seed {self.seed}"


class TwoEnded:
    """Places in a list of ``count`` that several processes take, each place once."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._ends = SPAWN.Array("q", [0, count])

    def front(self) -> Iterator[int]:
        """The next place from the front, until none is left."""
        yield from self._take(0, 0, 1)

    def back(self) -> Iterator[int]:
        """The next place from the back, until none is left."""
        yield from self._take(1, -1, -1)

    def from_back(self) -> int:
        """How many places were taken from the back."""
        return self._count - int(self._ends[1])

    def _take(self, end: int, offset: int, step: int) -> Iterator[int]:
        while True:
            with self._ends.get_lock():
                low, high = self._ends[:]
                if low >= high:
                    return
                place = self._ends[end] + offset
                self._ends[end] += step
            yield place


def make_fits(console: Console, maker: FitMaker, tasks: Sequence[Task], parent: str) -> list[Fit]:
    """The fits of ``tasks`` in their order, stored ones reused and the others made.

    ``parent`` is the run of the job. A helper that dies only leaves its fits to this process, which says so;
    there whatever killed it shows itself.
    """
    fits = [maker.find(*task, parent) for task in tasks]
    missing = [index for index, fit in enumerate(fits) if fit is None]
    with FitProgress(console, len(tasks)) as progress:
        for task, fit in zip(tasks, fits, strict=True):
            if fit is not None:
                progress.done(task.name, fit, "reused")
        queue = TwoEnded(len(missing))
        with _helpers(maker, [tasks[index] for index in missing], parent, queue) as helpers:

            def collect(made: Mapping[int, tuple[float, bool]]) -> None:
                for place, (seconds, reused) in made.items():
                    task = tasks[missing[place]]
                    fits[missing[place]] = fit = maker.find(*task, parent, reused)
                    if fit is not None:
                        how = "reused" if reused else f"{seconds:.1f} s, side by side"
                        progress.done(task.name, fit, how)

            for place in queue.front():
                fits[missing[place]] = _make(maker, tasks[missing[place]], parent, progress)
                collect(helpers.made())
            collect(helpers.finish())
            killed = helpers.killed()
        for index in missing:
            if fits[index] is None:
                if killed is not None:
                    progress.say(
                        f"{tasks[index].name}: its process was killed by {killed}; made here instead"
                    )
                fits[index] = _make(maker, tasks[index], parent, progress)
    return [fit for fit in fits if fit is not None]


def _make(maker: FitMaker, task: Task, parent: str, progress: FitProgress) -> Fit:
    started = time.monotonic()
    try:
        with progress.training(task.name) as training:
            fit = maker.fit(*task, parent, training.advance, training.wait)
    except Exception as error:
        lack = lack_of_memory(error)
        if lack is None:
            raise
        raise UserError(f"{task.name}: {lack}") from error
    progress.done(task.name, fit, "reused" if fit.reused else f"{time.monotonic() - started:.1f} s")
    return fit


class _Helpers:
    """Processes that make fits, and what they tell."""

    def __init__(self, tasks: TwoEnded) -> None:
        self.tasks = tasks
        self.processes: list[SpawnProcess] = []
        self.reports: SimpleQueue[tuple[int, float, bool]] = SPAWN.SimpleQueue()
        self.count = 0

    def made(self) -> dict[int, tuple[float, bool]]:
        """Fits got since the last call, by place: the seconds each took, and whether it was there already."""
        fresh: dict[int, tuple[float, bool]] = {}
        while not self.reports.empty():
            place, seconds, reused = self.reports.get()
            fresh[place] = (seconds, reused)
        self.count += len(fresh)
        return fresh

    def killed(self) -> str | None:
        """The signal that ended a helper, if one did, and what it most likely means."""
        for process in self.processes:
            if not process.is_alive():
                process.join()  # its exit code may come a moment later
            if process.exitcode is not None and process.exitcode < 0:
                name = signal.Signals(-process.exitcode).name
                memory = " (most likely memory ran out; fits_at_once=1 needs least)"
                return name + (memory if name == "SIGKILL" else "")
        return None

    def finish(self) -> dict[int, tuple[float, bool]]:
        """Wait for the fits that helpers have begun, not for helpers that have none yet."""
        fresh: dict[int, tuple[float, bool]] = {}
        while True:
            alive = any(process.is_alive() for process in self.processes)
            fresh |= self.made()
            if not alive or self.count == self.tasks.from_back():
                return fresh
            time.sleep(POLL)


@contextmanager
def _helpers(maker: FitMaker, tasks: Sequence[Task], parent: str, queue: TwoEnded) -> Iterator[_Helpers]:
    helpers = _Helpers(queue)
    count = min(workers(maker) if maker.estimator.uses_network else 1, len(tasks)) - 1
    for _ in range(count):
        arguments = (maker.elsewhere(), tasks, parent, queue, helpers.reports, os.getpid())
        helpers.processes.append(SPAWN.Process(target=_help, args=arguments, daemon=True))
    try:
        # Ctrl-C reaches all processes of a terminal; the job then ends its helpers, which inherit the mask
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            for process in helpers.processes:
                process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        yield helpers
    finally:
        for process in helpers.processes:
            process.terminate()  # does nothing to one that has ended
            process.join()


def check_at_once(chosen: object) -> None:
    """Refuse what is no number of processes."""
    if chosen != "auto" and (not isinstance(chosen, int) or isinstance(chosen, bool) or chosen < 1):
        raise UserError(f"fits_at_once={chosen}: give a whole number from 1, or auto")


def workers(maker: FitMaker) -> int:
    """Processes that make fits at once: as configured, else as many as the cores can feed."""
    check_at_once(maker.at_once)
    if maker.galaxies is None:
        return 1
    if maker.at_once != "auto":
        return int(maker.at_once)
    import torch

    trainer = maker.fitting.trainer
    on_cpu = trainer.accelerator == "cpu" or not torch.cuda.is_available()
    if not on_cpu or trainer.devices not in (1, "1"):
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    threads = maker.fitting.network.training.threads or cores
    return max(1, cores // (threads * maker.members))


def _help(
    elsewhere: FitMakerElsewhere,
    tasks: Sequence[Task],
    parent: str,
    queue: TwoEnded,
    reports: SimpleQueue[tuple[int, float, bool]],
    boss: int,
) -> None:
    """The life of a helper. It ends on SIGTERM, and before its next fit if the job has died."""
    maker = elsewhere.made()
    for place in queue.back():
        if os.getppid() != boss:
            return
        started = time.monotonic()
        try:
            fit = maker.fit(*tasks[place], parent, lambda *_: None, lambda _: None)
        except Exception as error:
            if isinstance(error, UserError) or full_disk(error) or lack_of_memory(error):
                return  # the job meets the same error when it makes this fit itself
            raise
        except KeyboardInterrupt:
            return  # the job is interrupted and ends its helpers, and says so itself
        reports.put((place, time.monotonic() - started, fit.reused))
