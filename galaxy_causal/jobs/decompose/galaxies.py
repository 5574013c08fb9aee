"""A row for every galaxy: what is known of it, and what its inputs tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.decomposition import FunctionMeasure, Measures
from galaxy_causal.files import Note
from galaxy_causal.jobs.decompose.meaning import unit_of_target
from galaxy_causal.jobs.decompose.planes import quantities_of
from galaxy_causal.jobs.quantity import shown_target
from galaxy_causal.types import Catalogue, Labels, PairInformations, Values

if TYPE_CHECKING:
    from astropy.table import Table

Columns = dict[str, NDArray[Any] | Labels]
FIXED = {
    "id": Note("", "of the galaxy, as its table has it"),
    "class": Note("", "class of the galaxy"),
    "split": Note("", "train, validation or test; fits have seen the training galaxies"),
    "ra": Note("deg", "right ascension, ICRS"),
    "dec": Note("deg", "declination, ICRS"),
    "redshift": Note("", "redshift"),
    "ebv": Note("mag", "E(B-V) of our Galaxy"),
    "i_x1": Note("", "information of x1 on the target [nats], mean over realisations"),
    "i_x2": Note("", "information of x2 on the target [nats], mean over realisations"),
    "i_union": Note("", "information of both on the target [nats], mean over realisations"),
}
"""Columns that are the same for every catalogue."""


def columns_of_galaxies(
    catalogue: Catalogue, informations: PairInformations, measures: Measures
) -> tuple[Columns, dict[str, Note]]:
    """Columns of every galaxy (n,), and what each is.

    Id, target, class, split, informations (n,), the atoms of measures of single galaxies, and what the
    catalogue knows of position, redshift, E(B-V) and magnitude. The atoms of ``pointwise_min`` go by their
    names, those of other measures with the measure's before.
    """
    found: Columns = {"id": catalogue.id, "y": shown_target(catalogue)}
    notes = dict(FIXED) | {"y": _of_target(catalogue)}
    if catalogue.galaxy_class is not None:
        found["class"] = catalogue.galaxy_class
    i1, i2, union = informations
    found |= {"split": catalogue.split, "i_x1": i1, "i_x2": i2, "i_union": union}
    for measure in measures.of_galaxies:
        if isinstance(measure, FunctionMeasure) and measure.needs is Values.OF_EACH:
            prefix = "" if measure.name == "pointwise_min" else f"{measure.name}/"
            for name, atom in measure(i1, i2, union):
                found[f"{prefix}{name}"] = atom
                words = f"{name.replace('_', ' ')} information by {measure.name} [nats]"
                notes[f"{prefix}{name}"] = Note("", words)
    found |= _known(catalogue)
    if catalogue.magnitude is not None:
        notes["magnitude"] = Note("mag", catalogue.magnitude_label)
    return found, {name: note for name, note in notes.items() if name in found}


def _known(catalogue: Catalogue) -> Columns:
    """What the catalogue knows of each galaxy's place, distance, dust and brightness."""
    found: Columns = {}
    if catalogue.ra is not None and catalogue.dec is not None:
        found |= {"ra": catalogue.ra, "dec": catalogue.dec}
    values = {name: own for name, (_, own) in quantities_of(catalogue).items()}
    dust = catalogue.features.get("ebv", {}).get("ebv")
    values |= {} if dust is None else {"ebv": dust.value}
    return found | {name: values[name] for name in ("redshift", "ebv", "magnitude") if name in values}


def _of_target(catalogue: Catalogue) -> Note:
    kind = catalogue.target_kind
    known = catalogue.provenance.get("target", catalogue.target_label)
    unit = "" if catalogue.target_classes else unit_of_target(catalogue)
    more = f" [{kind.unit}]" if kind is not None and kind.unit else ""
    return Note(_parsed(unit), f"target: {catalogue.target_label}{more}, {known}")


def _parsed(unit: str) -> str:
    """The unit, if astropy knows it."""
    from astropy.units import Unit

    try:
        return str(Unit(unit).to_string()) if unit else ""
    except ValueError:
        return ""


def table_of(columns: Mapping[str, Any], notes: Mapping[str, Note]) -> Table:
    """Columns (n,) as an astropy table with units and descriptions."""
    from astropy.table import Column, Table

    found = Table()
    for name, values in columns.items():
        unit, description = notes.get(name, Note("", ""))
        found[name] = Column(np.asarray(values), unit=unit or None, description=description or None)
    return found
