"""Survey readers and simulators, the inputs chosen from them, and their checksums.

Importing this room is cheap: astropy, kcorrect and pyarrow are loaded by the reader that needs them.
"""

from galaxy_causal.dataset.checksum import catalogue_checksums
from galaxy_causal.dataset.gaussian import gaussian, gaussian_information
from galaxy_causal.dataset.inputs import pair, split_images, split_photometry
from galaxy_causal.dataset.missing_pixels import check_pixels, missing_pixels
from galaxy_causal.dataset.sample import sample
from galaxy_causal.dataset.sdss import sdss
from galaxy_causal.dataset.table import table

__all__ = [
    "catalogue_checksums",
    "check_pixels",
    "gaussian",
    "gaussian_information",
    "missing_pixels",
    "pair",
    "sample",
    "sdss",
    "split_images",
    "split_photometry",
    "table",
]
