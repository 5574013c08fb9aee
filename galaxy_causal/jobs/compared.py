"""Results of any job side by side: what each says, and its numbers in one table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure
from rich import box
from rich.console import RenderableType
from rich.table import Table

from galaxy_causal.jobs.page import Content
from galaxy_causal.jobs.result import Result, StoredResult
from galaxy_causal.page import Listing, Number

MOST = 12
"""Numbers of each member that its page shows; all stand in a file."""


@dataclass(frozen=True, repr=False)
class Compared(Result):
    """Results of the members of a sweep, whatever their job.

    Parameters
    ----------
    job
        Of all of them.
    found
        What each found, by the names of members.
    """

    job: str
    found: Mapping[str, StoredResult]

    @property
    def answer(self) -> str:
        """How many members there are; what each says stands in the table."""
        return f"{len(self.found)} members of a sweep side by side (job={self.job}); each has its own answer."

    def content(self) -> Content:
        """Give what its page holds beside the answer: a table of answers, and one of numbers."""
        answers = tuple((label, one.answer) for label, one in self.found.items())
        frame = self._numbers()
        shared = [name for name in frame if frame[name].notna().all() and not name.endswith("_err")][:MOST]
        rows: tuple[tuple[str | Number, ...], ...] = tuple(
            (str(label), *(Number(float(row[name]), f"{row[name]:.4g}") for name in shared))
            for label, row in frame.iterrows()
        )
        return Content(
            title=f"{len(self.found)} members of a sweep side by side",
            question=(f"What do the members of a sweep of job={self.job} find?",),
            tables=(
                Listing("What each says", ("member", "answer"), answers),
                Listing("Numbers that all have", ("member", *shared), rows),
            ),
        )

    def _numbers(self) -> pd.DataFrame:
        """A row of numbers for each member."""
        return pd.DataFrame({label: one.tracked() for label, one in self.found.items()}).T

    def metrics(self) -> dict[str, float]:
        """None: each member has its own."""
        return {}

    def figures(self) -> dict[str, Figure]:
        """None: each member has its own."""
        return {}

    def shown(self) -> Iterator[RenderableType]:
        """What each member says."""
        table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
        table.add_column("member", overflow="fold")
        table.add_column("answer", overflow="fold")
        for label, one in self.found.items():
            table.add_row(label, one.answer)
        yield table

    def write(self, folder: Path) -> None:
        """Write ``comparison.csv``, a row of numbers for each member."""
        self._numbers().to_csv(folder / "comparison.csv", index_label="member")
