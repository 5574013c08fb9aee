"""The columns of a table that are wanted, as they are or worked out of others."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.tables.calculation import calculate
from galaxy_causal.dataset.tables.expressions import Expression, ExpressionError, parse
from galaxy_causal.dataset.tables.nulls import is_missing, is_none
from galaxy_causal.dataset.tables.pieces import FileColumn
from galaxy_causal.dataset.tables.values import numbers, texts
from galaxy_causal.dataset.tables.which import LackingColumnsError
from galaxy_causal.types import Floats, UserError, option

Read = Callable[[Sequence[str]], dict[str, FileColumn]]
"""Gives columns by name; raises `LackingColumnsError` for those that are not there."""
PLAIN = re.compile(r"[^\W\d]\w*")
"""A text that can be nothing but the name of a column."""


@dataclass(frozen=True)
class Columns:
    """What a table has under the texts that ask for it.

    Parameters
    ----------
    file
        Of the table, for messages.
    sources
        Columns of the file, by name.
    expressions
        By text, those of the texts that are not themselves names of columns.
    nulls
        More values that mean missing, by the names of columns and by expressions.
    classes
        By the names of columns that are made here, the texts of which they are.
    """

    file: Path
    sources: dict[str, FileColumn]
    expressions: Mapping[str, Expression] = field(default_factory=dict)
    nulls: Mapping[str, Sequence[float]] = field(default_factory=dict)
    classes: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def names(self, text: str) -> tuple[str, ...]:
        """The columns of the file that a text is made of."""
        if text in self.classes:
            return tuple(dict.fromkeys(name for part in self.classes[text] for name in self.names(part)))
        return self.expressions[text].columns if text in self.expressions else (text,)

    def column(self, text: str) -> FileColumn:
        """As the file has it; an element with the unit of its vector, anything else without a unit."""
        if text not in self.expressions:
            return self.sources[text]
        expression = self.expressions[text]
        value = self._calculated(text)
        if expression.is_element:
            ((name, place),) = expression.parts
            return replace(self._part(name, place), name=text)
        return FileColumn(text, value, self._missing(text, codes=True), "")

    def column_unit(self, text: str) -> str:
        """Of a column of the file, or an element of one; what is worked out has none."""
        expression = self.expressions.get(text)
        plain = text not in self.classes and (expression is None or expression.is_element)
        return self.sources[self.names(text)[0]].unit if plain else ""

    def numbers(self, text: str, *, flux: bool = False, single: bool = False) -> Floats:
        """Its numbers (n,), NaN where it is missing; see ``values.numbers``.

        What is worked out is missing where any column of it is, and where it is not finite. It is reckoned in
        double precision, and then ``single`` gives it in single where all its columns are.
        """
        expression = self.expressions.get(text)
        if expression is None or expression.is_element:
            nulls = () if text in self.classes else self.nulls.get(self.names(text)[0], ())
            return numbers(self.file, self.column(text), nulls, flux, single)
        column = self.column(text)
        if column.array.dtype.kind not in "iufb":
            raise UserError(f"{self.file}: {text} gives no numbers")
        sources = (self.sources[name].array.dtype for name in expression.columns)
        single = single and all(np.can_cast(kind, np.float32) for kind in sources)
        found: Floats = column.array.astype(np.float32 if single else np.float64)
        found[column.missing | is_none(found, found.astype(np.float64), self.nulls.get(text, ()))] = np.nan
        return found

    def part_numbers(self, name: str, place: int | None) -> Floats | None:
        """A column of the file, or an element of it, as ``numbers`` gives one; None: it holds no numbers."""
        column = self._part(name, place).flat()
        if column.array.dtype.kind not in "iufb" or column.array.ndim > 1:
            return None
        return numbers(self.file, column, self.nulls.get(name, ()))

    def kept(self, where: str) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which rows (n,) a filter keeps, and which have what it asks for; without that none is kept.

        Numbers that some tables write for missing values are numbers here, unless ``nulls`` says otherwise.
        """
        kept = self._calculated(where)
        if kept.dtype.kind != "b":
            raise UserError(f"{self.file}: {where} is no comparison; write one, such as Z_WARN == 0")
        there = ~self._missing(where, codes=False)
        return kept & there, there

    def _calculated(self, text: str) -> NDArray[Any]:
        expression = self.expressions[text]
        if not expression.columns:
            raise UserError(f"{self.file}: {text} names no column")
        try:
            return calculate(expression, {name: self.sources[name].array for name in expression.columns})
        except ExpressionError as error:
            raise UserError(f"{self.file}: {text}: {error}") from None

    def _part(self, name: str, place: int | None) -> FileColumn:
        column = self.sources[name]
        return column if place is None or column.array.ndim == 1 else column.element(place)

    def _missing(self, text: str, *, codes: bool) -> NDArray[np.bool_]:
        """Where (n,) any column of an expression is missing; ``codes``: -9999 and the like too."""
        parts = self.expressions[text].parts
        found = [self._lacks(self._part(*part), self.nulls.get(part[0], ()), codes) for part in parts]
        missing: NDArray[np.bool_] = np.any(found, axis=0)
        return missing

    @staticmethod
    def _lacks(column: FileColumn, nulls: Sequence[float], codes: bool) -> NDArray[np.bool_]:
        missing: NDArray[np.bool_] = column.missing.reshape(len(column.missing)).copy()
        if column.array.dtype.kind not in "iufb":
            missing |= np.asarray(texts(column)) == ""
            return missing
        value = column.array.reshape(len(missing))
        missing |= is_missing(value, nulls) if codes else is_none(value, value.astype(np.float64), nulls)
        return missing


def read_mapped(file: Path, read: Read, wanted: Sequence[str], where: str | None = None) -> Columns:
    """The columns that texts ask for: names of columns, or where there is none such, expressions of them.

    ``where`` is one in any case. Raises UserError for a text that is neither, naming what of it is wrong.
    """
    always = {} if where is None else {where: _filter(file, where)}
    try:
        return Columns(file, read(_sources(wanted, always)), always)
    except LackingColumnsError as error:
        there = set(error.names)
        odd = [text for text in wanted if text not in there and not PLAIN.fullmatch(text)]
        if not odd and not always:
            raise
    expressions = {text: _expression(read, text) for text in odd} | always
    names = [text for text in wanted if text not in expressions]
    try:
        return Columns(file, read(_sources(names, expressions)), expressions)
    except LackingColumnsError as error:
        of = [text for text, one in expressions.items() if not set(one.columns) <= set(error.names)]
        if not of:
            raise
        raise LackingColumnsError(f"{', '.join(of)}: {error}", error.names) from None


def _sources(names: Sequence[str], expressions: Mapping[str, Expression]) -> list[str]:
    """Every column of the file that is needed, once."""
    return list(dict.fromkeys([*names, *(name for one in expressions.values() for name in one.columns)]))


def _filter(file: Path, where: str) -> Expression:
    try:
        return parse(where)
    except ExpressionError as error:
        raise UserError(f"{file}: {option('dataset.where', where)}: {error}") from None


def _expression(read: Read, text: str) -> Expression:
    """A text that is no column as an expression; one that is none is refused as the reader does."""
    try:
        return parse(text)
    except ExpressionError as reason:
        try:
            read([text])
        except LackingColumnsError as error:
            raise UserError(f"{error}. As an expression of columns {text!r} is wrong: {reason}") from None
        raise
