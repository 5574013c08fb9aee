"""What the first comment of a YAML file and sections of docstrings say."""

from __future__ import annotations

import re
import textwrap


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


def of_parameters(docstring: str) -> dict[str, str]:
    """What the section *Parameters* of a numpydoc docstring says, by the names there."""
    section = re.search(r"Parameters\n-+\n(.*?)(?=\n\S[^\n]*\n-{3,}|\Z)", docstring, re.DOTALL)
    found: dict[str, str] = {}
    names: list[str] = []
    for line in section[1].splitlines() if section else ():
        if line and not line.startswith(" "):
            names = [name.strip(" *") for name in line.partition(" :")[0].split(",")]
        elif line.strip():
            found |= {name: f"{found.get(name, '')} {line.strip()}".strip() for name in names}
    return found
