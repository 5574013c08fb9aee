"""Algorithms by the names that options have."""

from __future__ import annotations

from collections.abc import Mapping

from galaxy_causal.discovery.exact import ExactPosterior
from galaxy_causal.discovery.fci import FCI
from galaxy_causal.discovery.greedy import GES, HillClimbing
from galaxy_causal.discovery.pc import PC
from galaxy_causal.discovery.permutation import BOSS, GRaSP
from galaxy_causal.discovery.search import Algorithm

ALGORITHMS: Mapping[str, Algorithm] = {
    "pc": PC(),
    "fci": FCI(),
    "ges": GES(),
    "hill_climbing": HillClimbing(),
    "boss": BOSS(score="additive_bic", least=0.03),
    "grasp": GRaSP(),
    "exact": ExactPosterior(),
}
"""With the settings of ``discovery=`` of the command line."""
