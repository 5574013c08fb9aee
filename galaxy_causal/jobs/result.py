"""What a job finds, whichever it is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Self

import pandas as pd
import pyarrow.parquet as pq
from astropy.table import Table
from matplotlib.figure import Figure
from numpy.typing import NDArray
from rich.console import Console, RenderableType
from rich.text import Text

from galaxy_causal.types import Fit, UserError


class Result(ABC):
    """What a job finds: it prints as the tables of the terminal, draws its figures, and writes its files."""

    fits: tuple[Fit, ...] = ()
    """Those that it rests on."""

    @abstractmethod
    def metrics(self) -> dict[str, float]:
        """Give its numbers as they are tracked.

        Returns
        -------
        dict of str to float
            By the names of metrics.
        """

    @abstractmethod
    def figures(self) -> dict[str, Figure]:
        """Draw all figures.

        Returns
        -------
        dict of str to matplotlib.figure.Figure
            By name, the first one the most telling.
        """

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
            show(console, self.shown())
        return "\n".join(line.rstrip() for line in capture.get().splitlines())

    __repr__ = __str__


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


def show(console: Console, lines: Iterable[RenderableType]) -> None:
    """Print tables and lines, which are not broken; warnings are yellow."""
    for line in lines:
        if isinstance(line, str):
            line = Text(line, style="yellow" if line.startswith("warning") else "")  # noqa: PLW2901
        console.print(line, highlight=False, soft_wrap=isinstance(line, Text))
