"""Decompositions of whole studies side by side: a table of each, and figures by class and by quantity."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure
from rich.console import RenderableType
from rich.text import Text

from galaxy_causal import plot
from galaxy_causal.jobs.decompose.result import Decomposition
from galaxy_causal.jobs.page import Content
from galaxy_causal.jobs.report.answer import answer
from galaxy_causal.jobs.report.content import TOGETHER, content
from galaxy_causal.jobs.result import Drawings, Result, drawn
from galaxy_causal.types import Curve, Summary, without_unit

OF_EACH_PAIR = ("the first of each pair", "the second")
IN_COLOUR = ("the input in blue", "the input in orange")
"""The same in figures, where rows name them in these colours."""


@dataclass(frozen=True, repr=False)
class Report(Result):
    """What the decompositions of studies have found.

    Parameters
    ----------
    found
        Decompositions by the names of their study and their own.
    targets
        The label of each study's target.
    measure
        The name of the headline's measure of redundancy.
    meanings
        What each measure takes as redundancy, by name.
    """

    found: Mapping[str, Mapping[str, Decomposition]]
    targets: Mapping[str, str]
    measure: str
    meanings: Mapping[str, str]

    @property
    def everyone(self) -> dict[str, dict[str, Summary]]:
        """Averages over all galaxies, by the names of study and decomposition."""
        return {
            study: {label: one.summaries[0] for label, one in found.items()}
            for study, found in self.found.items()
        }

    @property
    def answer(self) -> str:
        """What was found, in a sentence for each study."""
        return answer(self.everyone, self.targets, self.measure)

    def content(self) -> Content:
        """Give what its page holds beside answer and figures: charts and a table of each study."""
        return content(self)

    def metrics(self) -> dict[str, float]:
        """None: each decomposition has its own."""
        return {}

    def figures(self) -> dict[str, Figure]:
        """Of each study, its name: atoms of all pairs; ``<study>_against``: along target and magnitude.

        Of many pairs the latter is along the target alone, and ``<study>_against_magnitude`` beside it.
        """
        return drawn(self.drawings())

    def drawings(self) -> Drawings:
        """What draws each of ``figures()``."""
        figures: dict[str, Callable[[], Figure]] = {}
        for study, decompositions in self.found.items():
            if not decompositions:
                continue
            target, sample = self.targets[study], _sample(decompositions)
            by_pair = {label: one.summaries for label, one in decompositions.items()}
            figures[study] = partial(plot.atoms_by_pair, by_pair, self.measure, target, self.meanings, sample)
            for ending, curves in _curves(decompositions, target).items():
                title = f"What two inputs tell of {without_unit(target)}, pair by pair"
                figures[f"{study}_{ending}"] = partial(
                    plot.atoms_against,
                    curves,
                    self.measure,
                    *IN_COLOUR,
                    target,
                    self.meanings,
                    sample=sample,
                    title=title,
                )
        return figures

    def shown(self) -> Iterator[RenderableType]:
        """Of each study, its name and a table of its pairs' atoms."""
        for study, decompositions in self.found.items():
            if decompositions:
                yield Text(f"\n{study}", style="bold")
                averages = [
                    replace(one.summaries[0], group=label.replace(" | ", "\n| "))
                    for label, one in decompositions.items()
                ]
                yield plot.atoms_table(averages, self.measure, *OF_EACH_PAIR, self.meanings)

    def write(self, folder: Path) -> None:
        """Write ``report.csv``, a row for each group of each decomposition, and ``curves.csv``, one for each
        of its bins of target and magnitude.
        """
        rows: list[dict[str, object]] = []
        bins: list[dict[str, object]] = []
        for study, decompositions in self.found.items():
            for label, one in decompositions.items():
                named = {"study": study, "decomposition": label}
                rows += [named | _row(summary) for summary in one.summaries]
                bins += [
                    named
                    | {"quantity": curve.label, "centre": float(centre)}
                    | _row(replace(summary, group=curve.group, verdict={}))
                    for curve in one.curves
                    for centre, summary in zip(curve.centre, curve.summaries, strict=True)
                ]
        pd.DataFrame(rows).to_csv(folder / "report.csv", index=False)
        if bins:
            pd.DataFrame(bins).to_csv(folder / "curves.csv", index=False)


def _row(summary: Summary) -> dict[str, object]:
    row: dict[str, object] = {"group": summary.group, "galaxies": summary.count}
    for name, value in summary.value.items():
        row |= {name: value, f"{name}_err": summary.error[name]}
        if name in summary.verdict:
            row |= {f"{name}_verdict": summary.verdict[name]}
    return row


def _sample(decompositions: Mapping[str, Decomposition]) -> str:
    """Of which galaxies the averages are, where all are of the same."""
    found = {one.sample for one in decompositions.values()}
    return found.pop() if len(found) == 1 else ""


def _curves(decompositions: Mapping[str, Decomposition], target: str) -> dict[str, list[Curve]]:
    """Curves of all galaxies, named by their inputs, by what a figure's name ends with."""
    along = [
        replace(curve, group=label.replace(" | ", "\n"))
        for label, one in decompositions.items()
        for curve in one.curves
        if curve.group == one.summaries[0].group
    ]
    if len(decompositions) <= TOGETHER:
        return {"against": along} if along else {}
    ending = {True: "against", False: "against_magnitude"}
    found: dict[str, list[Curve]] = {}
    for curve in along:
        found.setdefault(ending[curve.label == target], []).append(curve)
    return found
