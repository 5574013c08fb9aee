"""What galaxies of one neighbourhood still differ in."""

from __future__ import annotations

import numpy as np

from galaxy_causal.causal.options import GRADIENTS, Options
from galaxy_causal.causal.question import Question
from galaxy_causal.types import Floats, UserError


def coordinates(question: Question, options: Options) -> list[Floats]:
    """Columns (m,) whose trends are removed, as ``causal.gradient`` says; none for the published test."""
    columns: list[Floats] = []
    for name in () if options.test == "paper" else GRADIENTS[options.gradient]:
        value = getattr(question, name)
        if value is None:
            raise UserError(f"causal.gradient={options.gradient} needs the {name} of the training galaxies")
        columns += list(np.asarray(value, dtype=np.float64).reshape(len(value), -1).T)
    return columns
