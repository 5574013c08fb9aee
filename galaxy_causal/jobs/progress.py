"""Progress on a terminal and in Jupyter: bars while something is counted or trains, a line for each fit."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from galaxy_causal.jobs.pace import Pace
from galaxy_causal.types import Fit

WIDE = 200
"""Columns of what is no terminal: lines in a file are not to be broken inside a table's cell."""


def standard_output() -> Console:
    """The console of a job: as wide as terminal, notebook or COLUMNS, and ``WIDE`` in a file or pipe."""
    console = Console()
    wide = console.is_terminal or console.is_jupyter or "COLUMNS" in os.environ
    return console if wide else Console(width=WIDE)


def shows_bars(console: Console) -> bool:
    """Whether bars can be drawn: on a terminal, and in Jupyter with ipywidgets."""
    return console.is_terminal or (console.is_jupyter and find_spec("ipywidgets") is not None)


class Count:
    """Something that is counted, with a bar."""

    def __init__(self, bars: Progress, name: str, total: int | None) -> None:
        self._bars = bars
        self._bar: TaskID = bars.add_task(name, total=total)

    def advance(self, more: int) -> None:
        """So many more are done."""
        self._bars.advance(self._bar, more)

    def reach(self, done: int, total: int) -> None:
        """So many of ``total`` are done."""
        self._bars.update(self._bar, completed=done, total=total)


@contextmanager
def counting(console: Console, name: str, total: int | None = None) -> Iterator[Count]:
    """A bar on a terminal or in Jupyter while something is counted."""
    with _bars(console) as bars:
        yield Count(bars, name, total)


def waiting(console: Console) -> Callable[[str], None]:
    """What tells that another process runs a job of this name."""

    def say(job: str) -> None:
        console.print(f"waiting for another process that runs the same job: {job}", markup=False)

    return say


def _bars(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not shows_bars(console),
    )


def place_of(training: int, steps: int, total: int) -> str:
    """Where a fit is: in which training, if not its first, and at which step of how many, if that is known.

    Examples
    --------
    >>> place_of(1, 1200, 5000), place_of(3, 1200, 0)
    ('step 1,200 of 5,000', 'training 3, step 1,200')
    """
    which = f"training {training}, " if training > 1 else ""
    return f"{which}step {steps:,}" + (f" of {total:,}" if total else "")


class FitBar:
    """One fit under way."""

    def __init__(self, progress: FitProgress, name: str) -> None:
        self._progress = progress
        self._name = name
        self.bar: TaskID = progress.bars.add_task(name, total=None)

    def advance(self, steps: int, total: int, loss: float) -> None:
        """Steps done, steps in all (0 if unknown), last validation cross-entropy in nats."""
        self._progress.bars.update(
            self.bar,
            completed=steps,
            total=total or None,
            description=f"{self._name}  validation {loss:.3f} nats",
        )

    def goes_on(self, training: int, steps: int, total: int) -> None:
        """The fit goes on where it was stopped."""
        self._progress.say(f"{self._name}: goes on at {place_of(training, steps, total)}")

    def wait(self, name: str) -> None:
        """Another process is making this fit."""
        self._progress.say(f"waiting for another process: {name}")


class FitProgress:
    """A bar for all fits and one for the fit under way."""

    def __init__(self, console: Console, total: int) -> None:
        self._console = console
        self._total = total
        self._finished = 0
        self._pace = Pace(total)
        self.bars = _bars(console)
        self._overall = self.bars.add_task("fits", total=total)

    def __enter__(self) -> FitProgress:
        self.bars.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bars.__exit__(kind, error, trace)

    def say(self, text: str) -> None:
        """Print a line above the bars."""
        self._console.print(f"  {text}", highlight=False, markup=False)

    def done(self, name: str, fit: Fit, how: str) -> None:
        """Print what came out, how it was come by (``reused``, or its time), and what time is left."""
        self._finished += 1
        self.bars.update(self._overall, completed=self._finished)
        if fit.reused:
            self._pace.found()
        elif left := self._pace.made():
            how = f"{how}; {left}"
        self.say(f"[{self._finished}/{self._total}] {name}: I = {fit.metrics['mi']:.3f} nats ({how})")

    @contextmanager
    def training(self, name: str) -> Iterator[FitBar]:
        """Show one fit while it is made."""
        training = FitBar(self, name)
        try:
            yield training
        finally:
            self.bars.remove_task(training.bar)
