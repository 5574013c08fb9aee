"""Every sweep ends with its members side by side: one run above theirs, with a table, figures and a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress

import pandas as pd
from hydra.utils import instantiate
from rich.console import Console

from galaxy_causal.cluster import Member, Plan, Sweep
from galaxy_causal.cluster.sweep import DONE
from galaxy_causal.fitting import FitStore, Held, LeaseLost, MemberRun, reading
from galaxy_causal.fitting.leases import Leases
from galaxy_causal.jobs.causal.result import CausalAnalysis
from galaxy_causal.jobs.compared import Compared
from galaxy_causal.jobs.composing import Parts, own
from galaxy_causal.jobs.decompose.result import Decomposition
from galaxy_causal.jobs.discover.result import Discovery
from galaxy_causal.jobs.life import track
from galaxy_causal.jobs.page import Asked
from galaxy_causal.jobs.report.answer import SWEEP as STUDY
from galaxy_causal.jobs.report.result import Report
from galaxy_causal.jobs.result import Result, StoredResult, show
from galaxy_causal.jobs.subsets.result import Subsets

READ: Mapping[str, type[StoredResult]] = {
    "causal": CausalAnalysis,
    "decompose": Decomposition,
    "discover": Discovery,
    "subsets": Subsets,
}
"""What the finished run of a job is read back as."""
COMPARED = "comparison"
"""By what the folder of a sweep knows that its members stand side by side."""
FEWEST = 2
"""Members that can be compared."""
LONGEST = 60
"""Letters of what tells a member from another of the same name."""


def compare(console: Console, store: FitStore, sweep: str, command: str) -> Result | None:
    """Set the finished members of a sweep side by side, in a run above theirs.

    Parameters
    ----------
    console
        Where to print.
    store
        Which has their runs.
    sweep
        Its name, which is a tag of theirs.
    command
        By which it was asked for.

    Returns
    -------
    Result or None
        The comparison, of the first job of several members; None of fewer than two members.
    """
    members = store.tracker.members(sweep)
    jobs = {job: [member for member in members if member.job == job] for job in READ}
    several = [job for job, own in jobs.items() if len(own) >= FEWEST]
    if not several:
        return None
    found = _compared(console, store, sweep, several[0], jobs[several[0]], command)
    others = Counter(member.job for member in members if member.job != several[0])
    if others:
        left = ", ".join(f"job={job} ({count:,})" for job, count in others.items())
        show(console, [f"members of job={several[0]} stand side by side; left out of it: {left}"])
    return found


def compare_once(console: Console, sweep: Sweep, plan: Plan, leases: Leases, first: Parts) -> None:
    """Set the members of a sweep of an engine side by side, unless another worker does.

    Parameters
    ----------
    console
        Where to print.
    sweep, plan, leases
        Which sweep; who is at what of it.
    first
        The configuration of one of its members.
    """
    done = " ".join(sorted(sweep.names(DONE) - {COMPARED}))
    if first.job not in READ or len(plan.members) < FEWEST or sweep.done_with(COMPARED) == done:
        return
    with suppress(Held, LeaseLost), leases.held(COMPARED, "the comparison", blocking=False):
        compare(console, instantiate(first.tracking), sweep.id, plan.command)
        sweep.finish(COMPARED, done)


def _compared(
    console: Console, store: FitStore, sweep: str, job: str, members: Sequence[MemberRun], command: str
) -> Result:
    found = {label: _read(member) for label, member in zip(labels(members), members, strict=True)}

    def answer(run_id: str) -> Result:
        if run_id:
            store.tracker.adopt(run_id, [member.run_id for member in members])
        return _side_by_side(job, found)

    return track(
        console,
        store,
        answer,
        recipe={"job": "sweep", "sweep": sweep},
        name=f"sweep of {len(members)}: {job}",
        tags={"job": "sweep", "of": job, "sweep": sweep},
        params={},
        asked=lambda: Asked(repeat={"In a shell": command} if command else {}),
    )


def _read(member: MemberRun) -> StoredResult:
    with reading(member.kept, "summary.json"):
        return READ[member.job].read(member.kept.folder)


def _side_by_side(job: str, found: Mapping[str, StoredResult]) -> Result:
    same = {label: one for label, one in found.items() if isinstance(one, Decomposition)}
    alike = {(one.measure, one.target) for one in same.values()}
    if len(same) == len(found) and len(alike) == 1:
        first = next(iter(same.values()))
        return Report({STUDY: same}, {STUDY: first.target}, first.measure, first.meanings)
    return Compared(job, found)


def labels(members: Sequence[MemberRun]) -> list[str]:
    """What people call members: the names of their runs, with options by which those of one name differ."""
    names = [member.name for member in members]
    table = pd.DataFrame([dict(member.params) for member in members]).fillna("-")
    differs = [column for column in table if table[column].nunique() > 1]
    count, found = Counter(names), []
    for k, name in enumerate(names):
        told = ", ".join(f"{column}={table[column].iloc[k]}" for column in differs)
        found.append(name if count[name] == 1 else f"{name} ({told[:LONGEST] or k + 1})")
    several = Counter(found)
    return [one if several[one] == 1 else f"{one} {k + 1}" for k, one in enumerate(found)]


def named(members: Sequence[Sequence[str]]) -> str:
    """The name of a sweep, by the overrides of its members: that which an engine gives it, too."""
    different = dict.fromkeys(own(overrides) for overrides in members)
    return Plan(tuple(Member(overrides) for overrides in different), (), "", ()).id
