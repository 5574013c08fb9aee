"""Survey readers and simulators, the inputs chosen from them, and their checksums.

Importing this room is cheap: astropy, GalSim, h5py, kcorrect and pyarrow are loaded by the
reader that needs them.
"""

from galaxy_causal.dataset.checksum import catalogue_checksums
from galaxy_causal.dataset.gaussian import gaussian, gaussian_information
from galaxy_causal.dataset.inputs import pair, sample, split_photometry
from galaxy_causal.dataset.mock import mock_survey
from galaxy_causal.dataset.sdss import sdss
from galaxy_causal.dataset.table import table

__all__ = [
    "catalogue_checksums",
    "gaussian",
    "gaussian_information",
    "mock_survey",
    "pair",
    "sample",
    "sdss",
    "split_photometry",
    "table",
]
