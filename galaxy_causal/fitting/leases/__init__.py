"""Leases, by which processes of one or of several machines do once what is to be done once."""

from galaxy_causal.fitting.leases.holder import Held, Holder, LeaseLost
from galaxy_causal.fitting.leases.lease import Lease
from galaxy_causal.fitting.leases.leases import SECONDS, Leases, LeaseSeconds, OnWait
from galaxy_causal.fitting.leases.places import AddressPlace, FolderPlace, LeasePlace, place_of
from galaxy_causal.fitting.leases.sightings import Sightings, clock

__all__ = [
    "SECONDS",
    "AddressPlace",
    "FolderPlace",
    "Held",
    "Holder",
    "Lease",
    "LeaseLost",
    "LeasePlace",
    "LeaseSeconds",
    "Leases",
    "OnWait",
    "Sightings",
    "clock",
    "place_of",
]
