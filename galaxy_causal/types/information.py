"""What is estimated and stored of information."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.types.images import Floats

VERDICTS = ("reliable", "lower bound", "not to be trusted", "too low")
"""``lower bound`` is said of informations and of their least, ``too low`` of differences of them."""
CLASSES = 50
"""A target, or a number among the inputs, with fewer different values is taken for classes."""
ATOMS = ("redundant", "unique_1", "unique_2", "synergistic")


class Values(IntEnum):
    """Of what an estimator's values of single galaxies have a meaning; each serves those before it.

    ``OF_ALL``: of their average over all galaxies. ``OF_PARTS``: of averages over many of them, such as those
    of like target. ``OF_EACH``: each is an estimate of log p(y | x) / p(y), and the better the more galaxies
    taught it.
    """

    OF_ALL = 0
    OF_PARTS = 1
    OF_EACH = 2


@dataclass(frozen=True)
class Information:
    """What an estimator says of I(Y; X), in nats.

    Parameters
    ----------
    pointwise_mi
        Of each galaxy, (n,); NaN where the estimator has no value (training galaxies of an estimator that has
        none for them). The estimate is its mean over test galaxies.
    metrics
        Numbers of the whole fit, by name.
    columns
        Further values of each galaxy, (n,), by name, such as log-probabilities; ``estimate`` is what is
        predicted of the target.
    history
        Curves of the training: (step, value) pairs by name.
    weights
        What restores the network, if there is one.
    latent
        What a network with a latent keeps of each galaxy, (n, l).
    """

    pointwise_mi: Floats
    metrics: Mapping[str, float] = field(default_factory=dict)
    columns: Mapping[str, Floats] = field(default_factory=dict)
    history: Mapping[str, tuple[tuple[int, float], ...]] = field(default_factory=dict)
    weights: Mapping[str, object] | None = None
    latent: NDArray[np.float32] | None = None


@dataclass(frozen=True)
class Fit:
    """A finished fit as stored.

    Parameters
    ----------
    key
        Of its recipe.
    pointwise_mi
        Pointwise information of each galaxy [nats], (n,).
    metrics
        By name.
    reused
        Whether it was there already.
    estimate
        What it predicts of the target, (n,), of estimators that predict.
    """

    key: str
    pointwise_mi: Floats
    metrics: Mapping[str, float]
    reused: bool
    estimate: Floats | None = None


@dataclass(frozen=True)
class PairInformations:
    """Pointwise informations [nats] that two inputs and both together hold of the target.

    Parameters
    ----------
    x1, x2, union
        Each (realisations, n), of n galaxies; or (n,), of their mean over realisations.
    """

    x1: Floats
    x2: Floats
    union: Floats

    def __iter__(self) -> Iterator[Floats]:
        return iter((self.x1, self.x2, self.union))

    def of(self, galaxies: NDArray[np.bool_]) -> PairInformations:
        """Those of some galaxies (n,) alone."""
        return PairInformations(*(one[..., galaxies] for one in self))

    def mean(self) -> PairInformations:
        """The mean over realisations, each (n,)."""
        return PairInformations(*(one.mean(axis=0) for one in self))

    def stacked(self) -> Floats:
        """All in one array, (..., 3, n)."""
        return np.stack([*self], axis=-2)


@dataclass(frozen=True)
class PairFits:
    """Fits of two inputs and of both together, a realisation after another; or one fit that gives all three.

    Parameters
    ----------
    x1, x2, union
        Each (realisations,); the very same where one fit gives all.
    """

    x1: tuple[Fit, ...]
    x2: tuple[Fit, ...]
    union: tuple[Fit, ...]

    def __iter__(self) -> Iterator[tuple[Fit, ...]]:
        return iter((self.x1, self.x2, self.union))

    @property
    def shared(self) -> bool:
        """Whether one fit gives all three."""
        return self.x1 is self.union

    @property
    def each(self) -> tuple[Fit, ...]:
        """Every fit once."""
        return self.union if self.shared else (*self.x1, *self.x2, *self.union)


@dataclass(frozen=True)
class Atoms:
    """Redundant, unique and synergistic information.

    Parameters
    ----------
    redundant, unique_1, unique_2, synergistic
        In nats: floats, or arrays of one shape.
    """

    redundant: Floats
    unique_1: Floats
    unique_2: Floats
    synergistic: Floats

    def __iter__(self) -> Iterator[tuple[str, Floats]]:
        return iter((name, getattr(self, name)) for name in ATOMS)


@dataclass(frozen=True)
class Summary:
    """Averages over one group of test galaxies, with one-sigma errors.

    Parameters
    ----------
    group
        Its name.
    count
        Galaxies in it.
    value, error
        In nats, by the keys ``mi_x1``, ``mi_x2``, ``mi_union`` and, for each measure, ``<measure>/<atom>``,
        for example ``population_min/redundant``.
    low, high
        Ends of the central 68% interval, of the same keys: beside an edge, such as the zero of a minimum's
        unique atom, it is one-sided.
    verdict
        Which of ``VERDICTS`` each key is, where it was judged.
    """

    group: str
    count: int
    value: Mapping[str, float]
    error: Mapping[str, float]
    low: Mapping[str, float] = field(default_factory=dict)
    high: Mapping[str, float] = field(default_factory=dict)
    verdict: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Curve:
    """Summaries in consecutive bins of one quantity, for the galaxies of one class.

    Parameters
    ----------
    group, label
        What people call the galaxies and the quantity.
    centre
        Of the bins, (bins,), in the quantity's unit.
    summaries
        One for each bin.
    verdict
        Which of ``VERDICTS`` each key is of all galaxies of the class, where judged.
    """

    group: str
    label: str
    centre: Floats
    summaries: tuple[Summary, ...]
    verdict: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Estimate:
    """A quantity with its error.

    Parameters
    ----------
    value, error
        The quantity and its one-sigma error, of one shape.
    verdict
        Which of ``VERDICTS`` each is, where judged.
    """

    value: Floats
    error: Floats
    verdict: tuple[str, ...] = ()


@dataclass(frozen=True)
class SizeSummary:
    """The coalitions of one size.

    Parameters
    ----------
    size
        Number of players.
    coalition
        The best one: which players it has, (d,).
    information, error
        Of the best one [nats]. The best of many is picked with their errors, so that its information is,
        where agreement is low, a little too high.
    agreement
        Share of bootstrap replicates in which this very coalition is the best.
    mean, worst
        Information of all of this size, and of the worst [nats].
    verdict
        On the best one's information, where it was judged.
    """

    size: int
    coalition: NDArray[np.bool_]
    information: float
    error: float
    agreement: float
    mean: float
    worst: float
    verdict: str = ""


@dataclass(frozen=True)
class Stored:
    """What is kept under the key of a recipe.

    Parameters
    ----------
    key
        Of the recipe.
    folder
        Of this machine, with the files.
    metrics
        By name.
    """

    key: str
    folder: Path
    metrics: Mapping[str, float]
