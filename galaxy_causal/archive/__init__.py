"""Catalogues from public archives: recipes, polite questions, and slices that survive being killed."""

from galaxy_causal.archive.acquiring import ask_all
from galaxy_causal.archive.catalogue import Made, write
from galaxy_causal.archive.client import Client
from galaxy_causal.archive.downloads import Downloads
from galaxy_causal.archive.faults import ChangedError, PassingError, TimedOutError, UnansweredError
from galaxy_causal.archive.folder import SliceFolder, check_place
from galaxy_causal.archive.frames import Frames, list_frames
from galaxy_causal.archive.http import check_address
from galaxy_causal.archive.partitions import Partitioned, Partitions
from galaxy_causal.archive.provenance import about, finish, known, sidecar_of, whole
from galaxy_causal.archive.recipe import Column, Recipe
from galaxy_causal.archive.service import Found, Service
from galaxy_causal.archive.shipped import recipe_of, recipes
from galaxy_causal.archive.skyserver import SkyServer
from galaxy_causal.archive.slices import Done, Slice
from galaxy_causal.archive.tap import Tap

__all__ = [
    "ChangedError",
    "Client",
    "Column",
    "Done",
    "Downloads",
    "Found",
    "Frames",
    "Made",
    "Partitioned",
    "Partitions",
    "PassingError",
    "Recipe",
    "Service",
    "SkyServer",
    "Slice",
    "SliceFolder",
    "Tap",
    "TimedOutError",
    "UnansweredError",
    "about",
    "ask_all",
    "check_address",
    "check_place",
    "finish",
    "known",
    "list_frames",
    "recipe_of",
    "recipes",
    "sidecar_of",
    "whole",
    "write",
]
