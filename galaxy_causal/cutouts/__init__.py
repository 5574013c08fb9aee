"""Cutouts of galaxies from survey frames, all bands on one grid. Imports astropy and reproject when used."""

from galaxy_causal.cutouts.frames import Frame, find_frames
from galaxy_causal.cutouts.grid import Grid
from galaxy_causal.cutouts.listed import FrameList, listed_frames
from galaxy_causal.cutouts.plan import CutoutPlan, make_plan
from galaxy_causal.cutouts.store import CutoutFile
from galaxy_causal.cutouts.work import Counts, cut_all

__all__ = [
    "Counts",
    "CutoutFile",
    "CutoutPlan",
    "Frame",
    "FrameList",
    "Grid",
    "cut_all",
    "find_frames",
    "listed_frames",
    "make_plan",
]
