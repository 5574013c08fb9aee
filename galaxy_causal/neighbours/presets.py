"""Neighbour searches by the names that options have."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from galaxy_causal.neighbours.approximate import Approximate
from galaxy_causal.neighbours.exact import Exact
from galaxy_causal.neighbours.search import NeighbourSearch

KEPT = 2000
SEARCHES: Mapping[str, Callable[[int], NeighbourSearch]] = {
    "exact": lambda seed: Exact(k=KEPT),
    "approximate": lambda seed: Approximate(k=KEPT, seed=seed),
}
"""With the settings of ``neighbours=`` of the command line, for a seed."""
