"""What contrastive networks keep of their input, side by side on one catalogue.

    python benchmarks/contrastive.py [--inputs x1] [--seed 0] OVERRIDES ...     one row for each OVERRIDES
    python benchmarks/contrastive.py "network=scl" "network=scl;network.latent=2" "network=paper_scl;cpu=20"

OVERRIDES are those of the command line, joined by semicolons; ``cpu=20`` trains for as many epochs as take
about 20 processor seconds. One thread each. Columns: processor seconds of the fit;
information [nats] that the network's own estimator has on the mass of test galaxies, and that network=mlp
finds in the latent alone; CRPS [dex] of the network's density, and of the masses of the 100 nearest training
galaxies in the latent.
"""

import argparse
import time

import hydra
import numpy as np
import torch
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

from galaxy_causal.dataset import sample
from galaxy_causal.estimator import ensemble_crps
from galaxy_causal.jobs.settings import input_pair
from galaxy_causal.neighbours import Exact
from galaxy_causal.network import NetworkLearner
from galaxy_causal.types import Information, Sample

NEIGHBOURS = 100
TRIAL = (1, 4)  # epochs that are timed


def compose(*overrides: str) -> DictConfig:
    """The configuration with one thread."""
    with hydra.initialize_config_module("galaxy_causal.conf", version_base="1.3"):
        return hydra.compose("config", overrides=["network.training.threads=1", *overrides])


def fit(cfg: DictConfig, data: Sample, seed: int) -> tuple[Information, float]:
    """What the estimator finds, and the processor seconds that it took."""
    trainer = OmegaConf.to_container(cfg.trainer, resolve=True)
    learner = NetworkLearner(instantiate(cfg.network), trainer, seed)
    start = time.process_time()
    result = instantiate(cfg.estimator).information(data, learner, seed)
    return result, time.process_time() - start


def within(seconds: float, overrides: list[str], data: Sample, seed: int) -> list[str]:
    """Overrides with the number of epochs that take about so many processor seconds."""

    def epochs(count: int) -> list[str]:
        return [*overrides, "network.training.max_steps=-1", f"network.training.max_epochs={count}"]

    short, long = (fit(compose(*epochs(count)), data, seed)[1] for count in TRIAL)
    each = (long - short) / (TRIAL[1] - TRIAL[0])
    return epochs(max(1, round((seconds - short) / each) + TRIAL[0]))


def row(overrides: list[str], inputs: str, seed: int) -> None:
    """Measure and print one row."""
    limit = [float(o.removeprefix("cpu=")) for o in overrides if o.startswith("cpu=")]
    chosen = [o for o in overrides if o and not o.startswith("cpu=")]
    cfg = compose(*chosen)
    catalogue = instantiate(cfg.dataset)
    pair = input_pair(cfg, catalogue)
    data = sample(catalogue, getattr(pair, inputs))
    if limit:
        chosen = within(limit[0], chosen, data, seed)
        cfg = compose(*chosen)
    result, seconds = fit(cfg, data, seed)
    cells = [f"{seconds:8.0f}", f"{result.metrics['mi_test']:8.3f}"]
    if result.latent is None:
        cells += [f"{'':8s}", f"{result.metrics['crps']:8.4f}"]
    else:
        names = tuple(f"latent/{i}" for i in range(result.latent.shape[1]))
        latent = Sample(result.latent.astype(float), data.y, data.split, names, frozenset({"latent"}))
        probe, _ = fit(compose("network=mlp"), latent, seed)
        train, test = (data.split == part for part in ("train", "test"))
        near = Exact(NEIGHBOURS).find(result.latent[train], result.latent[test])
        members = ensemble_crps(data.y[train][near.index], data.y[test]).mean()
        cells += [f"{probe.metrics['mi_test']:8.3f}", f"{result.metrics['crps']:8.4f}", f"{members:8.4f}"]
    print(" ".join(cells), " ".join(chosen), flush=True)


def main() -> None:
    """Print a row for every set of overrides."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", default="x1")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("overrides", nargs="+")
    given = parser.parse_args()
    torch.set_num_threads(1)
    headings = ("CPU s", "own", "latent", "CRPS", "100 nn")
    print(" ".join(f"{heading:>8s}" for heading in headings), given.inputs, "seed", given.seed)
    for overrides in given.overrides:
        row(overrides.split(";"), given.inputs, given.seed)
    print(f"torch {torch.__version__}, numpy {np.__version__}")


if __name__ == "__main__":
    main()
