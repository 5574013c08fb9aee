"""What MLflow allows: names, lengths, and how much at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from galaxy_causal.types import UserError

T = TypeVar("T")


def allowed(name: str) -> str:
    """A name of a parameter or metric with _ for what MLflow allows in none, such as brackets and commas."""
    return re.sub(r"[^\w\-. :/]", "_", name)


def check_tags(tags: Mapping[str, str]) -> None:
    """Raise ``UserError`` for a value that MLflow would cut in silence."""
    from mlflow.utils.validation import MAX_TAG_VAL_LENGTH

    for name, value in tags.items():
        if len(value) > MAX_TAG_VAL_LENGTH:
            raise UserError(
                f"the tag {name} has {len(value)} characters, MLflow keeps {MAX_TAG_VAL_LENGTH}: "
                "store it as an artifact"
            )


def batches(entries: Sequence[T], size: int) -> Iterator[list[T]]:
    """Entries, so many at once."""
    for start in range(0, len(entries), size):
        yield list(entries[start : start + size])
