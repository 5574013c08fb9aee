"""The group of processes of one training: made for it, and gone with it."""

from __future__ import annotations

import os
import pickle
import re
import socket
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

import numpy as np
import torch
from torch import distributed
from torch.distributed.distributed_c10d import PrefixStore

from galaxy_causal.crew.line import Line
from galaxy_causal.types import UserError, by_door

T = TypeVar("T")
Task = Callable[[], object]
"""What other processes do for a training."""
BACKENDS = {"cpu": "gloo", "cuda": "cpu:gloo,cuda:nccl"}
"""By the kind of device; what is sent beside gradients always lies in ordinary memory."""
PIECE = 2**30
"""Bytes that are sent at once."""
CUT = re.compile(r"gloo/|NCCL|[Cc]onnection (was )?(closed|reset|refused)|[Bb]roken pipe|wait timeout")
"""What PyTorch says of a process that it no longer reaches."""


@contextmanager
def grouped(line: Line, number: int, kind: str) -> Iterator[set[int]]:
    """A group of all processes, within; each training has its own, for what one that failed left is its own.

    Parameters
    ----------
    line
        Of this process.
    number
        Of the training.
    kind
        Of the devices.

    Yields
    ------
    set of int
        The connections of the group. After an error they are cut, for others wait in them.
    """
    launch = line.launch
    if launch.nodes == 1:  # whatever a machine thinks that its name means
        os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    before, hook = sockets(), sys.excepthook  # before which PyTorch puts its own, once more for every group
    distributed.init_process_group(
        BACKENDS[kind],
        store=PrefixStore(f"training/{number}", line.store),
        rank=launch.rank,
        world_size=launch.world,
    )
    sys.excepthook = hook
    opened = sockets() - before
    try:
        yield opened
        distributed.all_reduce(torch.zeros(1))  # what one does last may need all
    except BaseException:
        sever(opened)
        raise
    finally:
        with suppress(Exception):  # of one that was cut
            distributed.destroy_process_group()


def packed(task: Task) -> bytes:
    """A task as it travels, with what a notebook or script itself defines, and where other modules are found.

    Raises
    ------
    UserError
        For one that holds what cannot travel, such as an open file.
    """
    import cloudpickle  # where several devices are in use alone

    try:
        return pickle.dumps((sys.path, cloudpickle.dumps(task)))
    except Exception as error:
        one = by_door("trainer.devices=1", 'trainer={"devices": 1}')
        raise UserError(
            f"what is to be trained cannot travel to the processes of other devices ({type(error).__name__}: "
            f"{error}); let networks and readers of images hold plain values, or take {one}"
        ) from error


def send(task: bytes) -> None:
    """Give bytes, such as a packed task, to all processes of the group, from the first."""
    distributed.broadcast(torch.tensor([len(task)]), 0)
    whole = torch.from_numpy(np.frombuffer(bytearray(task), dtype=np.uint8))
    for piece in torch.split(whole, PIECE):
        distributed.broadcast(piece, 0)


def received() -> Task:
    """The task that the first process gives."""
    path, goods = pickle.loads(_taken())
    sys.path += [place for place in path if place not in sys.path]
    task: Task = pickle.loads(goods)
    return task


def in_all(what: T) -> T:
    """What the first process of the group has, in all of them."""
    if distributed.get_rank() == 0:
        send(pickle.dumps(what))
        return what
    theirs: T = pickle.loads(_taken())
    return theirs


def _taken() -> memoryview:
    """The bytes that the first process sends."""
    size = torch.zeros(1, dtype=torch.int64)
    distributed.broadcast(size, 0)
    whole = torch.empty(int(size), dtype=torch.uint8)
    for piece in torch.split(whole, PIECE):
        distributed.broadcast(piece, 0)
    return whole.numpy().data


def cut(error: BaseException) -> bool:
    """Whether an error says no more than that another process is not reached."""
    return isinstance(error, distributed.DistError) or (
        isinstance(error, RuntimeError) and CUT.search(str(error)) is not None
    )


def sockets() -> set[int]:
    """The open sockets of this process, where the system shows them."""
    found = set()
    with suppress(OSError):
        for name in os.listdir("/proc/self/fd"):
            with suppress(OSError):
                if stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                    found.add(int(name))
    return found


def sever(opened: set[int]) -> None:
    """Close connections under a thread that waits in them, which then gets an error.

    Gloo knows no other way to end a wait for a process that hangs.
    """
    for number in opened:
        with suppress(OSError), socket.socket(fileno=os.dup(number)) as one:
            if one.family != socket.AF_UNIX and not one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                one.shutdown(socket.SHUT_RDWR)
    with suppress(Exception):
        if distributed.get_backend() != "gloo":
            distributed.distributed_c10d._abort_process_group()
