"""What stands on a page, as frozen values; all texts are plain, and are escaped where they are set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from galaxy_causal.types import Floats


@dataclass(frozen=True)
class Number:
    """A cell of a table that holds a number.

    Parameters
    ----------
    value
        By which rows are sorted; NaN comes last.
    text
        As it is shown, with error and marks.
    """

    value: float
    text: str


@dataclass(frozen=True)
class Listing:
    """A table that people sort.

    Parameters
    ----------
    title
        Above it.
    columns
        Headings.
    rows
        Cells, as many as headings.
    note
        Below it.
    folded
        Whether it is seen only when asked for.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | Number, ...], ...]
    note: str = ""
    folded: bool = False

    @property
    def headings(self) -> list[tuple[str, bool]]:
        """Headings, and whether numbers stand below each."""
        numeric = [any(isinstance(row[k], Number) for row in self.rows) for k in range(len(self.columns))]
        return list(zip(self.columns, numeric, strict=True))


@dataclass(frozen=True)
class Intervals:
    """Named numbers with errors, one below the other.

    Parameters
    ----------
    title
        Above them.
    labels
        Names (n,).
    value, error
        (n,), the error of one sigma; NaN: unknown.
    notes
        What else is told of each (n,), such as its verdict.
    colour
        Of the marks, as ``#0072B2``; empty: that of the page's text.
    doubtful
        Which are not reliable (n,), whose marks are open; empty: none.
    """

    title: str
    labels: tuple[str, ...]
    value: Floats
    error: Floats
    notes: tuple[str, ...]
    colour: str
    doubtful: tuple[bool, ...] = ()


@dataclass(frozen=True)
class Curves:
    """Numbers with errors along a quantity.

    Parameters
    ----------
    title, along
        Above them, and what people call the quantity.
    place
        The quantity (n,).
    lines
        By name, value (n,), error (n,) and colour.
    doubtful
        Names of the lines that are not reliable, whose marks are open.
    """

    title: str
    along: str
    place: Floats
    lines: Mapping[str, tuple[Floats, Floats, str]]
    doubtful: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Chart:
    """Small multiples that share their scale.

    Parameters
    ----------
    title
        Above all of them.
    unit
        Of their numbers, with what they are.
    panels
        Intervals, or curves.
    """

    title: str
    unit: str
    panels: tuple[Intervals, ...] | tuple[Curves, ...]

    @property
    def longest(self) -> int:
        """Letters of the longest label of its intervals."""
        labels = [label for panel in self.panels if isinstance(panel, Intervals) for label in panel.labels]
        return max(map(len, labels), default=0)

    @property
    def has_open_marks(self) -> bool:
        """Whether any of its numbers is not reliable."""
        return any(
            any(panel.doubtful) if isinstance(panel, Intervals) else bool(panel.doubtful & {*panel.lines})
            for panel in self.panels
        )

    @property
    def lines(self) -> dict[str, str]:
        """Names of the lines in its panels, with their colours."""
        return {
            name: colour
            for panel in self.panels
            if isinstance(panel, Curves)
            for name, (_, _, colour) in panel.lines.items()
        }


@dataclass(frozen=True)
class Picture:
    """A figure.

    Parameters
    ----------
    name
        Of its files, such as ``atoms_by_class``.
    caption
        What it shows, for whoever does not see it too.
    png
        The picture.
    """

    name: str
    caption: str
    png: bytes


@dataclass(frozen=True)
class Page:
    """A result for people who have nothing but a browser.

    Parameters
    ----------
    title
        What was asked, in a line.
    question
        The same in full, line by line.
    answer, meaning
        What was found, in sentences, and how its unit is to be read.
    verdict
        The worst of the headline's numbers: ``reliable``, ``too low``, ``lower bound``,
        ``not to be trusted``, or nothing where none was passed.
    warnings
        What speaks against it.
    figures, gallery
        Pictures of numbers, and of galaxies.
    charts, tables
        Numbers to point at, and to sort.
    configuration
        With which it was made, as YAML; nothing where there is none.
    repeat
        How to make it again: code by what it is.
    versions
        By which software it was made, and when.
    """

    title: str
    question: tuple[str, ...]
    answer: str
    meaning: str = ""
    verdict: str = ""
    warnings: tuple[str, ...] = ()
    figures: tuple[Picture, ...] = ()
    gallery: tuple[Picture, ...] = ()
    charts: tuple[Chart, ...] = ()
    tables: tuple[Listing, ...] = ()
    configuration: str = ""
    repeat: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
