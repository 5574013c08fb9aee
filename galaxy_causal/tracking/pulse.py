"""Signs of life of runs, which everybody who sees a run sees too."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from galaxy_causal.fitting.leases import Holder, Sightings
from galaxy_causal.processes import ProcessIdentity
from galaxy_causal.types import UserError

if TYPE_CHECKING:
    from mlflow.entities import Run

    from galaxy_causal.tracking.runs import Runs

OWNER, BEAT = "owner", "beat"
"""Tags of a run: who writes to it, and a number that grows while that process lives."""
BEATS = 6
"""Signs of life in the time without one after which a run is over."""


class Deaths:
    """Which runs have lost their process, as far as is seen from here.

    Parameters
    ----------
    seconds
        How long a run is without a sign of life until it is over.
    file
        Where processes of this machine remember what they saw: no opening of a store waits so long.
    """

    def __init__(self, seconds: float, file: Path) -> None:
        self._seconds = seconds
        self._sightings = Sightings(file=file)

    def is_dead(self, run: Run, host: str) -> bool:
        """Whether the process of a RUNNING run is gone.

        Of a run without an owner, as earlier versions left it, only those of this machine are judged.
        """
        tags = run.data.tags
        holder = Holder.read(tags.get(OWNER, "").encode())
        if not holder.token and tags.get("host") != host:
            return False
        if holder.token and holder.process.is_alive() is False:
            return True
        seen = self._sightings.unchanged(run.info.run_id, f"{holder.token} {tags.get(BEAT)}")
        return seen > (holder.seconds or self._seconds)

    def is_free(self, run: Run, host: str) -> bool:
        """Whether this process may go on in a RUNNING run of a job whose lease it holds."""
        own = Holder.read(run.data.tags.get(OWNER, "").encode()).process == ProcessIdentity.own()
        return own or self.is_dead(run, host)  # its own may be one whose end could not be written

    def remember(self, running: list[Run]) -> None:
        """Keep what was seen of these, for the next process of this machine that looks."""
        self._sightings.keep({run.info.run_id for run in running})


class Pulse:
    """Shows that a run's process lives, and notices where another has taken the run over.

    Parameters
    ----------
    runs
        Where the run is.
    run_id
        Its id.
    owner
        Who writes to it.

    Attributes
    ----------
    lost
        Whether another process has taken the run over.
    """

    def __init__(self, runs: Runs, run_id: str, owner: Holder) -> None:
        self._runs, self._run_id, self._owner = runs, run_id, owner
        self._stopped = threading.Event()
        self.lost = False

    @contextmanager
    def beating(self) -> Iterator[Pulse]:
        """Until the end."""
        thread = threading.Thread(target=self._beat, name=f"pulse of {self._run_id}", daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._stopped.set()
            thread.join(self._owner.seconds / BEATS)  # a server may answer late

    def check(self) -> None:
        """UserError where another process has taken the run over."""
        if self.lost:
            raise UserError(
                f"another process goes on with run {self._run_id}, for this one gave no sign of life for "
                f"{self._owner.seconds:.0f} s; run the same command again: finished fits are reused"
            )

    def _beat(self) -> None:
        beat = 0
        while not self._stopped.wait(self._owner.seconds / BEATS) and not self.lost:
            beat += 1
            with suppress(Exception):  # of whatever lies between here and the server: tried again
                self._shown(beat)

    def _shown(self, beat: int) -> None:
        run = self._runs.get(self._run_id)
        if run.data.tags.get(OWNER) != self._owner.content.decode():
            self.lost = True
        elif not self._stopped.is_set():
            self._runs.tag(self._run_id, {BEAT: str(beat)})
            if run.info.status == "KILLED":  # by someone whom the server kept from seeing us
                self._runs.revive(self._run_id)
