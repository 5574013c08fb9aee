"""What the run of a job keeps of its answer, and by what people know it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from galaxy_causal.fitting import Galaxies, JobRun
from galaxy_causal.jobs.page import REPORT, Asked, Content, markdown, write_page
from galaxy_causal.jobs.question import Question
from galaxy_causal.jobs.result import Result, show
from galaxy_causal.processes import temporary_folder

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
    return Galaxies(catalogue.name, checksums["catalogue"], source, columns, len(catalogue))


def keep(
    console: Console, job: JobRun, found: Result, files: Mapping[str, str], asked: Callable[[], Asked]
) -> None:
    """Have the run of a job hold what was found: files, figures, the page, numbers and what it says."""
    with temporary_folder() as folder:
        for file, text in files.items():
            (folder / file).write_text(text)
        found.write(folder)
        _write_metrics(found, folder)
        figures = found.draw(folder)
        content = _draw_page(console, found, asked, folder, figures) if found.answer else None
        job.log_artifacts(folder)
    job.log(found.tracked())
    if content is not None:
        job.describe(markdown(found.answer, content), REPORT)
    for key, word in found.tags().items():
        job.tag(key, word)
    if found.fits:
        job.tag("fits", ",".join(fit.key for fit in found.fits))


def _write_metrics(found: Result, folder: Path) -> None:
    """Write all numbers of a result; a run shows those that people compare runs by."""
    rows = found.metrics()
    if rows:
        lines = ["metric,value", *(f'"{name}",{value!r}' for name, value in rows.items())]
        (folder / METRICS).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _draw_page(
    console: Console, found: Result, asked: Callable[[], Asked], folder: Path, figures: Sequence[str]
) -> Content | None:
    """Draw the page of a result and give what it holds; what goes wrong is said, all else is kept."""
    content = None
    try:
        content = found.content()
        write_page(found.answer, content, asked(), folder, figures, folder / REPORT)
    except Exception as error:
        (folder / REPORT).unlink(missing_ok=True)
        why = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
        show(console, [f"warning: {REPORT} could not be made ({why}); all else is kept"])
    return content
