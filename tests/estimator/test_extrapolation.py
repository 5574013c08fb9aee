"""Which shares of the training galaxies can be extrapolated from."""

import numpy as np
import pytest

from galaxy_causal.estimator.extrapolation import check_enough, fewer
from galaxy_causal.types import Labels, UserError


def test_too_small_a_fraction_is_refused():
    split = Labels.of(np.repeat(["train", "test"], 100))
    assert (fewer(split, 0.2, 0) == "train").sum() == 20
    check_enough([0.2, 0.5], split)
    with pytest.raises(UserError, match=r"0.1 of 100 training galaxies is less than the 20 .* at least 0.2"):
        check_enough([0.5, 0.1], split)
    many = Labels.of(np.repeat("train", 1389))
    with pytest.raises(UserError, match=r"at least 0.02, or none"):
        check_enough([0.01], many)
    check_enough([0.02], many)
