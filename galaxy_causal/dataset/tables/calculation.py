"""Expressions of columns worked out."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.tables.expressions import FUNCTIONS, Expression, ExpressionError, place, spelled

Values = Any
"""An array (n,), or a number or text for all galaxies."""
Operators = Mapping[type, Callable[[Values, Values], Values]]
CALCULATED: Operators = {
    ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply, ast.Div: np.divide, ast.Pow: np.power,
    ast.Mod: np.mod, ast.FloorDiv: np.floor_divide,
}  # fmt: skip
BITS: Operators = {
    ast.BitAnd: np.bitwise_and, ast.BitOr: np.bitwise_or,
}  # fmt: skip
COMPARED: Operators = {
    ast.Eq: np.equal, ast.NotEq: np.not_equal, ast.Lt: np.less, ast.LtE: np.less_equal,
    ast.Gt: np.greater, ast.GtE: np.greater_equal,
}  # fmt: skip


def calculate(expression: Expression, columns: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
    """The values (n,) of an expression, of columns (n,) or (n, d) of any kind.

    Numbers count in double precision, but for bits of whole ones. A logarithm, root or quotient that there is
    not is NaN or infinite. Raises `ExpressionError`, which names the part that has no value.
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
                name = spelled(func, {})
                first = self._truth if name == "where" else self._number
                return FUNCTIONS[name](first(args[0]), *map(self._number, args[1:]))
        raise ExpressionError(f"{self._text(node)} cannot be calculated")

    def _joined(self, node: ast.expr, left: ast.expr, op: ast.operator, right: ast.expr) -> Values:
        if type(op) in BITS:
            return BITS[type(op)](self._bits(left, node), self._bits(right, node))
        return CALCULATED[type(op)](self._number(left), self._number(right))

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

    def _number(self, node: ast.expr) -> Values:
        """In double precision, so that no whole number wraps around."""
        found = self.of(node)
        if np.asarray(found).dtype.kind not in "biuf":
            raise ExpressionError(f"{self._text(node)} is no number")
        return np.asarray(found, dtype=np.float64)

    def _bits(self, node: ast.expr, whole: ast.expr) -> Values:
        found = self.of(node)
        if np.asarray(found).dtype.kind not in "biu":
            raise ExpressionError(
                f"{self._text(whole)}: & and | join comparisons in parentheses, or bits of "
                f"whole numbers, and {self._text(node)} is neither"
            )
        return found

    def _truth(self, node: ast.expr) -> Values:
        found = self.of(node)
        if np.asarray(found).dtype.kind != "b":
            raise ExpressionError(f"{self._text(node)} is no comparison, that is true or false")
        return found

    def _of_one(self, op: ast.unaryop, operand: ast.expr) -> Values:
        if isinstance(op, ast.Not):
            return np.logical_not(self._truth(operand))
        if isinstance(op, ast.Invert):
            return np.invert(self._bits(operand, operand))
        found = self._number(operand)
        return -found if isinstance(op, ast.USub) else found

    def _compared(self, node: ast.Compare) -> Values:
        values = [self.of(part) for part in (node.left, *node.comparators)]
        found: Values = True
        for op, one, other in zip(node.ops, values[:-1], values[1:], strict=True):
            if (np.asarray(one).dtype.kind == "U") != (np.asarray(other).dtype.kind == "U"):
                raise ExpressionError(f"{self._text(node)} compares a text with a number")
            found = np.logical_and(found, COMPARED[type(op)](one, other))
        return found
