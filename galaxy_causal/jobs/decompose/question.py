"""A question of two inputs, and what is found: the same by the command line and in Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from astropy.table import Table as AstropyTable
from matplotlib.figure import Figure
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from galaxy_causal import plot
from galaxy_causal.dataset import divided, shown
from galaxy_causal.decomposition import (
    Evidence,
    pointwise_min,
    shared_exclusions,
    summarise,
    summarise_along,
)
from galaxy_causal.fitting import FitMaker, SubsetFits
from galaxy_causal.jobs.decompose import ceiling, extrapolated, verdict
from galaxy_causal.jobs.decompose.measures import Measures, check_measures, with_tables
from galaxy_causal.jobs.plan import image_bands
from galaxy_causal.jobs.referee import second_opinions
from galaxy_causal.jobs.side_by_side import Task, make_fits
from galaxy_causal.types import (
    Catalogue,
    Curve,
    Fit,
    Floats,
    InputPair,
    InputSet,
    Sample,
    Summary,
    UserError,
    check_whole,
)

REVISION = 3
"""Raise it when the code gives the same recipe another meaning."""


@dataclass(frozen=True)
class DecomposeOptions:
    """How informations are decomposed.

    Parameters
    ----------
    measure
        The headline's measure of redundancy.
    also
        Further measures.
    quantised
        ``bins`` and bootstrap ``draws`` of measures of classes of galaxies.
    referee
        Whether boosted trees give a second opinion on every information.
    draws, curve_draws
        Bootstrap draws over test galaxies, of averages and of curves.
    bins, least
        Of curves along mass and magnitude: how many, and galaxies in each at least.
    """

    measure: str = "population_min"
    also: Sequence[str] = ()
    quantised: Mapping[str, int] = field(default_factory=lambda: {"bins": 3, "draws": 20})
    referee: bool = True
    draws: int = 1000
    curve_draws: int = 200
    bins: int = 10
    least: int = 20

    def __post_init__(self) -> None:
        check_measures(self.measure, self.also, self.quantised)
        if not isinstance(self.referee, bool):
            raise UserError(f"decomposition.referee={self.referee} must be true or false")
        for name, least in (("draws", 2), ("curve_draws", 2), ("bins", 1), ("least", 1)):
            check_whole(f"decomposition.{name}", getattr(self, name), least)


@dataclass(frozen=True)
class Question:
    """What two inputs tell of the target of a catalogue, and how that is found."""

    maker: FitMaker
    pair: InputPair
    options: DecomposeOptions

    @property
    def catalogue(self) -> Catalogue:
        """The galaxies."""
        return self.maker.catalogue

    @cached_property
    def fitted(self) -> tuple[InputSet, ...]:
        """The inputs that are fitted: both and their union, or that alone where a fit takes subsets."""
        if self.maker.estimator.takes_subsets:
            return (divided(self.pair, self.catalogue.features, image_bands(self.catalogue)),)
        return (self.pair.x1, self.pair.x2, self.pair.union)

    @cached_property
    def measures(self) -> Measures:
        """What is asked for and what is always shown; refuses what the estimator cannot serve."""
        return Measures.of(self.options.measure, self.options.also, self.maker.estimator)

    def check(self) -> list[Sample]:
        """Refuse what cannot work, before anything is trained; the samples of ``fitted``."""
        _ = self.measures
        return self.maker.check(self.fitted)

    @cached_property
    def held_out(self) -> NDArray[np.bool_]:
        """The galaxies (n,) by which fits are judged."""
        return self.maker.estimator.held_out(self.catalogue.split)

    def recipe(self) -> dict[str, object]:
        """All that the decomposition depends on."""
        return {
            "job": "decompose",
            "revision": REVISION,
            "method": self.maker.method(),
            "x1": self.maker.inputs_recipe(self.pair.x1),
            "x2": self.maker.inputs_recipe(self.pair.x2),
            "seeds": self.maker.seeds(),
            "shown": self.maker.checksums["shown"],
            "decomposition": asdict(self.options),
            **ceiling.recipe(self.maker.checksums),
        }

    def informations(self, fits: Sequence[Fit]) -> Floats:
        """Pointwise informations (seeds, 3, n) of both inputs and their union."""
        if len(self.fitted) == 3:
            every = np.stack([fit.pointwise for fit in fits])
            return every.reshape(3, -1, len(self.catalogue)).swapaxes(0, 1)
        subsets = shown(self.fitted[0], (self.pair.x1, self.pair.x2, self.pair.union))
        everyone = np.arange(len(self.catalogue))
        fit = SubsetFits(self.maker, self.fitted[0])
        return np.stack([fit.informations(seed, subsets, everyone) for seed in self.maker.seeds()])

    def answer(self, console: Console, parent: str) -> Decomposition:
        """Make or find the fits, tracked beneath the run ``parent``, and decompose what they tell."""
        options, catalogue, seed = self.options, self.catalogue, self.maker.fitting.seed
        tasks = [Task(inputs, seed) for inputs in self.fitted for seed in self.maker.seeds()]
        fits = make_fits(console, self.maker, tasks, parent)
        found = self.informations(fits)
        summaries, curves = self._averages(found)
        summaries = with_tables(
            options.quantised, seed, catalogue, self.held_out, fits, self.measures, summaries
        )
        three = (self.pair.x1, self.pair.x2, self.pair.union)
        opinions = second_opinions(console, self.maker, three, parent, options.referee)
        summaries, evidence = verdict.judged(summaries, catalogue, self.held_out, found, fits, opinions)
        curves = verdict.of_curves(curves, summaries)
        summaries, of_label = ceiling.added(options.draws, seed, catalogue, self.held_out, found, summaries)
        return Decomposition(self, tuple(fits), found, summaries, curves, evidence, of_label)

    def _averages(self, informations: Floats) -> tuple[tuple[Summary, ...], tuple[Curve, ...]]:
        """Averages over the held-out galaxies by class, and curves along mass and magnitude."""
        catalogue, test, options = self.catalogue, self.held_out, self.options
        seed = self.maker.fitting.seed
        classes = np.full(len(catalogue), "") if catalogue.galaxy_class is None else catalogue.galaxy_class
        names = [c for c in _class_order(classes) if c]
        group = np.array([names.index(c) if c else 0 for c in classes], dtype=np.int64)
        summaries = summarise(
            informations[..., test], group[test], names or ["all galaxies"], options.draws, seed,
            catalogue.target[test], self.measures.of_galaxies,
        )  # fmt: skip
        if not names:
            summaries = summaries[:1]
        curves = []
        axes = [(catalogue.target, catalogue.target_label)]
        if catalogue.magnitude is not None:
            axes.append((catalogue.magnitude, catalogue.magnitude_label))
        for row, name in enumerate(["all", *names]):
            chosen = test if row == 0 else test & (classes == name)
            if chosen.sum() < options.least:
                continue
            for quantity, label in axes:
                curves.append(
                    summarise_along(
                        informations[..., chosen], quantity[chosen], label, name,
                        options.bins, options.least, options.curve_draws, seed,
                        catalogue.target[chosen], self.measures.of_galaxies,
                    )
                )  # fmt: skip
        return summaries, tuple(curves)


@dataclass(frozen=True, repr=False)
class Decomposition:
    """What two inputs tell of the target: redundant, unique and synergistic information in nats.

    ``informations`` (realisations, 3, n) are pointwise, of both inputs and their union, of all galaxies;
    ``summaries`` averages over held-out galaxies, all and by class; ``evidence`` what speaks against the
    informations of each group; ``of_label`` what the errors of the target say, in words.
    """

    question: Question
    fits: tuple[Fit, ...]
    informations: Floats
    summaries: tuple[Summary, ...]
    curves: tuple[Curve, ...]
    evidence: Mapping[str, Mapping[str, Evidence]]
    of_label: tuple[str, ...]

    @property
    def labels(self) -> tuple[str, str]:
        """Names of the two inputs."""
        return self.question.pair.x1.label, self.question.pair.x2.label

    def table(self) -> Table:
        """What the terminal shows."""
        return plot.atoms_table(self.summaries, self.question.options.measure, *self.labels)

    def words(self) -> tuple[str, ...]:
        """Warnings about the informations of all galaxies."""
        return tuple(verdict.words(self.summaries[0], self.evidence["all"], self.question.pair))

    @cached_property
    def limits(self) -> dict[str, tuple[float, float]]:
        """What very many training galaxies would teach, where that was asked for."""
        return extrapolated.limits(self.fits)

    def figures(self) -> dict[str, Figure]:
        """By name: ``atoms_by_class``, and ``atoms_against`` mass and magnitude where there are bins."""
        measure, target = self.question.options.measure, self.question.catalogue.target_label
        found = {"atoms_by_class": plot.atoms_by_class(self.summaries, measure, *self.labels, target=target)}
        if self.curves:
            found["atoms_against"] = plot.atoms_against(self.curves, measure, *self.labels, target=target)
        return found

    def plot(self, name: str = "atoms_by_class") -> Figure:
        """One of the ``figures``, for example ``atoms_against``. Raises UserError for another name."""
        found = self.figures()
        if name not in found:
            raise UserError(f"there is no figure {name!r}; there are {', '.join(found)}")
        return found[name]

    def columns(self) -> dict[str, NDArray[Any]]:
        """Of every galaxy: id, y, class, split, informations averaged over realisations, pointwise atoms.

        Training galaxies, which the fits have seen, are there too: their informations are too high. The atoms
        of ``pointwise_min`` go by their names, those of ``shared_exclusions`` with that before.
        """
        catalogue, (i1, i2, union) = self.question.catalogue, self.informations.mean(axis=0)
        found: dict[str, NDArray[Any]] = {"id": catalogue.id, "y": catalogue.target}
        if catalogue.galaxy_class is not None:
            found["class"] = catalogue.galaxy_class
        found |= {"split": catalogue.split, "i_x1": i1, "i_x2": i2, "i_union": union}
        measures = {key.rpartition("/")[0] for key in self.summaries[0].value}
        if "pointwise_min" in measures:
            found |= dict(pointwise_min(i1, i2, union))
        if "shared_exclusions" in measures:
            atoms = shared_exclusions(i1, i2, union)
            found |= {f"shared_exclusions/{name}": atom for name, atom in atoms}
        return found

    @property
    def galaxies(self) -> AstropyTable:
        """``columns`` as a table with a row for each galaxy; informations and atoms in nats."""
        return AstropyTable(self.columns())

    def to_pandas(self) -> pd.DataFrame:
        """A row for every number of every group: value, error, ends of the 68% interval [nats], verdict."""
        return pd.DataFrame(
            {
                "group": summary.group,
                "galaxies": summary.count,
                "quantity": key,
                "value": value,
                "error": summary.error[key],
                "low": summary.low.get(key, np.nan),
                "high": summary.high.get(key, np.nan),
                "verdict": summary.verdict.get(key, ""),
            }
            for summary in self.summaries
            for key, value in summary.value.items()
        )

    def to_table(self) -> AstropyTable:
        """``to_pandas`` as a table of astropy."""
        return AstropyTable.from_pandas(self.to_pandas())

    def __str__(self) -> str:
        """Warnings and the table that the terminal shows."""
        console = Console(width=200, color_system=None)
        with console.capture() as capture:
            for line in self.words():
                console.print(line, markup=False, soft_wrap=True)
            console.print(self.table())
        return "\n".join(line.rstrip() for line in capture.get().splitlines())

    __repr__ = __str__


def _class_order(classes: NDArray[np.str_]) -> list[str]:
    """Star-forming, passive, any other names, and other last."""
    first, last = ("star_forming", "passive"), ("other",)
    present = {str(c) for c in np.unique(classes)}
    middle = sorted(present - set(first) - set(last))
    return [c for c in (*first, *middle, *last) if c in present]
