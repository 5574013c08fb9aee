"""Whether the files of a finished run are still those that were stored."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from galaxy_causal.tracking.recipe import recipe_key

RECIPE = "recipe.json"
CHECKSUMS = "checksums.json"


def checksums(folder: Path) -> str:
    """Size [bytes] and SHA-256 of every file in a folder and its folders, as JSON by relative name."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    found = {
        file.relative_to(folder).as_posix(): {"bytes": file.stat().st_size, "sha256": sha256(file)}
        for file in files
    }
    return json.dumps(found, indent=2, sort_keys=True)


def sha256(file: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal digits."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def damage(folder: Path, key: str, sealed: str | None) -> str | None:
    """What is wrong with the stored files of the recipe with this key, None where nothing is.

    ``sealed`` is the SHA-256 of the list of checksums as the run's tag has it; None for a run that was
    stored without one, of which the recipe alone is checked. Files beyond those listed do not matter.
    """
    return next(_wrongs(folder, key, sealed), None)


def _wrongs(folder: Path, key: str, sealed: str | None) -> Iterator[str]:
    """What is wrong; from the first on, more may be said that follows from it."""
    recipe, listed = folder / RECIPE, folder / CHECKSUMS
    if not recipe.is_file():
        yield f"{RECIPE} is missing"
    if not _is_recipe(recipe, key):
        yield f"{RECIPE} is not that of this fit"
    if sealed is None:
        return
    if not listed.is_file():
        yield f"{CHECKSUMS} is missing"
    if sha256(listed) != sealed:
        yield f"{CHECKSUMS} was changed"
    for name, stored in json.loads(listed.read_text()).items():
        wrong = _wrong(folder / name, stored["bytes"], stored["sha256"])
        if wrong is not None:
            yield f"{name} {wrong}"


def _wrong(file: Path, size: int, digest: str) -> str | None:
    if not file.is_file():
        return "is missing"
    found = file.stat().st_size
    if found != size:
        return f"has {found:,} of {size:,} bytes"
    return None if sha256(file) == digest else "has other content than was stored"


def _is_recipe(file: Path, key: str) -> bool:
    try:
        return recipe_key(json.loads(file.read_text())) == key
    except (ValueError, AttributeError):  # no text, no JSON, no mapping
        return False
