"""Tests of independence that several rooms share, and the seeding of third-party code.

Importing this room is cheap: causal-learn is loaded by the test that needs it.
"""

from galaxy_causal.independence.kernel import Test, kci, rcit, seeded

__all__ = ["Test", "kci", "rcit", "seeded"]
