"""What every estimator of mutual information offers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.estimator.binning import Binning
from galaxy_causal.estimator.target import bins_of
from galaxy_causal.types import (
    IMAGES,
    Described,
    Information,
    Labels,
    Learner,
    Sample,
    UserError,
    Values,
    option,
    snake_case,
)

TABLES = frozenset({"photometry", "redshift", "ebv", "morphology", "other", "embedding", "signal", "latent"})
EVERYTHING = TABLES | frozenset(IMAGES)


class Estimator(Described, ABC):
    """Estimates I(Y; X) in nats, galaxy by galaxy where its theory allows.

    One of your own needs ``information`` alone. What else it is told by is set in its class where it differs.

    Examples
    --------
    >>> class Linear(Estimator):
    ...     def __init__(self, degree: int = 1) -> None:
    ...         self.degree = degree
    ...
    ...     def information(self, sample, learner, seed):
    ...         return Information(np.zeros(len(sample.y)))
    >>> Linear.name, Linear(2).given
    ('linear', {'degree': 2})
    """

    name: str
    """By which people know it; without one it is the class's, as ``my_estimator`` of ``MyEstimator``."""
    accepts: frozenset[str] = TABLES
    """The modalities it can take: ``TABLES``, numbers of all kinds, or ``EVERYTHING``, images too."""
    uses_network: bool = False
    """Whether it needs a learner, and so a network, a trainer and realisations from several seeds."""
    takes_subsets: bool = False
    """Whether one fit gives the information of every subset of its inputs."""
    needs_latent: bool = False
    """Whether the network has to be one with a latent."""
    takes_classes: bool = False
    """Whether the target may be a class, without an order: it has log-probabilities, and no distances."""
    gives: Values = Values.OF_EACH
    """Of what its values of single galaxies have a meaning."""
    predicts: bool = False
    """Whether it predicts the target too: ``columns["estimate"]``, in the target's unit."""

    single: bool = False
    """Whether it may be given x in single precision, and itself computes in double."""

    folds: int = 0
    """Parts that take turns as the test sample, so that every galaxy has a held-out value; 0: none."""

    bins: Binning | None = None
    """Equal bins of the target, where they were given."""

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        if "name" not in vars(cls):
            cls.name = snake_case(cls.__name__)

    def bins_of(self, learner: Learner) -> Binning | None:
        """The equal bins that its information is of, given or the network's; None: the target as it is."""
        return bins_of(self.bins, self.published(learner))

    def published(self, learner: Learner) -> tuple[float, float, int] | None:
        """The bins that the network was published with, if it is used and has any."""
        return learner.bins if self.uses_network else None

    def held_out(self, split: Labels) -> NDArray[np.bool_]:
        """Which galaxies (n,) are judged by a fit that has not seen them."""
        return np.ones(len(split), dtype=bool) if self.folds else split == "test"

    def check(self, sample: Sample) -> None:
        """Refuse a sample that this estimator cannot take, naming what it can."""
        refused = sorted(sample.modalities - self.accepts)
        if refused:
            raise UserError(
                f"{option('estimator', str(self.name))} cannot take {', '.join(refused)}; it takes "
                f"{', '.join(sorted(self.accepts))}. Use {option('estimator', 'cross_entropy')}, ksg_latent, "
                "critic or amortised (with a network for images), or other bands."
            )

        self._check_classes(sample)

    def _check_classes(self, sample: Sample) -> None:
        """Refuse a class as the target where distances between targets are needed, and bins of it."""
        if not sample.classes:
            return
        if not self.takes_classes:
            raise UserError(
                f"{option('estimator', str(self.name))} needs a target that is a number, and it is a class "
                f"of {', '.join(sample.classes)}; use {option('estimator', 'cross_entropy')}, amortised or "
                "boosted. One of your own says by takes_classes = True that it takes classes"
            )
        if self.bins is not None:
            raise UserError(
                f"{option('estimator.bins', self.bins.count)}: the target is a class, and has no bins; leave "
                "estimator.low, estimator.high and estimator.bins out"
            )

    def check_learner(self, learner: Learner) -> None:
        """Refuse a network without a latent where this estimator needs one."""
        if self.needs_latent and not learner.has_latent:
            raise UserError(
                f"{option('estimator', str(self.name))} needs a network with a latent; set "
                f"{option('network', 'scl')} (scl_image for images), or use "
                f"{option('estimator', 'cross_entropy')}"
            )

    def check_together(self, learners: Sequence[Learner]) -> None:
        """Refuse learners, of inputs that are to be compared, that cannot serve or have other bins."""
        for learner in learners:
            self.check_learner(learner)
        if len({self.bins_of(learner) for learner in learners}) > 1:
            raise UserError(
                "one of the networks for images and for tables has the bins that it was published with, the "
                "other follows the target: their informations would be of different targets. Take both of "
                f"one kind ({option('network', 'paper_image')}, or "
                f"{option('network@network.tabular', 'mlp')}), or give both the same bins: "
                "estimator.low, estimator.high and estimator.bins"
            )

    def checksums(self) -> dict[str, str]:
        """Of options that name files, by what these hold: they take the options' place in a fit's recipe."""
        return {}

    @abstractmethod
    def information(self, sample: Sample, learner: Learner, seed: int) -> Information:
        """I(Y; X) of the galaxies of a sample.

        Parameters
        ----------
        sample
            Inputs ``x`` (n, d), target ``y`` (n,) and ``split`` (n,) of all galaxies: ``train``,
            ``validation`` or ``test``.
        learner
            What learns densities with the network, of estimators that use one.
        seed
            Of all that is random.

        Returns
        -------
        Information
            The mean of ``pointwise_mi`` over test galaxies is the estimate [nats].
        """
