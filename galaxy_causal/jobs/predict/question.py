"""A network's estimates of galaxies that it was not trained on: the question, and its answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.text import Text

from galaxy_causal.dataset import catalogue_checksums, sample
from galaxy_causal.fitting import FitMaker, FittedDensity, one_density
from galaxy_causal.fitting.density import mixture_of
from galaxy_causal.fitting.new_galaxies import check_given
from galaxy_causal.jobs.life import galaxies_of, line_of
from galaxy_causal.jobs.predict.options import PredictOptions
from galaxy_causal.jobs.predict.result import Predictions
from galaxy_causal.jobs.question import Need, Question
from galaxy_causal.jobs.side_by_side import Task, make_fits
from galaxy_causal.jobs.twin import Call
from galaxy_causal.types import Catalogue, Floats, InputPair, InputSet

REVISION = 1
"""Raise it when the code gives the same recipe another meaning."""


@dataclass(frozen=True)
class PredictQuestion(Question[Predictions]):
    """What is the target of new galaxies?

    Parameters
    ----------
    maker
        Makes or finds the fits, on the galaxies that are known.
    pair
        The inputs, of which the options choose one.
    new
        The galaxies, without targets.
    options
        What is asked of them.
    """

    job = "predict"

    maker: FitMaker
    pair: InputPair
    new: Catalogue
    options: PredictOptions

    @property
    def name(self) -> str:
        """The table, and the input."""
        return f"{self.new.name} from {self.input.label}"

    @property
    def input(self) -> InputSet:
        """What is known of the new galaxies."""
        return {"x1": self.pair.x1, "x2": self.pair.x2, "both": self.pair.union}[self.options.input]

    @property
    def tasks(self) -> list[Task]:
        """The fits of all realisations."""
        return [Task(self.input, seed) for seed in self.maker.seeds()]

    def call(self) -> Call | None:
        """No function of the library asks the same at once; ``gc.fit`` gives what is asked here."""
        return None

    def needs(self) -> list[Need]:
        """The same, as a sweep is planned by them."""
        return [Need(self.maker, task) for task in self.tasks]

    def check(self) -> None:
        """Refuse estimators without one density, and new galaxies that lack an input or have it otherwise."""
        self.options.check()
        one_density(self.maker.estimator)
        check_given(self.new, self.catalogue, self.input)
        self.maker.check([self.input])

    def described(self) -> Iterator[str | Text]:
        """Say which galaxies teach, and which are new."""
        yield from galaxies_of(self.catalogue, f"{len(self.catalogue):,} galaxies teach")
        yield line_of("input", self.input)
        yield from galaxies_of(self.new, f"{len(self.new):,} galaxies are new")

    def recipe(self) -> dict[str, object]:
        """All that the estimates depend on."""
        return {
            "job": self.job,
            "revision": REVISION,
            "fits": [self.maker.recipe(*task) for task in self.tasks],
            "new": catalogue_checksums(self.new),
            "quantiles": list(self.options.quantiles),
        }

    def tags(self) -> dict[str, str]:
        """The table, and the input."""
        return {"new": self.new.name, "input": self.input.label}

    def answer(self, console: Console, parent: str) -> Predictions:
        """Make or find the fits, and ask each of all new galaxies."""
        fits = make_fits(console, self.maker, self.tasks, parent)
        densities = [
            FittedDensity(self.maker, task.inputs, task.seed, fit)
            for task, fit in zip(self.tasks, fits, strict=True)
        ]
        outside, beyond = self._outside()
        columns = self._classes(densities) if self.catalogue.target_classes else self._numbers(densities)
        output = None if self.options.output is None else Path(self.options.output).expanduser().absolute()
        known = self.catalogue.target[np.asarray(self.catalogue.split) == "train"]
        return Predictions(
            self.new.name, self.catalogue.target_label, self.input.label,
            {"id": self.new.id, **columns, "outside": beyond}, outside, known, output, tuple(fits),
        )  # fmt: skip

    def _numbers(self, densities: list[FittedDensity]) -> dict[str, Floats]:
        """Means and quantiles of the mixture of the realisations' densities."""
        levels = self.options.quantiles
        every, cuts = mixture_of(densities, self.new, levels)
        found = {"estimate": every.mean(axis=0)}
        found |= {f"q{100 * level:g}": cuts[:, k] for k, level in enumerate(levels)}
        return found | {
            "scatter": every.std(axis=0, ddof=1) if len(every) > 1 else np.full(len(self.new), np.nan)
        }

    def _classes(self, densities: list[FittedDensity]) -> dict[str, Any]:
        """The most probable class, and the probability of each, averaged over realisations."""
        told = [density.probabilities(self.new) for density in densities]
        mean = {name: np.mean([one[name] for one in told], axis=0) for name in self.catalogue.target_classes}
        likeliest = np.array(list(mean))[np.argmax(np.array(list(mean.values())), axis=0)]
        return {"estimate": likeliest, **{f"p_{name}": p for name, p in mean.items()}}

    def _outside(self) -> tuple[dict[str, int], NDArray[np.bool_]]:
        """Which galaxies lie beyond all training galaxies, and in how many columns."""
        teach = sample(self.catalogue, self.input)
        seen = teach.x[np.asarray(teach.split) == "train"]
        given = sample(self.new, self.input).x
        low, high = np.nanmin(seen, axis=0, initial=np.inf), np.nanmax(seen, axis=0, initial=-np.inf)
        beyond = (given < low) | (given > high)
        counts = {str(column): int(beyond[:, k].sum()) for k, column in enumerate(teach.columns)}
        return {name: count for name, count in counts.items() if count}, beyond.any(axis=1)
