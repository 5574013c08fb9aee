"""What the page of a discovery holds: a chart of how stable edges are, and the table of all pairs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from galaxy_causal.jobs.page import Content, fraction
from galaxy_causal.page import Chart, Intervals, Listing, Number
from galaxy_causal.plot import COLOURS

if TYPE_CHECKING:
    from galaxy_causal.jobs.discover.result import Discovery

KINDS = {"dag": "a graph of causes", "cpdag": "a class of equivalent graphs of causes",
         "pag": "a graph of causes, some of which may be hidden"}  # fmt: skip
SHARES = {"share": "with an edge", "a_causes_b": "first causes second", "b_causes_a": "second causes first"}
PAIR = "{a} and {b}"
Row = Mapping[str, str | bool | float]


def content(found: Discovery) -> Content:
    """What the page of a discovery holds."""
    variables = ", ".join(found.graph.variables)
    return Content(
        title=f"Which of {variables} cause which?",
        question=(
            f"Which graph of causes do {variables} support?",
            f"{found.dataset.get('name', 'galaxies')}: {found.count:,} galaxies",
        ),
        meaning=f"The result is {KINDS[found.graph.kind]}, under the assumptions of the search. Shares of "
        "resamples tell how stable an edge is: they are no probabilities.",
        warnings=found.warnings,
        charts=tuple(_charts(found)),
        tables=(_table(found),),
        captions={
            "graph": f"The graph of {variables}",
            "sweep": f"Edges of the graph at each value of {found.dial}",
        },
    )


def _charts(found: Discovery) -> Iterator[Chart]:
    if not found.replicates:
        return
    pairs = tuple(PAIR.format(**row) for row in found.edges)
    colours = (COLOURS["synergistic"], COLOURS["unique_1"], COLOURS["unique_2"])
    panels = [
        Intervals(
            title,
            pairs,
            np.array([_number(row, key) for row in found.edges]),
            np.full(len(pairs), np.nan),
            tuple("in the graph" if row["mark_a"] else "" for row in found.edges),
            colour,
        )
        for (key, title), colour in zip(SHARES.items(), colours, strict=True)
    ]
    yield Chart("Stability of the edges", f"share of {found.replicates} resamples", tuple(panels))


def _table(found: Discovery) -> Listing:
    ends = {"tail": "-", "arrow": ">", "circle": "o", "": ""}
    rows: tuple[tuple[str | Number, ...], ...] = tuple(
        (
            str(row["a"]),
            str(row["b"]),
            _edge(ends[str(row["mark_a"])], ends[str(row["mark_b"])]),
            *(fraction(_number(row, key)) for key in SHARES),
            _plain(_number(row, "correlation")),
            _plain(_number(row, "partial_correlation")),
            str(row["knowledge"] or ""),
        )
        for row in found.edges
    )
    headings = ("first", "second", "edge", *(f"share {title}" for title in SHARES.values()),
                "correlation", "partial correlation", "knowledge")  # fmt: skip
    return Listing(
        "Pairs of variables", headings, rows, "edge: as in the graph of all galaxies; none where empty"
    )


def _edge(first: str, second: str) -> str:
    return f"{first.replace('>', '<')}-{second}" if first or second else ""


def _number(row: Row, key: str) -> float:
    value = row.get(key, math.nan)
    return float(value) if isinstance(value, float | int) else math.nan


def _plain(value: float) -> Number:
    return Number(value, "-" if math.isnan(value) else f"{value:+.3f}")
