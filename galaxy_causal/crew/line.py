"""What the processes of a crew tell one another beside their training: texts by name."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from torch._C._distributed_c10d import PrefixStore, TCPStore
from torch.distributed import DistError

from galaxy_causal.crew.launch import Launch
from galaxy_causal.types import UserError

PATIENCE = timedelta(minutes=5)
"""For the first process to come; Python may read PyTorch from a slow disk."""


class Line:
    """A store of PyTorch that all processes see; one for each thread, for one that waits holds up others.

    Parameters
    ----------
    launch
        Of this process.
    opens
        Whether to open the place where they meet.

    Raises
    ------
    UserError
        Where nobody is met within five minutes, or the port is taken.
    """

    def __init__(self, launch: Launch, opens: bool = False) -> None:
        try:
            store = TCPStore(
                launch.address, launch.port, is_master=opens, timeout=PATIENCE, wait_for_workers=False
            )
        except (DistError, RuntimeError, ValueError) as error:
            raise UserError(_unmet(launch, opens, error)) from error
        self.launch = replace(launch, port=store.port)
        self.store = PrefixStore(f"galaxy-causal/{launch.attempt}", store)

    @classmethod
    def joined(cls, launch: Launch) -> Line:
        """Go where a crew meets; the first process opens the place unless it is kept for it."""
        return cls(launch, opens=not launch.kept and not launch.follows)

    def beside(self) -> Line:
        """The same for another thread."""
        return Line(self.launch)

    def tell(self, name: str, what: object) -> None:
        """Tell everybody."""
        self.store.set(name, json.dumps(what))

    def told(self, name: str) -> Any:  # noqa: ANN401  (plain values of any kind)
        """What was told, None if nothing was."""
        return json.loads(self.store.get(name)) if self.store.check([name]) else None


def _unmet(launch: Launch, opens: bool, error: Exception) -> str:
    said = str(error).partition("\n")[0][:200]
    if opens:
        return (
            f"port {launch.port}, where the {launch.world} processes that {launch.by} started are to meet, "
            f"cannot be opened ({said}); name another by MASTER_PORT=<port> before {launch.by}"
        )
    return (
        f"process {launch.rank} of {launch.world} does not reach the first one at {launch.address} port "
        f"{launch.port} ({said}); is that the name of its machine here? Else set MASTER_ADDR and MASTER_PORT"
    )
