"""What the comments of the files of configurations say of groups and options."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import yaml

CONF = "galaxy_causal.conf"
GROUP = re.compile(r"\s*- (?P<group>\w+): (?P<choice>\S+)\s*(?:#\s*(?P<comment>.*))?$")
KEY = re.compile(r"^( *)([A-Za-z_]\w*):(?: (.*))?$")
COMMENT = re.compile(r"(?:^|\s)#\s?(.*)$")
QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
WHOLE_COMMENT = re.compile(r"^ *#.*$")


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


@cache
def comments(group: str, choice: str) -> Mapping[str, str]:
    """The comments of the options of a file and of those that it extends.

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
            place = before.partition("@")[0].lstrip("/").rpartition("/")
            found |= comments(place[0] or group, place[2])
    own = _said(text)
    if text.startswith("# @package _global_"):
        own = {path.removeprefix(f"{group}."): comment for path, comment in own.items()}
    return found | own


def of_config() -> Mapping[str, str]:
    """The comments of the plain options of the configuration."""
    return _said(_text("config.yaml"))


def of_yaml(text: str) -> dict[str, str]:
    """Comments of the keys of a YAML file, by their dotted paths.

    Parameters
    ----------
    text
        Of the file, in blocks of two blanks.

    Returns
    -------
    dict of str to str
        Every key that has a line of its own; empty where nothing is said. A comment stands behind a key, goes
        on below it, or stands above it in the same column.
    """
    found: dict[str, str] = {}
    stack: list[str] = []
    above = ""
    lines = text.splitlines()
    while lines and lines[0].startswith("#"):  # of the file itself
        lines.pop(0)
    open_brackets = 0
    for line in lines:
        key = None if open_brackets else KEY.match(line)
        bare = WHOLE_COMMENT.sub("", QUOTED.sub("", line.partition(" # ")[0]))
        open_brackets += sum(bare.count(one) for one in "{[") - sum(bare.count(one) for one in "}]")
        if key:
            depth = len(key[1]) // 2
            stack = [*stack[:depth], key[2]]
            found[".".join(stack)] = _join(above, _comment(key[3] or ""))
            above = ""
        elif line.strip().startswith("#"):
            note = line.strip()[1:].strip()
            depth = (len(line) - len(line.lstrip())) // 2
            if stack and depth >= len(stack):
                found[".".join(stack)] = _join(found[".".join(stack)], note)
            else:
                above = _join(above, note)
        elif stack and _comment(line):
            found[".".join(stack)] = _join(found[".".join(stack)], _comment(line))
    return found


def _said(text: str) -> dict[str, str]:
    return {path: comment for path, comment in of_yaml(text).items() if comment}


def _text(path: str) -> str:
    return files(CONF).joinpath(path).read_text(encoding="utf-8")


def _comment(line: str) -> str:
    """What follows a hash that is in no quotes."""
    bare = QUOTED.sub(lambda match: "." * len(match[0]), line)
    match = COMMENT.search(bare)
    return line[match.start(1) :].strip() if match else ""


def _join(before: str, after: str) -> str:
    return f"{before} {after}".strip()
