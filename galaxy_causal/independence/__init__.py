"""Tests of independence, and what several rooms need for them: ranks, splines, seeds of third-party code.

Importing this room is cheap: causal-learn and scikit-learn are loaded by the test that needs them.
"""

from galaxy_causal.independence.conditional import (
    BASIS,
    TESTS,
    Counts,
    IndependenceTest,
    TestName,
    make_test,
    partial_correlation,
    prepared,
    remembered,
)
from galaxy_causal.independence.kernel import Test, kci, rcit, seeded
from galaxy_causal.independence.moments import Design, Moments, design, moments
from galaxy_causal.independence.ranks import normal_scores, standardise
from galaxy_causal.independence.splines import cross_fitted

__all__ = [
    "BASIS",
    "TESTS",
    "Counts",
    "Design",
    "IndependenceTest",
    "Moments",
    "Test",
    "TestName",
    "cross_fitted",
    "design",
    "kci",
    "make_test",
    "moments",
    "normal_scores",
    "partial_correlation",
    "prepared",
    "rcit",
    "remembered",
    "seeded",
    "standardise",
]
