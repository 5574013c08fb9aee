"""One training on several devices: a process for each, which all take the same steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import pytorch_lightning as pl
import torch
from lightning_fabric.plugins import ClusterEnvironment
from lightning_fabric.plugins.environments.lightning import LightningEnvironment
from lightning_fabric.utilities.rank_zero import rank_zero_only
from pytorch_lightning.strategies import DDPStrategy

from galaxy_causal.crew import Launch, crew_of, launched, place
from galaxy_causal.crew.group import in_all
from galaxy_causal.network.interface import Network
from galaxy_causal.network.lightning.devices import device_of, devices_of, process_count

T = TypeVar("T")
STRATEGIES = ("auto", "ddp", "ddp_spawn")
"""Names of one and the same: a process for each device, of which there is one from the first training on."""


def placed(network: Network, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options of Lightning's trainer that say where it trains."""
    world = process_count(options)
    if world == 1:
        # else Lightning looks for a cluster, and takes a worker of a job of SLURM for one of several
        vars(rank_zero_only)["rank"] = 0
        return {"strategy": "auto", "num_nodes": 1, "plugins": [LightningEnvironment()]}
    launch = place(world)
    if launch.by == "devices":
        return {"strategy": Together(network, launch), "num_nodes": 1, "plugins": []}
    devices = devices_of(options, launch)
    own = len(devices) if devices[0].type == "cpu" else [d.index for d in dict.fromkeys(devices)]
    strategy = Together(network, launch, devices)
    return {"strategy": strategy, "num_nodes": launch.nodes, "devices": own, "plugins": []}


@contextmanager
def together(options: Mapping[str, Any], along: Callable[[], object]) -> Iterator[None]:
    """Have the processes of other devices train along; alone, or as one of them, do nothing.

    Parameters
    ----------
    options
        Of the trainer.
    along
        What each of them is to do, the same as what this one does within.

    Raises
    ------
    UserError
        For a process that dies, hangs or fails.
    """
    world, launch = process_count(options), launched()
    if world == 1 or (launch is not None and launch.follows):
        yield
        return
    with crew_of(world).training(along, device_of(options).type):
        yield


def shared(options: Mapping[str, Any], what: T) -> T:
    """What the first process of a training has, in all of them; of one alone its own."""
    return what if process_count(options) == 1 else in_all(what)


class CrewEnvironment(ClusterEnvironment):
    """What Lightning asks of a cluster."""

    creates_processes_externally = True
    main_address = "127.0.0.1"
    main_port = 0

    def __init__(self, launch: Launch) -> None:
        super().__init__()
        self.launch = launch

    @staticmethod
    def detect() -> bool:
        """It is always named."""
        return False

    def world_size(self) -> int:
        """Processes in all."""
        return self.launch.world

    def set_world_size(self, size: int) -> None:
        """It is known."""

    def global_rank(self) -> int:
        """The number of this one among all."""
        return self.launch.rank

    def set_global_rank(self, rank: int) -> None:
        """It is known."""

    def local_rank(self) -> int:
        """The number of this one on its machine."""
        return self.launch.local_rank

    def node_rank(self) -> int:
        """The number of its machine."""
        return self.launch.node


class Together(DDPStrategy):
    """Lightning's DDP in processes that are there already, in a group that is there already."""

    def __init__(
        self, network: Network, launch: Launch, devices: Iterable[torch.device] | None = None
    ) -> None:
        super().__init__(
            parallel_devices=None if devices is None else list(devices),
            cluster_environment=CrewEnvironment(launch),
            broadcast_buffers=False,  # they are constants, which every process has
            find_unused_parameters=network.skips_parameters,
        )

    def _configure_launcher(self) -> None:
        """Nothing is to be started."""


def calmed(trainer: pl.Trainer) -> pl.Trainer:
    """Keep Lightning from telling others of signals, when one comes and at every step because one might.

    Only the first process hears of signals; the others end, or go on, with it.
    """
    signals, steps = trainer._signal_connector, trainer.fit_loop.epoch_loop

    def noted(*_: object) -> None:
        signals.received_sigterm = True

    setattr(signals, "_sigterm_notifier_fn", noted)  # noqa: B010  (methods, to mypy)
    setattr(steps, "_broadcast_sigterm_tensor", lambda: None)  # noqa: B010
    return trainer
