"""What the fits of a decomposition say of the target of some galaxies: densities over its values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset import sample, shown
from galaxy_causal.estimator import CrossEntropy, Target
from galaxy_causal.fitting.density import keeps_one_density
from galaxy_causal.fitting.maker import FitMaker
from galaxy_causal.fitting.results import stored_weights
from galaxy_causal.fitting.subset_fits import SubsetFits
from galaxy_causal.types import Fit, Floats, InputPair, InputSet, PairFits

POINTS = 240
"""Values of the target at which a density is given: some twelve to a standard deviation of the prior."""
TAILS = (0.001, 0.999)
"""Quantiles of the training galaxies between which they lie, and a margin."""
MARGIN = 0.08
REALISATIONS = 3
LARGE = 100_000
"""The first so many of each fit are averaged; of images, and of more galaxies than so many, one alone, for to
restore a network takes a while."""


@dataclass(frozen=True)
class PairDensities:
    """Densities of the target, of some galaxies.

    Parameters
    ----------
    grid
        Values of the target, (g,); those of a target of few values, or the places of its classes.
    prior
        Its density among the training galaxies, (g,), per unit; of few values and of classes a probability.
    density
        The same given x1, x2 and both, (m, 3, g): the mean over the first realisations.
    discrete
        Whether they are probabilities.
    """

    grid: Floats
    prior: Floats
    density: Floats
    discrete: bool


def pair_densities(
    maker: FitMaker,
    pair: InputPair,
    fitted: Sequence[InputSet],
    fits: PairFits,
    rows: NDArray[np.int64],
) -> PairDensities | None:
    """What stored fits say of the target of some galaxies.

    Parameters
    ----------
    maker
        What made the fits, and their galaxies.
    pair
        Both inputs and their union.
    fitted
        The inputs that were fitted: these three, or their union alone, of whose subsets a fit tells.
    fits
        Of x1, x2 and both, a realisation for every seed.
    rows
        Which galaxies of the catalogue, (m,). Pixels are read of these alone.

    Returns
    -------
    PairDensities or None
        None where the fits hold no densities.
    """
    estimator = maker.estimator
    if not keeps_one_density(estimator):
        return None
    first = sample(maker.catalogue, fitted[0], estimator.single)
    target = estimator.target(first, maker.learner(fitted[0], maker.seeds()[0]))
    y = maker.catalogue.target
    discrete = target.cells.discrete
    grid = target.cells.centres if discrete else _grid(y[maker.catalogue.split == "train"], y[rows])
    label = target.cells.index(grid)
    width = np.diff(target.cells.bounds)
    unit = np.where(target.cells.atom | (width <= 0), 1.0, width)[label]
    prior = target.prior[label] / unit
    if fits.shared:
        density = _of_subsets(maker, pair, fitted[0], label, rows) / unit
    else:
        each = zip(fitted, fits, strict=True)
        density = np.stack(
            [_of_inputs(maker, estimator, target, one, own, rows, grid) for one, own in each], axis=1
        )
    return PairDensities(grid, prior, density, bool(discrete))


def _grid(trained: Floats, own: Floats) -> Floats:
    """Values of the target from where nearly all training galaxies lie, and these galaxies."""
    low, high = np.quantile(trained, TAILS)
    low, high = min(float(low), float(own.min())), max(float(high), float(own.max()))
    margin = MARGIN * (high - low)
    return np.linspace(low - margin, high + margin, POINTS)


def _of_inputs(
    maker: FitMaker,
    estimator: CrossEntropy,
    target: Target,
    inputs: InputSet,
    fits: Sequence[Fit],
    rows: NDArray[np.int64],
    grid: Floats,
) -> Floats:
    """p(y | these inputs) on the grid, (m, g)."""
    data = sample(maker.catalogue, inputs, estimator.single)
    learnt = replace(data, y=target.sample.y, measured=target.sample.measured)  # one target of all inputs
    target, found = replace(target, sample=learnt), np.zeros((len(rows), len(grid)))
    most = 1 if inputs.has_images or len(maker.catalogue) > LARGE else REALISATIONS
    chosen = list(zip(maker.seeds(), fits, strict=True))[:most]
    for seed, fit in chosen:
        weights = stored_weights(maker.stored(inputs, seed))
        density = maker.learner(inputs, seed).restore(learnt, target.edges, weights)
        predictive = estimator.stored_predictive(density, fit.metrics, target)
        found += predictive.densities(data.take(rows), grid) / len(chosen)
    return found


def _of_subsets(
    maker: FitMaker, pair: InputPair, inputs: InputSet, label: NDArray[np.int64], rows: NDArray[np.int64]
) -> Floats:
    """p of the cells of both inputs and their union, by fits that know all subsets, (m, 3, g)."""
    subsets = shown(inputs, (pair.x1, pair.x2, pair.union))
    fitted = SubsetFits(maker, inputs)
    found = [fitted.probabilities(seed, subsets, rows, label) for seed in maker.seeds()[:REALISATIONS]]
    mean: Floats = np.mean(found, axis=0).transpose(1, 0, 2)
    return mean
