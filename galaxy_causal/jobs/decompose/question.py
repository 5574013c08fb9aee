"""A question of two inputs, and what is found: the same by the command line and in Python."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Annotated, Any

import numpy as np
from annotated_types import Ge
from numpy.typing import NDArray
from rich.console import Console
from rich.text import Text

from galaxy_causal.dataset import divided, shown
from galaxy_causal.decomposition import pointwise_min, shared_exclusions, summarise, summarise_along
from galaxy_causal.estimator import CrossEntropy
from galaxy_causal.fitting import FitMaker, SubsetFits
from galaxy_causal.jobs.decompose import ceiling, extrapolated, verdict
from galaxy_causal.jobs.decompose.measures import Draws, Measures, check_measures, with_tables
from galaxy_causal.jobs.decompose.result import Decomposition
from galaxy_causal.jobs.life import Question, galaxies_of
from galaxy_causal.jobs.referee import second_opinions
from galaxy_causal.jobs.side_by_side import Task, make_fits
from galaxy_causal.types import (
    SPLITS,
    Count,
    Curve,
    Fit,
    Floats,
    InputPair,
    InputSet,
    Sample,
    Summary,
    at_most,
    checked,
)

REVISION = 3
"""Raise it when the code gives the same recipe another meaning."""


@checked("decomposition")
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
    draws: Draws = 1000
    curve_draws: Draws = 200
    bins: Annotated[int, Ge(1), at_most(1_000, "a figure shows no more")] = 10
    least: Count = 20

    def __post_init__(self) -> None:
        check_measures(self.measure, self.also, self.quantised)


@dataclass(frozen=True)
class DecomposeQuestion(Question[Decomposition]):
    """What two inputs tell of the target of a catalogue, and how that is found.

    Parameters
    ----------
    maker
        Makes or finds the fits, on a catalogue.
    pair
        The two inputs and their union.
    options
        How informations are decomposed.
    """

    job = "decompose"

    maker: FitMaker
    pair: InputPair
    options: DecomposeOptions

    @property
    def name(self) -> str:
        """The two inputs as people read them."""
        return f"{self.pair.x1.label} | {self.pair.x2.label}"

    @cached_property
    def fitted(self) -> tuple[InputSet, ...]:
        """The inputs that are fitted: both and their union, or that alone where a fit takes subsets."""
        if self.maker.estimator.takes_subsets:
            return (divided(self.pair, self.catalogue.features, self.catalogue.image_bands),)
        return (self.pair.x1, self.pair.x2, self.pair.union)

    @cached_property
    def measures(self) -> Measures:
        """What is asked for and what is always shown; refuses what the estimator cannot serve."""
        return Measures.of(self.options.measure, self.options.also, self.maker.estimator)

    @cached_property
    def samples(self) -> list[Sample]:
        """The samples of ``fitted``, checked."""
        return self.maker.check(self.fitted)

    def check(self) -> None:
        """Refuse what cannot work, before anything is trained."""
        _ = self.measures, self.samples

    def described(self) -> Iterator[str | Text]:
        """Galaxies and inputs, and what is special about them."""
        catalogue, union = self.catalogue, self.samples[-1]
        counts = {s: int(np.sum(catalogue.split == s)) for s in SPLITS}
        splits = ", ".join(f"{n:,} {s}" for s, n in counts.items())
        yield from galaxies_of(catalogue, f"{len(catalogue):,} galaxies ({splits})")
        for label, inputs in (("x1", self.pair.x1), ("x2", self.pair.x2)):
            items = ", ".join(
                f"{i.modality}/{i.name}" + (" ± error" if i.error else "") for i in inputs.items
            )
            yield f"  {label} = {inputs.label}: {items}"
        if any(union.clipped.values()):
            clipped = ", ".join(f"{count:,} in {band}" for band, count in union.clipped.items())
            yield f"  Petrosian fluxes clipped for normalised images: {clipped}"
        estimator = self.maker.estimator
        if isinstance(estimator, CrossEntropy):
            cells = estimator.target(union, self.maker.learner(self.pair.union, self.maker.seeds()[0])).cells
            if cells.discrete:
                yield f"  the target has {cells.count} values: they are treated as classes"

    def tags(self) -> dict[str, str]:
        """What the run is found by."""
        return {
            "x1": self.pair.x1.label,
            "x2": self.pair.x2.label,
            "estimator": str(self.maker.estimator.name),
            "network": self.maker.network_name(),
            "decomposition": self.options.measure,
        }

    def params(self) -> dict[str, object]:
        """Those of the fits, and how informations are decomposed."""
        return super().params() | {"decomposition": asdict(self.options)}

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
        return Decomposition(
            x1=self.pair.x1.label,
            x2=self.pair.x2.label,
            target=catalogue.target_label,
            measure=options.measure,
            dataset={"name": catalogue.name, **catalogue.provenance},
            left_out=dict(catalogue.dropped),
            summaries=summaries,
            curves=curves,
            warnings=tuple(verdict.words(summaries[0], evidence["all"], self.pair)),
            shortfall=verdict.shortfalls(evidence),
            ceiling=of_label,
            limits=extrapolated.limits(fits),
            columns=self._columns(found.mean(axis=0), summaries[0]),
            fits=tuple(fits),
        )

    def _columns(self, informations: Floats, summary: Summary) -> dict[str, NDArray[Any]]:
        """Of every galaxy: id, y, class, split, informations (3, n) and their pointwise atoms.

        The atoms of ``pointwise_min`` go by their names, those of ``shared_exclusions`` with that before.
        """
        catalogue, (i1, i2, union) = self.catalogue, informations
        found: dict[str, NDArray[Any]] = {"id": catalogue.id, "y": catalogue.target}
        if catalogue.galaxy_class is not None:
            found["class"] = catalogue.galaxy_class
        found |= {"split": catalogue.split, "i_x1": i1, "i_x2": i2, "i_union": union}
        measures = {key.rpartition("/")[0] for key in summary.value}
        if "pointwise_min" in measures:
            found |= dict(pointwise_min(i1, i2, union))
        if "shared_exclusions" in measures:
            atoms = shared_exclusions(i1, i2, union)
            found |= {f"shared_exclusions/{name}": atom for name, atom in atoms}
        return found

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


def _class_order(classes: NDArray[np.str_]) -> list[str]:
    """Star-forming, passive, any other names, and other last."""
    first, last = ("star_forming", "passive"), ("other",)
    present = {str(c) for c in np.unique(classes)}
    middle = sorted(present - set(first) - set(last))
    return [c for c in (*first, *middle, *last) if c in present]
