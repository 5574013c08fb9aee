"""What runs a sweep's tasks: how they are submitted, looked at and ended."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from annotated_types import Ge

from galaxy_causal.cluster.sweep import Submission, Sweep
from galaxy_causal.types import at_most

Call = Callable[[str, str], None]
"""What a task does, given the folder of its sweep and what to make: ``fits``, ``members`` or ``all``."""
WAITING, ALIVE, UNKNOWN = "waiting", "running", "unknown"
"""States of tasks that have not ended; others say how they ended, in the engine's words."""
Tasks = Annotated[int, Ge(1), at_most(10_000, "each is a process with a memory of its own")]


@dataclass(frozen=True)
class Todo:
    """What is to be made.

    Parameters
    ----------
    fits, members
        How many are missing.
    threads
        That a fit takes; None: all.
    """

    fits: int
    members: int
    threads: int | None = None


@dataclass(frozen=True)
class Engine(ABC):
    """What every engine is told.

    Parameters
    ----------
    tasks
        Workers, each of which makes one fit after the other; None: as many as the engine thinks sensible.
    setup
        Lines of shell that come before a worker, such as ``module load cuda``.
    dry_run
        Whether to print what would be submitted, and submit nothing.
    """

    tasks: Tasks | None = None
    setup: Sequence[str] = field(default_factory=tuple)
    dry_run: bool = False

    name: ClassVar[str] = ""

    @abstractmethod
    def check(self) -> None:
        """Refuse at once what cannot be submitted from here."""

    @abstractmethod
    def submit(self, sweep: Sweep, call: Call, todo: Todo) -> list[Submission]:
        """Hand tasks to the engine, note what they are, and come back."""

    @abstractmethod
    def described(self, sweep: Sweep, todo: Todo) -> str:
        """What would be submitted, in the engine's own words."""


class Watch(ABC):
    """What became of submissions; the engine's options need not be known."""

    @abstractmethod
    def states(self, submissions: Sequence[Submission]) -> Mapping[str, str]:
        """The state of every task."""

    @abstractmethod
    def cancel(self, submissions: Sequence[Submission]) -> None:
        """End all tasks that have not ended."""


def is_alive(state: str) -> bool:
    """Whether a task has not ended, as far as is known.

    Parameters
    ----------
    state
        Of the task, as a `Watch` tells.

    Returns
    -------
    bool
    """
    return state.partition(" ")[0] in (WAITING, ALIVE, UNKNOWN)


def alive(states: Mapping[str, str]) -> int:
    """How many tasks have not ended.

    Parameters
    ----------
    states
        Of every task.

    Returns
    -------
    int
    """
    return sum(map(is_alive, states.values()))
