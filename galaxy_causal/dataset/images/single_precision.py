"""Pixels in single precision, however a file holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

ONE_THREAD = 32_000
"""Numbers that PyTorch copies in the thread that asks: its grain is 32,768."""


def single_precision(pixels: NDArray[Any], out: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
    """A copy as float32, into ``out`` where it is given; same shape, same values.

    Half precision goes through PyTorch, which widens it with the processor's own instruction; NumPy does so
    in software, at less than half the speed. It does so in pieces that PyTorch copies in one thread: its
    threads do not survive a fork, and a process that waits for them waits forever.
    """
    copy = np.empty(pixels.shape, dtype=np.float32) if out is None else out
    if pixels.dtype != np.float16:
        copy[...] = pixels
        return copy
    import torch  # a second to import, and other precisions do without

    writable = pixels if pixels.flags.writeable else pixels.copy()  # PyTorch warns of anything else
    both = copy, np.asarray(writable)
    if all(array.flags.c_contiguous for array in both):
        both = copy.reshape(-1), both[1].reshape(-1)  # fewer pieces
    _copy(*map(torch.from_numpy, both))
    return copy


def _copy(out: Tensor, values: Tensor) -> None:
    if values.numel() <= ONE_THREAD:
        out.copy_(values)
    elif len(values) == 1:
        _copy(out[0], values[0])
    else:
        step = max(ONE_THREAD * len(values) // values.numel(), 1)
        for start in range(0, len(values), step):
            some = slice(start, start + step)
            _copy(out[some], values[some])
