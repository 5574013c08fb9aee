"""Which of several processes this one is, as whoever started them says; knows no PyTorch."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from galaxy_causal.types import UserError

FIRST_PORT, PORTS = 15_000, 10_000
"""Of jobs of srun: theirs follows from the job's number, for all processes must know it before they meet."""


@dataclass(frozen=True)
class Launch:
    """One process of several that train together, and where they meet.

    Parameters
    ----------
    rank, world
        Its number among all, and how many there are.
    local_rank, local_world
        The same on its machine; a device has its process's number there.
    nodes
        How many machines.
    address, port
        Where they meet.
    by
        Who started it: ``torchrun``, ``srun``, or ``devices`` for a process of the first one's own.
    kept
        Whether whoever started it keeps the place where they meet; else the first process does.
    attempt
        How often it was started again.
    """

    rank: int
    world: int
    local_rank: int
    local_world: int
    nodes: int
    address: str
    port: int
    by: str
    kept: bool = False
    attempt: str = "0"

    @property
    def follows(self) -> bool:
        """Whether it is not the first."""
        return self.rank > 0

    @property
    def node(self) -> int:
        """The number of its machine."""
        return self.rank // self.local_world


def own(rank: int, world: int, port: int) -> Launch:
    """A process that the first one started, or the first one itself, on this machine."""
    return Launch(rank, world, rank, world, 1, "127.0.0.1", port, "devices")


def found(environment: Mapping[str, str] | None = None) -> Launch | None:
    """Say which process of several this one is.

    Parameters
    ----------
    environment
        What torchrun or srun has set; that of this process if None.

    Returns
    -------
    Launch or None
        None for a process that is alone: one that neither started, a single task, a batch script, the shell
        of an allocation.

    Raises
    ------
    UserError
        Where machines have different numbers of processes, or what is set cannot be understood.
    """
    env = os.environ if environment is None else environment
    if "TORCHELASTIC_RUN_ID" in env and "RANK" in env:
        return _by_torchrun(env)
    # A batch script knows the tasks of its job too, but only what srun starts is one of them.
    if "SLURM_STEP_ID" in env and "SLURM_PROCID" in env:
        return _by_srun(env)
    return None


def _by_torchrun(env: Mapping[str, str]) -> Launch | None:
    world, local = _number(env, "WORLD_SIZE"), _number(env, "LOCAL_WORLD_SIZE")
    if world == 1:
        return None
    nodes = _number(env, "GROUP_WORLD_SIZE", max(world // local, 1))
    _check_even(world, local, nodes, f"torchrun --nproc-per-node={local}")
    return Launch(
        rank=_number(env, "RANK"),
        world=world,
        local_rank=_number(env, "LOCAL_RANK"),
        local_world=local,
        nodes=nodes,
        address=_text(env, "MASTER_ADDR"),
        port=_number(env, "MASTER_PORT"),
        by="torchrun",
        kept=env.get("TORCHELASTIC_USE_AGENT_STORE") == "True",
        attempt=env.get("TORCHELASTIC_RESTART_COUNT", "0"),
    )


def _by_srun(env: Mapping[str, str]) -> Launch | None:
    world = _number(env, "SLURM_STEP_NUM_TASKS", _number(env, "SLURM_NTASKS", 1))
    if world == 1:
        return None
    nodes = _number(env, "SLURM_STEP_NUM_NODES", _number(env, "SLURM_NNODES", 1))
    local = world // nodes
    placed = env.get("SLURM_STEP_TASKS_PER_NODE", f"{local}")
    even = not set(re.sub(r"\(x\d+\)", "", placed).split(",")) - {str(local)}
    _check_even(world, local if even else 0, nodes, f"srun, which placed {placed}")
    names = env.get("SLURM_STEP_NODELIST") or env.get("SLURM_JOB_NODELIST") or env.get("SLURM_NODELIST")
    return Launch(
        rank=_number(env, "SLURM_PROCID"),
        world=world,
        local_rank=_number(env, "SLURM_LOCALID"),
        local_world=local,
        nodes=nodes,
        address=env.get("MASTER_ADDR") or first_node(names or "127.0.0.1"),
        port=_number(env, "MASTER_PORT", _port(env)),
        by="srun",
    )


def _port(env: Mapping[str, str]) -> int:
    """Another for each job, and for steps of one that run side by side."""
    return FIRST_PORT + (_number(env, "SLURM_JOB_ID", 0) + 97 * _number(env, "SLURM_STEP_ID", 0)) % PORTS


def first_node(names: str) -> str:
    """The first machine of a list as SLURM writes it.

    Examples
    --------
    >>> first_node("gpu[003-005,009],cpu1"), first_node("a-1,a-2"), first_node("n[7]-ib")
    ('gpu003', 'a-1', 'n7-ib')
    """
    first = re.match(r"(?:\[[^\]]*\]|[^,\s\[])+", names)
    return re.sub(r"\[(\w+)[^\]]*\]", r"\1", first[0]) if first else names


def _check_even(world: int, local: int, nodes: int, how: str) -> None:
    if local * nodes != world:
        raise UserError(
            f"{world} processes on {nodes} machines ({how}): every machine must have as many, one for each "
            "of its devices (sbatch --ntasks-per-node, torchrun --nproc-per-node)"
        )


def _text(env: Mapping[str, str], name: str) -> str:
    if not env.get(name):
        raise UserError(f"{name} is not set, although torchrun or srun seems to have started this process")
    return env[name]


def _number(env: Mapping[str, str], name: str, otherwise: int | None = None) -> int:
    if otherwise is not None and not env.get(name):
        return otherwise
    text = _text(env, name)
    if not text.isdigit():
        raise UserError(
            f"{name}={text} in the environment must be a whole number, as torchrun and srun set it"
        )
    return int(text)
