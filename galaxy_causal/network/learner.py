"""Train a network on a sample with Lightning; get its density back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from galaxy_causal.network.amortised import SubsetModel, SubsetNetwork
from galaxy_causal.network.batches import RowBatches, RowChunks, anyhow
from galaxy_causal.network.contrastive import ContrastiveNetwork
from galaxy_causal.network.contrastive_model import ContrastiveModel
from galaxy_causal.network.contrastive_module import ContrastiveModule
from galaxy_causal.network.critic import CriticNetwork
from galaxy_causal.network.feeding import Compute, ImageBatches, held, in_blocks
from galaxy_causal.network.model import DensityModel
from galaxy_causal.network.module import DensityModule, SubsetModule
from galaxy_causal.network.networks import ImageNetwork, Network
from galaxy_causal.network.predict import IMAGE_CHUNK, log_prob_of, predictor
from galaxy_causal.network.quiet import quiet_lightning
from galaxy_causal.network.subset_scores import subset_scores
from galaxy_causal.network.subsets import FixedSubsets, SubsetBatches
from galaxy_causal.network.threads import threads
from galaxy_causal.network.trainer import Progress, device_of, encoding, lightnings_refusals, trainer_for
from galaxy_causal.types import Density, Floats, Learner, Sample, UserError

Batches = RowBatches | RowChunks | ImageBatches | SubsetBatches | FixedSubsets


class NetworkLearner(Learner):
    """Fits p(y-bin | x) with a network, a trainer's options and a seed."""

    def __init__(
        self,
        network: Network,
        trainer: Mapping[str, Any],
        seed: int,
        progress: Progress | None = None,
        compute: Compute | None = None,
    ) -> None:
        """``trainer`` are arguments of ``pytorch_lightning.Trainer``; ``compute`` concerns images."""
        self.network = network
        self.trainer = trainer
        self.seed = seed
        self.progress = progress
        self.compute = compute or Compute()

    @property
    def has_latent(self) -> bool:
        """Whether the network is one with a latent."""
        return isinstance(self.network, ContrastiveNetwork)

    @property
    def bins(self) -> tuple[float, float, int] | None:
        """The equal bins of the target that the network was published with, if any."""
        return self.network.bins

    def check(self) -> None:
        """Refuse options that Lightning or the network cannot follow, before anything is trained."""
        images, subsets = (isinstance(self.network, kind) for kind in (ImageNetwork, SubsetNetwork))
        if self.compute.compiled and images and subsets:
            raise UserError(
                "compute.compiled=true: a network for all subsets sees another number of images at every "
                "step, for which torch.compile would build its code anew; leave compute.compiled at false"
            )
        with quiet_lightning():
            trainer_for(self.network, self.trainer)

    def fit(self, sample: Sample, bins: NDArray[np.int64], edges: Floats) -> Density:
        """Train on the training galaxies, stop by the validation galaxies; same seed, same weights."""
        self.network.check(sample)
        used = np.flatnonzero(np.isin(sample.split, ("train", "validation")))
        training = self.network.training
        with threads(training.threads), torch.random.fork_rng(), quiet_lightning():
            torch.manual_seed(self.seed)
            module, train, validation = self._prepare(sample, used, bins, edges)
            trainer = trainer_for(self.network, self.trainer, self.progress)
            self._check_length(trainer.max_steps, len(train))
            try:
                with lightnings_refusals():
                    trainer.fit(module, train, validation)
            except SystemExit:
                if not trainer.interrupted:
                    raise
        if trainer.interrupted:  # of Ctrl-C Lightning makes an exit without a word
            raise KeyboardInterrupt
        if not module.history["validation"]:
            raise UserError(
                "training ended before its first validation; raise network.training.max_epochs "
                "or network.training.max_steps"
            )
        history = {name: tuple(curve) for name, curve in module.history.items()}
        return self._density(module.model, history)

    def _check_length(self, most: int, epoch: int) -> None:
        """Refuse fewer steps than the epoch at whose end the first validation comes."""
        shorter = ("val_check_interval", "limit_train_batches", "fast_dev_run", "overfit_batches")
        epoch = -(-epoch // int(self.trainer.get("accumulate_grad_batches") or 1))
        if not any(self.trainer.get(name) for name in shorter) and 0 <= most < epoch:
            raise UserError(
                f"network.training.max_steps={most} is less than the {epoch} steps of an epoch of "
                f"{type(self.network).__name__}, so that training would end before its first validation; "
                "raise it, or network.training.batch_size"
            )

    def restore(self, sample: Sample, edges: Floats, weights: Mapping[str, Any]) -> Density:
        """The density that ``fit`` gave on this sample, without its history."""
        self.network.check(sample)
        own = np.flatnonzero(sample.split == "train")
        with torch.random.fork_rng():  # the weights that a fresh model draws are replaced
            model = self.network.build(sample.take(own), edges)
        model.load_state_dict(weights)
        return self._density(model, {})

    def _density(self, model: DensityModel, history: Mapping[str, tuple[tuple[int, float], ...]]) -> Density:
        """Of a trained model, which Lightning leaves on the CPU: it is scored where it was trained."""
        device = device_of(self.trainer)
        model.to(device).eval()
        count = self.network.training.threads
        return Density(
            probabilities=predictor(model.probabilities, device, count),
            log_prob=log_prob_of(model, device, count),
            latent=(predictor(model.latent, device, count) if isinstance(model, ContrastiveModel) else None),
            history=history,
            weights={name: value.cpu() for name, value in model.state_dict().items()},
            of_subsets=partial(subset_scores, model, device, count)
            if isinstance(model, SubsetModel)
            else None,
        )

    def contrast(self, sample: Sample, bins: NDArray[np.int64], edges: Floats, bound: str) -> Density:
        """Train a critic with this network's encoder; its ``probabilities`` are scores of every bin."""
        critic = CriticNetwork(self.network, bound)
        return NetworkLearner(critic, self.trainer, self.seed, self.progress, self.compute).fit(
            sample, bins, edges
        )

    def _prepare(
        self, sample: Sample, used: NDArray[np.int64], bins: NDArray[np.int64], edges: Floats
    ) -> tuple[DensityModule, Batches, Batches]:
        """The module with its data, and the batches of training and of validation."""
        training = self.network.training
        is_train = sample.split[used] == "train"
        x, label = torch.as_tensor(sample.x[used]), torch.as_tensor(bins[used])
        train, validation = (torch.as_tensor(np.flatnonzero(rows)) for rows in (is_train, ~is_train))
        model = self.network.build(sample.take(used[is_train]), edges)
        images = None if sample.images is None else sample.images.take(used)
        pixels = held(images, len(used)) if images and self.compute.holds(images, len(used)) else None
        stream = images if pixels is None else None
        rows = RowBatches(train, training, self.seed, in_blocks if images else anyhow)
        network = encoding(self.network)
        augment = isinstance(network, ImageNetwork) and network.augment
        pin = device_of(self.trainer).type == "cuda"
        turned = ImageBatches(rows, stream, augment, pin) if images else None
        if isinstance(self.network, SubsetNetwork) and isinstance(model, SubsetModel):
            draw = self.network.draw(sample)
            fixed = replace(draw, each=self.network.validated)
            return (
                SubsetModule(model, training, x, label, pixels, self.compute),
                SubsetBatches(rows, draw, turned),
                FixedSubsets(validation, fixed, stream, small=images is not None, pin=pin),
            )
        module = self._module(model, x, standard(sample.y[used], is_train), label, pixels)
        if turned is None:
            return module, rows, RowChunks(validation)
        module.compiled = self.compute.compiled
        return module, turned, ImageBatches(RowChunks(validation, IMAGE_CHUNK), stream, pin=pin)

    def _module(
        self, model: DensityModel, x: Tensor, y: Tensor, label: Tensor, pixels: Tensor | None = None
    ) -> DensityModule:
        training, compute = self.network.training, self.compute
        if isinstance(model, ContrastiveModel) and isinstance(self.network, ContrastiveNetwork):
            return ContrastiveModule(model, training, self.network.weights, x, y, label, pixels, compute)
        return DensityModule(model, training, x, label, pixels, compute)


def standard(y: Floats, train: NDArray[np.bool_]) -> Tensor:
    """y (n,) less the mean of the training galaxies, in units of their deviation unless that is zero."""
    deviation = y[train].std()
    return torch.as_tensor((y - y[train].mean()) / (deviation or 1.0), dtype=torch.float32)
