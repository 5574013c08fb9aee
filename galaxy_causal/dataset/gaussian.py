"""Galaxies whose information is known: two inputs and a target, jointly Gaussian."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from galaxy_causal.dataset.catalogue import finish
from galaxy_causal.types import Catalogue, Count, Feature, Labels, Seed, UserError, checked

MEAN, DEVIATION = 10.0, 0.6  # of the target, as if it were a log10 stellar mass
ROUNDING = 1e-12  # a singular covariance has eigenvalues this far below zero


@checked("dataset")
def gaussian(
    n: Count,
    r1: float,
    r2: float,
    r12: float,
    seed: Seed,
    *,
    split: Mapping[str, object],
    name: str = "gaussian",
) -> Catalogue:
    """Draws of a target, x1 and x2 that are jointly Gaussian.

    Parameters
    ----------
    n
        Galaxies.
    r1, r2, r12
        Correlations of target and x1, of target and x2, and of x1 and x2. They may be singular, such as r1 =
        1.
    seed
        Of the draws.
    split
        As in ``assign_splits``.
    name
        Of the catalogue.

    Returns
    -------
    Catalogue
        The target has mean 10 and deviation 0.6, so that it looks like a mass; x1 and x2 (modality
        ``signal``) have mean 0 and variance 1, and nothing is ever missing. ``gaussian_information`` gives
        the truth.

    Raises
    ------
    UserError
        Where no such Gaussian exists.
    """
    covariance = np.array([[1.0, r1, r2], [r1, 1.0, r12], [r2, r12, 1.0]])
    exists = np.isfinite(covariance).all() and np.abs(covariance).max() <= 1
    if not exists or np.linalg.eigvalsh(covariance).min() < -ROUNDING:
        raise UserError(
            f"no Gaussian has n={n}, r1={r1}, r2={r2}, r12={r12}: the correlations must "
            "be within [-1, 1] with 1 + 2 r1 r2 r12 >= r1^2 + r2^2 + r12^2; bring them closer to zero"
        )
    draws = np.random.default_rng(seed).multivariate_normal(np.zeros(3), covariance, n, method="eigh")
    catalogue = Catalogue(
        name=name,
        id=np.arange(n),
        target=MEAN + DEVIATION * draws[:, 0],
        target_label="y",
        features={"signal": {"x1": Feature(draws[:, 1], ""), "x2": Feature(draws[:, 2], "")}},
        split=Labels.filled("", n),
        provenance={"file": f"simulated: n={n}, r1={r1}, r2={r2}, r12={r12}, seed={seed}"},
    )
    return finish(catalogue, split)


def gaussian_information(r1: float, r2: float, r12: float) -> tuple[float, float, float]:
    """The true informations of ``gaussian``: -1/2 log(1 - R^2).

    Parameters
    ----------
    r1, r2, r12
        As in ``gaussian``.

    Returns
    -------
    tuple of float
        I(Y; X1), I(Y; X2) and I(Y; X1, X2) [nats]. R^2 is the squared multiple correlation, (r1^2 + r2^2 - 2
        r1 r2 r12) / (1 - r12^2) of both inputs. Infinite where an input determines the target.

    References
    ----------
    Cover & Thomas 2006, section 8.5.

    Examples
    --------
    >>> [round(i, 3) for i in gaussian_information(0.9, 0.9, 0.81)]
    [0.83, 0.83, 1.127]
    """
    union = r1**2 if abs(r12) == 1 else (r1**2 + r2**2 - 2 * r1 * r2 * r12) / (1 - r12**2)
    with np.errstate(divide="ignore"):
        first, second, both = (float(-0.5 * np.log1p(-min(r, 1.0))) for r in (r1**2, r2**2, union))
    return first, second, both
