"""What the page of a causal analysis holds: charts of local correlations, and tables of all tests."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from galaxy_causal.jobs.page import Content, count, fraction, number, place
from galaxy_causal.page import Chart, Curves, Intervals, Listing, Number
from galaxy_causal.plot import COLOURS, group_name
from galaxy_causal.types import Answer, Dependence, chance, plain, quantity

if TYPE_CHECKING:
    from galaxy_causal.jobs.causal.result import CausalAnalysis

COLOUR = COLOURS["unique_1"]
HEADINGS = (
    "galaxies",
    "number",
    "correlation",
    "p",
    "efficiency",
    "p of it",
    "p of all tests",
    "discoveries",
)


def content(found: CausalAnalysis) -> Content:
    """What the page of a causal analysis holds."""
    about = quantity(found.target)
    asked = list(dict.fromkeys(one.title for one in found.answers))
    return Content(
        title=f"Does {about} depend on {', '.join(asked)} beyond {found.inputs}?",
        question=(
            f"Among galaxies that the network {found.network} cannot tell apart by {found.inputs}, does "
            f"{about} still depend on {', '.join(asked)}?",
            f"{found.dataset.get('name', 'galaxies')}: {found.counts['tested']:,} galaxies tested, each in a "
            f"neighbourhood of {found.k} training galaxies",
        ),
        meaning="Correlations are of galaxies of one neighbourhood, in the mean over all of them; a "
        "predictive efficiency is the share of the target's variance there that the query explains. A "
        "dependence means that the query tells something that the latent lacks, not that it is a cause.",
        charts=tuple(_charts(found)),
        tables=(*(_table(answer) for answer in found.answers), *_along(found)),
        captions={
            "against_": f"Dependence of {about} on {{rest}} along target and magnitude, for each class",
            "graph": f"What is joined with {about} given the latent of {found.inputs}",
            "latent": f"The latent of {found.inputs}, coloured by {about} and by the queries",
            "pit": "How well neighbours know the target: a flat histogram is a calibrated one",
        },
    )


def _charts(found: CausalAnalysis) -> Iterator[Chart]:
    panels = [
        Intervals(
            title=answer.title,
            labels=tuple(group_name(one.group) for one in answer.groups),
            value=np.array([one.corr for one in answer.groups]),
            error=np.array([one.corr_error for one in answer.groups]),
            notes=tuple("" if math.isnan(one.p) else chance(one.p) for one in answer.groups),
            colour=COLOUR,
        )
        for answer in found.answers
    ]
    yield Chart(
        "Local correlation by class", f"mean local correlation with {quantity(found.target)}", tuple(panels)
    )
    curves = [
        Curves(
            title=f"{answer.title}: {group_name(curve.group)}, along {quantity(curve.label)}",
            along=plain(curve.label),
            place=np.asarray(curve.centre, dtype=np.float64),
            lines={
                "local correlation": (
                    np.array([one.corr for one in curve.points]),
                    np.array([one.corr_error for one in curve.points]),
                    COLOUR,
                )
            },
        )
        for answer in found.answers
        for curve in answer.curves
        if len(curve.points) > 1
    ]
    if curves:
        yield Chart("Local correlation along target and magnitude", "mean local correlation", tuple(curves))


def _table(answer: Answer) -> Listing:
    return Listing(
        f"{answer.title} and the target, given the latent",
        HEADINGS,
        tuple(_row(one) for one in answer.groups),
        "± one sigma; discoveries: share of galaxies whose own test is significant",
    )


def _along(found: CausalAnalysis) -> Iterator[Listing]:
    """Local correlations in bins of each quantity."""
    curves = [(answer.title, curve) for answer in found.answers for curve in answer.curves]
    shown = [(title, curve) for title, curve in curves if len(curve.points) > 1]
    for label in dict.fromkeys(curve.label for _, curve in shown):
        rows: tuple[tuple[str | Number, ...], ...] = tuple(
            (title, group_name(curve.group), place(float(centre)), number(one.corr, one.corr_error))
            for title, curve in shown
            if curve.label == label
            for centre, one in zip(curve.centre, curve.points, strict=True)
        )
        columns = ("query", "galaxies", plain(label), "correlation")
        title = f"Local correlation along {quantity(label)}"
        yield Listing(title, columns, rows, "± one sigma", folded=True)


def _row(one: Dependence) -> tuple[str | Number, ...]:
    return (
        group_name(one.group),
        count(one.galaxies),
        number(one.corr, one.corr_error),
        _p(one.corr_p),
        number(one.pred_eff, one.pred_eff_error),
        _p(one.pred_eff_p),
        _p(one.p),
        fraction(one.significant),
    )


def _p(value: float) -> Number:
    return Number(value, "-" if math.isnan(value) else chance(value).removeprefix("p ").removeprefix("= "))
