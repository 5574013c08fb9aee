"""Which shares of the training galaxies can be extrapolated from."""

import numpy as np
import pytest

from galaxy_causal.estimator.extrapolation import fewer
from galaxy_causal.types import UserError


def test_too_small_a_fraction_is_refused():
    split = np.repeat(["train", "test"], 100)
    assert (fewer(split, 0.2, 0) == "train").sum() == 20
    with pytest.raises(UserError, match=r"0.1 of 100 training galaxies is less than the 20 .* at least 0.2"):
        fewer(split, 0.1, 0)
