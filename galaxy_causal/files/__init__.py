"""Files that a user names: what they are, and what they claim, is seen before a library reads them."""

from galaxy_causal.files.alone import alone
from galaxy_causal.files.contiguous import Place, attributes, lay_out, places
from galaxy_causal.files.disk import existing, sha256_of, to_disk
from galaxy_causal.files.fits import check_image, check_wcs
from galaxy_causal.files.hdf5 import check_stored_within, hdf5_object, open_hdf5
from galaxy_causal.files.parquet import Note, notes_of, write_columns
from galaxy_causal.files.progress import bar, counted
from galaxy_causal.files.regular import (
    check_memory,
    check_regular,
    check_unpacked,
    opened,
    read_text,
    read_to_end,
)

__all__ = [
    "Note",
    "Place",
    "alone",
    "attributes",
    "bar",
    "check_image",
    "check_memory",
    "check_regular",
    "check_stored_within",
    "check_unpacked",
    "check_wcs",
    "counted",
    "existing",
    "hdf5_object",
    "lay_out",
    "notes_of",
    "open_hdf5",
    "opened",
    "places",
    "read_text",
    "read_to_end",
    "sha256_of",
    "to_disk",
    "write_columns",
]
