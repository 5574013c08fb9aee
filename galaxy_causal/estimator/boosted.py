"""A quick second opinion on an information, without a network: boosted trees for mean and deviation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from galaxy_causal.estimator.binning import Bins
from galaxy_causal.estimator.boosted_classes import class_probabilities
from galaxy_causal.estimator.interface import TABLES, Estimator
from galaxy_causal.estimator.prior import Prior
from galaxy_causal.estimator.recalibration import PriorShare
from galaxy_causal.estimator.student_law import law, log_mass
from galaxy_causal.estimator.target import Target, given_bins, target_of
from galaxy_causal.types import Floats, Information, Sample, UserError, checked

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

MOST_GALAXIES = 8192
"""In training; of more every second, third ... is taken."""
MOST_VALIDATION = 1 << 18
"""Galaxies that the law's shape and the prior's share are fitted to, evenly thinned where there are more."""
BLOCK = 1 << 17
"""Galaxies that are estimated together."""
FOLDS = 3
TREES = 60
"""At most; how many of them are used, perhaps none, the galaxies left out decide."""
LEAVES = 31
RATE = 0.15
QUADRATIC = 12
"""Inputs up to which least squares has their products too."""
PENALTIES = np.geomspace(1e-6, 1e4, 11)
FAINT = 0.01
"""Of the median squared residual: what is added to each, for their logarithm."""


@checked("estimator")
class Boosted(Estimator):
    """``boosted_information`` as an estimator: quick, without a network, of numbers alone.

    Parameters
    ----------
    low, high, bins
        Of the target, all three: equal bins. None: ``Cells`` that follow the target.
    prior
        Of equal bins, as in ``CrossEntropy``.

    Notes
    -----
    Larger training samples than 8,192 galaxies are thinned evenly. Of a target that is a class the trees are
    of the odds of each class (`class_probabilities`), and the prior has its share as of numbers.
    """

    name = "boosted"
    accepts = TABLES
    single = True
    uses_network = False
    takes_classes = True

    def __init__(
        self,
        low: float | None = None,
        high: float | None = None,
        bins: Bins | None = None,
        prior: Prior = "kernel",
    ) -> None:
        self.bins = given_bins(low, high, bins)
        self.prior = prior

    def information(self, sample: Sample, learner: object, seed: int) -> Information:
        """Pointwise information of galaxies in nats, (n,), NaN in training; the seed changes nothing."""
        train = np.flatnonzero(sample.split == "train")
        kept = train[:: max(1, -(-len(train) // MOST_GALAXIES))]
        fewer = replace(sample, split=sample.split.replaced(train, "").replaced(kept, "train"))
        target = target_of(fewer, self.bins, self.prior)
        pointwise = (_of_classes if sample.classes else boosted_information)(fewer, target)
        pointwise[train] = np.nan
        found = float(pointwise[sample.split == "test"].mean())
        mismatch = target.mismatch(fewer.split)
        return Information(pointwise_mi=pointwise, metrics={"mi_test": found, "prior_mismatch": mismatch})


def _of_classes(sample: Sample, target: Target) -> Floats:
    """Pointwise information about a class [nats], (n,); NaN in training."""
    _check_numbers(sample)
    train = sample.split == "train"
    rows, x = np.flatnonzero(~train), sample.x[train].astype(np.float64)
    p = class_probabilities(x, target.label[train], sample.x[rows], target.cells.count)
    ratio = p[np.arange(len(rows)), target.label[rows]] / target.prior[target.label[rows]]
    pointwise = np.full(len(sample.y), np.nan)
    pointwise[rows] = _shared(ratio, _thinned(sample, rows))
    return pointwise


def _check_numbers(sample: Sample) -> None:
    if sample.images is not None or not sample.x.shape[1]:
        raise UserError(
            f"boosted trees take numbers alone, and the inputs are {', '.join(sorted(sample.modalities))}; "
            "choose bands without images"
        )


def _thinned(sample: Sample, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Places among ``rows`` of the validation galaxies that something is fitted to."""
    some = np.flatnonzero(sample.split[rows] == "validation")
    return some[:: max(1, -(-len(some) // MOST_VALIDATION))]


def boosted_information(sample: Sample, target: Target) -> Floats:
    """Pointwise information by boosted trees.

    Parameters
    ----------
    sample
        Numbers alone, no images.
    target
        Of its galaxies, in cells.

    Returns
    -------
    Floats
        Of galaxies that are not in training [nats], (n,); NaN in training.

    Raises
    ------
    UserError
        For images, or no inputs at all.

    Notes
    -----
    Given the inputs x of ``sample`` the target's normal score (``target.sample.y``; with given bins the
    target) has the density of m(x) + s(x) e, with e of Student's law. Means and deviations are those of
    ``_learnt``: m of the scores, log s^2 of the squared residuals of galaxies left out. The width and the
    degrees of freedom of the law, then the prior's share (``PriorShare``), are those of the best validation
    likelihood. Nothing is shared with a network but the cells and their prior, and nothing is random.

    The mean over test galaxies is, up to their sampling error, at most I(Y; X): a network whose estimate is
    far below it has learnt too little. It is itself far below I(Y; X) where p(y | x) has several modes, or
    is of unordered classes, and beyond three nats or so where the law is not nearly a quadratic one.

    References
    ----------
    Fan & Yao 1998, Biometrika 85, 645.
    """
    _check_numbers(sample)
    train = sample.split == "train"
    rows = np.flatnonzero(~train)
    x, y, wanted = sample.x[train].astype(np.float64), target.sample.y[train], sample.x[rows]
    import sklearn.ensemble  # noqa: F401  # whose pools of threads are limited only once they are there

    # Many short turns: where cores are shared, threads wait for one another longer than they work.
    with threadpool_limits(1):
        left_out, mean = _learnt(x, y, wanted)
        squared = (y - left_out) ** 2
        _, log_variance = _learnt(x, np.log(squared + FAINT * np.median(squared)), wanted)
    deviation = np.exp(0.5 * log_variance)
    edges = np.concatenate([[-np.inf], target.edges[1:-1], [np.inf]])
    label = target.label[rows]
    ends = (edges[[label, label + 1]] - mean) / deviation
    some = _thinned(sample, rows)
    log_ratio = log_mass(ends, *law(ends[:, some])) - target.log_prior[rows]
    pointwise = np.full(len(sample.y), np.nan)
    pointwise[rows] = _shared(np.exp(log_ratio), some)
    return pointwise


def _learnt(x: Floats, y: Floats, wanted: Floats) -> tuple[Floats, Floats]:
    """Conditional mean of y (n,) at its own inputs x (n, d) and at the inputs ``wanted`` (m, d).

    Least squares, and gradient boosting of what it leaves, of which there are three, each without a third of
    the galaxies: the first array is of galaxies left out, the second the mean of the three. Trees see also
    the principal components of x, among them colours, and the estimate of least squares. Where least squares
    does no good it is left away; where trees do none, so are they.
    """
    varies = np.ptp(x, axis=0) > 0
    x = x[:, varies]
    if not varies.any():
        return np.full(len(y), y.mean()), np.full(len(wanted), y.mean())
    fold = np.random.default_rng(0).permutation(len(y)) % FOLDS
    first = wanted[:BLOCK, varies]
    left_out, there = np.empty((TREES + 1, len(y))), np.zeros((TREES + 1, len(first)))
    learnt = []
    for k in range(FOLDS):
        out = fold == k
        learnt.append(_stages(x[~out], y[~out]))
        stages = np.stack([*learnt[-1](np.concatenate([x[out], first]))])
        left_out[:, out] = stages[:, : out.sum()]
        there += stages[:, out.sum() :] / FOLDS
    best = int(np.argmin(np.mean((y - left_out) ** 2, axis=1)))
    found = np.empty(len(wanted))
    found[:BLOCK] = there[best]
    for start in range(BLOCK, len(wanted), BLOCK):
        block = wanted[start : start + BLOCK, varies].astype(np.float64)
        found[start : start + BLOCK] = sum(next(islice(s(block), best, None)) / FOLDS for s in learnt)
    return left_out[best], found


Stages = Callable[[Floats], Iterator[Floats]]
"""At inputs (m, d): estimates (m,) with 0, 1, ... trees."""


def _stages(x: Floats, y: Floats) -> Stages:
    """What least squares and trees have learnt of y (n,) at x (n, d)."""
    from sklearn.decomposition import PCA
    from sklearn.ensemble import HistGradientBoostingRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    rotation, start = make_pipeline(StandardScaler(), PCA()), _least_squares(x.shape[1])
    start.fit(x, y)
    rotation.fit(x)
    helps = -start[-1].best_score_ < y.var()

    def begun(place: Floats) -> tuple[Floats, Floats]:
        known = start.predict(place) if helps else np.full(len(place), y.mean())
        return known, np.column_stack([place, rotation.transform(place), known])

    known, near = begun(x)
    trees = HistGradientBoostingRegressor(
        max_iter=TREES, max_leaf_nodes=LEAVES, learning_rate=RATE, early_stopping=False, random_state=0
    ).fit(near, y - known)

    def stages(wanted: Floats) -> Iterator[Floats]:
        known, there = begun(wanted)
        yield known
        yield from (known + left for left in trees.staged_predict(there))

    return stages


def _least_squares(inputs: int) -> Pipeline:
    from sklearn.linear_model import RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures, StandardScaler

    squares = [PolynomialFeatures(2, include_bias=False), StandardScaler()] if inputs <= QUADRATIC else []
    return make_pipeline(StandardScaler(), *squares, RidgeCV(PENALTIES))


def _shared(ratio: Floats, validation: NDArray[np.int64]) -> Floats:
    """Pointwise information (m,) of density ratios (m,) once the prior has its share, by ``validation``."""
    seen = ratio[validation, None]
    share = PriorShare(seen, np.zeros(len(seen), dtype=np.int64), np.ones(1)).share
    pointwise: Floats = np.log1p(share * (ratio - 1.0))
    return pointwise
