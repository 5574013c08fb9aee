"""Parts of an evaluation of subsets as they are read back from its files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from galaxy_causal.types import Estimate, SizeSummary


def estimate_of(given: Mapping[str, Any], labels: Sequence[str]) -> Any:  # noqa: ANN401
    """Numbers under these names, with errors and verdicts; None where there are none."""
    metrics, words = given["metrics"], given["verdict"]
    if labels[0] not in metrics:
        return None
    value, error = (np.array([metrics[f"{name}{end}"] for name in labels]) for end in ("", "_err"))
    return Estimate(value, error, tuple(words[name] for name in labels if name in words))


def size_of(given: Mapping[str, Any], one: Mapping[str, Any]) -> SizeSummary:
    """What subsets of one size tell."""
    numbers = {name: value for name, value in one.items() if name not in ("best", "shown")}
    return SizeSummary(
        **numbers, coalition=np.array(one["shown"]), verdict=given["verdict"][f"best/{one['size']}"]
    )
