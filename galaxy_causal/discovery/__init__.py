"""Causal discovery: which graph of causes a table of galaxies supports.

Importing this room is cheap: pgmpy, causal-learn and scikit-learn are loaded by the search that needs them.
"""

from galaxy_causal.discovery.exact import ExactPosterior, Posterior
from galaxy_causal.discovery.fci import FCI
from galaxy_causal.discovery.files import read_graph, to_networkx, write_graph
from galaxy_causal.discovery.greedy import GES, HillClimbing, informed
from galaxy_causal.discovery.knowledge import Knowledge, knowledge
from galaxy_causal.discovery.marks import ARROW, CIRCLE, NONE, TAIL, Marks, cpdag, to_graph, to_marks
from galaxy_causal.discovery.oracle import truth_of
from galaxy_causal.discovery.outliers import Tails, tails
from galaxy_causal.discovery.pc import PC
from galaxy_causal.discovery.permutation import BOSS, GRaSP
from galaxy_causal.discovery.presets import ALGORITHMS
from galaxy_causal.discovery.scores import SCORES
from galaxy_causal.discovery.search import Algorithm, LearnedGraph
from galaxy_causal.discovery.shares import Ranges, Setting, simulated_ranges, simulations
from galaxy_causal.discovery.simulate import linear_gaussian, perceptron_network, random_dag
from galaxy_causal.discovery.stability import Stability, resample, stability
from galaxy_causal.discovery.table import pair_table
from galaxy_causal.discovery.truth import Agreement, agreement
from galaxy_causal.discovery.variables import Variables, variables

__all__ = [
    "ALGORITHMS",
    "ARROW",
    "BOSS",
    "CIRCLE",
    "FCI",
    "GES",
    "NONE",
    "PC",
    "SCORES",
    "TAIL",
    "Agreement",
    "Algorithm",
    "ExactPosterior",
    "GRaSP",
    "HillClimbing",
    "Knowledge",
    "LearnedGraph",
    "Marks",
    "Posterior",
    "Ranges",
    "Setting",
    "Stability",
    "Tails",
    "Variables",
    "agreement",
    "cpdag",
    "informed",
    "knowledge",
    "linear_gaussian",
    "pair_table",
    "perceptron_network",
    "random_dag",
    "read_graph",
    "resample",
    "simulated_ranges",
    "simulations",
    "stability",
    "tails",
    "to_graph",
    "to_marks",
    "to_networkx",
    "truth_of",
    "variables",
    "write_graph",
]
