"""Columns of which others are worked out: where they hold a value for missing these hold any value."""

from __future__ import annotations

import ast
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.tables.columns import Columns
from galaxy_causal.dataset.tables.expressions import Expression
from galaxy_causal.dataset.tables.reading import Reading
from galaxy_causal.dataset.tables.strays import refuse_codes

CHOOSING = (ast.Compare, ast.BoolOp, ast.BitAnd, ast.BitOr)
CHOOSERS = ("where", "isfinite", "minimum", "maximum", "sign")
"""Parts and functions of expressions that may well be there because of such values."""


def check_ingredients(found: Reading, rows: NDArray[np.bool_]) -> None:
    """Refuse strays, such as stand for missing values, in columns of which others are worked out.

    ``LOG_SFR - LOG_MASS`` of a rate of -99 is another number for every galaxy, ``log10(MASS)`` of a mass of
    999 a value like others. ``rows`` (n,) are those that are used. Expressions that choose or compare pass.

    Raises UserError, which names the column, its rows and the remedy.
    """
    check_parts(found.columns, found.mapped.numbers(), rows)


def check_parts(columns: Columns, texts: Iterable[str], rows: NDArray[np.bool_]) -> None:
    """As ``check_ingredients``, of those of the ``texts`` that are expressions."""
    done = set[tuple[str, int | None]]()
    for text in (text for text in texts if text in columns.expressions):
        for part in _parts(columns.expressions[text]):
            value = None if part in done else columns.part_numbers(*part)
            done.add(part)
            if value is not None:
                value[~rows] = np.nan
                refuse_codes(columns.file, part[0], value, f", of which {text} is worked out,")


def _parts(expression: Expression) -> tuple[tuple[str, int | None], ...]:
    """The columns, or elements of them, of a plain calculation; of other expressions none."""
    chooses = expression.is_element or any(map(_chooses, ast.walk(expression.tree)))
    return () if chooses else expression.parts


def _chooses(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in CHOOSERS
    return isinstance(node, CHOOSING)
