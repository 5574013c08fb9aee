"""What the page of a comparison holds: charts of all pairs, and a table of each study."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from galaxy_causal.decomposition import INFORMATIONS
from galaxy_causal.jobs.decompose.content import MARKS
from galaxy_causal.jobs.page import Content, averages, count, is_doubtful
from galaxy_causal.jobs.report.answer import known_as, members_of
from galaxy_causal.page import Chart, Intervals, Listing, Number
from galaxy_causal.plot import COLOURS, describe
from galaxy_causal.types import ATOMS, Summary, quantity, sentence

if TYPE_CHECKING:
    from galaxy_causal.jobs.report.result import Report

NAMES = dict(
    zip(
        (*INFORMATIONS, *ATOMS),
        ("I(Y; the first)", "I(Y; the second)", "I(Y; both)", "redundant",
         "unique to the first", "unique to the second", "synergistic"),
        strict=True,
    )
)  # fmt: skip
"""What is known of a pair."""
TOGETHER = 6
"""Pairs that a figure shows against two quantities; more have a figure for each."""
COLOURS_OF = {**COLOURS, "mi_x1": COLOURS["unique_1"], "mi_x2": COLOURS["unique_2"], "mi_union": ""}


def content(found: Report) -> Content:
    """What the page of a comparison holds."""
    studies = {name: pairs for name, pairs in found.everyone.items() if pairs}
    return Content(
        title=sentence(f"{', '.join(map(known_as, studies))} side by side").rstrip("."),
        question=(
            "What do pairs of inputs tell of the target, side by side?",
            *(
                f"{known_as(name)}: {members_of(name, len(pairs))}, {quantity(found.targets[name])}"
                for name, pairs in studies.items()
            ),
        ),
        meaning=f"Atoms are those of {describe(found.measure, found.meanings)}. One nat is 1.44 bits.",
        charts=tuple(_chart(found, name, pairs) for name, pairs in studies.items()),
        tables=tuple(_tables(found, studies)),
        captions={
            beginning: caption
            for name, pairs in studies.items()
            for beginning, caption in _captions(name, len(pairs)).items()
        },
    )


def _captions(study: str, count: int) -> dict[str, str]:
    """Of the figures of a study with so many pairs."""
    called = known_as(study)
    along = "along target and magnitude" if count <= TOGETHER else "along the target"
    return {
        study: f"The atoms of all pairs of {called}" if called == study else f"The atoms of {called}",
        f"{study}_against": f"The atoms of {called} {along}",
        f"{study}_against_magnitude": f"The atoms of {called} along magnitude",
    }


def _keys(found: Report) -> dict[str, str]:
    """By the key of each number, what people call it."""
    return {
        (name if name in INFORMATIONS else f"{found.measure}/{name}"): label for name, label in NAMES.items()
    }


def _chart(found: Report, study: str, pairs: Mapping[str, Summary]) -> Chart:
    panels = [
        Intervals(
            title=label,
            labels=tuple(pairs),
            value=np.array([one.value.get(key, np.nan) for one in pairs.values()]),
            error=np.array([one.error.get(key, np.nan) for one in pairs.values()]),
            notes=tuple(one.verdict.get(key, "") for one in pairs.values()),
            colour=COLOURS_OF[key.rpartition("/")[2]],
            doubtful=tuple(is_doubtful(one.verdict.get(key, "")) for one in pairs.values()),
        )
        for key, label in _keys(found).items()
    ]
    return Chart(known_as(study), f"information about {quantity(found.targets[study])} [nats]", tuple(panels))


def _tables(found: Report, studies: Mapping[str, Mapping[str, Summary]]) -> Iterator[Listing]:
    keys = _keys(found)
    for study, pairs in studies.items():
        rows: tuple[tuple[str | Number, ...], ...] = tuple(
            (label, count(one.count), *cells)
            for (label, one), cells in zip(pairs.items(), averages([*pairs.values()], keys), strict=True)
        )
        yield Listing(f"{known_as(study)} [nats]", ("pair", "galaxies", *keys.values()), rows, MARKS)
