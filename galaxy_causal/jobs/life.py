"""The one life of every job: check, describe, find or compute, track, show; from either door."""

from __future__ import annotations

import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import ClassVar, Generic, TypeVar

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from rich.console import Console, RenderableType
from rich.text import Text

from galaxy_causal import plot
from galaxy_causal.fitting import FitMaker, FitStore, JobRun
from galaxy_causal.jobs.progress import waiting
from galaxy_causal.types import Catalogue, Fit, InputSet, UserError, spec_of

LONGEST_NAME = 250
"""Letters of a run's name that MLflow shows."""


class Result(ABC):
    """What a job finds: it prints as the tables of the terminal, draws its figures, and writes its files."""

    fits: tuple[Fit, ...] = ()
    """Those that it rests on."""

    @abstractmethod
    def metrics(self) -> dict[str, float]:
        """Names and values as tracked."""

    @abstractmethod
    def figures(self) -> dict[str, Figure]:
        """All figures by name, the first one the most telling."""

    @abstractmethod
    def shown(self) -> Iterator[RenderableType]:
        """Warnings, tables and lines, as the terminal shows them."""

    @abstractmethod
    def write(self, folder: Path) -> None:
        """Write all tables and documents as files of a folder."""

    def tags(self) -> dict[str, str]:
        """What the run is found by once it has an answer, such as verdicts."""
        return {}

    def plot(self, name: str | None = None) -> Figure:
        """Draw a figure.

        Parameters
        ----------
        name
            One of ``figures()``; None is the first of them.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        UserError
            For a name that is none of them.
        """
        found = self.figures()
        name = next(iter(found)) if name is None else name
        if name not in found:
            raise UserError(f"there is no figure {name!r}; there are {', '.join(found)}")
        return found[name]

    def __str__(self) -> str:
        console = Console(width=200, color_system=None)
        with console.capture() as capture:
            show(console, self.shown())
        return "\n".join(line.rstrip() for line in capture.get().splitlines())

    __repr__ = __str__


R_co = TypeVar("R_co", bound=Result, covariant=True)


class Question(ABC, Generic[R_co]):
    """What a job is asked, and how it is answered."""

    job: ClassVar[str]
    maker: FitMaker
    """Makes or finds the fits that it needs, and holds the store."""

    @property
    @abstractmethod
    def name(self) -> str:
        """What the run is called."""

    @abstractmethod
    def check(self) -> None:
        """Refuse what cannot work, before anything is trained."""

    @abstractmethod
    def described(self) -> Iterator[str | Text]:
        """Lines that say what is asked."""

    @abstractmethod
    def recipe(self) -> dict[str, object]:
        """All that the answer depends on."""

    @abstractmethod
    def tags(self) -> dict[str, str]:
        """What the run is found by."""

    @abstractmethod
    def answer(self, console: Console, parent: str) -> R_co:
        """Find or make the fits, tracked beneath the run ``parent``, and compute what is asked."""

    @property
    def catalogue(self) -> Catalogue:
        """The galaxies."""
        return self.maker.catalogue

    def params(self) -> dict[str, object]:
        """What the answer was computed with, group by group, and nothing that it does not read."""
        fitting = self.maker.fitting
        found: dict[str, object] = {"seed": fitting.seed, "estimator": spec_of(fitting.estimator)}
        if fitting.estimator.uses_network:
            found |= {"seeds": fitting.seeds, "network": spec_of(fitting.network)}
            found["trainer"] = fitting.trainer.given
        return found


def live(
    console: Console,
    question: Question[R_co],
    shown: Mapping[str, object] | None = None,
    files: Mapping[str, str] | None = None,
) -> R_co:
    """Answer a question, print what is done and found, and track it.

    Parameters
    ----------
    console
        Where to print; a quiet one prints nothing.
    question
        What is asked; it is checked first.
    shown
        Options of the door in use, beside the question's own, that are to stand among the run's parameters.
    files
        Texts that the run is to keep, by the names of their files.

    Returns
    -------
    Result
        The question's answer.

    Raises
    ------
    UserError
        For what cannot be asked, before anything is trained.
    """
    question.check()
    show(console, question.described())
    return track(
        console,
        question.maker.store,
        lambda parent: question.answer(console, parent),
        recipe=question.recipe(),
        name=question.name,
        tags={"job": question.job, "dataset": question.catalogue.name, **question.tags()},
        params={"job": question.job, **(shown or {}), **question.params()},
        files=files,
    )


def track(
    console: Console,
    store: FitStore,
    answer: Callable[[str], R_co],
    *,
    recipe: Mapping[str, object],
    name: str,
    tags: Mapping[str, str],
    params: Mapping[str, object],
    files: Mapping[str, str] | None = None,
) -> R_co:
    """Find an answer within a run that keeps it; print it, and where it is kept.

    Parameters
    ----------
    console
        Where to print.
    store
        What keeps runs.
    answer
        Makes the answer, given the run's id.
    recipe
        All that the answer depends on: a job with the same one goes on in the same run.
    name, tags
        What the run is called, and found by before there is an answer.
    params
        With what the answer is computed, group by group.
    files
        Texts that the run is to keep, by the names of their files.

    Returns
    -------
    Result
        The answer.
    """
    started = time.monotonic()
    with store.tracker.job(recipe, name[:LONGEST_NAME], tags, flat(params), on_wait=waiting(console)) as job:
        found = answer(job.run_id)
        if job.run_id:
            _keep(job, found, files or {})
        place = job.place
    show(console, found.shown())
    seconds, reused = time.monotonic() - started, sum(fit.reused for fit in found.fits)
    made = f"{len(found.fits)} fits: {len(found.fits) - reused} trained, {reused} reused; "
    lines = [f"{made if found.fits else ''}{seconds:.0f} s"]
    lines += [f"figures and tables: {place}", f"compare runs: {store.tracker.look}"] if place else []
    for line in lines:
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    return found


def _keep(job: JobRun, found: Result, files: Mapping[str, str]) -> None:
    """Have the run of a job hold what was found."""
    with tempfile.TemporaryDirectory() as folder:
        for file, text in files.items():
            (Path(folder) / file).write_text(text)
        found.write(Path(folder))
        for figure_name, figure in found.figures().items():
            plot.save(figure, Path(folder), figure_name)
        job.log_artifacts(Path(folder))
    job.log(found.metrics())
    for key, word in found.tags().items():
        job.tag(key, word)
    if found.fits:
        job.tag("fits", ",".join(fit.key for fit in found.fits))


def show(console: Console, lines: Iterable[RenderableType]) -> None:
    """Print tables and lines, which are not broken; warnings are yellow."""
    for line in lines:
        if isinstance(line, str):
            line = Text(line, style="yellow" if line.startswith("warning") else "")  # noqa: PLW2901
        console.print(line, highlight=False, soft_wrap=isinstance(line, Text))


def galaxies_of(catalogue: Catalogue, what: str) -> Iterator[str | Text]:
    """Lines about a catalogue: its name, ``what`` of its galaxies are used, and what was left out."""
    yield Text.assemble((catalogue.name, "bold"), f": {what}")
    for reason, count in catalogue.dropped.items():
        yield f"  left out: {count:,} ({reason})"


def line_of(label: str, inputs: InputSet) -> str:
    """A line about inputs."""
    items = ", ".join(str(i) + (" ± error" if i.error else "") for i in inputs.items)
    return f"  {label} = {inputs.label}: {items}"


def class_order(classes: NDArray[np.str_]) -> list[str]:
    """Star-forming, passive, any other names, and other last."""
    first, last = ("star_forming", "passive"), ("other",)
    present = {str(c) for c in np.unique(classes)}
    middle = sorted(present - set(first) - set(last))
    return [c for c in (*first, *middle, *last) if c in present]


def flat(groups: Mapping[str, object]) -> dict[str, str]:
    """Nested options as parameters, one line a leaf, without nulls and without how Hydra makes objects."""
    found: dict[str, str] = {}
    for key, value in groups.items():
        if isinstance(value, Mapping):
            found |= {f"{key}.{name}": text for name, text in flat(value).items()}
        elif value is not None and not key.startswith("_"):
            found[key] = str(value)
    return found
