"""Fits of laws with known truth by estimators as they are shipped, and files of results."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from known_answers import read
from shipped import shipped

from galaxy_causal.types import Floats, Sample

GALAXIES = 3_000
"""70% training, 15% validation and 15% test galaxies."""
Line = dict[str, str | int | float]


def sample_of(x: Floats, y: Floats, seed: int) -> Sample:
    """Inputs (n, d) and targets (n,) with a random split."""
    n = len(y)
    held_out = 15 * n // 100
    split = np.repeat(["train", "validation", "test"], [n - 2 * held_out, held_out, held_out])
    columns = tuple(f"signal/x{k}" for k in range(x.shape[1]))
    order = np.random.default_rng([seed, 15]).permutation(n)
    return Sample(x, y, split[order], columns, frozenset({"signal"}))


def pointwise(sample: Sample, seed: int, *overrides: str) -> Floats:
    """Pointwise informations (n,) by the options of the command line; without any, by the defaults."""
    estimator, learner = shipped(seed, *overrides)
    return estimator.information(sample, learner, seed).pointwise_mi


def measure(results: Path, jobs: Iterator[tuple[Line, Callable[[], Line]]]) -> None:
    """Append a line for each job whose key, the first of its two, no line has yet."""
    lines = read(results)
    text = results.read_text() if results.exists() else ""
    cut = bool(text) and not text.endswith("\n")
    with results.open("a") as file:
        file.write("\n" if cut else "")
        for key, compute in jobs:
            if not any(key.items() <= line.items() for line in lines):
                file.write(json.dumps({**key, **compute()}) + "\n")
                file.flush()
