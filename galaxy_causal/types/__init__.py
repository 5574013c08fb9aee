"""The frozen values that pass between the rooms of the package. Imports nothing of ours."""

from galaxy_causal.types.catalogue import (
    SPLITS,
    Catalogue,
    Feature,
    Floats,
    ImageReader,
    Images,
    Positions,
)
from galaxy_causal.types.causal import Association, LocalTests, Pooled
from galaxy_causal.types.checks import KINDS, UserError, are_numbers, check_options, check_whole, must_be
from galaxy_causal.types.columns import is_constant, same_order
from galaxy_causal.types.dependence import Answer, Dependence, DependenceCurve
from galaxy_causal.types.graph import Edge, Graph, GraphKind, Mark
from galaxy_causal.types.information import (
    ATOMS,
    CLASSES,
    VERDICTS,
    Atoms,
    Curve,
    Density,
    Estimate,
    Fit,
    Information,
    Learner,
    LogProbOfSubsets,
    SizeSummary,
    StoredRun,
    Summary,
    Values,
)
from galaxy_causal.types.inputs import IMAGES, Input, InputPair, InputSet, Sample
from galaxy_causal.types.neighbours import Neighbours
from galaxy_causal.types.specs import TARGET, Described, public_path, spec_of
from galaxy_causal.types.uncertainty import between_realisations, one_sigma

__all__ = [
    "ATOMS",
    "CLASSES",
    "IMAGES",
    "KINDS",
    "SPLITS",
    "TARGET",
    "VERDICTS",
    "Answer",
    "Association",
    "Atoms",
    "Catalogue",
    "Curve",
    "Density",
    "Dependence",
    "DependenceCurve",
    "Described",
    "Edge",
    "Estimate",
    "Feature",
    "Fit",
    "Floats",
    "Graph",
    "GraphKind",
    "ImageReader",
    "Images",
    "Information",
    "Input",
    "InputPair",
    "InputSet",
    "Learner",
    "LocalTests",
    "LogProbOfSubsets",
    "Mark",
    "Neighbours",
    "Pooled",
    "Positions",
    "Sample",
    "SizeSummary",
    "StoredRun",
    "Summary",
    "UserError",
    "Values",
    "are_numbers",
    "between_realisations",
    "check_options",
    "check_whole",
    "is_constant",
    "must_be",
    "one_sigma",
    "public_path",
    "same_order",
    "spec_of",
]
