"""A quick second opinion on the information about a class, without a network: boosted trees for its odds."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from galaxy_causal.types import Floats

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

FOLDS = 3
TREES = 60
"""Of each class, at most; how many of them are used, perhaps none, the galaxies left out decide."""
LEAVES = 31
RATE = 0.1
QUADRATIC = 12
"""Inputs up to which logistic regression has their products too."""
LEAST = 1e-9
"""Below which no probability falls."""
BLOCK = 1 << 17
"""Galaxies whose classes are predicted together."""


def class_probabilities(x: Floats, label: NDArray[np.int64], wanted: Floats, classes: int) -> Floats:
    """Probabilities of classes at some inputs.

    Parameters
    ----------
    x
        Inputs of training galaxies, (n, d).
    label
        Their classes, (n,), from 0; each has ten galaxies or more.
    wanted
        The inputs at which probabilities are wanted, (m, d).
    classes
        How many there are.

    Returns
    -------
    Floats
        (m, classes), the mean of three, each learnt without a third of the galaxies: logistic regression, or
        boosted trees that see its odds and the principal components of the inputs too, with as many trees as
        the galaxies left out know best by (their mean log-probability). Nothing is random.
    """
    varies = np.ptp(x, axis=0) > 0
    shares = np.bincount(label, minlength=classes) / len(label)
    if not varies.any():
        return np.tile(shares, (len(wanted), 1))
    x = x[:, varies]
    fold = _dealt(label)
    loss, learnt = np.zeros(TREES + 1), []
    import sklearn.ensemble  # noqa: F401  # whose pools of threads are limited only once they are there

    with threadpool_limits(1), warnings.catch_warnings():  # many short turns; where it stops is good enough
        warnings.simplefilter("ignore")
        for k in range(FOLDS):
            out = fold == k
            learnt.append(_Learnt(x[~out], label[~out]))
            for stage, p in enumerate(learnt[-1].stages(x[out])):
                loss[stage] -= np.log(p[np.arange(out.sum()), label[out]]).sum()
        best = int(np.argmin(loss))
        found = np.zeros((len(wanted), classes))
        for start in range(0, len(wanted), BLOCK):
            block = wanted[start : start + BLOCK, varies].astype(np.float64)
            for one in learnt:
                found[start : start + BLOCK] += one.at(block, best) / FOLDS
    return found


def _dealt(label: NDArray[np.int64]) -> NDArray[np.int64]:
    """The fold of each galaxy, (n,), each with as many of every class."""
    shuffled = np.random.default_rng(0).permutation(len(label))
    order = shuffled[np.argsort(label[shuffled], kind="stable")]
    fold = np.empty(len(label), dtype=np.int64)
    fold[order] = np.arange(len(label)) % FOLDS
    return fold


class _Learnt:
    """Logistic regression, and trees behind it, of inputs x (n, d) with classes (n,)."""

    def __init__(self, x: Floats, label: NDArray[np.int64]) -> None:
        from sklearn.decomposition import PCA
        from sklearn.ensemble import HistGradientBoostingClassifier
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        self.rotation = make_pipeline(StandardScaler(), PCA()).fit(x)
        self.odds = _logistic(x.shape[1]).fit(x, label)
        self.trees = HistGradientBoostingClassifier(
            max_iter=TREES, max_leaf_nodes=LEAVES, learning_rate=RATE, early_stopping=False, random_state=0
        ).fit(self._near(x), label)

    def _near(self, x: Floats) -> Floats:
        odds = np.log(_bounded(self.odds.predict_proba(x)))
        return np.column_stack([x, self.rotation.transform(x), odds])

    def stages(self, x: Floats) -> Iterator[Floats]:
        """Probabilities (m, classes) at inputs (m, d) without trees, and with 1, 2, ... of each class."""
        yield _bounded(self.odds.predict_proba(x))
        yield from (_bounded(p) for p in self.trees.staged_predict_proba(self._near(x)))

    def at(self, x: Floats, stage: int) -> Floats:
        """Those of one stage."""
        return next(p for k, p in enumerate(self.stages(x)) if k == stage)


def _logistic(inputs: int) -> Pipeline:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures, StandardScaler

    squares = [PolynomialFeatures(2, include_bias=False), StandardScaler()] if inputs <= QUADRATIC else []
    return make_pipeline(StandardScaler(), *squares, LogisticRegression(max_iter=300))


def _bounded(p: Floats) -> Floats:
    """Probabilities (m, classes) none of which is below ``LEAST``."""
    bounded = np.maximum(p, LEAST)
    shares: Floats = bounded / bounded.sum(axis=1, keepdims=True)
    return shares
