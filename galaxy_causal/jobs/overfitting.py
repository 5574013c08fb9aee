"""Fits that know their training galaxies too well."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console

from galaxy_causal.jobs.crew import Task
from galaxy_causal.types import Fit

MOST = 0.1
"""Nats by which training galaxies may seem better known, or a tenth of the information where that is more."""


def warn_of_overfitting(console: Console, tasks: Sequence[Task], fits: Sequence[Fit]) -> None:
    """Print the warnings of ``overfitted``."""
    for line in overfitted(tasks, fits):
        console.print(line, style="yellow", highlight=False, markup=False, soft_wrap=True)


def overfitted(tasks: Sequence[Task], fits: Sequence[Fit]) -> Iterator[str]:
    """A warning for every fit whose information is much higher on training than on test galaxies.

    The estimate itself is of test galaxies and is not inflated; but a network that stores its training
    galaxies predicts others worse than it could, and its information is too low.
    """
    for task, fit in zip(tasks, fits, strict=True):
        train, test = fit.metrics.get("mi_train"), fit.metrics.get("mi_test")
        if train is None or test is None or train - test <= max(MOST, 0.1 * abs(test)):
            continue
        yield (
            f"warning: {task.name} knows training galaxies better than test galaxies ({train:.2f} against "
            f"{test:.2f} nats): it overfits, and the information is too low. Give it more galaxies, a "
            "smaller network or more weight decay"
        )
