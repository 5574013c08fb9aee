"""How a text is laid out: what parts its cells, and where the names of its columns stand."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from pathlib import Path

from galaxy_causal.dataset.tables.ruled import is_rule
from galaxy_causal.dataset.tables.spelling import is_number
from galaxy_causal.files import opened
from galaxy_causal.types import UserError

DELIMITERS = (",", ";", "\t", "|")
BLANK = " "
"""Any number of blanks between two cells."""
RULE = re.compile(r"[-=]+(\s+[-=]+)+\s*")
RULED = "ruled"
"""The layout of tables that are drawn by bars and rules; see ``unruled``."""
FAULTS = ("#N/A", "#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!")
HEAD = 200
"""Lines among which a text says how it is laid out."""
UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Dialect:
    """What parts cells, the names of columns, whether these stand in a comment (#), and lines before them."""

    delimiter: str
    names: tuple[str, ...]
    commented: bool = False
    skipped: int = 0


def text_of(path: Path) -> io.TextIOWrapper:
    """A text in UTF-8 or UTF-16, as it is or packed; bytes that are neither raise UserError when met."""
    stream = opened(path)
    start = stream.read(2)
    stream.seek(0)
    encoding = "utf-16" if start in UTF_16 else "utf-8-sig"
    return io.TextIOWrapper(stream, encoding=encoding, newline="")


def no_text(path: Path, error: UnicodeDecodeError) -> UserError:
    """What to say of a text in another encoding."""
    byte = error.object[error.start]
    return UserError(
        f"{path} is no text in UTF-8 (a byte is {byte:#04x}); save it as one: spreadsheets call it CSV UTF-8"
    )


def layout_of(lines: Iterable[str]) -> str | None:
    """The layout of a text that describes itself, as astropy calls it; None of cells that something parts.

    ``RULED`` are bars with rules between lines, as astropy has no name for.

    >>> layout_of(["|  id |  mass |", "   1     10.5  "]), layout_of(["id  mass", "--  ----", " 1  10.5"])
    ('ascii.ipac', 'ascii.fixed_width_two_line')
    >>> layout_of(["| id | mass |", "|----|------|", "| 1 | 10.5 |"])
    'ruled'
    """
    head = [line.rstrip("\r\n") for line in islice(lines, HEAD)]
    first, second, last = _first_plain(head)
    numbered = re.match(r"#\s*1\s+[A-Za-z]", head[0] if head else "")
    barred = first.startswith("|")
    layouts = {
        "ascii.ecsv": bool(head) and head[0].startswith("# %ECSV"),
        "ascii.cds": any(line.startswith("Byte-by-byte Description") for line in head),
        "ascii.sextractor": bool(numbered) and not re.search("[,;\t]", first),
        "ascii.ipac": first.startswith("\\") or (barred and "|" not in last),
        RULED: bool(re.search(r"[|+]", f"{first}{second}")) and (is_rule(first) or is_rule(second)),
        "ascii.rst": bool(RULE.fullmatch(first)),
        "ascii.fixed_width": barred,
        "ascii.fixed_width_two_line": bool(RULE.fullmatch(second)),
    }
    return next((layout for layout, found in layouts.items() if found and first), None)


def delimiter_of_ecsv(lines: Iterable[str]) -> str:
    """What parts the cells of an ECSV: a blank, unless its head says a comma."""
    head = islice(lines, HEAD)
    return next((found[1] for line in head if (found := re.match(r"# delimiter: '?(,)", line))), BLANK)


def _first_plain(lines: Iterable[str]) -> tuple[str, str, str]:
    """Of the lines that are neither blank nor a comment the first, the second and the last."""
    plain = [line for line in lines if line.strip() and not line.startswith("#")]
    return plain[0] if plain else "", plain[1] if len(plain) > 1 else "", plain[-1] if plain else ""


def dialect_of(lines: Iterable[str]) -> Dialect:
    """Commas, semicolons, tabs or bars: what stands most often between the names of columns, outside quotes.

    Where there is none of these, blanks, if the next line has as many words. Where the cells of the first
    line are numbers, the names may stand in the comment before it, in as many. A first line ``sep=;``, as
    Excel writes it, names what parts cells.

    >>> dialect_of(["# made by hand", "id;log mass"])
    Dialect(delimiter=';', names=('id', 'log mass'), commented=False, skipped=0)
    >>> dialect_of(["#id;mass", "1;10,5"])
    Dialect(delimiter=';', names=('id', 'mass'), commented=True, skipped=0)
    >>> dialect_of(["id  mass", " 1  10.5"])
    Dialect(delimiter=' ', names=('id', 'mass'), commented=False, skipped=0)
    """
    comment, plain, said = "", list[str](), None
    for number, line in enumerate(lines):
        said = re.fullmatch(r"sep=(.)\s*", line) if number == 0 else said
        if line.startswith("#") and not plain:
            comment = line
        elif line.strip() and not line.startswith("#") and not (number == 0 and said):
            plain.append(line)
        if len(plain) == 2:
            break
    first, second = [*plain, "", ""][:2]
    if said:
        return Dialect(said[1], cells_of(first, said[1]), skipped=1)
    found = list[tuple[bool, int, Dialect]]()
    for delimiter in (*DELIMITERS, BLANK):
        cells, named = cells_of(first, delimiter), cells_of(comment.lstrip("#"), delimiter)
        alike = len(cells) == len(named) and any(map(is_number, cells)) and not any(map(is_number, named))
        count = re.sub('"[^"]*"', "", first).count(delimiter)
        if delimiter == BLANK:  # names may hold blanks, so that anything else comes first
            count = int(len(cells) > 1 and (alike or len(cells_of(second, BLANK)) == len(cells)))
            if any(count for _, count, _ in found):
                continue
        found.append((alike and len(named) > 1, count, Dialect(delimiter, named if alike else cells, alike)))
    return max(found, key=itemgetter(0, 1))[-1]


def check_cells(lines: Iterable[str], path: Path, dialect: Dialect) -> None:
    """Refuse lines with fewer or more cells than the first; blank ones and comments (#) are none.

    Raises ValueError for fewer, as in a file that is cut, and for a quote without an end; UserError for more,
    and for fewer where blanks part cells, since an empty one cannot be seen there.
    """
    stripped = (line.strip() for line in lines) if dialect.delimiter == BLANK else lines
    rows = csv.reader(stripped, delimiter=dialect.delimiter, skipinitialspace=True, strict=True)
    wanted, odd = 0, []
    for row in rows:
        if row and row[0].strip() in FAULTS:
            raise UserError(
                f"{path}: line {rows.line_num} begins with {row[0].strip()}, by which a spreadsheet tells of "
                "a fault, and would be a comment: leave that cell empty"
            )
        if (len(row) <= 1 and not "".join(row).strip()) or row[0].startswith("#"):
            continue
        if rows.line_num <= dialect.skipped:
            continue
        wanted = wanted or len(row)
        if len(row) != wanted:
            odd.append((rows.line_num, len(row)))
    if not odd:
        return
    line, cells = odd[0]
    also = f", as do {len(odd) - 1} other lines" if len(odd) > 1 else ""
    what = f"line {line} has {cells} cells and the first {wanted}{also}"
    if dialect.delimiter == BLANK:
        raise UserError(
            f'{path}: {what}, parted by blanks; write nan in empty cells, and quotes (") around blanks'
        )
    if cells > wanted:
        raise UserError(
            f'{path}: {what}; write quotes (") around cells that hold {dialect.delimiter!r}, and no such '
            "mark after the last cell"
        )
    raise ValueError(f"{what}; write an empty cell between commas")


def cells_of(line: str, delimiter: str) -> tuple[str, ...]:
    """The cells of a line, without blanks around them."""
    line = line.strip("\r\n") if delimiter != BLANK else line.strip()
    row = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
    return tuple(cell.strip() for cell in row)
