"""What is known of a catalogue, in a file beside it."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import yaml

from galaxy_causal.archive.catalogue import Made
from galaxy_causal.archive.folder import write_whole, writing
from galaxy_causal.archive.recipe import Recipe
from galaxy_causal.archive.slices import Done
from galaxy_causal.files import sha256_of
from galaxy_causal.types import UserError, option

LIBRARIES = ("galaxy_causal", "pyarrow", "requests", "pyvo")


def sidecar_of(output: Path) -> Path:
    """The file beside a catalogue that tells where it comes from.

    Parameters
    ----------
    output
        The catalogue.

    Returns
    -------
    pathlib.Path
    """
    return output.with_suffix(".provenance.yaml")


def known(output: Path) -> dict[str, Any]:
    """What the file beside a catalogue tells.

    Parameters
    ----------
    output
        The catalogue.

    Returns
    -------
    dict of str to object
        As of ``about``; nothing where there is no such file.
    """
    file = sidecar_of(output)
    if not file.exists():
        return {}
    found = yaml.safe_load(file.read_text(encoding="utf-8"))
    return found if isinstance(found, dict) else {}


def whole(output: Path, query: str) -> bool:
    """Whether a catalogue is there already.

    Parameters
    ----------
    output
        The catalogue.
    query
        SHA-256 of what is asked.

    Returns
    -------
    bool

    Raises
    ------
    UserError
        For a file of another query or origin, or one that was changed since.
    """
    if not output.exists():
        return False
    told = known(output)
    if told.get("query_sha256") == query and told.get("sha256") == sha256_of(output):
        return True
    why = (
        "was changed since"
        if told.get("query_sha256") == query
        else "is of another query, or of another origin"
    )
    raise UserError(
        f"{output} is there and {why}; name another file by {option('acquire.output')}, or remove it"
    )


def finish(output: Path, about: Mapping[str, object]) -> None:
    """Give a catalogue its name, with what is known of it beside it.

    Parameters
    ----------
    output
        Of the file that ``write`` left.
    about
        What is known.
    """
    with writing(output):
        write_whole(
            sidecar_of(output), yaml.safe_dump(dict(about), sort_keys=False, allow_unicode=True, width=110)
        )
        output.with_name(f"{output.name}.partial").replace(output)


def about(
    recipe: Recipe, query: str, asked: Mapping[str, object], done: Sequence[Done], made: Made
) -> dict[str, object]:
    """All that is to be known of a catalogue.

    Parameters
    ----------
    recipe, query
        What was asked, and the SHA-256 by which it is known.
    asked
        Of whom and how: address, query, part.
    done
        Slices.
    made
        The catalogue.

    Returns
    -------
    dict of str to object
        As the file beside the catalogue has it.
    """
    dates = sorted(one.date for one in done)
    return {
        "recipe": recipe.name,
        "title": recipe.title,
        "release": recipe.release,
        **asked,
        "query_sha256": query,
        "asked_from": dates[0],
        "asked_to": dates[-1],
        "rows": made.rows,
        "sha256": made.sha256,
        "left_out": {f"repeats another row's {name}": count for name, count in made.repeats.items()},
        "missing": dict(made.nulls),
        "columns": {c.name: c.source for c in recipe.own_columns},
        "null_values": {
            c.name: [*c.missing, *([f"<= {c.above:g}"] if c.above is not None else [])]
            for c in recipe.own_columns
            if c.missing or c.above is not None
        },
        "versions": {"python": platform.python_version(), **dict(_versions())},
        "slices": [asdict(one) for one in done],
    }


def _versions() -> Iterator[tuple[str, str]]:
    for name in LIBRARIES:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue
