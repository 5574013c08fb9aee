"""Survey readers and simulators, the inputs chosen from them, and their checksums.

Importing this room is cheap: astropy, GalSim, h5py, kcorrect, pyarrow and zarr are loaded by the
reader that needs them.
"""

from galaxy_causal.dataset.checksum import catalogue_checksums
from galaxy_causal.dataset.cutouts import cutouts
from galaxy_causal.dataset.gaussian import gaussian, gaussian_information
from galaxy_causal.dataset.input_values import check_inputs, check_strays
from galaxy_causal.dataset.inputs import pair, split_images, split_photometry
from galaxy_causal.dataset.missing_pixels import check_pixels, missing_pixels
from galaxy_causal.dataset.mock import mock_survey
from galaxy_causal.dataset.npz import npz
from galaxy_causal.dataset.positions import positions
from galaxy_causal.dataset.sample import sample
from galaxy_causal.dataset.sdss import sdss
from galaxy_causal.dataset.table import table
from galaxy_causal.dataset.units import (
    check_distinct,
    divided,
    groups,
    shown,
    subset_label,
    unit_names,
)

__all__ = [
    "catalogue_checksums",
    "check_distinct",
    "check_inputs",
    "check_pixels",
    "check_strays",
    "cutouts",
    "divided",
    "gaussian",
    "gaussian_information",
    "groups",
    "missing_pixels",
    "mock_survey",
    "npz",
    "pair",
    "positions",
    "sample",
    "sdss",
    "shown",
    "split_images",
    "split_photometry",
    "subset_label",
    "table",
    "unit_names",
]
