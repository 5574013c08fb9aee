"""Sweeps whose members run elsewhere: their folders, and what runs them; knows no question."""

from galaxy_causal.cluster.engine import ALIVE, UNKNOWN, WAITING, Engine, Todo, Watch, alive, is_alive
from galaxy_causal.cluster.local import Local, LocalWatch, task_lease
from galaxy_causal.cluster.plan import Member, Plan, PlannedFit
from galaxy_causal.cluster.slurm import Slurm
from galaxy_causal.cluster.slurm_watch import SlurmWatch
from galaxy_causal.cluster.sweep import (
    DONE,
    FAILED,
    RUNNING,
    Begun,
    Failure,
    Submission,
    Sweep,
    last_lines,
    sweep_of,
    sweeps,
)

__all__ = [
    "ALIVE",
    "DONE",
    "FAILED",
    "RUNNING",
    "UNKNOWN",
    "WAITING",
    "Begun",
    "Engine",
    "Failure",
    "Local",
    "LocalWatch",
    "Member",
    "Plan",
    "PlannedFit",
    "Slurm",
    "SlurmWatch",
    "Submission",
    "Sweep",
    "Todo",
    "Watch",
    "alive",
    "is_alive",
    "last_lines",
    "sweep_of",
    "sweeps",
    "task_lease",
]
