"""The crew that this process belongs to; PyTorch is imported when there is one."""

from __future__ import annotations

import atexit
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from galaxy_causal.crew.launch import Launch, found, own
from galaxy_causal.types import UserError

if TYPE_CHECKING:
    from galaxy_causal.crew.leader import Leader


class _Current:
    """What this process has: its place if others started it, the crew that it leads, calls that share one."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.launch: Launch | None = None
        self.leader: Leader | None = None
        self.within = 0


_state = _Current()


def _current() -> _Current:
    """Of this process: one that was forked from another is in no crew of that."""
    global _state  # noqa: PLW0603  (what a process is)
    if _state.pid != os.getpid():
        _state = _Current()
    return _state


def launched() -> Launch | None:
    """The place of this process among those that torchrun or srun started, or that the first one did.

    Returns
    -------
    Launch or None
        None where this process is alone, or starts others itself.
    """
    return _current().launch


def join(launch: Launch) -> None:
    """Let this process be one of a crew."""
    _current().launch = launch


def place(world: int) -> Launch:
    """Say which of several processes this one is.

    Parameters
    ----------
    world
        How many train together.

    Returns
    -------
    Launch
        As it was started, or the first of those that it starts itself.
    """
    return launched() or own(0, world, 0)


def crew_of(world: int) -> Leader:
    """The crew of so many processes that this one leads; it starts the others unless they are there.

    Parameters
    ----------
    world
        Processes in all.

    Returns
    -------
    Leader
        The same for every training, until it loses a process or `crewed` ends.
    """
    state = _current()
    if state.launch is not None and state.leader is not None:
        return state.leader
    if state.leader is not None and (state.leader.lost is not None or state.leader.launch.world != world):
        dismiss()
    if state.leader is None:
        state.leader = _hire(world)
    return state.leader


def _hire(world: int) -> Leader:
    """Start the other processes of a crew."""
    from galaxy_causal.crew.hired import Hired
    from galaxy_causal.crew.leader import Leader
    from galaxy_causal.crew.line import Line

    line = Line.joined(own(0, world, 0))
    atexit.register(dismiss)
    hired = [Hired(rank, world, line.launch.port) for rank in range(1, world)]
    return Leader(line, hired)


def dismiss(code: int = 0) -> None:
    """End the crew that this process leads, if it leads one."""
    state = _current()
    one, state.leader = state.leader, None
    atexit.unregister(dismiss)
    if one is not None:
        one.end(code)


@contextmanager
def crewed(adopts: bool = True) -> Iterator[None]:
    """Share one crew among all trainings within, and end it afterwards. Within another one this does nothing.

    Parameters
    ----------
    adopts
        Whether a process that torchrun or srun has started is to lead the others, or else to follow and never
        come back, rather than be alone.

    Returns
    -------
    context manager
        Of nothing.

    Raises
    ------
    UserError
        Where the others are not met.
    """
    state = _current()
    state.within += 1
    code = 0
    try:
        if adopts and state.within == 1:
            _adopt(state)
        yield
    except BaseException as error:
        code = _code(error)
        raise
    finally:
        state.within -= 1
        if state.within == 0:
            dismiss(code)


def _adopt(state: _Current) -> None:
    launch = _found()
    if launch is None:
        return
    os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")  # else PyTorch warns of lines that are cut, too
    if launch.follows:
        from galaxy_causal.crew.follower import follow

        follow(launch)
    from galaxy_causal.crew.leader import Leader
    from galaxy_causal.crew.line import Line

    state.leader = Leader(Line.joined(launch))
    state.launch = launch


def _found() -> Launch | None:
    """As `found`; what it refuses is said once, not by every process."""
    try:
        return found()
    except UserError:
        if any(os.environ.get(name, "0") != "0" for name in ("RANK", "SLURM_PROCID")):
            raise SystemExit(2) from None
        raise


def _code(error: BaseException) -> int:
    """The exit code with which a command ends for an error."""
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else 1
    return 130 if isinstance(error, KeyboardInterrupt) else 2
