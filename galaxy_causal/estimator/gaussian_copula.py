"""Information as if inputs and target had a Gaussian copula."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.special import ndtri

from galaxy_causal.estimator.gaussian import Gaussian
from galaxy_causal.independence import normal_scores
from galaxy_causal.types import Information, Sample


class GaussianCopula(Gaussian):
    """``Gaussian`` of normal scores: exact whatever the marginals, where the dependence is Gaussian.

    Parameters
    ----------
    folds
        As of ``CrossEntropy``.

    Notes
    -----
    Each column, and the target, is brought to a Gaussian by its rank among the training galaxies: invertible
    maps of single columns change no information. Values between two training galaxies are interpolated,
    values beyond them sit at the ends. Predictions are in the target's unit. Ties share a rank.

    References
    ----------
    Liu, Lafferty & Wasserman 2009, JMLR 10, 2295; Ince et al. 2017, Hum. Brain Mapp. 38, 1541.
    """

    name = "gaussian_copula"

    def _once(self, sample: Sample) -> Information:
        train = sample.split == "train"
        if not train.any():
            return super()._once(sample)
        x, y = (normal_scores(values, values[train], offset=0.5) for values in (sample.x, sample.y))
        found = super()._once(replace(sample, x=x, y=y))
        known = np.sort(sample.y[train])
        scores = ndtri((np.arange(len(known)) + 0.5) / len(known))
        estimate = np.interp(found.columns["estimate"], scores, known)
        return replace(found, columns={**found.columns, "estimate": estimate})
