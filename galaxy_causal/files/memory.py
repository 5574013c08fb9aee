"""Whether what a file claims to hold fits in memory."""

from __future__ import annotations

from pathlib import Path

import psutil

from galaxy_causal.types import UserError

WORTH_ASKING = 1 << 26
"""Bytes below which the memory is not asked for: that takes longer than to read them."""


def check_memory(path: Path, size: int, what: str) -> None:
    """Refuse ``what``, read from the file, if its ``size`` [bytes] is more than the memory that is free."""
    if size < WORTH_ASKING:
        return
    free = free_memory()
    if size > free:
        raise UserError(
            f"{path}: {what} would take {_shown(size)}, and {_shown(free)} of memory are free. Is the file "
            "what it should be? If so, split it, or use a machine with more memory"
        )


def free_memory() -> int:
    """Bytes that can be taken without swapping."""
    return int(psutil.virtual_memory().available)


def _shown(size: int) -> str:
    return f"{size / 1e9:,.1f} GB"
