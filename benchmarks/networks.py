"""Test cross-entropy and time of network=mlp beside network=paper_photometry on dataset=sdss.

    python benchmarks/networks.py [inputs ...]        inputs: x1, x2 or union of the default bands; all three

One thread each, and processor seconds, so that other work on the machine does not count. The published
network runs its full 180,000 iterations: ten minutes or more for each input set. It has no early stopping, so
the least validation cross-entropy on the way is printed too: what stopping there would have given.
"""

import sys
import time

import hydra
from hydra.utils import instantiate
from omegaconf import OmegaConf

from galaxy_causal.dataset import sample
from galaxy_causal.network import NetworkLearner


def main() -> None:
    """Print a row for every network and input set."""
    wanted = sys.argv[1:] or ["x1", "x2", "union"]
    print(
        f"{'inputs':28s} {'network':18s} {'test cross-entropy':>18s} {'information':>12s} "
        f"{'least validation':>16s} {'CPU s':>8s}"
    )
    for name in wanted:
        for network in ("mlp", "paper_photometry"):
            overrides = [f"network={network}", "network.training.threads=1"]
            with hydra.initialize_config_module("galaxy_causal.conf", version_base="1.3"):
                cfg = hydra.compose("config", overrides=overrides)
            catalogue = instantiate(cfg.dataset)
            pair = instantiate(cfg.bands)(features=catalogue.features, dataset=catalogue.name)
            inputs = getattr(pair, name)
            trainer = OmegaConf.to_container(cfg.trainer, resolve=True)
            learner = NetworkLearner(instantiate(cfg.network), trainer, 0)
            start = time.process_time()
            result = instantiate(cfg.estimator).information(sample(catalogue, inputs), learner, 0)
            seconds = time.process_time() - start
            print(
                f"{inputs.label:28s} {network:18s} {result.metrics['cross_entropy']:18.3f} "
                f"{result.metrics['mi_test']:12.3f} "
                f"{min(value for _, value in result.history['validation']):16.3f} {seconds:8.0f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
