"""From informations to redundant, unique and synergistic atoms."""

from galaxy_causal.decomposition.best_subsets import best_subsets, smallest_within
from galaxy_causal.decomposition.bootstrap import bootstrap_sums, group_sums, mean_with_error
from galaxy_causal.decomposition.broja import broja
from galaxy_causal.decomposition.ccs import ccs
from galaxy_causal.decomposition.chosen import MEASURES, Measures, measure_of, measure_spec
from galaxy_causal.decomposition.gaussian import gaussian_atoms, gaussian_informations
from galaxy_causal.decomposition.i_min import i_min, table_i_min
from galaxy_causal.decomposition.interactions import (
    leave_one_out,
    moebius,
    o_information,
    pair_atoms,
    pairs,
)
from galaxy_causal.decomposition.interface import (
    FunctionMeasure,
    Measure,
    Parts,
    Redundancy,
    TableMeasure,
    atoms,
    measure,
    table_measure,
)
from galaxy_causal.decomposition.kinds import LITTLE, most_telling
from galaxy_causal.decomposition.lattice import Lattice, three_sources
from galaxy_causal.decomposition.pointwise_min import pointwise_min
from galaxy_causal.decomposition.population_min import population_min, table_population_min
from galaxy_causal.decomposition.quantise import count_table, quantiles, summarise_tables, with_tables
from galaxy_causal.decomposition.shapley import (
    check_exact,
    permutations,
    sampled_weights,
    sampling_error,
    shapley_weights,
)
from galaxy_causal.decomposition.shared_exclusions import shared_exclusions, table_shared_exclusions
from galaxy_causal.decomposition.specificity_ambiguity import specificity_ambiguity
from galaxy_causal.decomposition.subset_evidence import asked, judged, subset_evidence
from galaxy_causal.decomposition.subset_values import (
    MOST_INPUTS,
    SubsetValues,
    evaluate,
    every_subset,
    join,
)
from galaxy_causal.decomposition.summary import (
    ALWAYS,
    INFORMATIONS,
    averages,
    quantities,
    summarise,
    summarise_along,
)
from galaxy_causal.decomposition.tables import Marginals, marginals
from galaxy_causal.decomposition.verdict import (
    FEWEST,
    Evidence,
    evidence,
    impossible,
    judge,
    raised,
    restated,
    telling,
    verdict_of,
    widened,
)

__all__ = [
    "ALWAYS",
    "FEWEST",
    "INFORMATIONS",
    "LITTLE",
    "MEASURES",
    "MOST_INPUTS",
    "Evidence",
    "FunctionMeasure",
    "Lattice",
    "Marginals",
    "Measure",
    "Measures",
    "Parts",
    "Redundancy",
    "SubsetValues",
    "TableMeasure",
    "asked",
    "atoms",
    "averages",
    "best_subsets",
    "bootstrap_sums",
    "broja",
    "ccs",
    "check_exact",
    "count_table",
    "evaluate",
    "every_subset",
    "evidence",
    "gaussian_atoms",
    "gaussian_informations",
    "group_sums",
    "i_min",
    "impossible",
    "join",
    "judge",
    "judged",
    "leave_one_out",
    "marginals",
    "mean_with_error",
    "measure",
    "measure_of",
    "measure_spec",
    "moebius",
    "most_telling",
    "o_information",
    "pair_atoms",
    "pairs",
    "permutations",
    "pointwise_min",
    "population_min",
    "quantiles",
    "quantities",
    "raised",
    "restated",
    "sampled_weights",
    "sampling_error",
    "shapley_weights",
    "shared_exclusions",
    "smallest_within",
    "specificity_ambiguity",
    "subset_evidence",
    "summarise",
    "summarise_along",
    "summarise_tables",
    "table_i_min",
    "table_measure",
    "table_population_min",
    "table_shared_exclusions",
    "telling",
    "three_sources",
    "verdict_of",
    "widened",
    "with_tables",
]
