"""Stored fits that tell the information of any subset of their inputs."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset import sample
from galaxy_causal.estimator import Amortised, Target
from galaxy_causal.fitting.maker import FitMaker
from galaxy_causal.fitting.results import stored_weights
from galaxy_causal.types import Density, Floats, InputSet, SubsetDensity, UserError, option


class SubsetFits:
    """The fits of one set of divided inputs, a realisation for every seed, read once they are made.

    Parameters
    ----------
    maker
        What made the fits.
    inputs
        With the players that subsets hold.

    Raises
    ------
    UserError
        Where the maker's estimator is not amortised: then every subset needs a fit of its own.
    """

    def __init__(self, maker: FitMaker, inputs: InputSet) -> None:
        if not isinstance(maker.estimator, Amortised):
            raise UserError(
                f"{option('estimator', str(maker.estimator.name))} needs a fit for every subset of the "
                f"inputs; set {option('estimator', 'amortised')}"
            )
        self.maker = maker
        self.inputs = inputs
        self.estimator = maker.estimator
        self._rows: NDArray[np.int64] | None = None
        self._of: dict[int, Callable[[NDArray[np.bool_]], Floats]] = {}

    @cached_property
    def target(self) -> Target:
        """All galaxies, with their target as the fits learnt it."""
        learner = self.maker.learner(self.inputs, self.maker.seeds()[0])
        return self.estimator.target(sample(self.maker.catalogue, self.inputs), learner)

    def informations(self, seed: int, shown: NDArray[np.bool_], rows: NDArray[np.int64]) -> Floats:
        """What subsets tell of single galaxies by one realisation.

        Parameters
        ----------
        seed
            Of the realisation.
        shown
            (s, players), true where a subset holds a player.
        rows
            (m,), which galaxies; what the network makes of them is kept for the next subsets.

        Returns
        -------
        ndarray
            Pointwise information [nats], (s, m).
        """
        if self._rows is None or not np.array_equal(rows, self._rows):
            self._rows, self._of = rows, {}
        if seed not in self._of:
            self._of[seed] = self.estimator.of_subsets(self._restored(seed), self.target, rows)
        return self._of[seed](shown)

    def mean(self, shown: NDArray[np.bool_], rows: NDArray[np.int64]) -> Floats:
        """The mean of ``informations`` over all realisations [nats], (s, m)."""
        found: Floats = np.mean([self.informations(s, shown, rows) for s in self.maker.seeds()], axis=0)
        return found

    def probabilities(
        self, seed: int, shown: NDArray[np.bool_], rows: NDArray[np.int64], cells: NDArray[np.int64]
    ) -> Floats:
        """What one realisation says of cells of the target.

        Parameters
        ----------
        seed, shown, rows
            As of ``informations``.
        cells
            Numbers of cells of the target, (c,).

        Returns
        -------
        ndarray
            The probability of each, (s, m, c); that of the prior where a subset shows nothing at all.
        """
        density = self._restored(seed)
        if not isinstance(density, SubsetDensity):
            raise TypeError("the density knows no subsets")
        log_prob = density.of_subsets(self.target.sample.take(rows))
        found = np.stack(
            [np.exp(log_prob(np.full(len(rows), cell, dtype=np.int64), shown)) for cell in cells], axis=-1
        )
        if not self.target.sample.always_shows:
            found[~shown.any(axis=1)] = self.target.prior[cells]
        return found

    def _restored(self, seed: int) -> Density:
        learner = self.maker.learner(self.inputs, seed)
        weights = stored_weights(self.maker.stored(self.inputs, seed))
        return learner.restore(self.target.sample, self.target.edges, weights)
