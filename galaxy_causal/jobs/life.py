"""The one life of every job: check, describe, find or compute, track, show; from either door."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from rich.console import Console
from rich.text import Text

from galaxy_causal import plot
from galaxy_causal.fitting import FitStore, JobRun
from galaxy_causal.jobs.progress import waiting
from galaxy_causal.jobs.question import Question, R_co
from galaxy_causal.jobs.result import Result, show
from galaxy_causal.processes import temporary_folder
from galaxy_causal.types import Catalogue, InputSet

LONGEST_NAME = 250
"""Letters of a run's name that MLflow shows."""


_tags: ContextVar[Mapping[str, str]] = ContextVar("tags of all runs of jobs", default={})  # noqa: B039


@contextmanager
def tagged(tags: Mapping[str, str]) -> Iterator[None]:
    """Give these tags, too, to the runs of all jobs that are tracked within."""
    token = _tags.set(tags)
    try:
        yield
    finally:
        _tags.reset(token)


def live(
    console: Console,
    question: Question[R_co],
    shown: Mapping[str, object] | None = None,
    files: Mapping[str, str] | None = None,
    prints: bool = True,
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
    prints
        Whether to print what was found, too.

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
        prints=prints,
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
    prints: bool = True,
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
    files, prints
        As of `live`.

    Returns
    -------
    Result
        The answer.
    """
    started = time.monotonic()
    tags = {**_tags.get(), **tags}
    with store.tracker.job(recipe, name[:LONGEST_NAME], tags, flat(params), on_wait=waiting(console)) as job:
        found = answer(job.run_id)
        if job.run_id:
            _keep(job, found, files or {})
        place = job.place
    show(console, found.shown() if prints else ())
    seconds, reused = time.monotonic() - started, sum(fit.reused for fit in found.fits)
    made = f"{len(found.fits)} fits: {len(found.fits) - reused} trained, {reused} reused; "
    lines = [f"{made if found.fits else ''}{seconds:.0f} s"]
    lines += [f"figures and tables: {place}", f"compare runs: {store.tracker.look}"] if place else []
    for line in lines:
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    return found


def _keep(job: JobRun, found: Result, files: Mapping[str, str]) -> None:
    """Have the run of a job hold what was found."""
    with temporary_folder() as folder:
        for file, text in files.items():
            (folder / file).write_text(text)
        found.write(folder)
        for figure_name, figure in found.figures().items():
            plot.save(figure, folder, figure_name)
        job.log_artifacts(folder)
    job.log(found.metrics())
    for key, word in found.tags().items():
        job.tag(key, word)
    if found.fits:
        job.tag("fits", ",".join(fit.key for fit in found.fits))


def galaxies_of(catalogue: Catalogue, what: str) -> Iterator[str | Text]:
    """Lines about a catalogue: its name, ``what`` of its galaxies are used, and what was left out."""
    yield Text.assemble((catalogue.name, "bold"), f": {what}")
    for reason, count in catalogue.dropped.items():
        yield f"  left out: {count:,} ({reason})"
    for name, feature in catalogue.features.get("photometry", {}).items():
        if feature.limit is not None:
            yield f"  {name}: {int(feature.limit.sum()):,} of {len(catalogue):,} are upper limits"
    yield from catalogue.remarks


def line_of(label: str, inputs: InputSet) -> str:
    """A line about inputs."""
    items = ", ".join(
        str(i) + (" ± error" if i.error else "") + (" with its flag of limits" if i.limit else "")
        for i in inputs.items
    )
    return f"  {label} = {inputs.label}: {items}"


def class_order(classes: Sequence[str]) -> list[str]:
    """Star-forming, passive, any other names, and other last."""
    first, last = ("star_forming", "passive"), ("other",)
    middle = sorted(set(classes) - set(first) - set(last))
    return [c for c in (*first, *middle, *last) if c in classes]


def flat(groups: Mapping[str, object]) -> dict[str, str]:
    """Nested options as parameters, one line a leaf, without nulls and without how Hydra makes objects."""
    found: dict[str, str] = {}
    for key, value in groups.items():
        if isinstance(value, Mapping):
            found |= {f"{key}.{name}": text for name, text in flat(value).items()}
        elif value is not None and not key.startswith("_"):
            found[key] = str(value)
    return found
