"""Figures and tables: each a function from values to a matplotlib Figure or a rich Table."""

from galaxy_causal.plot.bars import atoms_by_class
from galaxy_causal.plot.curves import atoms_against
from galaxy_causal.plot.distributions import Distribution, distributions
from galaxy_causal.plot.errors import errors
from galaxy_causal.plot.graph import causal_graph
from galaxy_causal.plot.graph_table import edge_sweep, edges_table
from galaxy_causal.plot.images import contact_sheet
from galaxy_causal.plot.output import save
from galaxy_causal.plot.terminal import atoms_table
from galaxy_causal.plot.training import loss_curves, pit_histogram

__all__ = [
    "Distribution",
    "atoms_against",
    "atoms_by_class",
    "atoms_table",
    "causal_graph",
    "contact_sheet",
    "distributions",
    "edge_sweep",
    "edges_table",
    "errors",
    "loss_curves",
    "pit_histogram",
    "save",
]
