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
    """A bar with this column beside it, on the standard error; nothing where that is no terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), count, TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True, disable=not (show and console.is_terminal))


def counted(items: Sequence[T], words: str, least: int = 2) -> Iterator[T]:
    """The items, with a bar from ``least`` of them on."""
    with bar(MofNCompleteColumn(), len(items) >= least) as shown:
        yield from shown.track(items, description=words)
