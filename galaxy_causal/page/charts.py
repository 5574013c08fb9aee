"""Charts to point at, by BokehJS, which stands in the page: its scripts are a quarter of plotly's.

The numbers stand in the page as JSON, and ``templates/page.js`` draws them: to make the same in Python would
take seconds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from galaxy_causal.page.content import Chart, Curves, Intervals
from galaxy_causal.types import Floats, amount, decimals_of

SCRIPTS = ("bokeh.min.js", "bokeh-api.min.js")


@cache
def library() -> str:
    """The scripts of BokehJS, as they may stand within HTML."""
    folder = files("bokeh") / "server" / "static" / "js"
    text = "\n".join((folder / name).read_text(encoding="utf-8") for name in SCRIPTS)
    return text.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def drawn(charts: Sequence[Chart]) -> list[dict[str, Any]]:
    """What draws the charts.

    Parameters
    ----------
    charts
        Any number.

    Returns
    -------
    list of dict
        Plain values, of each panel in turn; None for what is unknown.
    """
    return [
        _intervals(panel, chart.unit) if isinstance(panel, Intervals) else _curves(panel, chart.unit)
        for chart in charts
        for panel in chart.panels
    ]


def _intervals(panel: Intervals, unit: str) -> dict[str, Any]:
    return {
        "kind": "intervals",
        "unit": unit,
        "labels": [*panel.labels],
        "notes": [*panel.notes],
        "colour": panel.colour,
        "open": [*panel.doubtful] or [False] * len(panel.labels),
        **_numbers(panel.value, panel.error),
    }


def _curves(panel: Curves, unit: str) -> dict[str, Any]:
    lines = [
        {
            "name": name,
            "colour": colour,
            "open": [name in panel.doubtful] * len(value),
            **_numbers(value, error),
        }
        for name, (value, error, colour) in panel.lines.items()
    ]
    return {
        "kind": "curves",
        "unit": unit,
        "along": panel.along,
        "place": [_known(one) for one in panel.place],
        "lines": lines,
    }


def _numbers(value: Floats, error: Floats) -> dict[str, Any]:
    pairs = [(float(v), float(e)) for v, e in zip(value, error, strict=True)]
    decimals = decimals_of(error)
    return {
        "value": [_known(v) for v, _ in pairs],
        "low": [_known(v - e) for v, e in pairs],
        "high": [_known(v + e) for v, e in pairs],
        "told": [amount(v, e, decimals) for v, e in pairs],
    }


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
