"""A sweep before any of it is made: its members, checked, and the distinct fits that they need."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple

from hydra.errors import HydraException

from galaxy_causal.cluster import Member, Plan, PlannedFit
from galaxy_causal.fitting import FitMaker, recipe_key
from galaxy_causal.jobs.composing import Composer, Parts, config_folders, own, question_of
from galaxy_causal.jobs.failures import in_words
from galaxy_causal.jobs.once import once, remembering
from galaxy_causal.jobs.question import Question
from galaxy_causal.jobs.settings import read_once
from galaxy_causal.jobs.side_by_side import Task
from galaxy_causal.types import UserError

MOST = 20
"""Lines of a message about members that cannot run."""


class Needed(NamedTuple):
    """A fit, with what says when it is to be made: the smaller, the earlier."""

    fit: PlannedFit
    turn: tuple[int, int]


@dataclass
class _Drawing:
    """A plan while it grows."""

    composer: Composer
    members: list[Member] = field(default_factory=list)
    fits: dict[str, Needed] = field(default_factory=dict)
    wrong: dict[str, list[int]] = field(default_factory=dict)
    places: set[tuple[str, str | None]] = field(default_factory=set)
    numbers: dict[str, int] = field(default_factory=dict)


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
    drawing = _Drawing(Composer(len(overrides) == 1))
    with read_once(), remembering():
        for turn, same in enumerate(_by_dataset(drawing, list(dict.fromkeys(map(own, overrides))))):
            for one, cfg in same:
                _draw(drawing, one, cfg, turn)
    plan = _in_order(drawing)
    if drawing.wrong:
        raise UserError(_refusal(plan, drawing.wrong))
    if len(drawing.places) > 1:
        raise UserError("members of a sweep share one store: give tracking.root and tracking.fits once")
    ((root, address),) = drawing.places
    return replace(plan, address=address), root


def _by_dataset(
    drawing: _Drawing, overrides: Sequence[tuple[str, ...]]
) -> list[list[tuple[tuple[str, ...], Parts]]]:
    """Members that share their catalogue, which is then read once."""
    found: dict[int, list[tuple[tuple[str, ...], Parts]]] = {}
    for one in overrides:
        with _noting(drawing, one):
            cfg = drawing.composer.member(one)
            found.setdefault(id(cfg.dataset), []).append((one, cfg))
    return list(found.values())


@contextmanager
def _noting(drawing: _Drawing, overrides: tuple[str, ...]) -> Iterator[None]:
    """Keep what is wrong with a member, which then has no fits."""
    try:
        yield
    except Exception as error:
        told = in_words(error) or (str(error).split("\n")[0] if isinstance(error, HydraException) else None)
        if told is None:
            raise
        drawing.wrong.setdefault(told, []).append(len(drawing.members))
        drawing.members.append(Member(overrides))


def _in_order(drawing: _Drawing) -> Plan:
    """The plan, its fits in the order in which they are to be made."""
    keys = sorted(drawing.fits, key=lambda key: drawing.fits[key].turn)
    now = {drawing.numbers[key]: number for number, key in enumerate(keys)}
    members = [replace(one, fits=tuple(now[number] for number in one.fits)) for one in drawing.members]
    fits = tuple(drawing.fits[key].fit for key in keys)
    command = shlex.join(["galaxy-causal", *sys.argv[1:]])
    return Plan(tuple(members), fits, os.getcwd(), tuple(sys.path), configs=config_folders(), command=command)


def _draw(drawing: _Drawing, overrides: tuple[str, ...], cfg: Parts, turn: int) -> None:
    """Add a member, and those of its fits that no other needs."""
    with _noting(drawing, overrides):
        numbers: tuple[int, ...] = ()
        drawing.places.add(once("place", (cfg.tracking,), lambda: _place(cfg)))
        question = question_of(cfg)
        recipe = None
        if question is not None:
            _check_devices(cfg)
            recipe = recipe_key(question.recipe())
            once("checked", cfg.alike(without=("seed", "seeds")), question.check)
            numbers = _needed(drawing, question, turn)
        drawing.members.append(Member(overrides, numbers, recipe))


def _check_devices(cfg: Parts) -> None:
    """Refuse as many devices as there are: here there may be others than where fits are made."""
    devices = cfg.trainer.get("devices")
    if str(devices) in ("auto", "-1"):
        raise UserError(
            f"trainer.devices={devices}: how many there are where the launcher has fits made is not known "
            "here; give their number, such as trainer.devices=1"
        )


def _place(cfg: Parts) -> tuple[str, str | None]:
    """Where runs and fits are kept."""
    return str(cfg.tracking.root), cfg.tracking.get("fits")


def _needed(drawing: _Drawing, question: Question[Any], turn: int) -> tuple[int, ...]:
    """The numbers of the fits that a member needs."""
    found: dict[int, None] = {}
    for place, (maker, task) in enumerate(question.needs()):
        key = once("key", (maker, *task), partial(_key, maker, task))
        if key not in drawing.fits:
            network = maker.estimator.uses_network
            rank = 0 if task.inputs.has_images and network else 1 if network else 2
            fit = PlannedFit(key, task.name, str(maker.estimator.name), len(drawing.members), place)
            drawing.numbers[key] = len(drawing.fits)
            drawing.fits[key] = Needed(fit, (turn, rank))
        found[drawing.numbers[key]] = None
    return tuple(found)


def _key(maker: FitMaker, task: Task) -> str:
    return recipe_key(maker.recipe(*task))


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
