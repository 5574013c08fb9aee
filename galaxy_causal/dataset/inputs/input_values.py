"""Inputs that tell nothing, all, or something else than they are named for."""

from __future__ import annotations

from galaxy_causal.dataset.tables.plausible import describe_strays, null_values_remedy
from galaxy_causal.types import Catalogue, Floats, Sample, UserError, is_constant, same_order

JUDGED = ("morphology", "other")
"""Of any kind and scale, so that nothing is known of them when a table is read."""


def check_inputs(catalogue: Catalogue, inputs: Sample) -> None:
    """Refuse columns of ``inputs`` by which a result would be empty or false; images are not looked at.

    Values that are constant among the training galaxies (errors may be: a constant one does no harm, and
    comes along unasked), columns that are the target in other words (see ``same_order``), and stray values
    of errors and of inputs that are neither photometry nor redshift (see ``strays``).
    """
    train = inputs.split == "train"
    for place, name in enumerate(inputs.columns):
        values = inputs.x[:, place]
        if place in inputs.values and is_constant(values[train]):
            raise UserError(
                f"dataset {catalogue.name}: the input {name} is constant ({values[train][0]:.6g}) for all "
                f"{train.sum()} training galaxies, so that it tells nothing; leave it out of bands.x1, "
                "bands.x2 and bands.accompany"
            )
        if same_order(inputs.y, values):
            raise UserError(
                f"dataset {catalogue.name}: the input {name} equals the target, or is a rising or falling "
                "function of it: it tells everything, and information is infinite; leave it out of bands.x1 "
                "and bands.x2"
            )
        if name.endswith("/error") or name.partition("/")[0] in JUDGED:
            check_strays(catalogue, f"the input {name}", values)


def check_strays(catalogue: Catalogue, what: str, values: Floats) -> None:
    """Refuse a quantity (n,) of the galaxies with values far from all others, naming galaxies."""
    words, found = describe_strays(values, catalogue.id)
    if found:
        raise UserError(
            f"dataset {catalogue.name}: {what} is {words}, far from all other values: a value for missing? "
            f"Set {null_values_remedy(found)} to leave such galaxies out, or correct them"
        )
