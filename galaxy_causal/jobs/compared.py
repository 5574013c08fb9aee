"""Results of any job side by side: what each says, and its numbers in one table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from rich import box
from rich.console import RenderableType
from rich.table import Table

from galaxy_causal.jobs.decompose.content import MARKS
from galaxy_causal.jobs.page import Content, numbers
from galaxy_causal.jobs.result import Result, StoredResult
from galaxy_causal.page import Listing, Number
from galaxy_causal.types import VERDICTS, decimals_of

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
        shared = [name for name in frame if frame[name].notna().all() and _is_told(name)][:MOST]
        columns = [self._column(frame, name) for name in shared]
        rows: tuple[tuple[str | Number, ...], ...] = tuple(zip(self.found, *columns, strict=True))
        return Content(
            title=f"{len(self.found)} members of a sweep side by side",
            question=(f"What do the members of a sweep of job={self.job} find?",),
            tables=(
                Listing("What each says", ("member", "answer"), answers),
                Listing("Numbers that all have", ("member", *shared), rows, MARKS),
            ),
        )

    def _column(self, frame: pd.DataFrame, name: str) -> list[Number]:
        """Cells of one number of all members, with errors and marks of verdicts where they are known."""
        values = frame[name].to_numpy(np.float64)
        if f"{name}_err" not in frame:
            return [Number(float(value), f"{value:.4g}") for value in values]
        errors = frame[f"{name}_err"].to_numpy(np.float64)
        places = frame.get(f"verdict/{name}", pd.Series(np.nan, frame.index))
        judged = ["" if np.isnan(place) else VERDICTS[int(place)] for place in places]
        tags = [one.tags().get(f"verdict_{name}", "") for one in self.found.values()]
        words = [tag or word for tag, word in zip(tags, judged, strict=True)]
        return numbers(values, errors, words, decimals_of(errors))

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


def _is_told(name: str) -> bool:
    """Whether a metric has a column of its own: errors and verdicts stand beside their number."""
    return not name.endswith("_err") and "verdict" not in name.split("/")
