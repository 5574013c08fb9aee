"""Tables of numbers that no terminal is too narrow for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rich import box
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

NARROWEST = 16
"""Columns of the terminal to which names of rows are folded before a table is split."""


Column = tuple[str, Sequence[str]]


@dataclass(frozen=True)
class Block:
    """Numbers of named rows, in columns.

    Parameters
    ----------
    first
        Heading of the names.
    names
        Of the rows, which are folded where they are long.
    columns
        Of each its heading and a text for each row; none of them is ever cut.
    last
        A heading and texts that are folded as names are, at the right, if there are any.
    rules
        Places of rows before which there is a line.

    Notes
    -----
    Where the console is too narrow for all columns, they come in several tables under one another, each with
    the names. Lines have no blanks at their ends.
    """

    first: str
    names: Sequence[str]
    columns: Sequence[Column]
    last: Column | None = None
    rules: Sequence[int] = field(default=())

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield lines of the table, or of several."""
        for number, columns in enumerate(self._pieces(options.max_width)):
            if number:
                yield Text("")
            yield Trimmed(self._table(columns, None if number else self.last))

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """Give the least and the most columns of the terminal that it takes."""
        return Measurement.get(console, options, self._table(self.columns, self.last))

    def _pieces(self, width: int) -> list[Sequence[Column]]:
        """The columns of each table: as few tables as can be, of about as many columns each."""
        room = width - min(NARROWEST, max(map(len, (self.first, *self.names)), default=0))
        room -= 2 + NARROWEST if self.last else 0
        count = len(self.columns)
        for pieces in range(1, count + 1):
            size = -(-count // pieces)
            found = [self.columns[k : k + size] for k in range(0, count, size)]
            if all(sum(2 + _width(one) for one in piece) <= room for piece in found):
                return found
        return [[one] for one in self.columns]

    def _table(self, columns: Sequence[Column], last: Column | None) -> Table:
        table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True)
        table.add_column(Text(self.first), overflow="fold")
        for heading, _ in columns:
            table.add_column(Text(heading), justify="right", no_wrap=True)
        if last is not None:
            table.add_column(Text(last[0]), overflow="fold")
        every = [texts for _, texts in (*columns, *([last] if last else []))]
        for row, name in enumerate(self.names):
            if row in self.rules:
                table.add_section()
            table.add_row(*map(Text, (name, *(texts[row] for texts in every))))
        return table


def _width(column: Column) -> int:
    heading, texts = column
    return max(map(len, (*heading.splitlines(), *texts)), default=0)


@dataclass(frozen=True)
class Trimmed:
    """Anything that rich prints, without blanks at the ends of its lines.

    Parameters
    ----------
    shown
        What is printed.
    """

    shown: RenderableType

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield its lines."""
        for line in console.render_lines(self.shown, options, pad=False):
            yield from _without_blanks(line)
            yield Segment.line()


def _without_blanks(line: Sequence[Segment]) -> Iterator[Segment]:
    """The segments of a line up to its last letter."""
    kept = list(line)
    while kept and not kept[-1].control and not kept[-1].text.rstrip():
        kept.pop()
    yield from kept[:-1]
    for one in kept[-1:]:
        yield one if one.control else Segment(one.text.rstrip(), one.style)
