"""Lightning's trainer as this package uses it."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from lightning_fabric.plugins.environments.lightning import LightningEnvironment
from lightning_fabric.utilities.exceptions import MisconfigurationException
from pytorch_lightning.strategies import DDPStrategy

from galaxy_causal.network.interface import Network
from galaxy_causal.network.lightning.keeping import Keeping
from galaxy_causal.network.lightning.kept_weights import kept_weights
from galaxy_causal.network.lightning.quiet import hush
from galaxy_causal.types import UserError

PRECISIONS = (None, 32, "32", "32-true", "bf16-mixed", "16-mixed")
"""What ``trainer.precision`` can be. In the others weights would be of another type than inputs."""
REFUSALS = (
    TypeError, ValueError, AttributeError, OverflowError, RuntimeError, ImportError,
    MisconfigurationException,
)  # fmt: skip
"""What Lightning raises where it is made with options that it cannot follow."""
STRATEGIES = ("auto", "ddp_spawn")
"""How the processes of several devices start: anew, for those of a fork cannot use a GPU."""

Progress = Callable[[int, int, float], None]
"""Called after each epoch with steps done, steps in all (0 if unknown), last validation loss."""


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
    if options.get("num_nodes", 1) != 1:
        raise UserError(
            f"trainer.num_nodes={options['num_nodes']}: a fit runs on one machine; share out the members of "
            "a sweep among several"
        )
    if options.get("accelerator") == "auto" and not torch.cuda.is_available():
        options["accelerator"] = "cpu"  # other accelerators do not know double precision
    several = device_count(options) != 1
    if options.get("strategy", "auto") not in STRATEGIES:
        raise UserError(
            f"trainer.strategy={options['strategy']}: choose {' or '.join(STRATEGIES)}; others, such as ddp, "
            "start the whole program again for every device, and it would wait for itself"
        )
    options["strategy"] = _QuietDDP.made(network) if several else "auto"
    callbacks = kept_weights(network.training) + ([keeping] if keeping else [])
    if progress is not None and not several and options.get("enable_progress_bar", True):
        callbacks.append(_Report(progress))
    options.update(_surroundings(options, keeping))
    options.update(enable_progress_bar=False, logger=False, enable_checkpointing=False)
    try:
        return pl.Trainer(callbacks=callbacks, **options)
    except REFUSALS as error:
        raise UserError(f"the trainer refuses its options: {error}") from error


def _surroundings(options: Mapping[str, Any], keeping: Keeping | None) -> dict[str, Any]:
    """What keeps Lightning from looking around for itself."""
    plugins: list[Any] = [LightningEnvironment()]  # under SLURM it would requeue jobs
    plugins += [keeping.files] if keeping else []
    found: dict[str, Any] = {"plugins": plugins}
    if options.get("default_root_dir") is None and options.get("profiler") is None:
        found["default_root_dir"] = os.devnull  # and go on from checkpoints of others in the current folder
    return found


def device_count(options: Mapping[str, Any]) -> int:
    """How many devices a trainer is to have.

    Parameters
    ----------
    options
        Of a trainer: ``devices`` and ``accelerator``.

    Returns
    -------
    int
        One where ``devices`` is left out. For ``auto`` or -1, all GPUs, or one where there are none or the
        accelerator is ``cpu``.

    Raises
    ------
    UserError
        For devices that are no number, list of numbers or ``auto``.

    Examples
    --------
    >>> device_count({"devices": "0,2"}), device_count({"devices": "auto", "accelerator": "cpu"})
    (2, 1)
    """
    devices = options.get("devices", 1)
    if str(devices) in ("auto", "-1"):
        return 1 if options.get("accelerator") == "cpu" else max(torch.cuda.device_count(), 1)
    chosen = _chosen(devices)
    if chosen is not None:
        return len(chosen)
    try:
        return int(devices)
    except (TypeError, ValueError) as error:
        raise _no_devices(devices) from error


def device_of(options: Mapping[str, Any]) -> torch.device:
    """The device that trains, the first of several."""
    if options.get("accelerator") == "cpu" or not torch.cuda.is_available():
        return torch.device("cpu")
    chosen = _chosen(options.get("devices"))
    return torch.device("cuda", chosen[0] if chosen else 0)


def _chosen(devices: object) -> list[int] | None:
    """The numbers of the devices in a list, or in Lightning's spelling of one (``0,2`` or ``1,``)."""
    try:
        if isinstance(devices, list | tuple):
            return [int(d) for d in devices]
        if isinstance(devices, str) and "," in devices:
            return [int(d) for d in devices.split(",") if d.strip()]
    except (TypeError, ValueError) as error:
        raise _no_devices(devices) from error
    return None


def _no_devices(devices: object) -> UserError:
    return UserError(f"trainer.devices={devices}: give their number, a list of those meant as [0,1], or auto")


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


class _QuietDDP(DDPStrategy):
    """Processes that keep their data, and Lightning quiet, which travels to none of them."""

    @classmethod
    def made(cls, network: Network) -> DDPStrategy:
        """Buffers are constants, which every process has: they need not be sent with every step."""
        unused = network.skips_parameters
        return cls(start_method="spawn", broadcast_buffers=False, find_unused_parameters=unused)

    def setup_environment(self) -> None:
        """Called first in every process."""
        hush()
        super().setup_environment()


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
