"""Survey readers and simulators, the inputs chosen from them, and their checksums.

Importing this room is cheap: astropy, GalSim, h5py, kcorrect, pyarrow and zarr are loaded by the
reader that needs them.
"""

from galaxy_causal.dataset.checksum import catalogue_checksums
from galaxy_causal.dataset.gaussian import gaussian, gaussian_information
from galaxy_causal.dataset.hats import hats, open_hats
from galaxy_causal.dataset.images.cutouts import cutouts
from galaxy_causal.dataset.images.npz import npz
from galaxy_causal.dataset.images.pixels import check_pixels, missing_pixels
from galaxy_causal.dataset.inputs.pairs import pair, split_images, split_photometry
from galaxy_causal.dataset.inputs.players import (
    check_distinct,
    divided,
    groups,
    player_names,
    shown,
    subset_label,
)
from galaxy_causal.dataset.inputs.sample import check_inputs, check_strays, sample
from galaxy_causal.dataset.inputs.twins import check_apart, check_no_twins
from galaxy_causal.dataset.mock import mock_survey
from galaxy_causal.dataset.read import from_table, read_hats, read_sdss_mgs, read_table, without_target
from galaxy_causal.dataset.sdss import sdss
from galaxy_causal.dataset.sdss_mgs import sdss_mgs
from galaxy_causal.dataset.tables.positions import positions
from galaxy_causal.dataset.tables.table import table

__all__ = [
    "catalogue_checksums",
    "check_apart",
    "check_distinct",
    "check_inputs",
    "check_no_twins",
    "check_pixels",
    "check_strays",
    "cutouts",
    "divided",
    "from_table",
    "gaussian",
    "gaussian_information",
    "groups",
    "hats",
    "missing_pixels",
    "mock_survey",
    "npz",
    "open_hats",
    "pair",
    "player_names",
    "positions",
    "read_hats",
    "read_sdss_mgs",
    "read_table",
    "sample",
    "sdss",
    "sdss_mgs",
    "shown",
    "split_images",
    "split_photometry",
    "subset_label",
    "table",
    "without_target",
]
