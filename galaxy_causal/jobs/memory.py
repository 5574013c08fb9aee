"""Memory that ran out, and worker processes that were killed, most often for want of it."""

from __future__ import annotations

import re

from galaxy_causal.jobs.causes import causes

KILLED = frozenset(("BrokenExecutor", "ProcessExitedException"))
"""Errors of pools of processes (joblib's too) and of PyTorch's, whose process ended without a word."""
REFUSED = re.compile(r"can't allocate memory|not enough memory|out of memory")
"""What PyTorch says where it gets no memory, of the machine's or of a device's."""
REMEDY = (
    "Ask for less at once (fits_at_once=1, launcher.workers=1, discovery.stability.workers=1, a smaller "
    "network.training.batch_size, fewer draws or galaxies), or give the machine more memory. Then run the "
    "same command again: what is finished is kept."
)


def lack_of_memory(error: BaseException) -> str | None:
    """What to tell of an error that comes of memory that ran out or of a killed process; None of others."""
    for one in causes(error):
        said = str(one).partition("\n")[0].strip()
        if any(kind.__name__ in KILLED for kind in type(one).__mro__):
            return f"a worker process was killed, most likely because memory ran out. {REMEDY}"
        if isinstance(one, MemoryError) or (isinstance(one, RuntimeError) and REFUSED.search(str(one))):
            return f"memory ran out{f' ({said})' if said else ''}. {REMEDY}"
    return None
