"""What the page of a decomposition holds: charts of informations and atoms, and tables of all averages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from galaxy_causal.decomposition import INFORMATIONS
from galaxy_causal.jobs.decompose.answer import BEFORE, meaning
from galaxy_causal.jobs.decompose.meaning import PARTS, of_what, shares_of
from galaxy_causal.jobs.decompose.trust import judged, worst
from galaxy_causal.jobs.page import Content, averages, count, is_doubtful, place
from galaxy_causal.page import Chart, Curves, Intervals, Listing, Number
from galaxy_causal.plot import (
    ALL_CLASSES,
    COLOURS,
    KNOWN,
    OF_ESTIMATES,
    describe,
    group_name,
    meaning_columns,
    measures,
)
from galaxy_causal.types import Curve, Summary, plain, quantity

if TYPE_CHECKING:
    from galaxy_causal.jobs.decompose.result import Decomposition

MARKS = "≥: a lower bound; ↑: a difference, probably too low; (?): not to be trusted; ± one sigma"


def content(found: Decomposition) -> Content:
    """What the page of a decomposition holds."""
    about, everyone = quantity(found.target), found.summaries[0]
    names = {"mi_x1": found.x1, "mi_x2": found.x2, "mi_union": "both together"}
    return Content(
        title=f"What {found.x1} and {found.x2} tell of {about}",
        question=(
            f"How much do {found.x1} (x1) and {found.x2} (x2) tell of {plain(found.target)}: what either "
            "tells, what one alone tells, and what only both tell together?",
            f"{found.dataset.get('name', 'galaxies')}: {everyone.count:,} test galaxies",
        ),
        meaning=meaning(
            everyone, found.target, _scatter(found), names | {"mi_union": "both"}, found.meaning.unit or None
        ),
        verdict=worst(judged(everyone, found.measure).values()),
        warnings=(
            *(line.removeprefix("warning: ") for line in found.warnings),
            *(line.removeprefix("warning: ") for line in found.ceiling if line.startswith("warning: ")),
        ),
        charts=tuple(_charts(found, about, names)),
        tables=tuple(_tables(found, names)),
        captions={
            "atoms_by_class": f"Redundant, unique and synergistic information about {about} of all galaxies "
            "and of each class; the numbers are in the tables",
            "atoms_against": f"The same along {about} and magnitude",
            "one_galaxy": f"Held-out galaxies, one beside the other: the density of {about} before anything "
            "is known, given each input, and given both",
            "gallery": f"Held-out galaxies of each kind, with what the inputs tell of their {about}",
            "maps": f"Informations and atoms about {about} over planes of known quantities",
        },
    )


def _scatter(found: Decomposition) -> dict[str, float]:
    """Of the target, and of its estimates from each input, as far as they are known."""
    numbers = found.meaning.numbers
    keys = {BEFORE: "scatter_prior"} | {name: f"scatter_{part}" for name, part in PARTS.items()}
    return {name: numbers[key][0] for name, key in keys.items() if key in numbers}


def _named(found: Decomposition) -> dict[str, str]:
    return {
        "redundant": "redundant: either tells",
        "unique_1": f"unique to {found.x1}",
        "unique_2": f"unique to {found.x2}",
        "synergistic": "synergistic: neither tells alone",
    }


def _charts(found: Decomposition, about: str, names: dict[str, str]) -> Iterator[Chart]:
    unit = f"information about {about} [nats]"
    colours = {"mi_x1": COLOURS["unique_1"], "mi_x2": COLOURS["unique_2"], "mi_union": ""}
    informations = {name: (label, colours[name]) for name, label in names.items()}
    yield Chart("Informations by class", unit, tuple(_panels(found.summaries, informations)))
    atoms = {f"{found.measure}/{atom}": (label, COLOURS[atom]) for atom, label in _named(found).items()}
    yield Chart("Atoms by class", unit, tuple(_panels(found.summaries, atoms)))
    panels = [
        Curves(
            title=f"{group_name(curve.group)}: along {quantity(curve.label)}",
            along=plain(curve.label),
            place=np.asarray(curve.centre, dtype=np.float64),
            lines={
                label: (
                    np.array([one.value.get(key, np.nan) for one in curve.summaries]),
                    np.array([one.error.get(key, np.nan) for one in curve.summaries]),
                    colour,
                )
                for key, (label, colour) in atoms.items()
            },
            doubtful=frozenset(
                label for key, (label, _) in atoms.items() if is_doubtful(curve.verdict.get(key, ""))
            ),
        )
        for curve in _curves(found)
    ]
    if panels:
        yield Chart("Atoms along target and magnitude", unit, tuple(panels))


def _curves(found: Decomposition) -> list[Curve]:
    """Those that have more than a point."""
    return [curve for curve in found.curves if len(curve.summaries) > 1]


def _panels(summaries: tuple[Summary, ...], keys: dict[str, tuple[str, str]]) -> Iterator[Intervals]:
    for key, (label, colour) in keys.items():
        yield Intervals(
            title=label,
            labels=tuple(group_name(one.group) for one in summaries),
            value=np.array([one.value.get(key, np.nan) for one in summaries]),
            error=np.array([one.error.get(key, np.nan) for one in summaries]),
            notes=tuple(one.verdict.get(key, "") for one in summaries),
            colour=colour,
            doubtful=tuple(is_doubtful(one.verdict.get(key, "")) for one in summaries),
        )


def _tables(found: Decomposition, names: dict[str, str]) -> Iterator[Listing]:
    headings = tuple(f"I(Y; {label})" for label in names.values())
    informations = dict(zip(INFORMATIONS, headings, strict=True))
    yield _table("Informations [nats]", found.summaries, informations)
    for measure in sorted(measures(found.summaries), key=lambda name: name != found.measure):
        keys = {f"{measure}/{atom}": label for atom, label in _named(found).items()}
        yield _table(f"Atoms [nats]: {describe(measure, found.meanings)}", found.summaries, keys)
    atoms = {f"{found.measure}/{atom}": label for atom, label in _named(found).items()}
    if found.within:
        every = (replace(found.within[0], group=ALL_CLASSES), *found.within[1:])
        own = "each against its class's own p(y)"
        yield _table(f"Within classes: I(Y; X | class) [nats], {own}", every, informations)
        yield _table(f"Within classes: atoms [nats], {found.measure}", every, atoms)
    if found.meaning.numbers:
        yield _estimates(found)
    for label in dict.fromkeys(curve.label for curve in _curves(found)):
        yield _along(label, [one for one in _curves(found) if one.label == label], atoms)


def _estimates(found: Decomposition) -> Listing:
    """Scatter or accuracy of an estimate, by what is known of a galaxy."""
    columns = meaning_columns(
        found.meaning.numbers, found.meaning.unit, shares_of(found.summaries[0]), of_what(found.columns["y"])
    )
    inputs = {"x1": found.x1, "x2": found.x2}
    cells = ([Number(*cell) for cell in column] for column in columns.values())
    rows = tuple(zip([inputs.get(part, name) for part, name in KNOWN.items()], *cells, strict=True))
    return Listing(f"{OF_ESTIMATES} (all galaxies)", ("known", *columns), rows, "± one sigma")


def _along(label: str, curves: list[Curve], keys: dict[str, str]) -> Listing:
    """Atoms in bins of a quantity, with the marks of their groups."""
    rows: tuple[tuple[str | Number, ...], ...] = tuple(
        (group_name(curve.group), place(float(centre)), count(one.count), *cells)
        for curve in curves
        for centre, one, cells in zip(
            curve.centre,
            curve.summaries,
            averages([replace(one, verdict=curve.verdict) for one in curve.summaries], keys),
            strict=True,
        )
    )
    columns = ("galaxies", plain(label), "number", *keys.values())
    note = f"{MARKS}; marks are those of all galaxies of the class"
    return Listing(f"Atoms along {quantity(label)} [nats]", columns, rows, note, folded=True)


def _table(title: str, summaries: tuple[Summary, ...], keys: dict[str, str]) -> Listing:
    rows: tuple[tuple[str | Number, ...], ...] = tuple(
        (group_name(one.group), count(one.count), *cells)
        for one, cells in zip(summaries, averages(summaries, keys), strict=True)
    )
    return Listing(title, ("galaxies", "number", *keys.values()), rows, MARKS)
