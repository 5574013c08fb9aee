import numpy as np
import pytest

from galaxy_causal.dataset import mock_survey
from galaxy_causal.dataset.mock.chunk import Settings

SPLIT = {"train": 0.6, "validation": 0.2, "test": 0.2, "seed": 0}
N = 600


@pytest.fixture(scope="session")
def settings():
    """The default survey."""
    return Settings(0, 17.77, True, "dependent", (0.01, 0.25), (8.0, 12.5), 1.0)


@pytest.fixture(scope="session")
def survey(tmp_path_factory):
    """Six hundred galaxies, simulated in this process."""
    path = tmp_path_factory.mktemp("mock") / "survey.h5"
    return mock_survey(N, 0, SPLIT, path=str(path), processes=1), path


@pytest.fixture
def galaxy():
    """A function that makes nodes of galaxies with a given structure, all with the same seeing."""

    def make(n=1, **values):
        node = {
            "seeing": 1.43,
            "bulge_sersic_index": 4.0,
            "disk_sersic_index": 1.0,
            "bulge_radius": 1.0,
            "disk_radius": 3.0,
            "apparent_cos_inclination": 1.0,
            "position_angle": 0.4,
            "bulge_flattening": 0.6,
        } | values
        return {name: np.broadcast_to(np.asarray(v, dtype=float), (n,)).copy() for name, v in node.items()}

    return make
