"""What a task of a sweep does, as it travels to where the task runs: light, and found by its path."""

from __future__ import annotations

from pathlib import Path

from submitit.helpers import DelayedSubmission


class Worker:
    """Makes one fit of a sweep after the other, and runs one member after the other."""

    def __call__(self, folder: str, what: str) -> None:
        """Work on the sweep in a folder: its ``fits``, its ``members``, or ``all``."""
        from galaxy_causal.jobs.work import work

        work(Path(folder), what)

    def checkpoint(self, folder: str, what: str) -> DelayedSubmission:
        """Give what goes on where a task was stopped: the same, for what is finished is stored."""
        return DelayedSubmission(self, folder, what)
