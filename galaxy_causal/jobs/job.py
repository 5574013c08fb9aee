"""What each job says of itself, in the ``__init__`` of its package, and which jobs there are."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

import galaxy_causal.jobs as room

FITTING = (
    "dataset", "bands", "network", "estimator", "trainer", "compute", "tracking",
    "launcher", "seed", "seeds", "fits_at_once",
)  # fmt: skip
"""Groups and options that every job needs which makes fits."""


@dataclass(frozen=True)
class Job:
    """Which options a job reads.

    Parameters
    ----------
    options
        By path, what declares the options of groups that name no target: the public path of a class.
    reads
        Further groups; those of fits, where it makes any, need not be named.
    fits
        Whether it makes fits; or the option that says so, which is null where it makes none.
    here
        Whether the command itself runs it, whatever the launcher.
    asks_given
        Whether its question depends on which options were given, not on their values alone.
    """

    options: dict[str, str] = field(default_factory=dict)
    reads: tuple[str, ...] = ()
    fits: bool | str = True
    here: bool = False
    asks_given: bool = False


def job_names() -> list[str]:
    """All jobs: each is a package of this room."""
    return [module.name for module in iter_modules(room.__path__) if module.ispkg]


@cache
def job_of(name: str) -> Job:
    """What the job of a name says of itself."""
    found: Job = import_module(f"{room.__name__}.{name}").JOB
    return found
