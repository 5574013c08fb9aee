"""Files that a user names: what they are, and what they claim, is seen before a library reads them."""

from galaxy_causal.files.fits import check_image, check_wcs
from galaxy_causal.files.hdf5 import check_stored_within, hdf5_object, offset_in_file, open_hdf5
from galaxy_causal.files.memory import check_memory
from galaxy_causal.files.packed import check_unpacked, opened, read_to_end
from galaxy_causal.files.regular import check_regular, read_text

__all__ = [
    "check_image",
    "check_memory",
    "check_regular",
    "check_stored_within",
    "check_unpacked",
    "check_wcs",
    "hdf5_object",
    "offset_in_file",
    "open_hdf5",
    "opened",
    "read_text",
    "read_to_end",
]
