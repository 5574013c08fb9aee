"""Checkpoints of the trainings of one fit, from which a fit that was stopped goes on."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any

from galaxy_causal.network.lightning.checkpoint_files import CheckpointFiles

GoesOn = Callable[[int, int, int], None]
"""Hears where a fit goes on: the number of its training, from 1; steps done, steps in all (0 if unknown)."""
State = Mapping[str, Any]


class Checkpoints:
    """Of the trainings of one fit, which come in the same order whenever it is made.

    Files ``1.running`` and so on hold trainings under way, ``1.finished`` what is left of them: a fit of
    several networks, such as one of folds, goes on at the one that it was at. Nothing is written before
    ``minutes`` have passed, unless a stop is asked for.

    Parameters
    ----------
    place
        A folder, or an address of fsspec, of this fit alone.
    minutes
        Between one file and the next.
    belongs
        By what a file is known to be of this fit and these packages.
    goes_on
        Hears where the fit goes on, if it has not to begin anew.
    """

    def __init__(
        self, place: str, minutes: float, belongs: Mapping[str, str], goes_on: GoesOn | None = None
    ) -> None:
        self.files = CheckpointFiles(place, {**belongs, "lightning": version("pytorch_lightning")})
        self.minutes = minutes
        self.goes_on = goes_on
        self._place = place
        self._written = time.monotonic()
        self._trainings = 0
        self._unwritten: dict[str, State] = {}

    def begin(self) -> TrainingCheckpoint:
        """That of the next training."""
        self._trainings += 1
        return TrainingCheckpoint(self, self._trainings)

    def due(self) -> bool:
        """Whether it is time for a file."""
        return time.monotonic() - self._written >= 60 * self.minutes

    def write(self, name: str, state: State) -> bool:
        """Write a file, and before it those of finished trainings that were not worth one until now.

        Where that is not possible, as on a full disk, it is said, and tried again when the next is due. It
        tells whether the file is there.
        """
        self._written = time.monotonic()
        try:
            for other in list(self._unwritten):
                self.files.write(other, self._unwritten[other])
                del self._unwritten[other]
            self.files.write(name, state)
        except Exception as error:  # of whatever package reaches there
            print(  # noqa: T201
                f"warning: no checkpoint can be written to {self._place} ({error}); the fit goes on without, "
                f"and tries again in {self.minutes:g} minutes",
                file=sys.stderr,
            )
            return False
        return True

    def remove(self, name: str) -> None:
        """Have no such file; one that cannot be removed does no harm, and is said."""
        try:
            self.files.remove(name)
        except Exception as error:  # of whatever package reaches there
            print(  # noqa: T201
                f"warning: the checkpoint {name} in {self._place} cannot be removed ({error}); it is "
                "not used any more",
                file=sys.stderr,
            )

    def remember(self, name: str, state: State) -> None:
        """Have a file written with the next one."""
        self._unwritten[name] = state


class TrainingCheckpoint:
    """That of one training.

    Parameters
    ----------
    fit
        Those of its fit.
    number
        Which training of the fit it is, from 1.
    """

    def __init__(self, fit: Checkpoints, number: int) -> None:
        self._fit = fit
        self._number = number
        self._running, self._finished = f"{number}.running", f"{number}.finished"
        self._exists = False

    def due(self) -> bool:
        """Whether it is time for a file."""
        return self._fit.due()

    def running(self) -> State | None:
        """Where the training was when it was left, if it was."""
        found = self._fit.files.read(self._running)
        self._exists = found is not None
        return found

    def finished(self) -> State | None:
        """What the training left, if it came to its end."""
        return self._fit.files.read(self._finished)

    def unfit(self, why: str) -> None:
        """Leave aside what ``running`` gave."""
        self._exists = False
        self._fit.files.set_aside(self._running, why)

    def tell(self, steps: int, total: int) -> None:
        """Say where the training goes on."""
        if self._fit.goes_on is not None:
            self._fit.goes_on(self._number, steps, total)

    def write(self, state: State) -> None:
        """Keep where the training is."""
        self._fit.write(self._running, state)
        self._exists = True

    def finish(self, state: State, asked: bool) -> None:
        """Keep what the training leaves: with the next file; at once where it took long or is to stop.

        Until that is written, the file of the training under way stays: it is all that a later one has.
        """
        at_once = asked or self._exists or self.due()
        if at_once and self._fit.write(self._finished, state):
            self._fit.remove(self._running)
        else:
            self._fit.remember(self._finished, state)
