"""How many devices a training has, and which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from galaxy_causal.crew import Launch, launched
from galaxy_causal.types import UserError, option

ELSEWHERE = (
    "the processes of other machines are started by srun or torchrun, as: srun galaxy-causal ... or torchrun "
    "--nnodes=2 --nproc-per-node=4 --no-python galaxy-causal ..."
)


def process_count(options: Mapping[str, Any]) -> int:
    """How many processes train together, one for each device on all machines.

    Parameters
    ----------
    options
        Of a trainer: ``devices``, ``num_nodes`` and ``accelerator``.

    Returns
    -------
    int
        As many as torchrun or srun has started if this is one of them.

    Raises
    ------
    UserError
        For options that contradict how processes were started.
    """
    launch, devices, nodes = launched(), device_count(options), options.get("num_nodes", 1)
    if launch is None:
        if nodes != 1:
            raise UserError(f"{option('trainer.num_nodes', nodes)}: {ELSEWHERE}")
        return devices
    for name, given, started in (
        ("devices", devices, launch.local_world),
        ("num_nodes", nodes, launch.nodes),
    ):
        if given not in (1, started) and str(options.get(name)) not in ("auto", "-1"):
            raise UserError(
                f"trainer.{name}={options[name]}: {launch.by} has started {launch.local_world} processes on "
                f"each of {launch.nodes} machines; leave it out, for it follows from that"
            )
    return launch.world


def device_count(options: Mapping[str, Any]) -> int:
    """How many devices a trainer is to have on this machine.

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


def devices_of(options: Mapping[str, Any], launch: Launch) -> list[torch.device]:
    """The device of every process on this machine."""
    count = launch.local_world
    if device_of(options).type == "cpu":
        return [torch.device("cpu")] * count
    visible = torch.cuda.device_count()
    numbers = _chosen(options.get("devices")) or list(range(visible))
    if visible == 1 and launch.by != "devices":  # as with sbatch --gpus-per-task=1: each sees its own
        numbers = [0] * count
    if len(numbers) < count:
        raise UserError(
            f"{count} processes train on this machine, which shows {len(numbers)} GPUs: each needs one"
        )
    return [torch.device("cuda", number) for number in numbers[:count]]


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
