"""The causal graph of the mock survey, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

from galaxy_causal.types import UserError, option

DEPENDENT, INDEPENDENT = "dependent", "independent"
MORPHOLOGIES = (DEPENDENT, INDEPENDENT)

PHYSICS = {
    "redshift": (),
    "log_mass": (),
    "environment": (),
    "quenched": ("log_mass", "environment"),
    "log_ssfr": ("quenched", "log_mass", "redshift"),
    "metallicity": ("log_mass",),
    "history": (),
    "cos_inclination": (),
    "dust_scatter": (),
    "attenuation": ("log_mass", "redshift", "log_ssfr", "dust_scatter"),
    "pah_scatter": (),
    "galactic_ebv": (),
    "seeing": (),
    "position_angle": (),
    "bulge_flattening": (),
}
"""Parents of every node that no switch rewires."""
STRUCTURE = {
    "bulge_fraction": ("log_mass", "quenched"),
    "bulge_sersic_index": ("log_mass", "bulge_fraction"),
    "disk_sersic_index": (),
    "bulge_radius": ("log_mass", "bulge_fraction", "redshift"),
    "disk_radius": ("log_mass", "redshift"),
    "apparent_cos_inclination": ("cos_inclination",),
}
"""Parents of what the images show of a galaxy's structure, while it depends on the galaxy's physics."""
SPECTRUM = ("log_ssfr", "metallicity", "history", "attenuation", "cos_inclination", "bulge_fraction")
FLUX = (*SPECTRUM, "log_mass", "redshift", "pah_scatter")
SHAPE = (
    "bulge_fraction", "bulge_sersic_index", "disk_sersic_index", "bulge_radius", "disk_radius",
    "apparent_cos_inclination", "bulge_flattening", "position_angle", "seeing",
)  # fmt: skip
OBSERVED = ("images", "photometry", "morphology", "infrared", "measured_redshift", "ebv")
"""What a survey gives; all other nodes are hidden from it."""


@dataclass(frozen=True)
class CausalGraph:
    """Nodes, directed edges (cause, effect), and which nodes a survey does not observe."""

    nodes: tuple[str, ...]
    edges: tuple[tuple[str, str], ...]
    hidden: tuple[str, ...]


def mock_graph(colour_gradients: bool = True, morphology: str = DEPENDENT) -> CausalGraph:
    """The graph of the mock survey under these switches, every cause before its effects.

    ``fluxes`` are those of all bands, before Galactic reddening: of both components where these differ in
    their spectra (colour gradients, dependent morphology), else of the whole galaxy, which the bulge fraction
    shares out in the images. ``photometry`` and ``morphology`` are measured on the very ``images``, hence
    their children. With
    ``morphology="independent"`` the structure that images show has no cause that the mass or the spectrum
    shares: the bulge fraction is then drawn twice, once for the spectra (hidden, ``bulge_mass_fraction``)
    and once for the images. Without ``colour_gradients`` the bulge fraction does not enter the spectra.
    Raises UserError for another ``morphology``.
    """
    check_morphology(morphology)
    flux = [p for p in FLUX if colour_gradients or p != "bulge_fraction"]
    parents: dict[str, tuple[str, ...]] = dict(PHYSICS)
    if morphology == DEPENDENT:
        parents |= STRUCTURE
    else:
        parents["bulge_mass_fraction"] = STRUCTURE["bulge_fraction"]
        parents |= dict.fromkeys(STRUCTURE, ())
        flux = ["bulge_mass_fraction" if p == "bulge_fraction" else p for p in flux]
    parents["fluxes"] = tuple(flux)
    parents["images"] = ("fluxes", "galactic_ebv", *SHAPE)
    parents["photometry"] = ("images",)
    parents["morphology"] = ("images",)
    parents["infrared"] = ("fluxes", "galactic_ebv")
    parents["measured_redshift"] = ("redshift",)
    parents["ebv"] = ("galactic_ebv",)
    edges = tuple((cause, effect) for effect, causes in parents.items() for cause in causes)
    return CausalGraph(tuple(parents), edges, tuple(node for node in parents if node not in OBSERVED))


def check_morphology(morphology: str) -> None:
    """Refuse an unknown ``dataset.morphology``."""
    if morphology not in MORPHOLOGIES:
        raise UserError(f"{option('dataset.morphology', morphology)}: choose {' or '.join(MORPHOLOGIES)}")
