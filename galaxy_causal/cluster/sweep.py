"""The folder of a sweep: its plan, what runs, what failed and what is done, for whoever looks at it."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from galaxy_causal.cluster.plan import Plan
from galaxy_causal.fitting.leases import FolderPlace, Lease, Leases
from galaxy_causal.types import UserError

FOLDER = "sweeps"
"""Within the root of runs, where sweeps have their folders."""
PLAN, SUBMITTED, LOGS = "plan.json", "submitted.json", "logs"
RUNNING, FAILED, DONE, CLAIMS = "running", "failed", "done", "claims"
LINES = 8
"""Of what was said when something failed."""
DAMAGED = (OSError, ValueError, KeyError, TypeError, AttributeError)
"""What reading a file raises that is cut, changed or gone."""


@dataclass(frozen=True)
class Failure:
    """Why a fit or a member failed.

    Parameters
    ----------
    message
        For people.
    lines
        The last lines of what was said.
    log
        The file where all of it stands.
    """

    message: str
    lines: tuple[str, ...] = ()
    log: str = ""


@dataclass(frozen=True)
class Begun:
    """Who makes a fit, or runs a member.

    Parameters
    ----------
    task
        The job of the engine, such as ``1234_0``.
    log
        What it says.
    started
        Seconds since 1970, by its own clock.
    lost
        Tasks that died at it before.
    """

    task: str
    log: str
    started: float
    lost: int = 0


@dataclass(frozen=True)
class Submission:
    """What was handed to an engine at once.

    Parameters
    ----------
    engine
        ``slurm`` or ``local``.
    what
        ``fits``, ``members`` or both.
    tasks
        Names of its tasks.
    about
        What the engine needs to find them again.
    when
        Seconds since 1970.
    """

    engine: str
    what: str
    tasks: tuple[str, ...]
    about: Mapping[str, Any] = field(default_factory=dict)
    when: float = 0.0


class Sweep:
    """A sweep's folder.

    Parameters
    ----------
    folder
        ``root/sweeps/<id>``.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def id(self) -> str:
        """Its name."""
        return self.folder.name

    @property
    def logs(self) -> Path:
        """Where its tasks write what they say."""
        return self.folder / LOGS

    def prepare(self) -> None:
        """Make the folder."""
        for name in (RUNNING, FAILED, DONE, CLAIMS, LOGS):
            (self.folder / name).mkdir(parents=True, exist_ok=True)

    def keep(self, plan: Plan) -> None:
        """Keep the plan."""
        write(self.folder / PLAN, plan.text())

    def discard(self) -> None:
        """Remove the folder of a sweep of which nothing was ever submitted."""
        if not (self.folder / SUBMITTED).exists():
            shutil.rmtree(self.folder, ignore_errors=True)

    def plan(self) -> Plan:
        """The plan; UserError where its file is damaged."""
        try:
            return Plan.read((self.folder / PLAN).read_text(encoding="utf-8"))
        except DAMAGED as error:
            raise self._damaged(PLAN, error) from error

    def submissions(self) -> list[Submission]:
        """All that was submitted, the latest last."""
        try:
            found = json.loads((self.folder / SUBMITTED).read_text(encoding="utf-8"))
            return [Submission(**{**one, "tasks": tuple(one["tasks"])}) for one in found]
        except FileNotFoundError:
            return []
        except DAMAGED as error:
            raise self._damaged(SUBMITTED, error) from error

    def submitted(self, submission: Submission) -> None:
        """Remember what was submitted."""
        every = [asdict(one) for one in (*self.submissions(), submission)]
        write(self.folder / SUBMITTED, json.dumps(every, indent=1))

    def _damaged(self, name: str, error: Exception) -> UserError:
        why = str(error).partition("\n")[0] or type(error).__name__
        return UserError(
            f"{self.folder / name} of sweep {self.id} is damaged ({why}). Delete the folder "
            f"{self.folder}, and run the sweep's command again: what is finished is kept elsewhere."
        )

    def begin(self, name: str, begun: Begun) -> None:
        """Note who is at a fit or member from now on."""
        write(self.folder / RUNNING / name, json.dumps(asdict(begun)))

    def end(self, name: str) -> None:
        """Note that nobody is at it any more."""
        (self.folder / RUNNING / name).unlink(missing_ok=True)

    def begun(self, name: str) -> Begun | None:
        """Who is at it, or was and died."""
        try:
            return Begun(**json.loads((self.folder / RUNNING / name).read_text(encoding="utf-8")))
        except DAMAGED:  # it has ended this moment
            return None

    def fail(self, name: str, failure: Failure) -> None:
        """Keep why a fit or member failed."""
        write(self.folder / FAILED / name, json.dumps(asdict(failure), indent=1))

    def failure(self, name: str) -> Failure | None:
        """Why it failed; None where it has not."""
        try:
            found = json.loads((self.folder / FAILED / name).read_text(encoding="utf-8"))
            return Failure(found["message"], tuple(found["lines"]), found["log"])
        except FileNotFoundError:
            return None
        except DAMAGED as error:
            return Failure(f"the note of the failure is damaged ({type(error).__name__})")

    def finish(self, name: str, of: str) -> None:
        """Note that a member is done, with what it was made of."""
        write(self.folder / DONE / name, of)

    def is_done(self, name: str) -> bool:
        """Whether a member is done."""
        return (self.folder / DONE / name).is_file()

    def done_with(self, name: str) -> str | None:
        """What a member that is done was made of; None of others."""
        try:
            return (self.folder / DONE / name).read_text(encoding="utf-8")
        except OSError:
            return None

    def undo(self, name: str) -> None:
        """Forget that a member is done."""
        (self.folder / DONE / name).unlink(missing_ok=True)

    def leases(self) -> Leases:
        """Who is at a fit or member."""
        return Leases(FolderPlace(self.folder / CLAIMS))

    def alone(self) -> AbstractContextManager[Lease]:
        """Be the only one who submits it; Held where another does. Kept outside the folder, which may go."""
        submitting = Leases(FolderPlace(self.folder.parents[1] / "leases"))
        return submitting.held(f"submit-{self.id}", f"sweep {self.id}", blocking=False)

    def names(self, kind: str) -> set[str]:
        """All fits and members that have a note of a kind: ``running``, ``failed`` or ``done``."""
        try:
            return {entry.name for entry in os.scandir(self.folder / kind) if not entry.name.startswith(".")}
        except FileNotFoundError:
            return set()

    def forgive(self) -> int:
        """Forget all failures, so that the next tasks try again; how many there were."""
        count = len(self.names(FAILED))
        for name in (FAILED, RUNNING):
            shutil.rmtree(self.folder / name, ignore_errors=True)
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        return count


def write(file: Path, text: str) -> None:
    """Have a file hold a text, whole or not at all."""
    partial = file.with_name(f".{file.name}.{os.getpid()}.{time.monotonic_ns()}")
    partial.write_text(text, encoding="utf-8")
    partial.replace(file)


def sweeps(root: Path) -> Iterator[Sweep]:
    """The sweeps of a folder of runs.

    Parameters
    ----------
    root
        The folder: ``tracking.root``.

    Returns
    -------
    iterator of Sweep
        The newest first; folders without a plan are none.
    """
    try:
        folders = [entry for entry in os.scandir(root / FOLDER) if (Path(entry.path) / PLAN).is_file()]
    except FileNotFoundError:
        return
    for entry in sorted(folders, key=lambda entry: -(Path(entry.path) / PLAN).stat().st_mtime):
        yield Sweep(Path(entry.path))


def sweep_of(root: Path, name: str) -> Sweep:
    """The sweep of a name.

    Parameters
    ----------
    root
        The folder of runs.
    name
        Its id, or the beginning of it.

    Returns
    -------
    Sweep

    Raises
    ------
    UserError
        Where there is none, or several.
    """
    known = [one for one in sweeps(root) if one.id.startswith(name)]
    if len(known) == 1:
        return known[0]
    ids = ", ".join(one.id for one in (known or list(sweeps(root)))[:10]) or "none"
    several = "is the beginning of several" if known else f"is none of {root / FOLDER}"
    raise UserError(f"sweep={name} {several}; there are {ids}")


def last_lines(log: str, count: int = LINES) -> tuple[str, ...]:
    """The last lines of a file.

    Parameters
    ----------
    log
        Its path.
    count
        How many.

    Returns
    -------
    tuple of str
        Fewer where there are fewer, none where it cannot be read.
    """
    try:
        with open(log, "rb") as file:
            file.seek(max(0, os.path.getsize(log) - 200 * count))
            return tuple(file.read().decode(errors="replace").splitlines()[-count:])
    except OSError:
        return ()
