"""What a job finds, whichever it is."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pandas as pd
import pyarrow.parquet as pq
from matplotlib.figure import Figure
from numpy.typing import NDArray
from rich.console import Console, RenderableType
from rich.text import Text

from galaxy_causal import plot
from galaxy_causal.jobs.page import Asked, Content, write_page
from galaxy_causal.processes import temporary_folder
from galaxy_causal.types import Fit, UserError, without_passwords

if TYPE_CHECKING:
    from astropy.table import Table

NOTHING = Asked()
"""Where it is not known how a result was asked for."""
Drawings = Mapping[str, Callable[[], Figure]]
"""What draws each figure, by its name."""


class Result(ABC):
    """What a job finds: it prints as the tables of the terminal, draws its figures, and writes its files."""

    fits: tuple[Fit, ...] = ()
    """Those that it rests on."""

    @property
    def answer(self) -> str:
        """What was found, in sentences that say how far it is to be trusted; of some jobs there are none."""
        return ""

    def content(self) -> Content:
        """Give what its page holds beside answer and figures.

        Returns
        -------
        Content
            Title, meaning, warnings, charts and tables.
        """
        return Content()

    @abstractmethod
    def metrics(self) -> dict[str, float]:
        """Give its numbers as they are tracked.

        Returns
        -------
        dict of str to float
            By the names of metrics.
        """

    def tracked(self) -> dict[str, float]:
        """Give the numbers by which people compare runs: those that stand in a run's own columns.

        Returns
        -------
        dict of str to float
            Some of ``metrics()``; all of them are among the files of the run.
        """
        return self.metrics()

    @abstractmethod
    def figures(self) -> dict[str, Figure]:
        """Draw all figures.

        Returns
        -------
        dict of str to matplotlib.figure.Figure
            By name, the first one the most telling.
        """

    def drawings(self) -> Drawings:
        """Give what draws each figure, so that one that cannot be drawn does not keep others from it.

        Returns
        -------
        dict of str to callable
            By the names of ``figures()``; without arguments it gives the figure.
        """
        return {name: partial(_itself, figure) for name, figure in self.figures().items()}

    @abstractmethod
    def shown(self) -> Iterator[RenderableType]:
        """Say what was found, as the terminal shows it.

        Yields
        ------
        rich.console.RenderableType
            Warnings, tables and lines.
        """

    @abstractmethod
    def write(self, folder: Path) -> None:
        """Write all tables and documents.

        Parameters
        ----------
        folder
            That is there; files of the same names are overwritten.
        """

    def told(self) -> Iterator[RenderableType]:
        """Say what was found: the answer first, then all that it rests on.

        Yields
        ------
        rich.console.RenderableType
            As of ``shown()``.
        """
        if self.answer:
            yield Text(self.answer, style="bold")
            yield ""
        yield from self.shown()

    def draw(self, folder: Path) -> list[str]:
        """Draw all figures into a folder.

        Parameters
        ----------
        folder
            Each is ``name.png`` and ``name.pdf`` in it.

        Returns
        -------
        list of str
            Their names.
        """
        figures = self.figures()
        for name, figure in figures.items():
            plot.save(figure, folder, name)
        return list(figures)

    def report(self, path: str | Path, asked: Asked = NOTHING) -> Path:
        """Write a page for a browser, which needs no network and no other file.

        Parameters
        ----------
        path
            Of the page, such as ``report.html``; its folder is made if absent.
        asked
            How it was asked for, where that is known.

        Returns
        -------
        pathlib.Path
            Where it is.
        """
        file = Path(path).expanduser()
        file.parent.mkdir(parents=True, exist_ok=True)
        with temporary_folder() as folder:
            figures = self.draw(folder)
            write_page(self.answer, self.content(), for_others(asked), folder, figures, file)
        return file

    def tags(self) -> dict[str, str]:
        """Give what the run is found by once it has an answer.

        Returns
        -------
        dict of str to str
            Such as verdicts; nothing, where a job has none.
        """
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
            show(console, self.told())
        return "\n".join(line.rstrip() for line in capture.get().splitlines())

    __repr__ = __str__


def for_others(asked: Asked) -> Asked:
    """How a result was asked for, without passwords in addresses."""
    return Asked(
        tuple(map(without_passwords, asked.lines)),
        without_passwords(asked.configuration),
        {name: without_passwords(code) for name, code in asked.repeat.items()},
    )


def _itself(figure: Figure) -> Figure:
    return figure


def drawn(drawings: Drawings) -> dict[str, Figure]:
    """All figures of a result, by name."""
    return {name: draw() for name, draw in drawings.items()}


class StoredResult(Result):
    """A result with a table of its numbers, which is read back from the files of its run."""

    @abstractmethod
    def to_pandas(self) -> pd.DataFrame:
        """Give its numbers as a frame.

        Returns
        -------
        pandas.DataFrame
            Each number with its error.
        """

    def to_table(self) -> Table:
        """Give its numbers as a table of astropy.

        Returns
        -------
        astropy.table.Table
            Rows and columns of ``to_pandas()``.
        """
        from astropy.table import Table

        return Table.from_pandas(self.to_pandas())

    @classmethod
    @abstractmethod
    def read(cls, folder: Path) -> Self:
        """Read what ``write`` left.

        Parameters
        ----------
        folder
            With its files.

        Returns
        -------
        StoredResult
            The same, without its fits.
        """


def columns_of(file: Path) -> dict[str, NDArray[Any]]:
    """All columns of a Parquet file that a result left, by name."""
    table = pq.read_table(file)
    return {name: table[name].to_numpy() for name in table.column_names}


def warning(line: str) -> str:
    """A line by which readers and `show` know a warning."""
    return line if line.startswith("warning") else f"warning: {line}"


def show(console: Console, lines: Iterable[RenderableType], errors: Console | None = None) -> None:
    """Print tables and lines, which are not broken; warnings are yellow, and go to ``errors`` if given."""
    for line in lines:
        warns = isinstance(line, str) and line.startswith("warning")
        where = errors if warns and errors is not None else console
        if isinstance(line, str | Text):
            text = Text(line, style="yellow" if warns else "") if isinstance(line, str) else line
            where.print(text, highlight=False, soft_wrap=True)
        else:
            where.print(plot.Trimmed(line), highlight=False)


def error_output(console: Console) -> Console:
    """Where warnings of a job go that prints to a console.

    Parameters
    ----------
    console
        Of the job.

    Returns
    -------
    Console
        Of the standard error, as wide and as quiet; its own where it does not print to the standard output,
        as in Jupyter.
    """
    if console.is_jupyter or console.file is not sys.stdout:
        return console
    return Console(stderr=True, width=console.width, quiet=console.quiet)
