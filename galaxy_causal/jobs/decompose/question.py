"""A question of two inputs, and what is found: the same by the command line and in Python."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.text import Text

from galaxy_causal.dataset import check_apart, divided, shown
from galaxy_causal.decomposition import (
    Measures,
    TableMeasure,
    summarise,
    summarise_along,
    with_tables,
)
from galaxy_causal.fitting import FitMaker, SubsetFits, foreign_code
from galaxy_causal.jobs.companions import beside
from galaxy_causal.jobs.decompose import ceiling, entropy, extrapolated, meaning, verdict, within
from galaxy_causal.jobs.decompose.examples import examples
from galaxy_causal.jobs.decompose.galaxies import columns_of_galaxies
from galaxy_causal.jobs.decompose.options import DecomposeOptions
from galaxy_causal.jobs.decompose.planes import latent_of, quantities_of
from galaxy_causal.jobs.decompose.result import Decomposition
from galaxy_causal.jobs.life import class_order, galaxies_of, line_of
from galaxy_causal.jobs.once import once
from galaxy_causal.jobs.quantity import described_target
from galaxy_causal.jobs.question import Need, Question
from galaxy_causal.jobs.referee import opinions_needed, second_opinions
from galaxy_causal.jobs.side_by_side import Task, make_fits
from galaxy_causal.jobs.twin import Call, can_be_said, changed, chosen, fitted
from galaxy_causal.types import (
    SPLITS,
    Curve,
    Examples,
    InputPair,
    InputSet,
    Labels,
    PairFits,
    PairInformations,
    Sample,
    Summary,
    UserError,
    Values,
    option,
)

REVISION = 3
"""Raise it when the code gives the same recipe another meaning."""
CELLED = "i_min"
"""The measure of galaxies that divides the target into cells of equally many."""


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
        return self.three

    @property
    def three(self) -> tuple[InputSet, InputSet, InputSet]:
        """Both inputs and their union."""
        return (self.pair.x1, self.pair.x2, self.pair.union)

    @property
    def tasks(self) -> list[Task]:
        """The fits of all realisations, those of the same inputs one after the other."""
        return [Task(inputs, seed) for inputs in self.fitted for seed in self.maker.seeds()]

    def call(self) -> Call | None:
        """The function of the library that asks the same; None where no function can."""
        if not can_be_said(self.pair, self.catalogue):
            return None
        inputs = {"x1": chosen(self.pair.x1), "x2": chosen(self.pair.x2)}
        own, spec = changed(self.options), self.options.spec()
        own |= {name: spec[name] for name in ("measure", "also") if name in own}
        return Call("decompose", inputs | fitted(self.maker.fitting, "mlp", "cross_entropy") | own)

    def needs(self) -> list[Need]:
        """The fits of inputs, and of second opinions on them."""
        own = [Need(self.maker, task) for task in self.tasks]
        parts = (self.maker, self.pair, self.options.referee)
        return own + once(
            "opinions", parts, lambda: opinions_needed(self.maker, self.three, self.options.referee)
        )

    @cached_property
    def measures(self) -> Measures:
        """What is asked for and what is always shown; refuses what the estimator cannot serve."""
        estimator = self.maker.estimator
        if self.catalogue.target_classes:
            self._check_of_classes()
        return Measures.of(self.options.measures, estimator.name, estimator.gives, estimator.predicts)

    def _check_of_classes(self) -> None:
        """Refuse measures that divide a target's numbers into cells, of a target that is a class."""
        refused = [
            one.name for one in self.options.measures if isinstance(one, TableMeasure) or one.name == CELLED
        ]
        if refused:
            raise UserError(
                f"decomposition {', '.join(refused)} divides the numbers of a target into cells, and the "
                "target "
                f"is a class; use {option('decomposition.measure', 'population_min')}, pointwise_min or "
                "shared_exclusions"
            )

    @cached_property
    def union(self) -> Sample:
        """The sample of both inputs together, once all of ``fitted`` are checked."""
        return self.maker.check(self.fitted)[-1]

    def check(self) -> None:
        """Refuse what cannot work, before anything is trained."""
        if self.pair.x1.items == self.pair.x2.items:
            names = f"{option('bands.x1')} and {option('bands.x2')}"
            raise UserError(f"{names} are the same, {self.pair.x1.label}: name something else in one of them")
        check_apart(self.pair, self.catalogue.features)
        _ = self.measures, self.union

    def described(self) -> Iterator[str | Text]:
        """Galaxies and inputs, and what is special about them."""
        catalogue, union = self.catalogue, self.union
        counts = {s: int(np.sum(catalogue.split == s)) for s in SPLITS}
        splits = ", ".join(f"{n:,} {s}" for s, n in counts.items())
        yield from galaxies_of(catalogue, f"{len(catalogue):,} galaxies ({splits})")
        for label, inputs in (("x1", self.pair.x1), ("x2", self.pair.x2)):
            yield line_of(label, inputs)
        if any(union.clipped.values()):
            clipped = ", ".join(f"{count:,} in {band}" for band, count in union.clipped.items())
            yield f"  Petrosian fluxes clipped for normalised images: {clipped}"
        yield from described_target(self.maker, self.pair.union, union)

    def tags(self) -> dict[str, str]:
        """What the run is found by."""
        return {
            "x1": self.pair.x1.label,
            "x2": self.pair.x2.label,
            "estimator": str(self.maker.estimator.name),
            "network": self.maker.network_name(),
            "decomposition": self.options.headline,
        }

    def params(self) -> dict[str, object]:
        """Those of the fits, and how informations are decomposed."""
        decomposition = self.options.spec()
        if not self.measures.of_tables:
            del decomposition["quantised"]
        return super().params() | {"decomposition": decomposition}

    @cached_property
    def held_out(self) -> NDArray[np.bool_]:
        """The galaxies (n,) by which fits are judged."""
        return self.maker.estimator.held_out(self.catalogue.split)

    def recipe(self) -> dict[str, object]:
        """All that the decomposition depends on."""
        decomposition = self.options.spec()
        code = foreign_code(decomposition)
        return {
            "job": "decompose",
            "revision": REVISION,
            "method": self.maker.method(),
            "x1": self.maker.inputs_recipe(self.pair.x1),
            "x2": self.maker.inputs_recipe(self.pair.x2),
            "seeds": self.maker.seeds(),
            "shown": self.maker.checksums["shown"],
            "decomposition": decomposition,
            **({"code": code} if code else {}),
            **ceiling.recipe(self.maker.checksums),
        }

    def informations(self, fits: PairFits) -> PairInformations:
        """Pointwise informations of both inputs and their union, each (seeds, n)."""
        if not fits.shared:
            return PairInformations(*(np.stack([fit.pointwise_mi for fit in own]) for own in fits))
        subsets = shown(self.fitted[0], (self.pair.x1, self.pair.x2, self.pair.union))
        everyone = np.arange(len(self.catalogue))
        fit = SubsetFits(self.maker, self.fitted[0])
        found = [fit.informations(seed, subsets, everyone) for seed in self.maker.seeds()]
        return PairInformations(*np.stack(found, axis=1))

    def answer(self, console: Console, parent: str) -> Decomposition:
        """Make or find the fits, tracked beneath the run ``parent``, and decompose what they tell."""
        options, catalogue, seed = self.options, self.catalogue, self.maker.fitting.seed
        seeds, three = self.maker.seeds(), self.three
        made = make_fits(console, self.maker, self.tasks, parent)
        turns = [tuple(made[k : k + len(seeds)]) for k in range(0, len(made), len(seeds))]
        fits = PairFits(*(turns if len(turns) == len(three) else turns * len(three)))
        found = self.informations(fits)
        summaries, curves = self._averages(found)
        summaries = with_tables(
            summaries, catalogue, self.held_out, fits, self.measures.of_tables, **options.quantised, seed=seed
        )
        shown_galaxies = self._examples(fits, found.mean())
        along = quantities_of(catalogue) | latent_of(self.maker, self.pair.union, fits.shared)
        opinions = second_opinions(console, self.maker, three, parent, options.referee)
        summaries, evidence = verdict.judged(
            summaries, catalogue, self.held_out, found, fits, self.measures.of_galaxies, opinions
        )
        curves = verdict.of_curves(curves, summaries)
        if catalogue.target_classes:
            summaries, of_label = entropy.added(catalogue, self.held_out, found, summaries)
        else:
            summaries, of_label = ceiling.added(
                options.draws, seed, catalogue, self.held_out, found, summaries
            )
        columns, notes = columns_of_galaxies(catalogue, found.mean(), self.measures)
        return Decomposition(
            x1=self.pair.x1.label,
            x2=self.pair.x2.label,
            target=catalogue.target_label,
            measure=options.headline,
            meanings=options.meanings,
            dataset={"name": catalogue.name, **catalogue.provenance},
            left_out=dict(catalogue.dropped),
            summaries=summaries,
            curves=curves,
            warnings=tuple(verdict.words(summaries[0], evidence["all"], self.pair)),
            shortfall=verdict.shortfalls(evidence),
            ceiling=of_label,
            limits=extrapolated.limits(fits),
            columns=columns
            | {name: values.astype(np.float32) for name, (_, values) in along.items() if name not in columns},
            notes=notes,
            quantities={name: label for name, (label, _) in along.items()},
            least=options.least,
            examples=shown_galaxies,
            meaning=meaning.meaning(catalogue, self.held_out, fits, summaries[0], options.draws, seed),
            within=within.added(
                self.maker, three, fits, found, self.measures.of_galaxies, options.draws, opinions
            ),
            beside=beside(self.pair),
            fits=fits.each,
        )

    def _examples(self, fits: PairFits, informations: PairInformations) -> Examples | None:
        """Galaxies that show what the answer means, where values of single galaxies have a meaning."""
        if self.maker.estimator.gives is not Values.OF_EACH:
            return None
        return examples(self.maker, self.pair, self.fitted, fits, informations, self.held_out)

    def _averages(self, informations: PairInformations) -> tuple[tuple[Summary, ...], tuple[Curve, ...]]:
        """Averages over the held-out galaxies by class, and curves along target and magnitude."""
        catalogue, test, options = self.catalogue, self.held_out, self.options
        seed = self.maker.fitting.seed
        classes = catalogue.galaxy_class or Labels.filled("", len(catalogue))
        names = [c for c in class_order(classes.used()) if c]
        place = np.array([names.index(c) if c in names else len(names) for c in classes.names])
        group = place[classes.codes][test]
        groups = [*names, "without a class"] if np.any(group == len(names)) else names
        summaries = summarise(
            informations.of(test), group, groups, options.draws, seed,
            catalogue.target[test], self.measures.of_galaxies,
        )[: 1 + len(names)]  # fmt: skip
        curves = []
        axes = [] if catalogue.target_classes else [(catalogue.target, catalogue.target_label)]
        if catalogue.magnitude is not None:
            axes.append((catalogue.magnitude.astype(np.float64, copy=False), catalogue.magnitude_label))
        for row, name in enumerate(["all", *names]):
            chosen = test if row == 0 else test & (classes == name)
            if chosen.sum() < options.least:
                continue
            for quantity, label in axes:
                curves.append(
                    summarise_along(
                        informations.of(chosen), quantity[chosen], label, name,
                        options.bins, options.least, options.curve_draws, seed,
                        catalogue.target[chosen], self.measures.of_galaxies,
                    )
                )  # fmt: skip
        return summaries, tuple(curves)
