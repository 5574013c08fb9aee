"""What was brought from another store, what was here already, and what is damaged there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure
from rich.console import RenderableType
from rich.table import Table

from galaxy_causal.fitting.elsewhere import Brought
from galaxy_causal.jobs.result import Result

STATES = {"brought": "brought", "here": "already here", "damaged": "damaged there", "left": "left"}
"""What became of fits and runs, and how it is told."""


@dataclass(frozen=True, repr=False)
class Merged(Result):
    """What became of the fits and runs of another store.

    Parameters
    ----------
    source
        The other store.
    of_fits, of_runs
        What became of each, by its key or the id of its run there.
    unfinished
        Runs of jobs there that have not come to their end, and were left.
    alone
        Whether there were fits alone, for no database shows runs.
    """

    source: str
    of_fits: Mapping[str, Brought]
    of_runs: Mapping[str, Brought]
    unfinished: int = 0
    alone: bool = False

    def metrics(self) -> dict[str, float]:
        """Counts, such as ``fits_brought`` and ``runs_here``."""
        return {
            f"{kind}_{state}": float(count)
            for kind, counts in self._counts().items()
            for state, count in counts.items()
        }

    def _counts(self) -> dict[str, dict[str, int]]:
        fits: Counter[str] = Counter(one.state for one in self.of_fits.values())
        runs: Counter[str] = Counter(one.state for one in self.of_runs.values())
        found = {
            name: {state: one[state] for state in STATES} for name, one in (("fits", fits), ("runs", runs))
        }
        found["runs"]["left"] += self.unfinished
        return found

    def figures(self) -> dict[str, Figure]:
        """None."""
        return {}

    def shown(self) -> Iterator[RenderableType]:
        """A table of counts, and a line for each fit that is damaged or was left."""
        for one in (*self.of_fits.values(), *self.of_runs.values()):
            if one.told:
                what = "damaged" if one.state == "damaged" else "left"
                yield f"warning: {what} in {self.source}: {one.told}"
        table = Table(title=f"from {self.source}", title_justify="left")
        table.add_column("")
        for heading in STATES.values():
            table.add_column(heading, justify="right")
        for kind, counts in self._counts().items():
            table.add_row(kind, *(f"{count:,}" for count in counts.values()))
        yield table
        if self.unfinished:
            yield f"runs of {self.unfinished} jobs that were not finished there were left"
        if self.alone:
            yield "there is no database of runs: fits alone were brought"

    def write(self, folder: Path) -> None:
        """Write ``merged.csv``, a row for each fit and run."""
        rows = [
            {"kind": kind, "key": key, "state": one.state, "told": one.told}
            for kind, those in (("fit", self.of_fits), ("run", self.of_runs))
            for key, one in those.items()
        ]
        pd.DataFrame(rows, columns=["kind", "key", "state", "told"]).to_csv(
            folder / "merged.csv", index=False
        )
