"""What comments of YAML files and sections of docstrings say."""

from __future__ import annotations

import re
import textwrap

KEY = re.compile(r"^( *)([A-Za-z_]\w*):(?: (.*))?$")
COMMENT = re.compile(r"(?:^|\s)#\s?(.*)$")
QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
WHOLE_COMMENT = re.compile(r"^ *#.*$")


def summary_of(text: str) -> str:
    """The comment with which a YAML file begins."""
    lines = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        if not line.startswith("# @package"):
            lines.append(line[1:])
    words, _, example = "\n".join(lines).partition("\n   ")
    code = textwrap.dedent("   " + example).strip() if example else ""
    said = " ".join(words.split())
    return f"{said}\n\n```\n{code}\n```" if code else said


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


def of_parameters(docstring: str) -> dict[str, str]:
    """What the section *Parameters* of a numpydoc docstring says, by the names there."""
    section = re.search(r"Parameters\n-+\n(.*?)(?=\n\S[^\n]*\n-{3,}|\Z)", docstring, re.DOTALL)
    found: dict[str, str] = {}
    names: list[str] = []
    for line in section[1].splitlines() if section else ():
        if line and not line.startswith(" "):
            names = [name.strip(" *") for name in line.partition(" :")[0].split(",")]
        elif line.strip():
            found |= {name: _join(found.get(name, ""), line.strip()) for name in names}
    return found


def _comment(line: str) -> str:
    """What follows a hash that is in no quotes."""
    bare = QUOTED.sub(lambda match: "." * len(match[0]), line)
    match = COMMENT.search(bare)
    return line[match.start(1) :].strip() if match else ""


def _join(before: str, after: str) -> str:
    return f"{before} {after}".strip()
