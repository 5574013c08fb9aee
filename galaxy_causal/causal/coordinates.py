"""What galaxies of one neighbourhood still differ in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from galaxy_causal.causal.options import GRADIENTS, LocalTestOptions
from galaxy_causal.causal.question import LocalQuestion
from galaxy_causal.types import Floats, UserError, option


def coordinates(question: LocalQuestion, options: LocalTestOptions) -> list[Floats]:
    """Columns (m,) whose trends are removed, as ``causal.gradient`` says; none for the published test."""
    names = () if options.test == "paper" else GRADIENTS[options.gradient]
    for name in names:
        if getattr(question, name) is None:
            wanted = option("causal.gradient", options.gradient)
            raise UserError(f"{wanted} needs the {name} of the training galaxies")
    return _columns(question, names)


def trends(question: LocalQuestion, options: LocalTestOptions) -> list[Floats]:
    """Columns (m,) along which target and query may rise inside a neighbourhood, whether removed or not."""
    return _columns(question, GRADIENTS[options.gradient] or GRADIENTS["latent"])


def _columns(question: LocalQuestion, names: Sequence[str]) -> list[Floats]:
    columns: list[Floats] = []
    for name in names:
        value = getattr(question, name)
        if value is not None:
            columns += list(np.asarray(value, dtype=np.float64).reshape(len(value), -1).T)
    return columns
