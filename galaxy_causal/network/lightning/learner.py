"""Train a network on a sample with Lightning; get its density back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from galaxy_causal.network.critic import CriticNetwork
from galaxy_causal.network.interface import Network
from galaxy_causal.network.lightning.checkpoints import Checkpoints
from galaxy_causal.network.lightning.devices import device_of
from galaxy_causal.network.lightning.feeding import Compute
from galaxy_causal.network.lightning.quiet import quiet_lightning
from galaxy_causal.network.model import DensityModel
from galaxy_causal.types import Density, Floats, Learner, Sample, UserError

Progress = Callable[[int, int, float], None]
"""Called after each epoch with steps done, steps in all (0 if unknown), last validation loss."""
_possible: set[str] = set()
"""Options that a trainer was made of once, as text."""
MOST_TEACHERS = 1 << 20
"""Training galaxies that scales and lines of inputs follow."""


class NetworkLearner(Learner):
    """Fits p(y-bin | x) with a network.

    Parameters
    ----------
    network
        What learns.
    trainer
        Arguments of ``pytorch_lightning.Trainer``.
    seed
        Of the first weights, and of everything that is drawn.
    progress
        Called after each epoch with steps done, steps in all (0 if unknown), last validation loss.
    compute
        How images are computed with.
    checkpoints
        Where the fit of which this is keeps what its trainings have come to, and goes on from; None: nowhere.
    """

    def __init__(
        self,
        network: Network,
        trainer: Mapping[str, Any],
        seed: int,
        progress: Progress | None = None,
        compute: Compute | None = None,
        checkpoints: Checkpoints | None = None,
    ) -> None:
        self.network = network
        self.trainer = trainer
        self.seed = seed
        self.progress = progress
        self.compute = compute or Compute()
        self.checkpoints = checkpoints

    @property
    def has_latent(self) -> bool:
        """Whether the network is one with a latent."""
        return self.network.has_latent

    @property
    def bins(self) -> tuple[float, float, int] | None:
        """The equal bins of the target that the network was published with, if any."""
        return self.network.bins

    def check(self) -> None:
        """Refuse options that Lightning or the network cannot follow, before anything is trained."""
        if self.compute.compiled and self.network.takes_images and self.network.takes_subsets:
            raise UserError(
                "compute.compiled=true: a network for all subsets sees another number of images at every "
                "step, for which torch.compile would build its code anew; leave compute.compiled at false"
            )
        network = self.network
        options = repr((network.takes_images, network.training, sorted(self.trainer.items())))
        if options not in _possible:  # Lightning takes a while to make a trainer
            from galaxy_causal.network.lightning.trainer import trainer_for

            with quiet_lightning():
                trainer_for(network, self.trainer)
            _possible.add(options)

    def fit(self, sample: Sample, bins: NDArray[np.int64], edges: Floats) -> Density:
        """Train on the training galaxies, stop by the validation galaxies; same seed, same weights.

        A training that was stopped goes on where it was, or is there already.
        """
        self.network.check(sample)
        checkpoint = None if self.checkpoints is None else self.checkpoints.begin()
        left = None if checkpoint is None else checkpoint.finished()
        if left is not None:
            model = self._model(sample, edges, left["weights"])
            if self.compiles:
                model.compile()
            return self._density(model, left["history"])
        from galaxy_causal.network.lightning.several import together
        from galaxy_causal.network.lightning.training import train

        alike = NetworkLearner(self.network, self.trainer, self.seed, None, self.compute)
        with together(self.trainer, partial(train, alike, sample, bins, edges)):
            module, keeping = train(self, sample, bins, edges, checkpoint)
        if not module.history["validation"]:
            raise UserError(
                "training ended before its first validation; raise network.training.max_epochs "
                "or network.training.max_steps"
            )
        density = self._density(module.model, module.history)
        if keeping is not None:
            keeping.finish({"weights": density.weights, "history": module.history})
        return density

    def _density(self, model: DensityModel, history: Mapping[str, Sequence[tuple[int, float]]]) -> Density:
        curves = {name: tuple((step, value) for step, value in curve) for name, curve in history.items()}
        return self.network.density(model, device_of(self.trainer), curves)

    def restore(self, sample: Sample, edges: Floats, weights: Mapping[str, Any]) -> Density:
        """The density that ``fit`` gave on this sample, without its history."""
        self.network.check(sample)
        return self._density(self._model(sample, edges, weights), {})

    def model(self, sample: Sample, edges: Floats) -> DensityModel:
        """A fresh model for a sample, whose weights torch draws."""
        return self.network.build(teachers(sample), edges)

    def _model(self, sample: Sample, edges: Floats, weights: Mapping[str, Any]) -> DensityModel:
        """What was trained on a sample, of its weights."""
        with torch.random.fork_rng():  # the weights that a fresh model draws are replaced
            model = self.model(sample, edges)
        model.load_state_dict(weights)
        return model

    def contrast(self, sample: Sample, bins: NDArray[np.int64], edges: Floats, bound: str) -> Density:
        """Train a critic with this network's encoder; its ``probabilities`` are scores of every bin."""
        critic = CriticNetwork(self.network, bound)
        learner = NetworkLearner(
            critic, self.trainer, self.seed, self.progress, self.compute, self.checkpoints
        )
        return learner.fit(sample, bins, edges)

    @property
    def compiles(self) -> bool:
        """Whether the model passes through torch.compile: every batch is of one shape."""
        return self.compute.compiled and self.network.takes_images and not self.network.takes_subsets


def teachers(sample: Sample) -> Sample:
    """The training galaxies by which a network is built, evenly thinned where there are very many.

    Their numbers are in double precision.
    """
    rows = np.flatnonzero(sample.split == "train")
    chosen = sample.take(rows[:: -(-len(rows) // MOST_TEACHERS) or 1])
    return replace(chosen, x=chosen.x.astype(np.float64, copy=False))
