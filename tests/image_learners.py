"""Small learners for images, shared by the tests of networks."""

from galaxy_causal.estimator import CrossEntropy
from galaxy_causal.network import Image, NetworkLearner, Training

TRAINER = {
    "accelerator": "cpu", "devices": 1, "strategy": "auto", "max_steps": -1, "num_sanity_val_steps": 0,
    "enable_model_summary": False, "use_distributed_sampler": False,
}  # fmt: skip
BINS = CrossEntropy(6.0, 12.5, 520)


def quick(epochs, **options):
    given = {"batch_size": 64, "learning_rate": 4e-3, "weight_decay": 1e-2, "patience": 8, "threads": 1}
    return Training(max_epochs=epochs, **{**given, **options})


def learner(epochs, network=None, seed=0, compute=None, **trainer):
    network = network or Image(quick(epochs), width=8)
    return NetworkLearner(network, {**TRAINER, "max_epochs": epochs, **trainer}, seed, compute=compute)
