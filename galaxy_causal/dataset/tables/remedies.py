"""Options that mend a table, spelled so that they can be pasted: into a shell, or into Python."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from galaxy_causal.dataset.tables.columns import PLAIN
from galaxy_causal.types import by_door, option

SHOWN = 3
ESCAPED = re.compile(r"[\\()\[\]{}:=, ]")
"""Letters that stand in a name of a mapping on the command line after a backslash."""
NAMED = re.compile(r"[A-Za-z0-9_/+.$%*@?|\\()\[\]{}:=, -]+")
"""Names of a mapping that a command line can spell; others need a YAML file."""


def null_values_remedy(values: Sequence[float], of: str | None = None) -> str:
    """``'dataset.null_values={redshift: [-99]}' with dataset.nulls=drop``, to be pasted.

    ``of`` names the column or role; None: the values are none in any column.
    """
    listed = f"[{', '.join(spelled_number(value) for value in values[:SHOWN])}]"
    name = option("dataset.null_values")
    if of is None:
        given = by_door(shlex.quote(f"{name}={listed.replace(' ', '')}"), f"{name}={listed}")
    elif NAMED.fullmatch(of):
        key = ESCAPED.sub(r"\\\g<0>", of)
        given = by_door(shlex.quote(f"{name}={{{key}: {listed}}}"), f"{name}={{{_text(of)}: {listed}}}")
    else:
        given = by_door(
            f"null_values: {{{_text(of)}: {listed}}} in a YAML file of the dataset",
            f"{name}={{{_text(of)}: {listed}}}",
        )
    return f"{given} with {option('dataset.nulls', 'drop')}"


def column_remedy(role: str, text: str) -> str:
    """``'dataset.columns.target=log10(MASS)'``: a column that is an expression of others, to be pasted."""
    return option(f"dataset.columns.{role}", text)


def within_expression(column: str, expressions: Sequence[str] = ()) -> str:
    """A column as a part of an expression: in backquotes where its name needs them.

    One that is among the ``expressions`` stands in parentheses.
    """
    if column in expressions:
        return f"({column})"
    return column if PLAIN.fullmatch(column) else f"`{column}`"


def spelled_number(value: float) -> str:
    """As short as reads back: ``-99``, ``99.98999786376953``."""
    short = f"{value:.12g}"
    return short if float(short) == value else repr(float(value))


def _text(text: str) -> str:
    """A text as Python takes it, in the quotes that messages have."""
    plain = '"' not in text and "\\" not in text and text.isprintable()
    return f'"{text}"' if plain else repr(text)
