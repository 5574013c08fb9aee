"""Informations of two inputs as tests make them."""

import numpy as np

from galaxy_causal.types import PairInformations


def of_pair(stacked):
    """Pointwise informations of (..., 3, n) values."""
    return PairInformations(*np.moveaxis(np.asarray(stacked), -2, 0))
