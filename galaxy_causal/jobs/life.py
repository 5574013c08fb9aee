"""The one life of every job: check, describe, find or compute, track, show; from either door."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

import yaml
from rich.console import Console
from rich.text import Text

from galaxy_causal.fitting import FitStore, Galaxies
from galaxy_causal.jobs.keeping import CONFIG, galaxies_shown, keep, run_name
from galaxy_causal.jobs.page import REPORT, Asked
from galaxy_causal.jobs.progress import waiting
from galaxy_causal.jobs.question import Question, R_co
from galaxy_causal.jobs.result import error_output, show
from galaxy_causal.types import Catalogue, InputSet, without_passwords

SWEEP = "GALAXY_CAUSAL_SWEEP"
"""In the environment of the members of a sweep: its name."""
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


@contextmanager
def sweeping() -> Iterator[None]:
    """Within it a sweep may have a name, which ends with it."""
    before = os.environ.pop(SWEEP, None)
    try:
        yield
    finally:
        os.environ.pop(SWEEP, None)
        if before is not None:
            os.environ[SWEEP] = before


def live(
    console: Console,
    question: Question[R_co],
    shown: Mapping[str, object] | None = None,
    files: Mapping[str, str] | None = None,
    prints: bool = True,
    repeat: Callable[[], Mapping[str, str]] = dict,
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
    repeat
        Gives code that asks the same again, by what it is, for the page.

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
    described = tuple(question.described())
    show(console, described, error_output(console))
    params = {"job": question.job, **(shown or {}), **question.params()}

    def asked() -> Asked:
        lines = tuple(str(line).strip() for line in described)
        options = (files or {}).get(CONFIG) or yaml.safe_dump(flat(params), allow_unicode=True)
        return Asked(lines, options, repeat())

    return track(
        console,
        question.maker.store,
        lambda parent: question.answer(console, parent),
        recipe=question.recipe(),
        name=run_name(question),
        tags={"job": question.job, "dataset": question.catalogue.name, **question.tags()},
        params=params,
        files=files,
        prints=prints,
        asked=asked,
        galaxies=galaxies_shown(question),
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
    asked: Callable[[], Asked] = Asked,
    galaxies: Galaxies | None = None,
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
    asked
        Gives how it was asked for, for the page.
    galaxies
        Of which the answer is; None where it is of no one catalogue.

    Returns
    -------
    Result
        The answer.
    """
    started = time.monotonic()
    named = {"sweep": os.environ[SWEEP]} if os.environ.get(SWEEP) else {}
    tags = {**named, **_tags.get(), **tags}
    with store.tracker.job(recipe, name[:LONGEST_NAME], tags, flat(params), on_wait=waiting(console)) as job:
        if galaxies is not None:
            job.used(galaxies)
        found = answer(job.run_id)
        has_page = bool(job.run_id) and keep(console, job, found, files or {}, asked)
        place = job.place
    show(console, found.told() if prints else (), error_output(console))
    seconds, reused = time.monotonic() - started, sum(fit.reused for fit in found.fits)
    made = f"{len(found.fits)} fits: {len(found.fits) - reused} trained, {reused} reused; "
    lines = [f"{made if found.fits else ''}{seconds:.0f} s"]
    lines += [f"a page for your browser: {place}/{REPORT}"] if place and has_page else []
    lines += [f"figures and tables: {place}", f"compare runs: {store.tracker.look}"] if place else []
    for line in lines:
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    return found


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
    """Nested options as parameters, a line a leaf, without nulls, passwords, and how Hydra makes objects."""
    found: dict[str, str] = {}
    for key, value in groups.items():
        if isinstance(value, Mapping):
            found |= {f"{key}.{name}": text for name, text in flat(value).items()}
        elif value is not None and not str(key).startswith("_"):
            found[key] = without_passwords(str(value))
    return found
