"""How good predicted probabilities of classes are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.types import Floats

COLUMN = "probability/"
"""What the names of columns of probabilities begin with, before that of the class."""


def class_columns(p: Floats, names: Sequence[str]) -> dict[str, Floats]:
    """Columns of predicted probabilities.

    Parameters
    ----------
    p
        Of each class, (n, K).
    names
        Of the classes.

    Returns
    -------
    dict of str to Floats
        Each (n,), by ``probability/NAME``; of two classes also ``estimate``, the probability of the second,
        which is the mean of what stands for them, 0 and 1.
    """
    found = {f"{COLUMN}{name}": np.ascontiguousarray(p[:, k]) for k, name in enumerate(names)}
    return found | ({"estimate": p[:, 1].copy()} if len(names) == len(("no", "yes")) else {})


def probabilities_of(columns: Mapping[str, Floats]) -> Floats:
    """What ``class_columns`` made, (n, K)."""
    return np.stack([value for name, value in columns.items() if name.startswith(COLUMN)], axis=1)


def class_metrics(p: Floats, label: NDArray[np.int64], prior: Floats) -> dict[str, float]:
    """Scores of predicted classes.

    Parameters
    ----------
    p
        Probabilities of each class, (n, K).
    label
        True classes, (n,).
    prior
        Of each class, (K,).

    Returns
    -------
    dict of str to float
        ``classes``, how many; ``entropy`` and ``entropy_err`` [nats], of `entropy`; ``accuracy``, the share
        whose most probable class is true, and ``accuracy_prior``, that of the commonest class; ``brier``, the
        mean squared distance of probabilities and truth (Brier 1950); ``calibration_distance``.
    """
    truth = np.eye(len(prior))[label]
    value, error = entropy(label, prior)
    return {
        "classes": float(len(prior)),
        "entropy": value,
        "entropy_err": error,
        "accuracy": float(np.mean(p.argmax(axis=1) == label)),
        "accuracy_prior": float(np.mean(label == prior.argmax())),
        "brier": float(((p - truth) ** 2).sum(axis=1).mean()),
        "calibration_distance": calibration_distance(p, label),
    }


def entropy(label: NDArray[np.int64], prior: Floats) -> tuple[float, float]:
    """What is to be known of a class, and its error, in nats.

    Parameters
    ----------
    label
        Classes, (n,).
    prior
        Their shares among other galaxies, (K,).

    Returns
    -------
    tuple of float
        The mean of -log p(y) of these galaxies, and its standard error: the entropy of the class where both
        samples are of one population. No average of log p(y | x) - log p(y) over them exceeds it, as
        log p(y | x) is at most zero.

    Examples
    --------
    >>> value, error = entropy(np.array([0, 1, 0, 1]), np.array([0.5, 0.5]))
    >>> round(value, 4), error
    (0.6931, 0.0)
    """
    surprise = -np.log(prior)[label]
    return float(surprise.mean()), float(surprise.std() / np.sqrt(len(label)))


def calibration_distance(p: Floats, label: NDArray[np.int64]) -> float:
    """How far probabilities are from the shares that they announce.

    Parameters
    ----------
    p
        Of each class, (n, K).
    label
        True classes, (n,).

    Returns
    -------
    float
        The largest distance, over classes and thresholds, between the share of galaxies that are of a class
        and have a probability of it up to the threshold, and the mean of these probabilities. In [0, 1].

    References
    ----------
    Gupta et al. 2021, ICLR (arXiv:2006.12800), for the distance of cumulative sums.
    """
    worst = 0.0
    for k in range(p.shape[1]):
        order = np.argsort(p[:, k], kind="stable")
        excess = np.cumsum((label[order] == k) - p[order, k]) / len(label)
        last = np.append(np.diff(p[order, k]) > 0, True)  # ties pass a threshold together
        worst = max(worst, float(np.abs(excess[last]).max(initial=0.0)))
    return worst
