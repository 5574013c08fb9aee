"""The page of a result: what its job tells of it, its figures, and how it was asked."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from galaxy_causal.fitting.code import versions
from galaxy_causal.page import Chart, Listing, Number, Page, Picture, render
from galaxy_causal.types import DECIMALS, Floats, Summary, decimals_of, share, with_error

REPORT = "report.html"
"""Among the files of a run."""
GALLERY = ("gallery", "one_galaxy")
"""How names of figures begin that show galaxies."""


@dataclass(frozen=True)
class Content:
    """What a job tells of its result on a page.

    Parameters
    ----------
    title
        What was asked, in a line.
    question
        The same line by line, where nobody else tells it.
    meaning
        How the answer is to be read.
    verdict
        The worst of the headline's numbers.
    warnings
        What speaks against the result.
    charts, tables
        Of its numbers.
    captions
        What figures show, by how their names begin; ``{rest}`` stands for the rest of the name.
    """

    title: str = ""
    question: tuple[str, ...] = ()
    meaning: str = ""
    verdict: str = ""
    warnings: tuple[str, ...] = ()
    charts: tuple[Chart, ...] = ()
    tables: tuple[Listing, ...] = ()
    captions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """How a result was asked for.

    Parameters
    ----------
    lines
        What was asked, as the terminal told it.
    configuration
        All options, as YAML.
    repeat
        Code that asks again, by what it is.
    """

    lines: tuple[str, ...] = ()
    configuration: str = ""
    repeat: Mapping[str, str] = field(default_factory=dict)


def page_of(answer: str, content: Content, asked: Asked, folder: Path, figures: Sequence[str]) -> Page:
    """The page of a result.

    Parameters
    ----------
    answer
        Of the result, in sentences.
    content
        What else it tells.
    asked
        How it was asked for.
    folder
        With its figures as PNG, by their names.
    figures
        These names.

    Returns
    -------
    Page
    """
    pictures = [
        Picture(name, _caption(name, content), (folder / f"{name}.png").read_bytes()) for name in figures
    ]
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return Page(
        title=content.title,
        question=(*content.question[:1], *asked.lines) if asked.lines else content.question,
        answer=answer,
        meaning=content.meaning,
        verdict=content.verdict,
        warnings=content.warnings,
        figures=tuple(one for one in pictures if not one.name.startswith(GALLERY)),
        gallery=tuple(one for one in pictures if one.name.startswith(GALLERY)),
        charts=content.charts,
        tables=content.tables,
        configuration=asked.configuration,
        repeat=asked.repeat,
        versions={**versions(), "page made": now},
    )


def write_page(
    answer: str, content: Content, asked: Asked, folder: Path, figures: Sequence[str], file: Path
) -> None:
    """Write the page of a result whose figures are in a folder.

    Parameters
    ----------
    answer, content, asked, folder, figures
        As of `page_of`.
    file
        Its page.
    """
    file.write_text(render(page_of(answer, content, asked, folder, figures)), encoding="utf-8")


def markdown(answer: str, content: Content) -> str:
    """What a run says of itself: the answer, warnings and the first tables.

    Parameters
    ----------
    answer, content
        As of `page_of`.

    Returns
    -------
    str
        In Markdown.
    """
    warnings = [f"**Warning:** {_plain(line)}" for line in content.warnings]
    return "\n\n".join([f"**{_plain(answer)}**", *warnings, *map(_table, content.tables[:3])])


def _table(table: Listing) -> str:
    rows = [[_plain(c.text if isinstance(c, Number) else c) for c in row] for row in table.rows]
    lines = [list(map(_plain, table.columns)), ["---"] * len(table.columns), *rows]
    return "\n".join([f"{_plain(table.title)}\n", *(f"| {' | '.join(line)} |" for line in lines)])


def _plain(text: str) -> str:
    """A text in which Markdown and HTML see nothing of theirs."""
    return re.sub(r"([\\`*_{}\[\]<>|#])", r"\\\1", text)


def _caption(name: str, content: Content) -> str:
    fitting = [beginning for beginning in content.captions if name.startswith(beginning)]
    if fitting:
        beginning = max(fitting, key=len)
        rest = name.removeprefix(beginning).strip("_").replace("_", " ")
        return content.captions[beginning].replace("{rest}", rest)
    return f"{name.replace('_', ' ')}: {content.title}"


def number(value: float, error: float, verdict: str = "", decimals: int = DECIMALS) -> Number:
    """A cell of a table with a number, its error and the mark of its verdict."""
    return Number(float(value), _marked(with_error(float(value), float(error), decimals), verdict))


def _marked(text: str, verdict: str) -> str:
    marks = {"lower bound": f"≥ {text}", "not to be trusted": f"{text} (?)", "too low": f"↑ {text}"}
    return marks.get(verdict, text)


def is_doubtful(verdict: str) -> bool:
    """Whether a number was judged, and is not reliable."""
    return verdict not in ("", "reliable")


def averages(summaries: Sequence[Summary], keys: Iterable[str]) -> list[list[Number]]:
    """Cells with averages of groups, a row each; beside an edge the end of the one-sided interval."""
    names = list(keys)
    decimals = decimals_of(one.error[key] for one in summaries for key in names if key in one.error)
    return [[_average(one, key, decimals) for key in names] for one in summaries]


def _average(one: Summary, key: str, decimals: int) -> Number:
    value, high, verdict = one.value.get(key, math.nan), one.high.get(key, math.nan), one.verdict.get(key, "")
    if value == 0.0 and one.low.get(key) == 0.0 and not math.isnan(high):
        text = "0" if high == 0.0 else f"< {max(high, 10.0**-decimals):.{decimals}f}"
        return Number(0.0, _marked(text, verdict))
    return number(value, one.error.get(key, math.nan), verdict, decimals)


def count(value: float) -> Number:
    """A cell of a table with a whole number."""
    return Number(float(value), f"{value:,.0f}")


def place(value: float) -> Number:
    """A cell of a table with where along a quantity a bin lies."""
    return Number(value, f"{value:#.4g}")


def fraction(value: float) -> Number:
    """A cell of a table with a share in percent."""
    return Number(float(value), share(value))


def numbers(values: Floats, errors: Floats, verdicts: Sequence[str], decimals: int) -> list[Number]:
    """Cells with numbers, errors and marks of verdicts, where they were judged."""
    words = verdicts or [""] * len(values)
    return [number(v, e, word, decimals) for v, e, word in zip(values, errors, words, strict=True)]
