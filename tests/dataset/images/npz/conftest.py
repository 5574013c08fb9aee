import hydra
import numpy as np
import pytest
from hydra.utils import instantiate

N = 60
MORPHOLOGY = [f"{q}_{b}" for q in ("Sersic_n", "expAB", "petroR50", "petroR90") for b in "ugriz"]


@pytest.fixture
def arrays():
    """Members of the two files, as in the published code."""
    rng = np.random.default_rng(5)
    catalog = {
        "lgm_tot_p50": rng.normal(10.5, 0.5, N),
        "z": rng.uniform(0.02, 0.3, N),
        "EBV": rng.uniform(0, 0.1, N),
        "id_train": np.arange(0, N - 20),
        "id_validation": np.arange(N - 20, N - 10),
        "id_test": np.arange(N - 10, N - 1),
    }
    for band in "ugriz":
        catalog[f"petroMag_{band}"] = rng.uniform(14, 19, N)
        catalog[f"petroMagErr_{band}"] = rng.uniform(0.01, 0.1, N)
    for band in ("w1", "w2", "w3"):
        catalog[f"{band}mpro"] = rng.uniform(10, 16, N)
    catalog |= {f"w{k}sigmpro": rng.uniform(0.02, 0.1, N) for k in (1, 2)}
    catalog |= {name: rng.uniform(0.2, 4, N) for name in MORPHOLOGY}
    images = {f"img_{b}": rng.normal(size=(N, 8, 8)).astype(np.float32) for b in "ugriz"}
    return catalog, images


@pytest.fixture
def read(arrays, tmp_path):
    catalog, images = arrays

    def write_and_read(*overrides, save=np.savez):
        np.savez(tmp_path / "catalog.npz", **catalog)
        save(tmp_path / "images.npz", **images)
        given = ["dataset=npz", f"dataset.path={tmp_path}", f"dataset.cache={tmp_path / 'cache'}", *overrides]
        with hydra.initialize_config_module("galaxy_causal.conf", version_base="1.3"):
            cfg = hydra.compose("config", overrides=given)
        try:
            return instantiate(cfg.dataset)
        except hydra.errors.InstantiationException as error:
            raise error.__cause__ from None

    return write_and_read
