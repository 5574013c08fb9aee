"""What the files of configurations say of their options: a comment behind each, and one above them all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import yaml

CONF = "galaxy_causal.conf"
LINE = re.compile(r"(?P<indent> *)(?P<key>\w+):(?P<value>[^#]*)(?:#\s*(?P<comment>.*))?$")
GROUP = re.compile(r"\s*- (?P<group>\w+): (?P<choice>\S+)\s*(?:#\s*(?P<comment>.*))?$")
EXAMPLE = re.compile(r",? for example$|:$|, see docs\S*$|: docs\S*$")


def groups() -> dict[str, tuple[str, str]]:
    """The groups of the configuration, in its order.

    Returns
    -------
    dict of str to (str, str)
        What is chosen where nothing else is, and what the group is for, by its name.
    """
    matches = map(GROUP.match, _text("config.yaml").splitlines())
    return {one["group"]: (one["choice"], one["comment"] or "") for one in matches if one}


def choices(group: str) -> list[str]:
    """The names that a group takes."""
    return sorted(
        file.name.removesuffix(".yaml")
        for file in files(CONF).joinpath(group).iterdir()
        if file.name.endswith(".yaml")
    )


def title(group: str, choice: str) -> str:
    """What a file says of itself in its first lines."""
    said = []
    for line in _text(f"{group}/{choice}.yaml").splitlines():
        if line.startswith("# @"):
            continue
        if not line.startswith("# "):
            break
        said.append(line[2:])
        if EXAMPLE.search(line):
            break
    return EXAMPLE.sub("", " ".join(said)).partition("  ")[0]


@cache
def comments(group: str, choice: str) -> Mapping[str, str]:
    """The comments behind the options of a file and of those that it extends.

    Parameters
    ----------
    group, choice
        Which file.

    Returns
    -------
    mapping of str to str
        By the option's path within the group; without those that have none.
    """
    text = _text(f"{group}/{choice}.yaml")
    found: dict[str, str] = {}
    for before in yaml.safe_load(text).get("defaults", []):
        if isinstance(before, str) and not before.startswith(("_", "override")):
            place = before.lstrip("/").rpartition("/")
            found |= comments(place[0] or group, place[2])
    return found | _of_lines(text)


def of_config() -> Mapping[str, str]:
    """The comments behind the plain options of the configuration."""
    return _of_lines(_text("config.yaml"))


def _of_lines(text: str) -> dict[str, str]:
    path: list[tuple[int, str]] = []
    found = {}
    for match in filter(None, map(LINE.match, text.splitlines())):
        depth = len(match["indent"])
        path = [(indent, key) for indent, key in path if indent < depth] + [(depth, match["key"])]
        if match["comment"]:
            found[".".join(key for _, key in path)] = match["comment"]
    return found


def _text(path: str) -> str:
    return files(CONF).joinpath(path).read_text(encoding="utf-8")
