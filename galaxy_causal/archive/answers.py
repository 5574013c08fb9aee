"""Answers in CSV as tables of the columns that were asked for."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from galaxy_causal.archive.faults import ChangedError, PassingError, TimedOutError, told, waited_too_long
from galaxy_causal.archive.recipe import Column
from galaxy_causal.types import UserError

NULLS = ["", "null", "NULL", "nan", "NaN"]
"""How services spell that there is no value."""
COMMENT = b"#"
"""How the line begins that SkyServer puts first, ``#Table1``."""
ERROR = "error_message"
"""The one column of an answer that tells of a failure."""
Arrow = Any
"""A table of pyarrow, which has no types."""


def read_csv(body: bytes, columns: Sequence[Column]) -> Arrow:
    """An answer as a table.

    Parameters
    ----------
    body
        CSV, after a line that begins with # or without one.
    columns
        Which it must have; their order, and upper or lower case, do not matter.

    Returns
    -------
    pyarrow.Table
        With exactly these columns, of their kinds; cells that are empty or say null are null.

    Raises
    ------
    PassingError
        For a page or nothing in place of a table, and a table whose end is missing.
    TimedOutError
        For an answer that says that time ran out.
    ChangedError
        For columns that are lacking, or more than these.
    UserError
        For a failure that the answer tells of, and values that are none of the column's kind.
    """
    import pyarrow as pa
    from pyarrow import csv

    text = _table_of(body)
    header = text[: text.find(b"\n")].decode("utf-8", "replace").strip()
    names = [name.strip().strip('"') for name in header.split(",")]
    if names == [ERROR]:
        raise _failure(told(text.partition(b"\n")[2]))
    stated = {column.name.lower(): column for column in columns}
    _compare(names, stated)
    kinds = {name: stated[name.lower()].arrow() for name in names}
    try:
        table = (
            csv.read_csv(
                io.BytesIO(text[text.find(b"\n") + 1 :]),
                read_options=csv.ReadOptions(column_names=names),
                convert_options=csv.ConvertOptions(
                    column_types=kinds, null_values=NULLS, strings_can_be_null=True
                ),
            )
            if text.find(b"\n") + 1 < len(text)
            else pa.table({n: pa.array([], k) for n, k in kinds.items()})
        )
    except pa.ArrowInvalid as error:
        raise _unreadable(str(error)) from error
    return table.rename_columns([stated[name.lower()].name for name in names]).select(
        [column.name for column in columns]
    )


def _table_of(body: bytes) -> bytes:
    """The lines of a table; raises where the answer is none, or its end is missing."""
    text = body.lstrip(b"\xef\xbb\xbf \r\n")
    if not text:
        raise PassingError("the answer was empty")
    if text[:1] in (b"<", b"{", b"["):
        said = told(text)
        if waited_too_long(said):
            raise TimedOutError(said)
        raise PassingError(f"a page came in place of a table, which says: {said}")
    if not text.endswith(b"\n"):
        raise PassingError("the answer was cut off in a line")
    if text.startswith(COMMENT):
        text = text[text.find(b"\n") + 1 :]
    if not text.strip():
        raise PassingError("the answer named no columns")
    return text.replace(b"\r\n", b"\n")


def _failure(said: str) -> Exception:
    return (
        TimedOutError(said) if waited_too_long(said) else UserError(f"the service refused the query: {said}")
    )


def _compare(names: Sequence[str], stated: dict[str, Column]) -> None:
    there = {name.lower() for name in names}
    lacking = [column.name for key, column in stated.items() if key not in there]
    further = [name for name in names if name.lower() not in stated]
    if not lacking and not further and len(there) == len(names):
        return
    parts = [f"lacks {', '.join(lacking)}"] if lacking else []
    parts += [f"has {', '.join(further)} that was not asked for"] if further else []
    parts += ["names a column twice"] if len(there) < len(names) else []
    raise ChangedError(
        f"the answer {' and '.join(parts)}; the service has changed, or the recipe does not fit it"
    )


def _unreadable(reason: str) -> Exception:
    """A line of too few cells is an end that is missing or a page; a cell of another kind is none."""
    if "Expected" in reason and "columns, got" in reason:
        return PassingError(f"the answer has a line of another length ({reason})")
    return UserError(
        f"the answer cannot be read: {reason}; the service has changed, or the recipe does not fit it"
    )
