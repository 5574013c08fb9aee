"""Local tests: does the target still depend on a query among galaxies of one latent?

Importing this room is cheap: scikit-learn and causal-learn are loaded by the test that needs them.
"""

from galaxy_causal.causal.neighbourhoods import local_tests, regressors
from galaxy_causal.causal.options import GRADIENTS, TESTS, Gradient, LocalTestOptions, TestKind
from galaxy_causal.causal.overlap import disjoint, independent
from galaxy_causal.causal.pooled import pooled_tests
from galaxy_causal.causal.question import LocalQuestion

__all__ = [
    "GRADIENTS",
    "TESTS",
    "Gradient",
    "LocalQuestion",
    "LocalTestOptions",
    "TestKind",
    "disjoint",
    "independent",
    "local_tests",
    "pooled_tests",
    "regressors",
]
