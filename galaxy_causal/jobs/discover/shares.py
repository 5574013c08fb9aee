"""What shares of resamples mean, as it stands in a run's summary."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from galaxy_causal.discovery import Ranges, simulations

SHARE = "share of the resamples that have the edge or the direction: how stable it is, not how likely"
TRUE = (
    "how often an edge or a direction of such a share was true in simulations, lowest and highest over faults"
)


def meaning(replicates: int, simulated: Ranges | None, unsimulated: str) -> dict[str, object]:
    """What the shares in the tables mean, and what simulations say of them, or why they say nothing."""
    if not replicates:
        return {}
    found = {"meaning": SHARE, "resamples": replicates}
    if simulated is None:
        return found | {"not_simulated": unsimulated}
    made = simulations()
    rows = [
        {"share": name, "edge_true": _ends(edge), "direction_true": _ends(direction)}
        for name, edge, direction in zip(made["bins"], simulated.edge, simulated.direction, strict=True)
    ]
    how = {name: made[name] for name in ("made", "command", "laws")}
    return found | {"true": TRUE, "simulated": {**how, "ranges": rows}}


def ranges_of(rows: Sequence[Mapping[str, Any]]) -> Ranges:
    """Of the rows that ``meaning`` makes."""
    edge, direction = (
        tuple((math.nan, math.nan) if row[name] is None else (row[name][0], row[name][1]) for row in rows)
        for name in ("edge_true", "direction_true")
    )
    return Ranges(edge, direction)


def _ends(ends: tuple[float, float]) -> list[float] | None:
    return None if math.isnan(ends[0]) else list(ends)
