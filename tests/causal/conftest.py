import numpy as np
import pytest

from galaxy_causal.causal import LocalQuestion, LocalTestOptions
from galaxy_causal.neighbours import Exact


@pytest.fixture(scope="session")
def sample():
    """1,500 galaxies of a latent of three numbers; target and query follow it, a third number is noise."""
    rng = np.random.default_rng(0)
    latent = rng.normal(size=(1500, 3))
    mean = latent @ [1.0, 0.5, 0.0]
    target = mean + 0.5 * rng.normal(size=1500)
    query = mean + np.sin(latent[:, 2]) + 0.5 * rng.normal(size=1500)
    return LocalQuestion(target, query, rng.normal(size=(1500, 1)), latent, mean, latent**3)


@pytest.fixture(scope="session")
def neighbours(sample):
    """Of its first 200 galaxies, 60 each."""
    return Exact(60, device="cpu").find(sample.latent, sample.latent[:200], np.arange(200))


@pytest.fixture
def paper():
    return LocalTestOptions(test="paper", permutations=99)
