"""Lightning's trainer as this package uses it."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from lightning_fabric.utilities.exceptions import MisconfigurationException

from galaxy_causal.network.interface import Network
from galaxy_causal.network.lightning.keeping import Keeping
from galaxy_causal.network.lightning.kept_weights import kept_weights
from galaxy_causal.network.lightning.learner import Progress
from galaxy_causal.network.lightning.several import STRATEGIES, calmed, placed
from galaxy_causal.types import UserError

PRECISIONS = (None, 32, "32", "32-true", "bf16-mixed", "16-mixed")
"""What ``trainer.precision`` can be. In the others weights would be of another type than inputs."""
REFUSALS = (
    TypeError, ValueError, AttributeError, OverflowError, RuntimeError, ImportError,
    MisconfigurationException,
)  # fmt: skip
"""What Lightning raises where it is made with options that it cannot follow."""


def trainer_for(
    network: Network,
    given: Mapping[str, Any],
    progress: Progress | None = None,
    keeping: Keeping | None = None,
) -> pl.Trainer:
    """A trainer with the ``given`` options of ``pytorch_lightning.Trainer``; ``keeping`` keeps checkpoints.

    Half precision is for images: a network for numbers trains in single precision, since half knows
    magnitudes to 0.1 only. Raises UserError for options that Lightning or this package cannot follow.
    """
    options = dict(given)
    if options.get("precision") not in PRECISIONS:
        raise UserError(
            f"trainer.precision={options['precision']}: choose null (single precision), bf16-mixed or "
            "16-mixed; with others weights and inputs would be of different types"
        )
    if not network.takes_images:
        options["precision"] = None
    if options.get("deterministic") not in (None, True, False, "warn"):
        raise UserError(f"trainer.deterministic={options['deterministic']}: choose true, false, warn or null")
    if options.get("accelerator") == "auto" and not torch.cuda.is_available():
        options["accelerator"] = "cpu"  # other accelerators do not know double precision
    if options.get("strategy", "auto") not in STRATEGIES:
        raise UserError(
            f"trainer.strategy={options['strategy']}: choose {' or '.join(STRATEGIES)}, which mean the same, "
            "one process for each device"
        )
    options |= placed(network, options)
    callbacks = kept_weights(network.training) + ([keeping] if keeping else [])
    if progress is not None and options.get("enable_progress_bar", True):
        callbacks.append(_Report(progress))
    options.update(_surroundings(options, keeping))
    options.update(enable_progress_bar=False, logger=False, enable_checkpointing=False)
    try:
        trainer = pl.Trainer(callbacks=callbacks, **options)
    except REFUSALS as error:
        raise UserError(f"the trainer refuses its options: {error}") from error
    return calmed(trainer) if trainer.world_size > 1 else trainer


def _surroundings(options: Mapping[str, Any], keeping: Keeping | None) -> dict[str, Any]:
    """What keeps Lightning from looking around for itself."""
    found: dict[str, Any] = {"plugins": options["plugins"] + ([keeping.files] if keeping else [])}
    if options.get("default_root_dir") is None and options.get("profiler") is None:
        found["default_root_dir"] = os.devnull  # and go on from checkpoints of others in the current folder
    return found


@contextmanager
def lightnings_refusals() -> Iterator[None]:
    """Turn what Lightning itself says of its options while it trains into UserErrors; other errors pass."""
    try:
        yield
    except MisconfigurationException as error:
        raise UserError(f"the trainer refuses its options: {error}") from error
    except (ValueError, TypeError) as error:
        if not isinstance(error, UserError) and _raised_by(error).startswith("pytorch_lightning."):
            raise UserError(f"the trainer refuses its options: {error}") from error
        raise


def _raised_by(error: BaseException) -> str:
    """The module in whose code an error was raised."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    return str(frames[-1].f_globals.get("__name__", "")) if frames else ""


class _Report(pl.Callback):
    """Passes progress on, at most once an epoch."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        total = trainer.estimated_stepping_batches
        self.progress(
            trainer.global_step,
            int(total) if np.isfinite(total) else 0,
            float(trainer.callback_metrics["validation"]),
        )
