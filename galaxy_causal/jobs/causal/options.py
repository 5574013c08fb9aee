"""Options of job=causal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge

from galaxy_causal.causal import LocalTestOptions
from galaxy_causal.jobs.causal.queries import LEAST
from galaxy_causal.types import Count, at_most, checked


@checked("causal")
@dataclass(frozen=True)
class CausalOptions(LocalTestOptions):
    """What the causal analysis asks, of which galaxies, and how it tests.

    Parameters
    ----------
    test, gradient, permutations, fdr, basis, folds, kernel_galaxies
        See `LocalTestOptions`.
    query : str or list of str
        What may tell more of the target than the inputs: names of features, ``a-b``, ``absolute(r)``.
    given : str or list of str
        What to condition on.
    galaxies : {"test", "all"}
        Whose neighbourhoods are tested.
    k : int
        Training galaxies of a neighbourhood.
    sufficiency : bool
        Whether to measure what the input has beyond the latent.
    bins : int
        Of target and of magnitude, in figures.
    least : int
        Galaxies in a bin.
    """

    query: str | Sequence[str] | None = None
    given: str | Sequence[str] | None = ()
    galaxies: Literal["test", "all"] = "test"
    k: Annotated[int, Ge(LEAST)] = 100
    sufficiency: bool = True
    bins: Annotated[int, Ge(1), at_most(1_000, "a figure shows no more")] = 8
    least: Count = 30
