"""Expressions of columns worked out."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.tables.arithmetic import (
    CALCULATED,
    EXACT,
    Operators,
    Values,
    as_number,
    is_beyond,
    is_whole,
    joined_whole,
    whole_constant,
)  # fmt: skip
from galaxy_causal.dataset.tables.expressions import FUNCTIONS, Expression, ExpressionError, place, spelled
from galaxy_causal.dataset.tables.values import flags

BITS: Operators = {
    ast.BitAnd: np.bitwise_and, ast.BitOr: np.bitwise_or,
}  # fmt: skip
COMPARED: Operators = {
    ast.Eq: np.equal, ast.NotEq: np.not_equal, ast.Lt: np.less, ast.LtE: np.less_equal,
    ast.Gt: np.greater, ast.GtE: np.greater_equal,
}  # fmt: skip
STEPS = {"floor", "ceil"}
"""Functions that hang on the last digit, as // and % do."""
WHOLE = {"abs", "sign", "minimum", "maximum", "where", *STEPS}
"""Functions that give whole numbers of whole numbers."""


def calculate(expression: Expression, columns: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
    """The values (n,) of an expression, of columns (n,) or (n, d) of any kind.

    Whole numbers stay whole, exactly, in + - * ** // %, comparisons and the functions of ``WHOLE``; all else
    counts in double precision. A logarithm, root or quotient that there is not is NaN or infinite. Raises
    `ExpressionError`, which names the part that has no value, or hangs on digits that a double has not.
    """
    with np.errstate(all="ignore"):
        found = _Calculation(expression, columns).of(expression.tree)
    count = len(next(iter(columns.values())))
    if np.shape(found) != (count,):
        raise ExpressionError("it gives no value for each galaxy")
    return np.asarray(found)


@dataclass(frozen=True)
class _Calculation:
    """An expression and the columns that it is of."""

    whole: Expression
    columns: Mapping[str, NDArray[Any]]
    rounded: set[int] = field(default_factory=set)
    """Parts, by id, in which whole numbers lost digits."""

    def of(self, node: ast.expr) -> Values:
        """The value of a part."""
        try:
            return self._of(node)
        except ExpressionError:
            raise
        except (TypeError, ValueError, ArithmeticError) as error:
            part = self._text(node)
            raise ExpressionError(f"{part} cannot be calculated: {error}") from None

    def _of(self, node: ast.expr) -> Values:  # noqa: PLR0911  (one case a kind)
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name):
                return self._column(name)
            case ast.Subscript():
                return self._element(node)
            case ast.BinOp(left, op, right):
                return self._joined(node, left, op, right)
            case ast.UnaryOp(op, operand):
                return self._of_one(op, operand)
            case ast.BoolOp(op, values):
                join = np.logical_and if isinstance(op, ast.And) else np.logical_or
                return reduce(join, map(self._truth, values))
            case ast.Compare():
                return self._compared(node)
            case ast.Call(func, args):
                return self._applied(node, spelled(func, {}), args)
        raise ExpressionError(f"{self._text(node)} cannot be calculated")

    def _joined(self, node: ast.expr, left: ast.expr, op: ast.operator, right: ast.expr) -> Values:
        if type(op) in BITS:
            return BITS[type(op)](self._bits(left, node), self._bits(right, node))
        one, other = self._number(left), self._number(right)
        if is_whole(one) != is_whole(other):  # 14.0 is 14
            one, other = whole_constant(one), whole_constant(other)
        whole = joined_whole(type(op), one, other) if is_whole(one) and is_whole(other) else None
        if whole is not None:
            return whole
        one, other = self._doubles(node, one), self._doubles(node, other)
        if isinstance(op, ast.Mod | ast.FloorDiv):
            self._check_digits(node)
        return CALCULATED[type(op)](one, other)

    def _applied(self, node: ast.expr, name: str, args: list[ast.expr]) -> Values:
        """A function of its values."""
        first = [self._truth(args[0])] if name == "where" else []
        numbers = [self._number(one) for one in args[len(first) :]]
        if name not in WHOLE or {one.dtype for one in numbers} not in ({np.dtype("i8")}, {np.dtype("u8")}):
            numbers = [self._doubles(node, one) for one in numbers]
        if name in STEPS:
            self._check_digits(node)
        return FUNCTIONS[name](*first, *numbers)

    def _doubles(self, node: ast.expr, value: NDArray[Any]) -> NDArray[Any]:
        """In double precision; where whole numbers lose digits by that, the part is remembered."""
        if is_whole(value) and is_beyond(value):
            self.rounded.add(id(node))
        return value.astype(np.float64, copy=False)

    def _check_digits(self, node: ast.expr) -> None:
        """Refuse what hangs on the last digits of whole numbers that have lost them."""
        if any(id(part) in self.rounded for part in ast.walk(node)):
            raise ExpressionError(
                f"{self._text(node)} hangs on the last digits of whole numbers above {EXACT:.0f}, which "
                "double precision does not hold; they keep them in + - * // % of other whole numbers, and "
                "lose them with fractions, / and functions"
            )

    def _text(self, node: ast.expr) -> str:
        return spelled(node, self.whole.names)

    def _column(self, name: str) -> NDArray[Any]:
        column = self.columns[self.whole.names.get(name, name)]
        if column.ndim > 1 and column.shape[1:] != (1,):
            shown = self.whole.names.get(name, name)
            raise ExpressionError(
                f"{shown} holds {' x '.join(map(str, column.shape[1:]))} numbers per galaxy; choose one, as "
                f"{shown}[0]"
            )
        return column.reshape(len(column))

    def _element(self, node: ast.Subscript) -> NDArray[Any]:
        name, at = spelled(node.value, {}), place(node)
        name = self.whole.names.get(name, name)
        column = self.columns[name]
        if column.ndim == 1:
            raise ExpressionError(f"{name}[{at}]: {name} holds one number per galaxy; leave [{at}] out")
        if column.ndim > len(("galaxies", "elements")) or not 0 <= at < column.shape[1]:
            there = " x ".join(map(str, column.shape[1:]))
            last = f", counted from 0 to {column.shape[1] - 1}" if column.ndim == len("nd") else ""
            raise ExpressionError(f"{name}[{at}]: {name} holds {there} numbers per galaxy{last}")
        return column[:, at]

    def _number(self, node: ast.expr) -> NDArray[Any]:
        """Of 64 bits."""
        found = self.of(node)
        if np.asarray(found).dtype.kind not in "biuf":
            raise ExpressionError(f"{self._text(node)} is no number")
        return as_number(found)

    def _bits(self, node: ast.expr, whole: ast.expr) -> Values:
        found = self.of(node)
        if np.asarray(found).dtype.kind not in "biu":
            raise ExpressionError(
                f"{self._text(whole)}: & and | join comparisons in parentheses, or bits of "
                f"whole numbers, and {self._text(node)} is neither"
            )
        return found

    def _truth(self, node: ast.expr) -> Values:
        found = flags(np.asarray(self.of(node)))
        if found.dtype.kind != "b":
            raise ExpressionError(f"{self._text(node)} is no comparison, that is true or false")
        return found

    def _of_one(self, op: ast.unaryop, operand: ast.expr) -> Values:
        if isinstance(op, ast.Not):
            return np.logical_not(self._truth(operand))
        if isinstance(op, ast.Invert):
            return np.invert(self._bits(operand, operand))
        found = self._number(operand)
        if isinstance(op, ast.UAdd):
            return found
        whole = joined_whole(ast.Sub, np.asarray(0), found) if is_whole(found) else None
        return -self._doubles(operand, found) if whole is None else whole

    def _compared(self, node: ast.Compare) -> Values:
        values = [self.of(part) for part in (node.left, *node.comparators)]
        found: Values = True
        for op, one, other in zip(node.ops, values[:-1], values[1:], strict=True):
            if (np.asarray(one).dtype.kind == "U") != (np.asarray(other).dtype.kind == "U"):
                raise ExpressionError(f"{self._text(node)} compares a text with a number")
            found = np.logical_and(found, COMPARED[type(op)](*self._comparable(node, op, one, other)))
        return found

    def _comparable(
        self, node: ast.Compare, op: ast.cmpop, one: Values, other: Values
    ) -> tuple[Values, Values]:
        """Two values that can be compared, whole numbers with whole ones where both are."""
        if np.asarray(one).dtype.kind not in "iuf" or np.asarray(other).dtype.kind not in "iuf":
            return one, other
        one, other = as_number(one), as_number(other)
        if is_whole(one) == is_whole(other):
            return one, other
        if isinstance(op, ast.Eq | ast.NotEq) and is_beyond(one) and is_beyond(other):
            raise ExpressionError(
                f"{self._text(node)} compares whole numbers above {EXACT:.0f} with fractions, whose last "
                "digits are not known; write whole numbers without a point or exponent"
            )
        return whole_constant(one), whole_constant(other)
