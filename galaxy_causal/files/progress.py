"""A bar on the terminal while files are read or made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

T = TypeVar("T")


def bar(count: ProgressColumn, show: bool = True) -> Progress:
    """A bar on the standard error.

    Parameters
    ----------
    count
        The column beside the bar, such as how many of how many are done.
    show
        False: nothing is shown.

    Returns
    -------
    rich.progress.Progress
        It shows nothing where the standard error is no terminal, and is gone at its end.
    """
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), count, TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True, disable=not (show and console.is_terminal))


def counted(items: Sequence[T], words: str, least: int = 2) -> Iterator[T]:
    """Go through items with a bar.

    Parameters
    ----------
    items
        One after the other.
    words
        What is said beside the bar.
    least
        With fewer items than these no bar is shown.

    Yields
    ------
    object
        Each item.
    """
    with bar(MofNCompleteColumn(), len(items) >= least) as shown:
        yield from shown.track(items, description=words)
