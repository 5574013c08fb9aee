"""From a recipe to all slices: what is missing is asked for, and what is too large is cut in two."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from galaxy_causal.archive.faults import TimedOutError
from galaxy_causal.archive.folder import SliceFolder, writing
from galaxy_causal.archive.service import Service
from galaxy_causal.archive.slices import Done, Slice
from galaxy_causal.types import UserError

Progress = Callable[[int, int], None]
"""Told how many slices of how many are done."""


def ask_all(
    service: Service, slices: list[Slice], kept: SliceFolder, progress: Progress, say: Callable[[str], None]
) -> list[Done]:
    """Have every slice in its folder.

    Parameters
    ----------
    service
        Which is asked.
    slices
        All of them.
    kept
        Where those lie that are there already, and where the others go.
    progress, say
        Told what is done.

    Returns
    -------
    list of Done
        In order, without gap or overlap.

    Raises
    ------
    UserError
        For a slice that has no answer, or is too large and cannot be cut.

    Notes
    -----
    A slice with as many rows as the service allows may lack others, and is cut in two; so is one whose
    answer ran out of time.
    """
    left, done = deque(slices), list[Done]()
    while left:
        one = left.popleft()
        if kept.is_cut(one):
            left.extendleft(reversed(one.halves()))
        else:
            there = kept.done(one) or _ask(service, one, kept, say)
            if there is None:
                left.extendleft(reversed(one.halves()))
            else:
                done.append(there)
        progress(len(done), len(done) + len(left))
    return done


def _ask(service: Service, one: Slice, kept: SliceFolder, say: Callable[[str], None]) -> Done | None:
    """Ask for a slice and keep it; None where it was cut in two."""
    limit = service.recipe.own_limits.rows
    try:
        table = service.ask(one, kept.folder)
    except TimedOutError as error:
        reason = str(error)
    else:
        if limit is None or table.num_rows < limit:
            return kept.put(one, table)
        reason = f"it has {table.num_rows:,} rows, as many as the service allows"
    if service.is_narrow(one):
        raise UserError(
            f"{one.told}: {reason}; it cannot be cut any finer. What is finished is kept: run the same "
            "command again to try once more"
        )
    with writing(kept.folder):
        kept.cut(one)
    say(f"{one.told}: {reason}; cut in two")
    return None
