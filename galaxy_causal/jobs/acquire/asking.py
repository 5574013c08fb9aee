"""The same acquisition by both doors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

from rich.console import Console

from galaxy_causal.fitting import FitStore
from galaxy_causal.jobs.acquire.acquisition import Acquisition
from galaxy_causal.jobs.acquire.options import AcquireOptions
from galaxy_causal.jobs.acquire.result import Acquired, Checked, Planned
from galaxy_causal.jobs.life import track
from galaxy_causal.jobs.result import error_output, show

REVISION = 1
"""Raise it when the code gives the same recipe another meaning."""
NOT_SHOWN = ("check", "dry_run", "tries", "pause", "keep", "storage_options")
"""Options that say nothing of the catalogue, or may be secret."""


def acquire(
    console: Console,
    options: AcquireOptions,
    seed: int,
    store: Callable[[], FitStore],
    prints: bool = True,
) -> Acquired | Planned | Checked:
    """Acquire a catalogue, track it, and print what is done and found.

    Parameters
    ----------
    console
        Where to print.
    options, seed
        What is asked, and how.
    store
        Opens what keeps runs.
    prints
        Whether to print what was found, too.

    Returns
    -------
    Acquired, Planned or Checked
        The catalogue; with ``dry_run`` or ``check`` what these tell.

    Raises
    ------
    UserError
        For what cannot be asked, a service that does not answer, and a place that cannot be written.
    """
    asked = Acquisition(options, seed, lambda text: console.print(f"  {text}", markup=False, highlight=False))
    asked.check_options()
    if options.dry_run or options.check:
        found = asked.planned() if options.dry_run else asked.checked()
        show(console, asked.described(), error_output(console))
        show(console, found.shown() if prints else (), error_output(console))
        return found
    if asked.is_there():
        there = asked.found()
        show(console, [f"{asked.output} holds this catalogue already"])
        show(console, there.shown() if prints else ())
        return there
    asked.check()
    show(console, asked.described(), error_output(console))
    return track(
        console,
        store(),
        lambda _: asked.answer(console),
        recipe={"job": "acquire", "revision": REVISION, "query": asked.query, "file": asked.output.name},
        name=f"{asked.recipe.name} from {asked.recipe.service}",
        tags={"job": "acquire", "recipe": asked.recipe.name, "file": asked.output.name},
        params={
            "job": "acquire",
            "seed": seed,
            "acquire": {k: v for k, v in asdict(options).items() if k not in NOT_SHOWN},
            "address": asked.service.address,
        },
        prints=prints,
    )
