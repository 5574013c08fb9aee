"""How informations are decomposed: the options of ``decomposition=``, the same in Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Annotated, Any

from annotated_types import Ge

from galaxy_causal.decomposition import MEASURES, Measure, TableMeasure, measure_of, measure_spec
from galaxy_causal.types import Count, UserError, at_most, checked, group_of, option

Draws = Annotated[
    int,
    Ge(2),
    at_most(100_000, "memory and time grow with it, and 10,000 draws know an error bar to a percent"),
]


@checked("decomposition.quantised")
@dataclass(frozen=True)
class Quantised:
    """How measures of classes of galaxies are computed.

    Parameters
    ----------
    bins
        Quantiles into which each input's prediction and the target are cut.
    draws
        Bootstrap draws over test galaxies.
    """

    bins: Annotated[int, Ge(2), at_most(100, "tables have the cube of it as cells")] = 3
    draws: Draws = 20


@checked("decomposition")
@dataclass(frozen=True)
class DecomposeOptions:
    """How informations are decomposed.

    Parameters
    ----------
    measure
        The headline's measure of redundancy: a name, the dotted path of one's own, or one's own itself (see
        `galaxy_causal.decomposition.measure_of`).
    also
        Further measures, which may also be of classes of galaxies.
    quantised
        ``bins`` and bootstrap ``draws`` of measures of classes of galaxies.
    referee
        Whether boosted trees give a second opinion on every information.
    draws, curve_draws
        Bootstrap draws over test galaxies, of averages and of curves.
    bins, least
        Of curves along target and magnitude: how many, and galaxies in each at least.
    """

    measure: object = "population_min"
    also: Sequence[object] = ()
    quantised: Mapping[str, int] = field(default_factory=lambda: {"bins": 3, "draws": 20})
    referee: bool = True
    draws: Draws = 1000
    curve_draws: Draws = 200
    bins: Annotated[int, Ge(1), at_most(1_000, "a figure shows no more")] = 10
    least: Count = 20

    def __post_init__(self) -> None:
        _ = self.measures
        group_of(Quantised, "decomposition.quantised", self.quantised)

    @cached_property
    def measures(self) -> tuple[Measure | TableMeasure, ...]:
        """The headline's measure and further ones, each once."""
        headline = measure_of(self.measure, option("decomposition.measure"))
        also = option("decomposition.also")
        if isinstance(headline, TableMeasure):
            asked = option("decomposition.measure", headline.name)
            raise UserError(f"{asked} is of classes of galaxies, and possible only among {also}")
        found: dict[str, Measure | TableMeasure] = {headline.name: headline}
        for one in (measure_of(asked, also) for asked in self.also):
            if found.setdefault(one.name, one) != one:
                raise UserError(f"two measures have the name {one.name}; give one of them another name")
        return tuple(found.values())

    @property
    def headline(self) -> str:
        """The name of the headline's measure."""
        return self.measures[0].name

    @property
    def meanings(self) -> dict[str, str]:
        """What each measure takes as redundancy, by its name."""
        return {one.name: one.meaning for one in (*MEASURES.values(), *self.measures)}

    def spec(self) -> dict[str, Any]:
        """All options as plain values."""
        also = [measure_spec(measure_of(one)) for one in self.also]
        own = {"measure": measure_spec(self.measures[0]), "also": also}
        return {item.name: getattr(self, item.name) for item in fields(self)} | own
