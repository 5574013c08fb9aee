"""Interpret networks that estimate galaxies' stellar masses."""

from importlib.metadata import version

__version__ = version("galaxy_causal")
