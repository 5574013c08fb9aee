"""Files that are kept for the next time, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def cache_folder(cache: str | None) -> Path:
    """The folder for what is worth keeping: as given, else ``galaxy_causal`` in the user's cache."""
    if cache is not None:
        return Path(cache).expanduser()
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "galaxy_causal"


@contextmanager
def written_aside(target: Path) -> Iterator[Path]:
    """A path to write to, renamed to ``target`` in the end, and removed if that was not reached."""
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f"{target.name}.{os.getpid()}.partial")
    try:
        yield aside
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)
