"""Figures and tables: each a function from values to a matplotlib Figure or a rich Table."""

from galaxy_causal.plot.bars import atoms_by_class
from galaxy_causal.plot.blocks import Trimmed
from galaxy_causal.plot.curves import atoms_against
from galaxy_causal.plot.dependence import dependence_against, dependence_by_inputs
from galaxy_causal.plot.dependence_table import dependence_table
from galaxy_causal.plot.distributions import Distribution, distributions
from galaxy_causal.plot.errors import errors
from galaxy_causal.plot.estimates import estimate_against
from galaxy_causal.plot.gallery import gallery
from galaxy_causal.plot.graph import causal_graph
from galaxy_causal.plot.graph_table import edge_sweep, edge_text, edges_table, ranges_table
from galaxy_causal.plot.images import contact_sheet
from galaxy_causal.plot.labels import told_title
from galaxy_causal.plot.latent import latent_maps, principal_plane
from galaxy_causal.plot.maps import FEWEST, Quantity, atom_maps, known_in
from galaxy_causal.plot.meaning_table import ROWS as KNOWN
from galaxy_causal.plot.meaning_table import TITLE as OF_ESTIMATES
from galaxy_causal.plot.meaning_table import meaning_columns, meaning_table
from galaxy_causal.plot.one_galaxy import one_galaxy
from galaxy_causal.plot.output import save
from galaxy_causal.plot.pairs import atoms_by_pair
from galaxy_causal.plot.stamps import colour_bands, composites, in_words
from galaxy_causal.plot.style import COLOURS
from galaxy_causal.plot.subset_figures import information_by_size, input_values, pair_matrix
from galaxy_causal.plot.subset_tables import inputs_table, lattice_table, pairs_table, sizes_table
from galaxy_causal.plot.terminal import atoms_table, judged_cells, marks_legend
from galaxy_causal.plot.training import loss_curves, loss_terms, pit_histogram
from galaxy_causal.plot.values import describe, group_name, measures
from galaxy_causal.plot.within_table import EVERY as ALL_CLASSES
from galaxy_causal.plot.within_table import within_table

__all__ = [
    "ALL_CLASSES",
    "COLOURS",
    "FEWEST",
    "KNOWN",
    "OF_ESTIMATES",
    "Distribution",
    "Quantity",
    "Trimmed",
    "atom_maps",
    "atoms_against",
    "atoms_by_class",
    "atoms_by_pair",
    "atoms_table",
    "causal_graph",
    "colour_bands",
    "composites",
    "contact_sheet",
    "dependence_against",
    "dependence_by_inputs",
    "dependence_table",
    "describe",
    "distributions",
    "edge_sweep",
    "edge_text",
    "edges_table",
    "errors",
    "estimate_against",
    "gallery",
    "group_name",
    "in_words",
    "information_by_size",
    "input_values",
    "inputs_table",
    "judged_cells",
    "known_in",
    "latent_maps",
    "lattice_table",
    "loss_curves",
    "loss_terms",
    "marks_legend",
    "meaning_columns",
    "meaning_table",
    "measures",
    "one_galaxy",
    "pair_matrix",
    "pairs_table",
    "pit_histogram",
    "principal_plane",
    "ranges_table",
    "save",
    "sizes_table",
    "told_title",
    "within_table",
]
