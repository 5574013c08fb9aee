"""Processes that make one fit together, one for each device: who they are, where they meet, how they end."""

from galaxy_causal.crew.current import crew_of, crewed, launched, place
from galaxy_causal.crew.launch import Launch, found

__all__ = ["Launch", "crew_of", "crewed", "found", "launched", "place"]
