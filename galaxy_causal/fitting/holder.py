"""Who holds what another process wants."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Holder:
    """A process that holds something.

    Parameters
    ----------
    host
        The name of its machine; empty where it is not known.
    pid
        Its number there, 0 where it is not known.
    """

    host: str = ""
    pid: int = 0

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}" if self.pid else "another process"


class Held(Exception):  # noqa: N818  (what is the case, no error of the user's)
    """Another process makes this very fit.

    Parameters
    ----------
    name
        Of the fit.
    holder
        That process.
    """

    def __init__(self, name: str, holder: Holder) -> None:
        super().__init__(f"{holder} makes {name}")
        self.name = name
        self.holder = holder
