"""From informations to redundant, unique and synergistic atoms."""

from galaxy_causal.decomposition.bootstrap import bootstrap_sums, group_sums
from galaxy_causal.decomposition.broja import broja
from galaxy_causal.decomposition.ccs import ccs
from galaxy_causal.decomposition.gaussian import gaussian_atoms, gaussian_informations
from galaxy_causal.decomposition.i_min import IMin, table_i_min
from galaxy_causal.decomposition.interface import Measure, atoms
from galaxy_causal.decomposition.pointwise_min import pointwise_min
from galaxy_causal.decomposition.population_min import population_min
from galaxy_causal.decomposition.quantise import (
    TABLE_MEASURES,
    check_tables,
    count_table,
    quantiles,
    summarise_tables,
)
from galaxy_causal.decomposition.shared_exclusions import shared_exclusions, table_shared_exclusions
from galaxy_causal.decomposition.specificity_ambiguity import specificity_ambiguity
from galaxy_causal.decomposition.summary import ALWAYS, MEASURES, quantities, summarise, summarise_along
from galaxy_causal.decomposition.tables import Marginals, Parts, marginals

__all__ = [
    "ALWAYS",
    "MEASURES",
    "TABLE_MEASURES",
    "IMin",
    "Marginals",
    "Measure",
    "Parts",
    "atoms",
    "bootstrap_sums",
    "broja",
    "ccs",
    "check_tables",
    "count_table",
    "gaussian_atoms",
    "gaussian_informations",
    "group_sums",
    "marginals",
    "pointwise_min",
    "population_min",
    "quantiles",
    "quantities",
    "shared_exclusions",
    "specificity_ambiguity",
    "summarise",
    "summarise_along",
    "summarise_tables",
    "table_i_min",
    "table_shared_exclusions",
]
