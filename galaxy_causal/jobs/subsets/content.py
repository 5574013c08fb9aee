"""What the page of subsets holds: charts of the inputs' worth, and tables of inputs, pairs and subsets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from galaxy_causal.jobs.decompose.content import MARKS
from galaxy_causal.jobs.decompose.trust import worst
from galaxy_causal.jobs.page import Content, count, is_doubtful, number, numbers
from galaxy_causal.jobs.subsets.answer import judged
from galaxy_causal.page import Chart, Intervals, Listing, Number
from galaxy_causal.plot import COLOURS
from galaxy_causal.types import Estimate, decimals_of, quantity

if TYPE_CHECKING:
    from galaxy_causal.jobs.subsets.result import Subsets

MOST_ROWS = 300
"""Of a table; more stand in a file of the run."""
WORTHS = {
    "alone": ("alone", COLOURS["unique_1"]),
    "shapley": ("Shapley value", COLOURS["synergistic"]),
    "last": ("added to all others", COLOURS["unique_2"]),
}


def content(found: Subsets) -> Content:
    """What the page of subsets holds."""
    about = quantity(found.target)
    unit = f"information about {about} [nats]"
    return Content(
        title=f"What every subset of {', '.join(found.names)} tells of {about}",
        question=(
            f"What does every subset of {', '.join(found.names)} tell of {about}, and what is each input "
            "worth?",
            f"{found.dataset.get('name', 'galaxies')}: {len(found.columns['id']):,} test galaxies; "
            f"{found.method} subsets",
        ),
        meaning="A Shapley value is what an input adds, averaged over all orders in which inputs become "
        "known; the values of all inputs sum to what all tell. One nat is 1.44 bits.",
        verdict=worst((*found.everything.verdict, *judged(found.shapley))),
        warnings=tuple(line.removeprefix("warning: ") for line in found.warnings),
        charts=tuple(_charts(found, unit)),
        tables=tuple(_tables(found)),
        captions={
            "inputs": f"What each input tells of {about} alone, its Shapley value, and what it "
            "adds to all others",
            "pairs": "Synergistic and redundant information of every two inputs",
            "sizes": f"What the best subset of each size tells of {about}",
        },
    )


def _charts(found: Subsets, unit: str) -> Iterator[Chart]:
    panels = [_panel(found.names, getattr(found, name), *how) for name, how in WORTHS.items()]
    yield Chart("Worth of the inputs", unit, tuple(panels))


def _panel(names: tuple[str, ...], of: Estimate, title: str, colour: str) -> Intervals:
    notes = of.verdict or ("",) * len(names)
    doubtful = tuple(map(is_doubtful, notes))
    return Intervals(title, names, np.asarray(of.value), np.asarray(of.error), tuple(notes), colour, doubtful)


def _tables(found: Subsets) -> Iterator[Listing]:
    columns = _cells(*(getattr(found, name) for name in WORTHS))
    rows = tuple(zip(found.names, *columns, strict=True))
    yield Listing("Inputs [nats]", ("input", *(title for title, _ in WORTHS.values())), rows, MARKS)
    if found.sizes:
        decimals = decimals_of(one.error for one in found.sizes)
        sizes = tuple(
            (label, count(one.size), number(one.information, one.error, one.verdict, decimals))
            for one, label in zip(found.sizes, found.best, strict=True)
        )
        yield Listing(
            "The best subset of each size [nats]", ("subset", "inputs", "information"), sizes, MARKS
        )
    pairs = found.pairs
    cells = zip(pairs["pair"], *_cells(found.synergy, found.redundancy), strict=True)
    yield Listing("Pairs [nats]", ("pair", "synergistic", "redundant"), tuple(cells), MARKS)
    frame = found.to_pandas()
    if {"subset", "information", "error"} <= set(frame):
        best = frame.sort_values("information", ascending=False).head(MOST_ROWS)
        verdicts = best["verdict"].tolist() if "verdict" in best else []
        error = best["error"].to_numpy()
        values = numbers(best["information"].to_numpy(), error, verdicts, decimals_of(error))
        told = [(str(name) or "nothing", v) for name, v in zip(best["subset"], values, strict=True)]
        more = f"; of {len(frame):,}, the {MOST_ROWS} that tell most" if len(frame) > MOST_ROWS else ""
        yield Listing("Subsets [nats]", ("subset", "information"), tuple(told), MARKS + more)


def _cells(*of: Estimate) -> list[list[Number]]:
    """Columns of one table."""
    decimals = decimals_of(error for one in of for error in one.error)
    return [numbers(one.value, one.error, one.verdict, decimals) for one in of]
