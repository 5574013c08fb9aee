"""A sweep before any of it is made: its members, checked, and the distinct fits that they need."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from galaxy_causal.cluster import Member, Plan, PlannedFit
from galaxy_causal.fitting import recipe_key
from galaxy_causal.jobs.composing import composed, own, question_of
from galaxy_causal.jobs.failures import in_words
from galaxy_causal.jobs.settings import read_once
from galaxy_causal.types import UserError

MOST = 20
"""Lines of a message about members that cannot run."""


@dataclass
class _Drawing:
    """A plan while it grows."""

    members: list[Member] = field(default_factory=list)
    fits: dict[str, PlannedFit] = field(default_factory=dict)
    wrong: dict[str, list[int]] = field(default_factory=dict)
    places: set[tuple[str, str | None]] = field(default_factory=set)


def planned(overrides: Sequence[Sequence[str]]) -> tuple[Plan, str]:
    """The plan of a sweep.

    Parameters
    ----------
    overrides
        Of each member, as on the command line that would run it alone.

    Returns
    -------
    Plan
        With every distinct fit once.
    str
        The folder of runs that all members share.

    Raises
    ------
    UserError
        Naming all members that cannot run, before anything is submitted.
    """
    drawing = _Drawing()
    with read_once():
        for one in dict.fromkeys(map(own, overrides)):
            _draw(drawing, one, len(overrides) == 1)
    members = tuple(drawing.members)
    plan = Plan(members, tuple(drawing.fits.values()), os.getcwd(), tuple(sys.path))
    if drawing.wrong:
        raise UserError(_refusal(plan, drawing.wrong))
    if len(drawing.places) > 1:
        raise UserError("members of a sweep share one store: give tracking.root and tracking.fits once")
    ((root, address),) = drawing.places
    return Plan(members, plan.fits, plan.folder, plan.path, address), root


def _draw(drawing: _Drawing, overrides: tuple[str, ...], alone: bool) -> None:
    """Add a member, and those of its fits that no other needs."""
    number = len(drawing.members)
    keys: list[str] = []
    try:
        cfg = composed(overrides, alone)
        drawing.places.add((str(cfg.tracking.root), cfg.tracking.get("fits")))
        question = question_of(cfg)
        if question is not None:
            question.check()
            for place, (maker, task) in enumerate(question.needs()):
                key = recipe_key(maker.recipe(*task))
                kind = str(maker.estimator.name)
                drawing.fits.setdefault(key, PlannedFit(key, task.name, kind, number, place))
                keys.append(key)
    except Exception as error:
        told = in_words(error)
        if told is None:
            raise
        drawing.wrong.setdefault(told, []).append(number)
    numbers = {key: place for place, key in enumerate(drawing.fits)}
    drawing.members.append(Member(overrides, tuple(numbers[key] for key in dict.fromkeys(keys))))


def _refusal(plan: Plan, wrong: Mapping[str, Sequence[int]]) -> str:
    count = sum(map(len, wrong.values()))
    lines = [f"{count} of {len(plan.members)} members cannot run, so nothing was submitted:"]
    for message, numbers in wrong.items():
        labels = [plan.varied(plan.members[number]) for number in numbers]
        shown = "; ".join(labels[:3]) + (f"; and {len(labels) - 3} more" if len(labels) > 3 else "")
        lines.append(f"  {shown}: {message}")
    if len(lines) > MOST:
        lines = [*lines[:MOST], f"  and {len(lines) - MOST} further messages"]
    return "\n".join(lines)
