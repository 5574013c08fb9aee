"""A stored fit that tells of new galaxies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeGuard

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset import sample as sample_of
from galaxy_causal.estimator import CrossEntropy, Estimator
from galaxy_causal.estimator.predictive import mixture
from galaxy_causal.fitting.maker import FitMaker
from galaxy_causal.fitting.new_galaxies import check_given, names_of
from galaxy_causal.fitting.results import stored_weights
from galaxy_causal.types import (
    Catalogue,
    Count,
    Fit,
    Floats,
    InputSet,
    Sample,
    Seed,
    UserError,
    checked,
    in_python,
    option,
)


class FittedDensity:
    """p(target | inputs) as a stored fit has learnt it, to be asked about any galaxies.

    Parameters
    ----------
    maker
        What made the fit, with the galaxies that it was made of.
    inputs, seed
        Of the fit.
    fit
        Itself, with the pointwise informations of the galaxies that it was made of; None looks it up.

    Raises
    ------
    UserError
        Where fits of the maker's estimator hold no density, and where this one was not made.

    Notes
    -----
    Methods take galaxies as a `Catalogue`, such as `read_table` gives, or as a `Sample` with the columns of
    the fit. The density is calibrated as it was for the fit's informations, and uniform within each cell of
    the target, of which there are some thousand. A target beyond those of the training galaxies counts as
    one in the last cell. Where the target has few values, or many galaxies share one, these have a
    probability in place of a density. A target that is a class has its ``classes``, and is given and
    predicted by their names.
    """

    def __init__(self, maker: FitMaker, inputs: InputSet, seed: int, fit: Fit | None = None) -> None:
        estimator = one_density(maker.estimator)
        kept = maker.store.find(maker.recipe(inputs, seed))
        if kept is None:
            raise UserError(f"the fit of {inputs.label} seed {seed} was not made; make it first")
        self.fit = fit or maker.find(inputs, seed)
        self.key = kept.key
        learner, data = maker.learner(inputs, seed), sample_of(maker.catalogue, inputs)
        target = estimator.target(data, learner)
        density = learner.restore(target.sample, target.edges, stored_weights(kept))
        self.predictive = estimator.predictive(density, data, target, learner)
        self.inputs = inputs
        self.classes = maker.catalogue.target_classes
        self._catalogue = maker.catalogue
        self.sample_of_none = data.part(0, 0)

    @in_python()
    @checked()
    def predict(self, galaxies: Catalogue | Sample) -> Floats | NDArray[np.str_]:
        """Estimate the target.

        Parameters
        ----------
        galaxies
            Galaxies (n,) with the inputs of the fit.

        Returns
        -------
        ndarray
            The mean of p(target | inputs) for each galaxy, shape (n,), in the target's unit; of a class the
            name of the most probable one.

        Raises
        ------
        UserError
            For galaxies that lack an input, by name, have it in another unit, or have missing values in it.
        """
        given = self._given(galaxies)
        if not self.classes:
            return self.predictive.predict(given)
        likeliest = self.predictive.all_probabilities(given).argmax(axis=1)
        names: NDArray[np.str_] = np.array(self.classes)[likeliest]
        return names

    @in_python()
    @checked()
    def probabilities(self, galaxies: Catalogue | Sample) -> dict[str, Floats]:
        """Probabilities of the classes.

        Parameters
        ----------
        galaxies
            As in `predict`.

        Returns
        -------
        dict of str to ndarray
            p(class | inputs) for each galaxy, shape (n,), by the name of the class.

        Raises
        ------
        UserError
            As `predict`, and where the target is a number.
        """
        if not self.classes:
            raise UserError("the target is a number, and has no classes; ask for log_prob of values of it")
        found = self.predictive.all_probabilities(self._given(galaxies))
        return {name: found[:, k] for k, name in enumerate(self.classes)}

    @in_python()
    @checked()
    def sample(
        self, galaxies: Catalogue | Sample, draws: Count = 1, seed: Seed = 0
    ) -> Floats | NDArray[np.str_]:
        """Draw random targets.

        Parameters
        ----------
        galaxies
            As in `predict`.
        draws
            How many for each galaxy.
        seed
            Of the generator of random numbers.

        Returns
        -------
        ndarray
            Draws from p(target | inputs), shape (n, draws), in the target's unit, or names of classes.

        Raises
        ------
        UserError
            As `predict`.
        """
        drawn = self.predictive.draw(self._given(galaxies), draws, np.random.default_rng(seed))
        return np.array(self.classes)[drawn.astype(np.int64)] if self.classes else drawn

    @in_python()
    @checked()
    def quantiles(self, galaxies: Catalogue | Sample, levels: Sequence[float]) -> Floats:
        """Quantiles of the target.

        Parameters
        ----------
        galaxies
            As in `predict`.
        levels
            Numbers (k,) between 0 and 1.

        Returns
        -------
        ndarray
            Of p(target | inputs), shape (n, k), in the target's unit.

        Raises
        ------
        UserError
            As `predict`, for other levels, and where the target is a class.
        """
        return mixture_of([self], galaxies, levels)[1]

    @in_python()
    @checked()
    def log_prob(self, galaxies: Catalogue | Sample, y: Floats | Sequence[str]) -> Floats:
        """Log density of targets.

        Parameters
        ----------
        galaxies
            As in `predict`.
        y
            A target for each galaxy, shape (n,), in its unit, or the name of its class.

        Returns
        -------
        ndarray
            log p(y | inputs), shape (n,), in nats per unit of the target, of a class in
            nats. Less `log_prior` it is the pointwise information.

        Raises
        ------
        UserError
            As `predict`, and for another number of targets than of galaxies, or targets that are not finite.
        """
        given = self._given(galaxies)
        y = self._values(y)
        if y.shape != given.y.shape or not np.isfinite(y).all():
            raise UserError(f"y of shape {y.shape}: give a finite target for each of {len(given.y)} galaxies")
        return self.predictive.log_prob(given, y)

    @in_python()
    @checked()
    def log_prior(self, y: Floats | Sequence[str]) -> Floats:
        """Log density of targets whatever the inputs.

        Parameters
        ----------
        y
            Targets, shape (n,), in their unit, or names of classes.

        Returns
        -------
        ndarray
            log p(y) among the training galaxies, shape (n,), in nats per unit of the target.
        """
        return self.predictive.log_prior(self._values(y))

    def _values(self, y: Floats | Sequence[str]) -> Floats:
        """Targets as numbers, (n,)."""
        if not self.classes:
            return np.asarray(y, dtype=np.float64)
        names = [str(one) for one in y]
        unknown = sorted(set(names) - set(self.classes))
        if unknown:
            raise UserError(f"there is no class {', '.join(unknown)}; there are {', '.join(self.classes)}")
        return np.array([self.classes.index(name) for name in names], dtype=np.float64)

    def _given(self, galaxies: Catalogue | Sample) -> Sample:
        """The galaxies' inputs; UserError where they are not those of the fit."""
        if isinstance(galaxies, Sample):
            own, given = names_of(self.sample_of_none), names_of(galaxies)
            if own != given:
                raise UserError(
                    f"the sample has {', '.join(given) or 'nothing'}; the fit was given {', '.join(own)}, "
                    "in this order"
                )
            return galaxies
        check_given(galaxies, self._catalogue, self.inputs)
        return sample_of(galaxies, self.inputs)


def mixture_of(
    densities: Sequence[FittedDensity], galaxies: Catalogue | Sample, levels: Sequence[float]
) -> tuple[Floats, Floats]:
    """Estimates of several densities of the same target, and quantiles of their mean.

    Parameters
    ----------
    densities
        Of the same galaxies and inputs, such as the realisations of a fit.
    galaxies
        Galaxies (n,) with their inputs.
    levels
        Numbers (k,) between 0 and 1.

    Returns
    -------
    estimates : ndarray
        Of each density, shape (densities, n), in the target's unit.
    quantiles : ndarray
        Shape (n, k), in the target's unit.

    Raises
    ------
    UserError
        For other levels, a target that is a class, and galaxies that lack an input.
    """
    cuts = np.asarray(levels, dtype=np.float64)
    if not ((cuts > 0) & (cuts < 1)).all():
        raise UserError(f"levels={list(levels)} must be numbers between 0 and 1")
    if densities[0].classes:
        raise UserError("the target is a class, and has no quantiles; ask for probabilities")
    given = [one._given(galaxies) for one in densities]
    return mixture([one.predictive for one in densities], given, cuts)


def keeps_one_density(estimator: Estimator) -> TypeGuard[CrossEntropy]:
    """Whether a fit of an estimator keeps one density.

    Parameters
    ----------
    estimator
        Any.

    Returns
    -------
    bool
        False of estimators without densities, and of fits in folds, which have one each.
    """
    return isinstance(estimator, CrossEntropy) and estimator.keeps_density and not estimator.folds


def one_density(estimator: Estimator) -> CrossEntropy:
    """Refuse an estimator unless its fits hold one density.

    Parameters
    ----------
    estimator
        Any.

    Returns
    -------
    CrossEntropy
        The very same.

    Raises
    ------
    UserError
        Where a fit does not keep one.
    """
    if not keeps_one_density(estimator):
        how = option("estimator", str(estimator.name)) + (" in folds" if estimator.folds else "")
        other = option("estimator", "cross_entropy")
        raise UserError(f"fits of {how} hold no one density; take {other}, without folds")
    return estimator
