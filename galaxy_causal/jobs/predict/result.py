"""Estimates of galaxies that no network was trained on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from galaxy_causal import plot
from galaxy_causal.files import write_columns
from galaxy_causal.jobs.result import StoredResult, columns_of
from galaxy_causal.types import Fit, Floats

FILE, KNOWN, ABOUT = "predictions.parquet", "known.parquet", "about.json"
BINS = 50
"""Of the figure."""
FEW = 0.01
"""Share of galaxies outside of what was learnt above which it is told as a warning."""


@dataclass(frozen=True, repr=False)
class Predictions(StoredResult):
    """Estimates of the target of galaxies of another table.

    Parameters
    ----------
    name
        Of the table.
    target
        The target's label.
    source
        The input that they are from.
    columns
        Of every galaxy (n,): ``id``; ``estimate``, the mean of p(target | input); a ``q16`` and the like for
        every quantile; ``scatter`` [the target's unit], the standard deviation of the estimates of the
        realisations; and ``outside``, whether a value of the input lies beyond those of all training
        galaxies. Of a class ``estimate`` is the most probable one, beside ``p_NAME`` of each.
    outside
        Columns of the input by how many galaxies lie beyond the training galaxies in it.
    known
        Targets of the training galaxies, for the figure.
    output
        Where the estimates are written beside the run.
    fits
        Which were asked.
    """

    name: str
    target: str
    source: str
    columns: Mapping[str, Any]
    outside: Mapping[str, int]
    known: Floats
    output: Path | None = None
    fits: tuple[Fit, ...] = field(default=())

    @property
    def is_class(self) -> bool:
        """Whether the target is a class."""
        return "scatter" not in self.columns

    def to_pandas(self) -> pd.DataFrame:
        """Give the estimates as a frame.

        Returns
        -------
        pandas.DataFrame
            A row for each galaxy.
        """
        return pd.DataFrame({name: np.asarray(values) for name, values in self.columns.items()})

    def metrics(self) -> dict[str, float]:
        """Give how many galaxies there are, and which share lies outside of what was learnt.

        Returns
        -------
        dict of str to float
            By name.
        """
        beyond = np.asarray(self.columns["outside"])
        return {"galaxies": float(len(beyond)), "outside_fraction": float(beyond.mean())}

    def figures(self) -> dict[str, Figure]:
        """Draw the estimates beside the targets that were learnt from.

        Returns
        -------
        dict of str to matplotlib.figure.Figure
            ``predictions``; nothing of classes.
        """
        if self.is_class:
            return {}
        told = {"known galaxies": self.known, f"{self.name}, estimates": np.asarray(self.columns["estimate"])}
        ends = np.array([(one.min(), one.max()) for one in told.values()])
        panels = [_panel(self.target, told, (ends.min(), ends.max()))]
        names = [name for name in self.columns if name.startswith("q")]
        if len(names) > 1:
            width = np.asarray(self.columns[names[-1]]) - np.asarray(self.columns[names[0]])
            ends_of_width = (0.0, float(np.quantile(width, 0.999)) or 1.0)
            panels.append(_panel(f"from {names[0]} to {names[-1]}", {self.name: width}, ends_of_width))
        title = f"{len(self.columns['id']):,} galaxies of {self.name}, from {self.source}"
        return {"predictions": plot.distributions(panels, title)}

    def shown(self) -> Iterator[RenderableType]:
        """Say what was found, as the terminal shows it.

        Yields
        ------
        rich.console.RenderableType
            Lines and a table.
        """
        beyond = np.asarray(self.columns["outside"])
        parts = ", ".join(f"{name} ({count:,})" for name, count in self.outside.items())
        many = (
            f"{int(beyond.sum()):,} of {len(beyond):,} galaxies lie beyond all training galaxies in {parts}"
        )
        said = f"{many}: estimates of them are guesses (see outside)"
        if beyond.mean() > FEW:
            yield Text(f"warning: {said}", style="yellow")
        yield f"{self.target} of {len(beyond):,} galaxies of {self.name}, from {self.source}"
        if 0 < beyond.mean() <= FEW:
            yield said
        yield self._classes() if self.is_class else self._numbers()
        if self.output is not None:
            yield f"estimates: {self.output}"

    def _numbers(self) -> Table:
        table = Table(box=None, pad_edge=False)
        for name in ("", "5%", "50%", "95%"):
            table.add_column(name, justify="right" if name else "left")
        known = {
            name: np.asarray(all_) for name, all_ in self.columns.items() if name not in ("id", "outside")
        }
        for name, all_ in known.items():
            if name == "scatter" and np.isnan(all_).all():
                continue  # of one realisation, which scatters about nothing
            values = np.quantile(all_, (0.05, 0.5, 0.95))
            table.add_row(name, *(f"{value:.3f}" for value in values))
        return table

    def _classes(self) -> Table:
        table = Table(box=None, pad_edge=False)
        table.add_column("class")
        table.add_column("galaxies", justify="right")
        for name, count in zip(
            *np.unique(np.asarray(self.columns["estimate"]), return_counts=True), strict=True
        ):
            table.add_row(str(name), f"{count:,}")
        return table

    def write(self, folder: Path) -> None:
        """Write ``predictions.parquet``, there and where it was asked for, and what the figure needs.

        Parameters
        ----------
        folder
            That is there.
        """
        write_columns(folder / FILE, self.columns)
        about = {
            "name": self.name, "target": self.target, "source": self.source, "outside": dict(self.outside)
        }  # fmt: skip
        (folder / ABOUT).write_text(json.dumps(about, indent=2) + "\n")
        write_columns(folder / KNOWN, {"target": np.asarray(self.known)})
        if self.output is not None:
            partial = self.output.with_name(f".{self.output.name}.partial")
            write_columns(partial, self.columns)
            partial.replace(self.output)

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read what ``write`` left.

        Parameters
        ----------
        folder
            With its files.

        Returns
        -------
        Predictions
            The same, without its fits and the other file.
        """
        about = json.loads((folder / ABOUT).read_text())
        known = columns_of(folder / KNOWN)["target"]
        return cls(**about, columns=columns_of(folder / FILE), known=known)


def _panel(label: str, values: Mapping[str, Floats], ends: tuple[float, float]) -> plot.Distribution:
    return plot.Distribution(label, np.linspace(*ends, BINS + 1), values)
