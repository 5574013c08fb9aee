"""What keeps checkpoints while Lightning trains, and has it go on from one."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from lightning_fabric.plugins import CheckpointIO

from galaxy_causal.network.lightning.checkpoints import State, TrainingCheckpoint
from galaxy_causal.network.lightning.data import TrainingData
from galaxy_causal.network.lightning.kept_weights import EpochAverage
from galaxy_causal.network.lightning.module import DensityModule
from galaxy_causal.processes import Stops

OURS = "galaxy_causal"
"""What we add to Lightning's state."""
NONE = {"ready": 0, "started": 0, "processed": 0, "completed": 0}
BEGUN = {"current": NONE, "total": NONE | {"ready": 1, "started": 1}, "is_last_batch": False}
"""A validation that begins anew: what it had seen is not kept."""


class Stopped(BaseException):
    """Ends a training that was asked to stop; what whoever asked wants to be raised is its cause."""


class Given(CheckpointIO):
    """Hands Lightning a state that has been read; it writes none."""

    def __init__(self, state: State | None) -> None:
        self.state = state

    def load_checkpoint(self, *_: object, **__: object) -> dict[str, Any]:
        """A copy, for Lightning may change it."""
        return dict(self.state or {})

    def save_checkpoint(self, *_: object, **__: object) -> None:
        """Never called."""
        raise NotImplementedError

    def remove_checkpoint(self, *_: object) -> None:
        """Never called."""
        raise NotImplementedError


class Keeping(pl.Callback):
    """Keeps checkpoints of a training as they are due, and where a stop is asked for; then it stops.

    They are made between two batches, where no gradients are being gathered, so that a training that goes on
    from one gives the same numbers as one that was never left: with the weights, their averages and the best
    of them go optimiser, schedule, curves, the place in the epoch and the state of torch's random numbers.
    While validation galaxies are looked at a stop is served too, and their turn then comes anew.

    Parameters
    ----------
    checkpoint
        Where they are kept.
    start
        The state to go on from, of ``start_of``, if there is one.
    module, data
        What is trained.
    """

    def __init__(
        self,
        checkpoint: TrainingCheckpoint,
        start: State | None,
        module: DensityModule,
        data: TrainingData,
    ) -> None:
        self.checkpoint = checkpoint
        self.start = start
        self.module = module
        self.stops = Stops()
        self.files = Given(start)
        if start is not None:
            data.rows.epoch, data.rows.first = start[OURS]["epoch"], start[OURS]["batches"]

    @property
    def label(self) -> str | None:
        """What Lightning takes for the name of the file that it is to go on from, if it is."""
        return None if self.start is None else "checkpoint"

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Take up what Lightning does not; from here on asks to stop wait for the end of a batch."""
        if self.start is not None:
            self._take_up(self.start[OURS], trainer)
            total = trainer.estimated_stepping_batches
            if trainer.is_global_zero:
                self.checkpoint.tell(trainer.global_step, int(total) if np.isfinite(total) else 0)
            self.start = self.files.state = None  # nor hold what is not needed any more
        if trainer.is_global_zero:
            self.stops.listen()

    def on_train_batch_start(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        batch: Any,  # noqa: ANN401
        batch_idx: int,
    ) -> None:
        """Keep a checkpoint, and stop, where it is time."""
        if batch_idx % trainer.accumulate_grad_batches == 0 and trainer.is_global_zero:
            if self.stops.asked:
                self._stop(self._state(trainer))
            elif self.checkpoint.due():
                self.checkpoint.write(self._state(trainer))

    def on_validation_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        *_: Any,  # noqa: ANN401
    ) -> None:
        """Stop, where that is asked for and can be made good."""
        if not self.stops.asked or trainer.sanity_checking:
            return
        gathers = trainer.fit_loop._should_accumulate()
        if trainer.global_step == trainer.max_steps or gathers:
            return  # Lightning would not come back to this validation, or lose gradients
        with _weights_of_training(trainer, pl_module):
            state = self._state(trainer)
            state["loops"]["fit_loop"]["epoch_loop.val_loop.batch_progress"] = BEGUN
            self._stop(state)

    def close(self) -> None:
        """Let signals do what they did before."""
        self.stops.close()

    def finish(self, left: State) -> None:
        """Keep what a finished training leaves, and serve who has asked for a stop meanwhile."""
        self.checkpoint.finish(left, self.stops.asked)
        self.stops.serve()

    def _stop(self, state: State) -> None:
        self.checkpoint.write(state)
        try:
            self.stops.serve()
        except BaseException as end:
            raise Stopped from end

    def _state(self, trainer: pl.Trainer) -> dict[str, Any]:
        """All that the training goes on with, by reference."""
        # Trainer.save_checkpoint does the same, and then waits for all ranks, while only the first is here
        state = trainer._checkpoint_connector.dump_checkpoint(weights_only=False)
        done = trainer.fit_loop.epoch_loop.batch_progress.current.completed
        over = done >= trainer.num_training_batches
        on_gpu = self.module.device.type == "cuda"
        state[OURS] = {
            "epoch": trainer.current_epoch + over,
            "batches": 0 if over else done,
            "gathered": {name: torch.stack(values) for name, values in self.module.gathered.items()},
            "should_stop": trainer.should_stop,
            "random": torch.get_rng_state(),
            "random_cuda": torch.cuda.get_rng_state_all() if on_gpu else [],
        }
        return state

    def _take_up(self, ours: State, trainer: pl.Trainer) -> None:
        """What Lightning does not restore."""
        for name, values in ours["gathered"].items():
            self.module.gathered[name].extend(values.to(self.module.device).unbind())
        # a batch that had only been fetched counts as begun in this sum
        trainer.fit_loop.epoch_loop.batch_progress.total.reset_on_restart()
        trainer.should_stop = ours["should_stop"]
        torch.set_rng_state(ours["random"])
        if ours["random_cuda"] and len(ours["random_cuda"]) == torch.cuda.device_count():
            torch.cuda.set_rng_state_all(ours["random_cuda"])


def _weights_of_training(trainer: pl.Trainer, module: pl.LightningModule) -> AbstractContextManager[None]:
    """In place of averaged ones, which are there while they are validated."""
    callbacks: list[pl.Callback] = vars(trainer)["callbacks"]
    averages = [one for one in callbacks if isinstance(one, EpochAverage)]
    return averages[0].away(module) if averages else nullcontext()


def start_of(checkpoint: TrainingCheckpoint, module: DensityModule) -> State | None:
    """The state that a training of this module goes on from, if there is one; another's is set aside."""
    state = checkpoint.running()
    if state is None:
        return None
    theirs, ours = (
        {name: tuple(getattr(value, "shape", ())) for name, value in weights.items()}
        for weights in (state["state_dict"], module.state_dict())
    )
    wrong = sorted(name for name in {*theirs, *ours} if theirs.get(name) != ours.get(name))
    if wrong:
        checkpoint.unfit(f"holds other weights than the network has ({wrong[0]})")
        return None
    return state
