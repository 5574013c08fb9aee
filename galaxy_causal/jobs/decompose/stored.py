"""What is read back of a decomposition's files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from galaxy_causal.decomposition import restated
from galaxy_causal.jobs.decompose.meaning import Meaning
from galaxy_causal.types import Curve, Summary


def summary_of(given: Mapping[str, Any]) -> Summary:
    """Averages of a group, with their verdicts as they are called now."""
    return Summary(**{**given, "verdict": restated(given.get("verdict", {}))})


def meaning_of(given: Mapping[str, Any]) -> Meaning:
    """What informations mean; nothing of runs that did not say."""
    numbers = {name: (value, error) for name, (value, error) in given.get("numbers", {}).items()}
    return Meaning(given.get("unit", ""), numbers)


def curve_of(given: Mapping[str, Any]) -> Curve:
    """Averages along a quantity."""
    summaries = tuple(Summary(**summary) for summary in given["summaries"])
    centre = np.array(given["centre"])
    return Curve(given["group"], given["label"], centre, summaries, restated(given.get("verdict", {})))
