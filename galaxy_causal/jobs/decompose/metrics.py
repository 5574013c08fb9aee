"""Names and values of averages, as they are tracked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from galaxy_causal.types import Summary, metric_name

SHORT = {"population_min": "population", "pointwise_min": "pointwise"}
"""Measures whose metrics have a shorter name."""


def metrics(summaries: Sequence[Summary], headline: str, before: str = "") -> dict[str, float]:
    """Metric names and values of averages; those of the headline's atoms have short names too."""
    found: dict[str, float] = {}
    for summary in summaries:
        prefix = before + ("" if summary.group == "all" else f"{metric_name(summary.group)}/")
        for key, value in summary.value.items():
            measure, _, atom = key.rpartition("/")
            names = []
            if measure in ("", headline):
                names.append(f"{prefix}{atom}")
            if measure and not before:
                names.append(f"{prefix}{SHORT.get(measure, measure)}/{atom}")
            for name in names:
                found[name] = value
                found[f"{name}_err"] = summary.error[key]
                if key in summary.low:
                    found[f"{name}_low"], found[f"{name}_high"] = summary.low[key], summary.high[key]
        found[f"{prefix}galaxies"] = float(summary.count)
    return found


def of_headline(summary: Summary, measure: str) -> Summary:
    """Informations and the atoms of one measure alone: a page of runs shows no more metrics with ease."""
    value = {key: one for key, one in summary.value.items() if key.rpartition("/")[0] in ("", measure)}
    return replace(summary, value=value)
