"""One training of a learner, by Lightning: imported by what trains alone, for Lightning takes seconds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext

import numpy as np
import torch
from numpy.typing import NDArray

from galaxy_causal.network.lightning.checkpoints import TrainingCheckpoint
from galaxy_causal.network.lightning.data import TrainingData
from galaxy_causal.network.lightning.devices import device_of
from galaxy_causal.network.lightning.keeping import Keeping, Stopped, start_of
from galaxy_causal.network.lightning.learner import NetworkLearner
from galaxy_causal.network.lightning.module import DensityModule
from galaxy_causal.network.lightning.quiet import quiet_lightning
from galaxy_causal.network.lightning.several import shared
from galaxy_causal.network.lightning.shares import check_shares
from galaxy_causal.network.lightning.threads import threads
from galaxy_causal.network.lightning.trainer import lightnings_refusals, trainer_for
from galaxy_causal.types import Floats, Sample, UserError


def train(
    learner: NetworkLearner,
    sample: Sample,
    bins: NDArray[np.int64],
    edges: Floats,
    checkpoint: TrainingCheckpoint | None = None,
) -> tuple[DensityModule, Keeping | None]:
    """What a learner does in the process of every device, of which the first keeps checkpoints."""
    with threads(learner.network.training.threads), torch.random.fork_rng(), quiet_lightning():
        torch.manual_seed(learner.seed)
        module, data = prepared(learner, sample, bins, edges)
        start = shared(learner.trainer, None if checkpoint is None else start_of(checkpoint, module))
        keeps = checkpoint is not None or start is not None
        keeping = Keeping(checkpoint, start, module, data) if keeps else None
        trainer = trainer_for(learner.network, learner.trainer, learner.progress, keeping)
        check_shares(trainer.world_size, data.rows.batch_size, data.others)
        _check_length(learner, trainer.max_steps, len(data.training))
        with _endings(), lightnings_refusals(), closing(keeping) if keeping else nullcontext():
            trainer.fit(module, data, ckpt_path=keeping.label if keeping else None)
    return module, keeping


def prepared(
    learner: NetworkLearner, sample: Sample, bins: NDArray[np.int64], edges: Floats
) -> tuple[DensityModule, TrainingData]:
    """A fresh module, and the data that it is to learn."""
    pin = device_of(learner.trainer).type == "cuda"
    data = TrainingData(learner.network, sample, bins, learner.seed, learner.compute, pin)
    module = learner.network.module(learner.model(sample, edges))
    module.compiled = learner.compiles
    return module, data


def _check_length(learner: NetworkLearner, most: int, epoch: int) -> None:
    """Refuse fewer steps than the epoch at whose end the first validation comes."""
    shorter = ("val_check_interval", "limit_train_batches", "fast_dev_run", "overfit_batches")
    epoch = -(-epoch // int(learner.trainer.get("accumulate_grad_batches") or 1))
    if not any(learner.trainer.get(name) for name in shorter) and 0 <= most < epoch:
        raise UserError(
            f"network.training.max_steps={most} is less than the {epoch} steps of an epoch of "
            f"{type(learner.network).__name__}, so that training would end before its first validation; "
            "raise it, or network.training.batch_size"
        )


@contextmanager
def _endings() -> Iterator[None]:
    """Let what ends a training by a signal be what the signal meant, not what Lightning makes of it."""
    try:
        yield
    except Stopped as stopped:
        raise (stopped.__cause__ or stopped) from None
    except SystemExit as end:
        if isinstance(end.__context__, KeyboardInterrupt):  # of which Lightning makes an exit without a word
            raise KeyboardInterrupt from None
        raise
