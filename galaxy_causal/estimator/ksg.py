"""The nearest-neighbour estimator of Kraskov, Stoegbauer and Grassberger."""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy.special import digamma

from galaxy_causal.estimator.interface import TABLES, Estimator
from galaxy_causal.independence import normal_scores
from galaxy_causal.types import Count, Floats, Information, Sample, UserError, Values, checked, option

JITTER = 1e-10  # npeet_plus's own, to break ties, relative to inputs of unit variance
EDGE = 1e-15  # npeet_plus's own, to count strictly inside the radius


Transform = Literal["standardise", "normal_scores"]


@checked("estimator")
class KSG(Estimator):
    """First estimator of Kraskov, Stoegbauer and Grassberger, by nearest neighbours.

    Parameters
    ----------
    k
        Neighbours.
    transform
        Each column is first brought to unit variance (``standardise``) or to a Gaussian by its rank
        (``normal_scores``): information does not change under invertible maps of each column, the estimator's
        bias does.

    Notes
    -----
    Uses the trees of ``npeet_plus``, and sorts single columns; the mean of the pointwise values equals
    ``npeet_plus.mi`` with ``base=e``. It works on the test galaxies alone, so that its atoms speak of the
    same galaxies as the other estimators'; the others are NaN.

    Single values scatter by about 0.6 nats however many galaxies there are, for they rest on k neighbours:
    averages over galaxies are right, the lesser of two values of a galaxy is not.

    References
    ----------
    Kraskov et al. 2004, Phys. Rev. E 69, 066138, eq. 8.
    """

    name = "ksg"
    accepts = TABLES
    uses_network = False
    gives = Values.OF_PARTS

    def __init__(self, k: Count = 3, transform: Transform = "normal_scores") -> None:
        self.k = k
        self.transform = transform

    def check(self, sample: Sample) -> None:
        """Refuse also too few test galaxies for k neighbours."""
        super().check(sample)
        self.check_count(int(np.sum(sample.split == "test")), self.name)

    def information(self, sample: Sample, learner: object, seed: int) -> Information:
        """Pointwise information of the test galaxies in nats; the seed breaks ties."""
        test = sample.split == "test"
        self.check_count(int(test.sum()), self.name)
        pointwise = np.full(len(sample.y), np.nan)
        pointwise[test] = self.local(sample.x[test], sample.y[test, None], seed)
        return Information(pointwise_mi=pointwise)

    def check_count(self, count: int, name: str) -> None:
        """Refuse too few test galaxies, on behalf of the estimator of this name."""
        if count <= self.k:
            raise UserError(
                f"{option('estimator', name)} needs more than k={self.k} test galaxies, got {count}; "
                f"lower {option('estimator.k')} or enlarge the test split"
            )

    def local(self, x: Floats, y: Floats, seed: int) -> Floats:
        """The terms of eq. 8 (n,) of x (n, d) and y (n, e), each of any dimension."""
        rng = np.random.default_rng(seed)
        return _local_information(self._prepare(x, rng), self._prepare(y, rng), self.k)

    def _prepare(self, x: Floats, rng: np.random.Generator) -> Floats:
        if self.transform == "normal_scores":
            x = normal_scores(x, offset=0.5)
        scale = x.std(axis=0)
        x = (x - x.mean(axis=0)) / np.where(scale > 0, scale, 1.0)
        return x + JITTER * rng.random(x.shape)


def _local_information(x: Floats, y: Floats, k: int) -> Floats:
    """The terms of eq. 8 galaxy by galaxy: psi(k) + psi(N) - psi(n_x + 1) - psi(n_y + 1), (n,)."""
    from npeet_plus import estimators as npeet

    joint = np.hstack([x, y])
    radius = npeet.query_neighbors(npeet.build_tree(joint), joint, k) - EDGE
    near_x, near_y = _count(x, radius), _count(y, radius)
    local: Floats = digamma(k) + digamma(len(x)) - digamma(near_x) - digamma(near_y)
    return local


def _count(x: Floats, radius: Floats) -> Floats:
    """Galaxies (n,), itself included, within the radius (n,) of each in the maximum norm of x (n, d)."""
    if x.shape[1] > 1:
        from npeet_plus import estimators as npeet

        return np.asarray(npeet.count_neighbors(npeet.build_tree(x), x, radius), dtype=np.float64)
    value = x[:, 0]
    ranked = np.concatenate([[-np.inf], np.sort(value), [np.inf]])
    first = np.searchsorted(ranked, value - radius, "left")
    last = np.searchsorted(ranked, value + radius, "right") - 1
    # The sums are rounded: galaxies at the very edge are judged by the difference itself.
    while (beyond := value - ranked[first] > radius).any():
        first += beyond
    while (within := value - ranked[first - 1] <= radius).any():
        first -= within
    while (beyond := ranked[last] - value > radius).any():
        last -= beyond
    while (within := ranked[last + 1] - value <= radius).any():
        last += within
    return (last - first + 1).astype(np.float64)
