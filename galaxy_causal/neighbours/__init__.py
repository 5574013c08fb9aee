"""The nearest training galaxies in a latent space, exactly or approximately.

Importing this room is cheap: torch and faiss are loaded by the search that needs them.
"""

from galaxy_causal.neighbours.approximate import Approximate
from galaxy_causal.neighbours.exact import Exact
from galaxy_causal.neighbours.presets import SEARCHES
from galaxy_causal.neighbours.search import NeighbourSearch

__all__ = ["SEARCHES", "Approximate", "Exact", "NeighbourSearch"]
