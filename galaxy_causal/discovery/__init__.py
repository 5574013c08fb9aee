"""Causal discovery: which graph of causes a table of galaxies supports.

Importing this room is cheap: pgmpy, causal-learn and scikit-learn are loaded by the search that needs them.
"""

from galaxy_causal.discovery.exact import Exact
from galaxy_causal.discovery.fci import FCI
from galaxy_causal.discovery.greedy import GES, HillClimbing
from galaxy_causal.discovery.knowledge import Knowledge, knowledge
from galaxy_causal.discovery.pc import PC
from galaxy_causal.discovery.permutation import BOSS, GRaSP
from galaxy_causal.discovery.search import Search
from galaxy_causal.discovery.variables import Variables, variables

__all__ = [
    "BOSS",
    "FCI",
    "GES",
    "PC",
    "Exact",
    "GRaSP",
    "HillClimbing",
    "Knowledge",
    "Search",
    "Variables",
    "knowledge",
    "variables",
]
