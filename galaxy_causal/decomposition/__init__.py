"""From informations to redundant, unique and synergistic atoms."""

from galaxy_causal.decomposition.best_subsets import best_subsets, smallest_within
from galaxy_causal.decomposition.bootstrap import bootstrap_sums, group_sums, mean_with_error
from galaxy_causal.decomposition.interactions import (
    leave_one_out,
    moebius,
    o_information,
    pair_atoms,
    pairs,
)
from galaxy_causal.decomposition.lattice import Lattice, three_sources
from galaxy_causal.decomposition.pointwise_min import pointwise_min
from galaxy_causal.decomposition.population_min import population_min
from galaxy_causal.decomposition.shapley import (
    check_exact,
    permutations,
    sampled_weights,
    sampling_error,
    shapley_weights,
)
from galaxy_causal.decomposition.subset_values import (
    MOST_INPUTS,
    SubsetValues,
    evaluate,
    every_subset,
    join,
)
from galaxy_causal.decomposition.summary import MEASURES, QUANTITIES, summarise, summarise_along

__all__ = [
    "MEASURES",
    "MOST_INPUTS",
    "QUANTITIES",
    "Lattice",
    "SubsetValues",
    "best_subsets",
    "bootstrap_sums",
    "check_exact",
    "evaluate",
    "every_subset",
    "group_sums",
    "join",
    "leave_one_out",
    "mean_with_error",
    "moebius",
    "o_information",
    "pair_atoms",
    "pairs",
    "permutations",
    "pointwise_min",
    "population_min",
    "sampled_weights",
    "sampling_error",
    "shapley_weights",
    "smallest_within",
    "summarise",
    "summarise_along",
    "three_sources",
]
