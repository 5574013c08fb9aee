"""From informations to redundant, unique and synergistic atoms."""

from galaxy_causal.decomposition.bootstrap import bootstrap_sums, group_sums, mean_with_error
from galaxy_causal.decomposition.pointwise_min import pointwise_min
from galaxy_causal.decomposition.population_min import population_min
from galaxy_causal.decomposition.summary import MEASURES, QUANTITIES, summarise, summarise_along

__all__ = [
    "MEASURES",
    "QUANTITIES",
    "bootstrap_sums",
    "group_sums",
    "mean_with_error",
    "pointwise_min",
    "population_min",
    "summarise",
    "summarise_along",
]
