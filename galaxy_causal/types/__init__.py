"""The frozen values that pass between the rooms of the package. Imports nothing of ours."""

from galaxy_causal.types.catalogue import (
    SPLITS,
    Catalogue,
    Feature,
    Floats,
    ImageReader,
    Images,
    Positions,
    UserError,
)
from galaxy_causal.types.graph import Edge, Graph, GraphKind, Mark
from galaxy_causal.types.information import (
    ATOMS,
    Atoms,
    Curve,
    Density,
    Estimate,
    Fit,
    Information,
    Learner,
    SizeSummary,
    StoredRun,
    Summary,
)
from galaxy_causal.types.inputs import IMAGES, Input, InputPair, InputSet, Sample

__all__ = [
    "ATOMS",
    "IMAGES",
    "SPLITS",
    "Atoms",
    "Catalogue",
    "Curve",
    "Density",
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
    "Mark",
    "Positions",
    "Sample",
    "SizeSummary",
    "StoredRun",
    "Summary",
    "UserError",
]
