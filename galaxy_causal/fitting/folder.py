"""The folder of a fit: what lies in it, and whether that is still what was stored."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from galaxy_causal.files import sha256_of, to_disk
from galaxy_causal.fitting.recipe import canonical, recipe_key
from galaxy_causal.types import Stored, UserError

RECIPE, METRICS, ABOUT, CHECKSUMS = "recipe.json", "metrics.json", "about.json", "checksums.json"
"""What every fit has: all that it depends on; its numbers and curves; its name and tags, and when and by what
versions it was made; and, written last, the size [bytes] and SHA-256 of every other file."""


@dataclass(frozen=True)
class Made:
    """What making a fit gives besides files.

    Parameters
    ----------
    metrics
        Numbers by name; NaN and infinities are kept.
    history
        Curves by name, as (step, value) pairs.
    """

    metrics: Mapping[str, float]
    history: Mapping[str, tuple[tuple[int, float], ...]] = field(default_factory=dict)


def seal(folder: Path, recipe: Mapping[Any, Any], made: Made, about: Mapping[str, object]) -> None:
    """Write beside the files of a fit what every fit has, all of it to the disk itself."""
    (folder / CHECKSUMS).unlink(missing_ok=True)
    (folder / RECIPE).write_text(canonical(recipe), encoding="utf-8")
    numbers = {"metrics": dict(made.metrics), "history": dict(made.history)}
    (folder / METRICS).write_text(json.dumps(numbers, indent=1), encoding="utf-8")
    (folder / ABOUT).write_text(json.dumps(about, indent=2, sort_keys=True), encoding="utf-8")
    (folder / CHECKSUMS).write_text(checksums(folder), encoding="utf-8")
    for path in (*folder.rglob("*"), folder):
        to_disk(path)


def stored(folder: Path, key: str) -> Stored:
    """The fit in a folder that is whole; of a curve its last value is among the metrics."""
    found = numbers(folder)
    last = {name: curve[-1][1] for name, curve in found["history"].items() if curve}
    return Stored(key, folder, last | found["metrics"])


def numbers(folder: Path) -> dict[str, Any]:
    """Its ``metrics``, and its curves as ``history``."""
    found: dict[str, Any] = json.loads((folder / METRICS).read_text(encoding="utf-8"))
    return found


def about(folder: Path) -> dict[str, Any]:
    """Its ``name`` and ``tags``, ``started`` and ``finished`` [s since 1970], and ``versions``."""
    found: dict[str, Any] = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    return found


def checksums(folder: Path) -> str:
    """Size [bytes] and SHA-256 of every file in a folder and its folders, as JSON by relative name."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    found = {
        file.relative_to(folder).as_posix(): {"bytes": file.stat().st_size, "sha256": sha256_of(file)}
        for file in files
    }
    return json.dumps(found, indent=2, sort_keys=True)


def listed(text: bytes) -> dict[str, Any]:
    """What a list of checksums lists; UserError where it is none, or names files outside its folder."""
    found: dict[str, Any] = json.loads(text)
    if not isinstance(found, dict):
        raise UserError(f"a list of checksums is {found!r:.50}")
    for name in found:
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            raise UserError(f"a list of checksums names {name}, which is not in the folder of its fit")
    return found


def damage(folder: Path, key: str, unlisted: bool = False) -> str | None:
    """What is wrong with the stored files of the recipe with this key, None where nothing is.

    Files beyond those listed do not matter; of an ``unlisted`` fit, stored before there were lists of
    checksums, the recipe alone is checked.
    """
    return next(_wrongs(folder, key, unlisted), None)


def _wrongs(folder: Path, key: str, unlisted: bool) -> Iterator[str]:
    """What is wrong; from the first on, more may be said that follows from it."""
    recipe, sums = folder / RECIPE, folder / CHECKSUMS
    if not recipe.is_file():
        yield f"{RECIPE} is missing"
    if not _is_recipe(recipe, key):
        yield f"{RECIPE} is not that of this fit"
    if unlisted:
        return
    if not sums.is_file():
        yield f"{CHECKSUMS} is missing"
    try:
        parts = [(name, part["bytes"], part["sha256"]) for name, part in listed(sums.read_bytes()).items()]
    except (ValueError, KeyError, TypeError, AttributeError):  # no text, no JSON, no such list
        yield f"{CHECKSUMS} was changed"
        return
    for name, size, digest in parts:
        wrong = _wrong(folder / name, size, digest)
        if wrong is not None:
            yield f"{name} {wrong}"


def _wrong(file: Path, size: int, digest: str) -> str | None:
    if not file.is_file():
        return "is missing"
    found = file.stat().st_size
    if found != size:
        return f"has {found:,} of {size:,} bytes"
    return None if sha256_of(file) == digest else "has other content than was stored"


def _is_recipe(file: Path, key: str) -> bool:
    try:
        return recipe_key(json.loads(file.read_text(encoding="utf-8"))) == key
    except (ValueError, AttributeError):  # no text, no JSON, no mapping
        return False
