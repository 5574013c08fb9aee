"""Progress of fits on the terminal: a bar while one trains, a line when it is done."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from galaxy_causal.types import Fit


class Fitting:
    """One fit under way."""

    def __init__(self, progress: FitProgress, name: str) -> None:
        self.progress = progress
        self.name = name
        self.started = time.monotonic()
        self.task = progress.bars.add_task(name, total=None)

    def advance(self, steps: int, total: int, loss: float) -> None:
        """Steps done, steps in all (0 if unknown), last validation cross-entropy in nats."""
        self.progress.bars.update(
            self.task,
            completed=steps,
            total=total or None,
            description=f"{self.name}  validation {loss:.3f} nats",
        )

    def wait(self, name: str) -> None:
        """Another process is making this fit."""
        self.progress.console.print(f"  waiting for another process: {name}", highlight=False, markup=False)

    def done(self, fit: Fit) -> None:
        """Print what came out."""
        self.progress.finished += 1
        how = "reused" if fit.reused else f"{time.monotonic() - self.started:.1f} s"
        place = f"[{self.progress.finished}/{self.progress.total}]"
        self.progress.console.print(
            f"  {place} {self.name}: I = {fit.metrics['mi']:.3f} nats ({how})", highlight=False, markup=False
        )


class FitProgress:
    """A bar for all fits and one for the fit under way."""

    def __init__(self, console: Console, total: int) -> None:
        self.console = console
        self.total = total
        self.finished = 0
        self.bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self.overall = self.bars.add_task("fits", total=total)

    def __enter__(self) -> FitProgress:
        self.bars.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bars.__exit__(kind, error, trace)

    @contextmanager
    def one(self, name: str) -> Iterator[Fitting]:
        """Show one fit while it is made."""
        fitting = Fitting(self, name)
        try:
            yield fitting
        finally:
            self.bars.remove_task(fitting.task)
            self.bars.advance(self.overall)
