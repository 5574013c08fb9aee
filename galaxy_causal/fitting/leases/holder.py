"""Who holds what another process wants, as a lease tells."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

from galaxy_causal.processes import ProcessIdentity
from galaxy_causal.types import UserError


@dataclass(frozen=True)
class Holder:
    """Who holds a lease.

    Parameters
    ----------
    token
        A word that no other lease has; empty where the lease cannot be read.
    process
        Whose it is.
    seconds
        After how long without a sign of life it is over.
    free
        Whether it was given back.
    """

    token: str = ""
    process: ProcessIdentity = field(default_factory=lambda: ProcessIdentity("", "", "", 0, ""))
    seconds: float = 0.0
    free: bool = False

    @classmethod
    def read(cls, content: bytes) -> Holder:
        """What a lease tells of its holder; nothing where it is empty or of another version."""
        try:
            found = json.loads(content)
            process = ProcessIdentity(**found.pop("process"))
            return cls(process=process, **found)
        except (ValueError, TypeError, KeyError, AttributeError):
            return cls()

    @property
    def content(self) -> bytes:
        """What its lease tells."""
        return json.dumps(asdict(self), sort_keys=True).encode()

    @property
    def host(self) -> str:
        """The name of its machine."""
        return self.process.host

    @property
    def pid(self) -> int:
        """The number of its process there."""
        return self.process.pid

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}" if self.token else "another process"


class Held(Exception):  # noqa: N818  (what is the case, no error of the user's)
    """Another process holds this very lease, as who makes a fit does.

    Parameters
    ----------
    name
        What it is called.
    holder
        That process.
    """

    def __init__(self, name: str, holder: Holder) -> None:
        super().__init__(f"{holder} is at {name}")
        self.name = name
        self.holder = holder


class LeaseLost(UserError):  # noqa: N818  (what became of it)
    """Another process may do what this one was at: it ends."""
