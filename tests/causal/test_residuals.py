from dataclasses import replace

import numpy as np
import pytest

from galaxy_causal.causal import LocalTestOptions, local_tests
from galaxy_causal.causal.residuals import residuals
from galaxy_causal.types import UserError


def test_missing_values_stay_missing_and_do_not_spread(sample):
    query = sample.query.copy()
    query[:100] = np.nan
    found = residuals(replace(sample, query=query), LocalTestOptions(test="gcm"), 0)
    assert np.isnan(found.query[:100]).all()
    assert np.isnan(found.target[:100]).all()
    assert np.isfinite(found.query[100:]).all()
    assert found.given is None


def test_too_few_galaxies_are_refused(sample, neighbours):
    query = np.where(np.arange(1500) < 80, sample.query, np.nan)
    with pytest.raises(UserError, match="80 training galaxies have the query and all else"):
        local_tests(replace(sample, query=query), neighbours, LocalTestOptions(test="gcm"))
    options = LocalTestOptions(test="gcm", gradient="none")
    many = np.random.default_rng(0).normal(size=(1500, 40))
    query = np.where(np.arange(1500) < 900, sample.query, np.nan)
    with pytest.raises(UserError, match="of 40 columns and 5 folds, which need 1000"):
        local_tests(replace(sample, query=query, given=many), neighbours, options)
