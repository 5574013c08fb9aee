"""Catalogues in the layout of HATS: Parquet files, each of a pixel of the sky."""

from galaxy_causal.dataset.hats.catalogue import hats
from galaxy_causal.dataset.hats.reading import open_hats

__all__ = ["hats", "open_hats"]
