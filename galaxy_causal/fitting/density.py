"""A stored fit that tells of new galaxies."""

from __future__ import annotations

import numpy as np

from galaxy_causal.dataset import sample as sample_of
from galaxy_causal.estimator import CrossEntropy, Estimator
from galaxy_causal.fitting.maker import FitMaker
from galaxy_causal.fitting.results import stored_weights
from galaxy_causal.types import (
    IMAGES,
    Catalogue,
    Count,
    Fit,
    Floats,
    Input,
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
    probability in place of a density.
    """

    def __init__(self, maker: FitMaker, inputs: InputSet, seed: int, fit: Fit | None = None) -> None:
        estimator = one_density(maker.estimator)
        kept = maker.store.find(maker.recipe(inputs, seed))
        if kept is None:
            raise UserError(f"the fit of {inputs.label} seed {seed} was not made; make it first")
        self.fit = fit or maker.find(inputs, seed)
        learner, data = maker.learner(inputs, seed), sample_of(maker.catalogue, inputs)
        target = estimator.target(data, learner)
        density = learner.restore(target.sample, target.edges, stored_weights(kept))
        self.predictive = estimator.predictive(density, data, target, learner)
        self.inputs = inputs
        self._catalogue = maker.catalogue
        self._sample = data.part(0, 0)

    @in_python()
    @checked()
    def predict(self, galaxies: Catalogue | Sample) -> Floats:
        """Estimate the target.

        Parameters
        ----------
        galaxies
            Galaxies (n,) with the inputs of the fit.

        Returns
        -------
        ndarray
            The mean of p(target | inputs) for each galaxy, shape (n,), in the target's unit.

        Raises
        ------
        UserError
            For galaxies that lack an input, by name, have it in another unit, or have missing values in it.
        """
        return self.predictive.predict(self._given(galaxies))

    @in_python()
    @checked()
    def sample(self, galaxies: Catalogue | Sample, draws: Count = 1, seed: Seed = 0) -> Floats:
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
            Draws from p(target | inputs), shape (n, draws), in the target's unit.

        Raises
        ------
        UserError
            As `predict`.
        """
        return self.predictive.draw(self._given(galaxies), draws, np.random.default_rng(seed))

    @in_python()
    @checked()
    def log_prob(self, galaxies: Catalogue | Sample, y: Floats) -> Floats:
        """Log density of targets.

        Parameters
        ----------
        galaxies
            As in `predict`.
        y
            A target for each galaxy, shape (n,), in its unit.

        Returns
        -------
        ndarray
            log p(y | inputs), shape (n,), in nats per unit of the target. Less `log_prior` it is the
            pointwise information.

        Raises
        ------
        UserError
            As `predict`, and for another number of targets than of galaxies, or targets that are not finite.
        """
        given = self._given(galaxies)
        y = np.asarray(y, dtype=np.float64)
        if y.shape != given.y.shape or not np.isfinite(y).all():
            raise UserError(f"y of shape {y.shape}: give a finite target for each of {len(given.y)} galaxies")
        return self.predictive.log_prob(given, y)

    @in_python()
    @checked()
    def log_prior(self, y: Floats) -> Floats:
        """Log density of targets whatever the inputs.

        Parameters
        ----------
        y
            Targets, shape (n,), in their unit.

        Returns
        -------
        ndarray
            log p(y) among the training galaxies, shape (n,), in nats per unit of the target.
        """
        return self.predictive.log_prior(np.asarray(y, dtype=np.float64))

    def _given(self, galaxies: Catalogue | Sample) -> Sample:
        """The galaxies' inputs; UserError where they are not those of the fit."""
        if isinstance(galaxies, Sample):
            own, given = _names(self._sample), _names(galaxies)
            if own != given:
                raise UserError(
                    f"the sample has {', '.join(given) or 'nothing'}; the fit was given {', '.join(own)}, "
                    "in this order"
                )
            return galaxies
        lacking = [name for item in self.inputs.items for name in _lacking(galaxies, item)]
        if lacking:
            raise UserError(
                f"dataset {galaxies.name} has no {', '.join(lacking)}; the fit of {self.inputs.label} needs "
                f"{', '.join(_names(self._sample))}"
            )
        for item in self.inputs.items:
            was, now = (_measured(one, item) for one in (self._catalogue, galaxies))
            if was != now:
                raise UserError(
                    f"dataset {galaxies.name}: {item.columns[0]} is in {now}, and was in {was} where the fit "
                    "was made"
                )
        return sample_of(galaxies, self.inputs)


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
        For another estimator, and for one in folds, whose fits hold a density each.
    """
    if not isinstance(estimator, CrossEntropy) or estimator.folds:
        how = option("estimator", str(estimator.name)) + (" in folds" if estimator.folds else "")
        other = option("estimator", "cross_entropy")
        raise UserError(f"fits of {how} hold no one density; take {other}, without folds")
    return estimator


def _names(sample: Sample) -> list[str]:
    """Columns and bands of a sample."""
    return [*map(str, sample.columns), *(sample.images.bands if sample.images else ())]


def _lacking(galaxies: Catalogue, item: Input) -> list[str]:
    """Columns of an input that galaxies have not."""
    if item.modality in IMAGES:
        return [] if item.name in galaxies.image_bands else [str(item.columns[0])]
    feature = galaxies.features.get(item.modality, {}).get(item.name)
    has = {"value": feature is not None, "error": feature is not None and feature.error is not None}
    return [str(column) for column in item.columns if not has[column.kind]]


def _measured(galaxies: Catalogue, item: Input) -> str:
    """Unit of an input, and what else its values depend on."""
    if item.modality in IMAGES:
        images = galaxies.images
        return (
            "" if images is None else f"{images.unit}, {images.shape} pixels of {images.pixel_scale} arcsec"
        )
    feature = galaxies.features[item.modality][item.name]
    softening = "" if feature.softening is None else f" with a softening of {feature.softening} nanomaggy"
    vectors = f", vectors of {feature.elements} numbers" if feature.elements else ""
    return (feature.unit or "no unit") + softening + vectors
