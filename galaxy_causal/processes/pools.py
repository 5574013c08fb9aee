"""Pools of worker processes that end with this one, and tell their tasks before they are killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable
from concurrent.futures import Future, wait
from contextlib import suppress
from multiprocessing.process import BaseProcess
from typing import Any

from joblib import Parallel, register_parallel_backend
from joblib.externals.loky.process_executor import ProcessPoolExecutor
from joblib.parallel import LokyBackend

from galaxy_causal.processes.parents import PATIENCE, end_with, serve


def parallel(workers: int, **options: Any) -> Parallel:  # noqa: ANN401  (as joblib has them)
    """A `joblib.Parallel` whose processes end with this one; ``options`` are joblib's."""
    return Parallel(n_jobs=workers, initializer=end_with, initargs=(os.getpid(),), **options)


def helpers(count: int, begin: Callable[..., None], *given: object) -> ProcessPoolExecutor:
    """A pool whose workers end with this process, and can be told to end their tasks (see `stop`).

    Parameters
    ----------
    count
        How many workers.
    begin, given
        What each calls first, with what.

    Returns
    -------
    ProcessPoolExecutor
        Its functions do their work within `galaxy_causal.processes.parents.at_work`.
    """
    return ProcessPoolExecutor(count, initializer=_begin, initargs=(os.getpid(), begin, given))


def _begin(parent: int, begin: Callable[..., None], given: tuple[object, ...]) -> None:
    end_with(parent)
    begin(*given)
    serve(parent)  # last: until there are tasks, SIGTERM may well end the process


def stop(workers: Iterable[BaseProcess], tasks: Iterable[Future[Any]]) -> None:
    """Tell workers to end; return when their tasks have, or after `PATIENCE` seconds."""
    _signal(workers, signal.SIGTERM)
    wait([each for each in tasks if each.running()], PATIENCE)


def kill(workers: Iterable[BaseProcess]) -> None:
    """End workers at once."""
    _signal(workers, signal.SIGKILL)


def _signal(workers: Iterable[BaseProcess], number: signal.Signals) -> None:
    for process in workers:
        if process.pid is not None and process.is_alive():  # else its number may be another's by now
            with suppress(ProcessLookupError):  # it has ended meanwhile
                os.kill(process.pid, number)


class _Members(LokyBackend):  # type: ignore[misc]
    """joblib's processes, as workers that serve; those of a sweep that ends early can write their ends."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401  (as joblib has them)
        super().__init__(**options, initializer=serve, initargs=(os.getpid(),))
        self._tasks: list[Future[Any]] = []

    def submit(self, func: Callable[[], Any], callback: Callable[[Any], Any] | None = None) -> Future[Any]:
        """Begin a task."""
        future: Future[Any] = super().submit(func, callback)
        self._tasks.append(future)
        return future

    def abort_everything(self, ensure_ready: bool = True) -> None:
        """End all tasks: one has failed, or this process was told to end."""
        try:
            stop(self._members(), self._tasks)
        finally:
            super().abort_everything(ensure_ready)

    def _members(self) -> list[BaseProcess]:
        """The workers of this pool: other children of this process have other tasks."""
        pool = getattr(self, "_workers", None)
        return list((getattr(pool, "_processes", None) or {}).values())


def serve_sweeps() -> None:
    """Have members of sweeps that joblib runs end with this process; call it where a program begins."""
    register_parallel_backend("loky", _Members)
