"""Which of several tables in one file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from galaxy_causal.types import UserError, option

SHOWN = 8


class LackingColumnsError(UserError):
    """Columns are not there; ``names`` are."""

    def __init__(self, message: str, names: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.names = tuple(names)


@dataclass(frozen=True)
class Which:
    """The number or name of a table, None for the one that has the wanted columns, and the option for it."""

    table: int | str | None = None
    asked: str = "dataset.hdu"

    def one(self, path: Path, names: Sequence[str], columns: Sequence[Sequence[str]], wanted: Sequence[str],
            is_named: Callable[[int, str], bool]) -> int:  # fmt: skip
        """The place of the table that is meant among those of these ``names`` and ``columns``.

        ``is_named`` tells whether the table at a place goes by a name or number. Where none has all
        ``wanted`` columns it is the only one. Raises UserError for a table that is not there, where several
        are meant, and where none of several has all columns, naming them.
        """
        if self.table is not None:
            meant = [place for place in range(len(names)) if is_named(place, str(self.table).strip())]
            if len(meant) == 1:
                return meant[0]
            what = "is no table" if not meant else "is the name of several tables"
            raise UserError(f"{option(self.asked, self.table)} {what} of {path}; it has {_some(names)}")
        having = [place for place, own in enumerate(columns) if set(wanted) <= set(own)]
        if len(having) > 1:
            raise UserError(
                f"{path} has these columns in {len(having)} tables, {_some([names[k] for k in having])}; set "
                f"{option(self.asked)} to the number or name of one"
            )
        if not having and len(names) > 1:
            has = "; ".join(f"{name} has {_some(own)}" for name, own in zip(names, columns, strict=True))
            words = f"{path} has no table with all of the columns {_some(wanted)}: {has}"
            raise LackingColumnsError(words, list(chain.from_iterable(columns)))
        return having[0] if having else 0


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
