"""Tables that people and consoles draw: Markdown, and what psql, MySQL and org-mode print."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from galaxy_causal.types import UserError

RULE = re.compile(r"\s*[|+]?(\s*:?[-=]+:?\s*[|+])*\s*:?[-=]+:?\s*[|+]?\s*")
"""A line of dashes or equals signs between bars or crosses, or colons as Markdown has them."""
BAR = re.compile(r"(?<!\\)\|")
FOOTER = re.compile(r"\(\d+ rows?\)|\d+ rows? in set.*")
DRAWN = {
    "│": "a table drawn in box characters",
    "┃": "a table drawn in box characters",
    "║": "a table drawn in box characters",
    "\\begin{": "LaTeX",
    "<table": "HTML",
    "<html": "HTML",
    "<!doctype": "HTML",
    "{\\rtf": "rich text",
}
"""How texts of other programs are told, by what stands in their first lines."""


def is_rule(line: str) -> bool:
    """Whether a line does nothing but part others: dashes between bars or crosses.

    >>> [is_rule(line) for line in ("|----|-----:|", "----+------", "+====+", "| -1 | -- |", "--- ---")]
    [True, True, True, False, False]
    """
    return bool(RULE.fullmatch(line)) and ("|" in line or "+" in line)


def check_drawn(lines: Iterable[str], path: Path) -> None:
    """Refuse texts that are laid out for eyes, and name what they are."""
    for line in lines:
        found = next((what for sign, what in DRAWN.items() if sign in line.lower()), None)
        if found is not None:
            raise UserError(
                f"{path} is {found}, which is not read; save it as CSV, FITS, Parquet or VOTable "
                "(astropy.table.Table.read reads many kinds, and writes these)"
            )


def unruled(lines: Iterable[str], path: Path) -> list[list[str]]:
    """The cells of each line of a ruled table, without rules and what a console adds.

    Raises UserError for a line that has another number of cells than the first.
    """
    rows = list(_rows(lines))
    wanted = len(rows[0][1]) if rows else 0
    for number, cells in rows:
        if len(cells) != wanted:
            raise UserError(
                f"{path}: line {number} has {len(cells)} cells and the first {wanted}, parted by bars; write "
                "a backslash before a bar within a cell, or save the table as CSV"
            )
    return [cells for _, cells in rows]


def _rows(lines: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    """The cells of each line but rules, with its number."""
    rule, first = None, ""
    for number, line in enumerate(lines, 1):
        plain = line.strip()
        if not plain or plain.startswith("#") or FOOTER.fullmatch(plain):
            continue
        if is_rule(plain) and (rule is None or plain == rule or "+" in plain):
            rule = plain
            continue
        if rule is None and "|" not in plain:
            continue  # what a console says before
        first = first or plain
        cells = [cell.strip().replace("\\|", "|") for cell in BAR.split(plain)]
        yield number, cells[first.startswith("|") : len(cells) - first.endswith("|")]
