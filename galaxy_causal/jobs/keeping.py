"""What the run of a job keeps of its answer, and by what people know it."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from galaxy_causal import plot
from galaxy_causal.fitting import Galaxies, JobRun
from galaxy_causal.jobs.failures import full_disk, lack_of_memory
from galaxy_causal.jobs.page import REPORT, Asked, Content, markdown, write_page
from galaxy_causal.jobs.question import Question
from galaxy_causal.jobs.result import Result, for_others, show
from galaxy_causal.processes import temporary_folder
from galaxy_causal.types import UserError, without_passwords

CONFIG = "config.yaml"
"""Among the files of a run: all options, as they were used."""
BRIEF = {"photometry": r"\1", "normalised_images": r"nimg \1", "images": r"img \1", "signal": r"\1"}
"""What a list of runs calls modalities with their names, of which it shows some twenty letters."""
METRICS = "metrics.csv"
"""Among the files of a run: all its numbers."""
SOURCES = ("path", "file", "source", "table", "url", "address")
"""Of what a catalogue tells of itself, where it came from."""


def run_name(question: Question[Any]) -> str:
    """What the run of a question is called: short, with its estimator, so that a list tells runs apart."""
    name, estimator = question.name, question.tags().get("estimator")
    for long, brief in BRIEF.items():
        name = re.sub(rf"\b{long}\[([^\]]*)\]", brief, name)
    return f"{name} · {estimator}" if estimator else name


def galaxies_shown(question: Question[Any]) -> Galaxies:
    """The galaxies of a question, as people see them."""
    catalogue, checksums = question.catalogue, question.maker.checksums
    source = next((str(catalogue.provenance[k]) for k in SOURCES if catalogue.provenance.get(k)), "")
    columns = tuple(sorted(name for name in checksums if "/" in name))
    return Galaxies(
        catalogue.name, checksums["catalogue"], without_passwords(source), columns, len(catalogue)
    )


def keep(
    console: Console, job: JobRun, found: Result, files: Mapping[str, str], asked: Callable[[], Asked]
) -> bool:
    """Have the run of a job hold what was found: files, figures, the page, numbers and what it says.

    Parameters
    ----------
    console
        Where to say what could not be made.
    job
        The run.
    found
        What it is to hold.
    files
        Texts that it is to hold too, by the names of their files.
    asked
        Gives how it was asked for.

    Returns
    -------
    bool
        Whether there is a page. What a run of before left of figures and pages that could not be made now is
        removed.
    """
    missing: list[str] = []
    with temporary_folder() as folder:
        for file, text in files.items():
            (folder / file).write_text(without_passwords(text))
        found.write(folder)
        _write_metrics(found, folder)
        figures = _draw_figures(console, found, folder, missing)
        content = _gather(console, found) if found.answer else None
        made = content is not None and _draw_page(console, found, content, asked, folder, figures)
        missing += [REPORT] if found.answer and not made else []
        job.log_artifacts(folder)
    if missing:
        _remove(console, job, missing)
    job.log(found.tracked())
    if content is not None:
        job.describe(markdown(found.answer, content), REPORT if made else "")
    for key, word in found.tags().items():
        job.tag(key, word)
    if found.fits:
        job.tag("fits", ",".join(fit.key for fit in found.fits))
    return made


def _write_metrics(found: Result, folder: Path) -> None:
    """Write all numbers of a result; a run shows those that people compare runs by."""
    rows = found.metrics()
    if rows:
        with (folder / METRICS).open("w", encoding="utf-8", newline="") as file:
            lines = csv.writer(file, lineterminator="\n")
            lines.writerow(("metric", "value"))
            lines.writerows((name, float(value)) for name, value in rows.items())


def _draw_figures(console: Console, found: Result, folder: Path, missing: list[str]) -> list[str]:
    """Draw the figures of a result and give their names; files of others are ``missing``."""
    made: list[str] = []
    try:
        drawings = found.drawings()
    except Exception as error:
        _pass_over(console, "figures", error)
        return made
    for name, draw in drawings.items():
        try:
            plot.save(draw(), folder, name)
        except Exception as error:
            _pass_over(console, f"figure {name}", error)
            files = [f"{name}{ending}" for ending in (".png", ".pdf")]
            for file in files:
                (folder / file).unlink(missing_ok=True)
            missing += files
        else:
            made.append(name)
    return made


def _gather(console: Console, found: Result) -> Content | None:
    """What the page of a result holds."""
    try:
        return found.content()
    except Exception as error:
        _pass_over(console, REPORT, error)
        return None


def _draw_page(
    console: Console,
    found: Result,
    content: Content,
    asked: Callable[[], Asked],
    folder: Path,
    figures: Sequence[str],
) -> bool:
    """Draw the page of a result, and say whether that could be done."""
    try:
        write_page(found.answer, content, for_others(asked()), folder, figures, folder / REPORT)
    except Exception as error:
        (folder / REPORT).unlink(missing_ok=True)
        _pass_over(console, REPORT, error)
        return False
    return True


def _pass_over(console: Console, what: str, error: Exception) -> None:
    """Say that something could not be made; a lack of memory or of disk is everybody's, and raised again."""
    if full_disk(error) is not None or lack_of_memory(error) is not None:
        raise error
    why = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
    show(console, [f"warning: {what} could not be made ({why}); all else is kept"])


def _remove(console: Console, job: JobRun, names: Sequence[str]) -> None:
    """Remove what a run of before left under these names, for its numbers are others."""
    try:
        job.remove(names)
    except UserError as error:
        show(console, [f"warning: {', '.join(names)} of an earlier run may stand there yet: {error}"])
