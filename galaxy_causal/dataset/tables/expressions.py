"""Expressions of columns, such as ``log10(MASS)``, read without ever being run as code."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

FUNCTIONS = {
    name: getattr(np, name)
    for name in (
        *("log10", "log2", "log", "log1p", "exp", "expm1", "sqrt", "cbrt", "abs", "sign", "floor", "ceil"),
        *("sin", "cos", "tan", "arcsin", "arccos", "arctan", "arctan2", "sinh", "cosh", "tanh", "arcsinh"),
        *("hypot", "minimum", "maximum", "where", "isfinite", "radians", "degrees"),
    )
}
"""By their names; all are of numbers, but for the first of ``where``."""
OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.Mod, ast.FloorDiv, ast.BitAnd, ast.BitOr)
COMPARISONS = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE)
QUOTED = re.compile(r"`([^`]+)`")
DOTTED = re.compile(r"\b([^\W\d]\w*)\.(\d+)\b")
"""``NMGY.3``, which a command line takes without quotes."""
LONGEST, DEEPEST = 1000, 100
"""Letters, and parts within parts, beyond which something else was meant."""


class ExpressionError(ValueError):
    """What is wrong with an expression, and with which part of it."""


@dataclass(frozen=True)
class Expression:
    """A checked expression of columns.

    Parameters
    ----------
    text
        As it was given.
    tree
        What it says.
    names
        Of columns, by what stands for them in the tree.
    """

    text: str
    tree: ast.expr
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def parts(self) -> tuple[tuple[str, int | None], ...]:
        """The columns that it is made of, once each, and which element of those that are vectors."""
        found: list[tuple[str, int | None]] = []
        within: set[int] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call | ast.Subscript):
                within.add(id(node.func if isinstance(node, ast.Call) else node.value))
            if isinstance(node, ast.Subscript):
                found.append((self._named(node.value), place(node)))
            elif isinstance(node, ast.Name) and id(node) not in within:
                found.append((self._named(node), None))
        return tuple(dict.fromkeys(found))

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it is made of, once each."""
        return tuple(dict.fromkeys(name for name, _ in self.parts))

    @property
    def is_element(self) -> bool:
        """Whether it is nothing but an element of a vector, as ``NMGY[3]``."""
        return isinstance(self.tree, ast.Subscript)

    def _named(self, node: ast.expr) -> str:
        name = node.id if isinstance(node, ast.Name) else ""
        return self.names.get(name, name)


def parse(text: str) -> Expression:
    """The expression that a text is; `ExpressionError` names the part that is wrong.

    Numbers, texts in quotes, columns (in backquotes where their names have other signs than letters, digits
    and _), elements ``NAME[3]``, + - * / ** % //, comparisons, and, or, not, & and |, and ``FUNCTIONS``.
    """
    if len(text) > LONGEST:
        raise ExpressionError(f"it has {len(text)} letters; at most {LONGEST} are read")
    quoted: dict[str, str] = {}

    def stand_in(found: re.Match[str]) -> str:
        return quoted.setdefault(found[1], f"_quoted_{len(quoted)}_")

    plain = DOTTED.sub(r"\1[\2]", QUOTED.sub(stand_in, text.strip()))
    try:
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse(plain, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        at = getattr(error, "offset", None) or 1
        rest = plain[at - 1 : at + 19]
        hint = "equal is ==" if rest.startswith("=") else "names with blanks and the like stand in backquotes"
        raise ExpressionError(f"it cannot be read from {rest!r} on; {hint}") from None
    names = {stand: name for name, stand in quoted.items()}
    _check(tree, names)
    return Expression(text, tree, names)


def _check(node: ast.expr, names: Mapping[str, str], depth: int = 0) -> None:
    """Refuse everything but what ``parse`` allows."""
    if depth > DEEPEST:
        raise ExpressionError(f"it is nested more than {DEEPEST} deep")
    for part in _parts(node, names):
        _check(part, names, depth + 1)


def _parts(node: ast.expr, names: Mapping[str, str]) -> list[ast.expr]:  # noqa: PLR0911  (one case a kind)
    """What a part is made of."""
    match node:
        case ast.Name() | ast.Constant(value=bool() | int() | float() | str()):
            return []
        case ast.BinOp(left, op, right) if isinstance(op, OPERATORS):
            return [left, right]
        case ast.UnaryOp(operand=operand):
            return [operand]
        case ast.BoolOp(values=values):
            return values
        case ast.Compare(left, ops, others) if all(isinstance(op, COMPARISONS) for op in ops):
            return [left, *others]
        case ast.Subscript(value=ast.Name()):
            place(node)
            return []
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            return _arguments(name, args)
    raise ExpressionError(
        f"{spelled(node, names)} cannot stand in an expression; it takes columns, numbers, + - * / **, "
        "comparisons, and, or, not, & and | between comparisons, and functions such as log10"
    )


def _arguments(name: str, args: list[ast.expr]) -> list[ast.expr]:
    if name not in FUNCTIONS:
        raise ExpressionError(f"there is no function {name}; there are {', '.join(FUNCTIONS)}")
    takes = getattr(FUNCTIONS[name], "nin", 3)  # of where
    if len(args) != takes:
        raise ExpressionError(f"{name} takes {takes} values in its parentheses, and has {len(args)}")
    return args


def place(node: ast.Subscript) -> int:
    """Which element ``NAME[3]`` takes."""
    where = node.slice
    if isinstance(where, ast.Constant) and type(where.value) is int:
        return where.value
    raise ExpressionError(f"[{ast.unparse(where)}]: elements are counted by whole numbers from 0 on")


def spelled(node: ast.AST, names: Mapping[str, str]) -> str:
    """A part as it was given."""
    text = ast.unparse(node)
    for stand, name in names.items():
        text = text.replace(stand, f"`{name}`")
    return text
