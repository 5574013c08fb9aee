"""Processes that make one fit together, one for each device: who they are, where they meet, how they end."""

from galaxy_causal.crew.current import crewed, launched, leader, place
from galaxy_causal.crew.launch import Launch, found

__all__ = ["Launch", "crewed", "found", "launched", "leader", "place"]
