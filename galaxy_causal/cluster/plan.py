"""What a sweep consists of: its members, the distinct fits that they need, and where it was asked for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

LETTERS = 12
"""Of the names of sweeps and members."""


def named(*parts: str) -> str:
    """A short name that follows from texts, whatever their length."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:LETTERS]


@dataclass(frozen=True)
class PlannedFit:
    """A fit that at least one member needs.

    Parameters
    ----------
    key
        Of its recipe: the name of its folder in a store.
    name
        As people read it.
    kind
        The estimator's name.
    member, place
        The number of a member that needs it, and its number among what that member needs: how a worker finds
        out what to make.
    """

    key: str
    name: str
    kind: str
    member: int
    place: int


@dataclass(frozen=True)
class Member:
    """One job of a sweep.

    Parameters
    ----------
    overrides
        Of the command line that would run it alone.
    fits
        Numbers of the fits that it needs.
    recipe
        The key of all that its answer depends on; None of a job that asks nothing of galaxies, which is made
        anew whenever it is submitted.
    """

    overrides: tuple[str, ...]
    fits: tuple[int, ...] = ()
    recipe: str | None = None

    @property
    def id(self) -> str:
        """A name that follows from its overrides."""
        return named(*self.overrides)


@dataclass(frozen=True)
class Plan:
    """All of a sweep, before any of it is made.

    Parameters
    ----------
    members
        Its jobs.
    fits
        The distinct fits that they need, those that take longest first where that is known.
    folder
        Where the command was called.
    path
        Where Python looked for modules.
    address
        Where fits are kept too, for other machines: ``tracking.fits``.
    configs
        Folders of configurations of the user's own.
    command
        By which it was submitted, as a shell takes it.
    """

    members: tuple[Member, ...]
    fits: tuple[PlannedFit, ...]
    folder: str
    path: tuple[str, ...]
    address: str | None = None
    configs: tuple[str, ...] = ()
    command: str = ""

    @property
    def id(self) -> str:
        """A name that follows from the members: the same command has the same one.

        It begins with a letter that no number has: Hydra reads ``sweep=12e4`` as 120000.
        """
        name = named(*sorted(member.id for member in self.members))
        return chr(ord("g") + int(name[0], 16)) + name[1:]

    def varied(self, member: Member) -> str:
        """What tells a member from the others, as on the command line."""
        if len(self.members) == 1:
            return " ".join(member.overrides)
        alike = self._alike
        return " ".join(one for one in member.overrides if one not in alike) or " ".join(member.overrides)

    @cached_property
    def _alike(self) -> frozenset[str]:
        return frozenset.intersection(*(frozenset(member.overrides) for member in self.members))

    def made_of(self, member: Member) -> str:
        """What a member is made of: another text where its recipe or that of one of its fits has changed."""
        return named(member.recipe or "", *(self.fits[number].key for number in member.fits))

    def text(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str) -> Plan:
        """One of `text`; ValueError, KeyError or TypeError where it is none."""
        found: Mapping[str, Any] = json.loads(text)
        return cls(
            members=tuple(
                Member(**{**one, "overrides": tuple(one["overrides"]), "fits": tuple(one["fits"])})
                for one in found["members"]
            ),
            fits=tuple(PlannedFit(**one) for one in found["fits"]),
            folder=str(found["folder"]),
            path=tuple(found["path"]),
            address=found["address"],
            configs=tuple(found.get("configs", ())),
            command=str(found.get("command", "")),
        )
