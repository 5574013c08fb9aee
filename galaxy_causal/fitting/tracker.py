"""What shows fits and jobs to people."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from galaxy_causal.fitting.folder import Made
from galaxy_causal.fitting.leases import OnWait
from galaxy_causal.types import Stored

Earlier = tuple[Mapping[Any, Any], Made, Mapping[str, object]]
"""Recipe, numbers and ``about`` of a fit of an earlier layout."""


@dataclass(frozen=True)
class Galaxies:
    """What a run was made of, as people see it.

    Parameters
    ----------
    name, digest
        Of the catalogue, and its checksum.
    source
        Where it came from: a path or an address; empty where it was simulated, or in memory.
    columns
        Names of its columns that were used, or of all.
    count
        Galaxies.
    """

    name: str
    digest: str
    source: str
    columns: tuple[str, ...]
    count: int


class JobRun:
    """A job's run while the job runs; this one keeps nothing."""

    run_id = ""

    @property
    def place(self) -> str:
        """Where people find the artifacts: a folder, or a server's address."""
        return ""

    def log(self, metrics: Mapping[str, float]) -> None:
        """Log metrics."""

    def log_artifacts(self, folder: Path) -> None:
        """Store a folder's files, figures or others, replacing those of the same names."""

    def remove(self, names: Collection[str]) -> None:
        """Remove artifacts of these names, where there are any."""

    def tag(self, name: str, value: str) -> None:
        """Set a tag."""

    def describe(self, text: str, page: str = "") -> None:
        """Say in Markdown what was found; ``page`` is the artifact that shows it."""

    def used(self, galaxies: Galaxies) -> None:
        """Say of which galaxies it was made."""


@dataclass(frozen=True)
class MemberRun:
    """The finished run of a member of a sweep.

    Parameters
    ----------
    run_id, name, job
        Of the run.
    params
        With what it was made.
    kept
        Its files.
    """

    run_id: str
    name: str
    job: str
    params: Mapping[str, str]
    kept: Stored


class Tracker:
    """Shows fits and jobs to people; this one shows nothing and keeps nothing."""

    @property
    def look(self) -> str:
        """How people look at the runs."""
        return ""

    def show(self, fit: Stored, parent: str | None = None) -> None:
        """Show a fit, unless it is shown; under the run ``parent`` of a job."""

    def has_earlier(self, key: str) -> bool:
        """Whether a fit with this key may be kept in an earlier layout."""
        return False

    def earlier(self, key: str, folder: Path) -> Earlier | None:
        """Bring the files of a fit that is kept in an earlier layout into an empty folder."""
        return None

    @contextmanager
    def job(
        self,
        recipe: Mapping[Any, Any],
        name: str,
        tags: Mapping[str, str],
        params: Mapping[str, object],
        *,
        on_wait: OnWait | None = None,
    ) -> Iterator[JobRun]:
        """The run of the job with this recipe: a new one, or again the one it had."""
        yield JobRun()

    def find_job(self, recipe: Mapping[Any, Any]) -> Stored | None:
        """The finished run of the job with this recipe, if there is one."""
        return None

    def job_of(self, run_id: str) -> tuple[str, Stored] | None:
        """Which job a finished run is of, and its files; None where there is no such run."""
        return None

    def add(self, key: str, folder: Path) -> str:
        """Add files to what is shown of a fit; where people find them, or nothing where it is not shown."""
        return ""

    def members(self, sweep: str) -> list[MemberRun]:
        """Finished runs of the members of a sweep, oldest first."""
        return []

    def adopt(self, parent: str, runs: Sequence[str]) -> None:
        """Have a run stand above others."""

    def finished(self) -> list[dict[str, object]]:
        """Every finished run, the newest first: run_id, name, its own tags, its metrics."""
        return []

    def has_finished(self, tags: Mapping[str, str]) -> bool:
        """Whether there is a finished run with these tags."""
        return False
