"""The marginal likelihood of Gaussian DAGs: the BGe score."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from scipy.special import multigammaln

from galaxy_causal.independence import Moments


def bge(
    found: Moments, mean_weight: float = 1.0, precision_weight: float | None = None
) -> Callable[[int, Sequence[int]], float]:
    """log p(variable | causes) in nats with all parameters integrated out, of standardised variables.

    The score of Geiger & Heckerman (2002, Ann. Stat. 30, 1412), as corrected by Kuipers, Moffa & Heckerman
    (2014, Ann. Stat. 42, 1689): a normal-Wishart prior with ``mean_weight`` alpha_mu, ``precision_weight``
    alpha_w (p + alpha_mu + 1 by default) degrees of freedom, mean zero and a diagonal scale matrix with
    t = alpha_mu (alpha_w - p - 1) / (alpha_mu + 1). The variables are taken standardised, as the prior
    is not scale-free. Equivalent DAGs have the same value.
    """
    p, n = len(found.blocks), found.n
    weight = p + mean_weight + 1 if precision_weight is None else precision_weight
    scale = mean_weight * (weight - p - 1) / (mean_weight + 1)
    posterior = scale * np.eye(p) + n * found.correlation  # standardised: the mean's term is zero

    def evidence(chosen: list[int]) -> float:
        size = len(chosen)
        if not size:
            return 0.0
        prior_freedom, freedom = weight - p + size, n + weight - p + size
        determinant = float(np.linalg.slogdet(posterior[np.ix_(chosen, chosen)])[1])
        return (
            0.5 * size * math.log(mean_weight / (n + mean_weight))
            + float(multigammaln(0.5 * freedom, size) - multigammaln(0.5 * prior_freedom, size))
            - 0.5 * size * n * math.log(math.pi)
            + 0.5 * prior_freedom * size * math.log(scale)
            - 0.5 * freedom * determinant
        )

    def score(variable: int, causes: Sequence[int]) -> float:
        return evidence(sorted([variable, *causes])) - evidence(sorted(causes))

    return score
