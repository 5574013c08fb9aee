"""Densities of known probabilities, shared by the estimators' tests."""

from galaxy_causal.types import Density, LatentDensity


class Given(Density):
    """With the probabilities, or scores, that a function gives of a sample."""

    def __init__(self, probabilities):
        super().__init__()
        self.probabilities = probabilities

    def probabilities(self, part):
        """Of the function."""


class GivenLatent(Given, LatentDensity):
    """With a latent that a function gives of a sample, too."""

    def __init__(self, probabilities, latent):
        super().__init__(probabilities)
        self.latent = latent

    def latent(self, part):
        """Of the function."""
