"""How figures show numbers that are not reliable."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from matplotlib.container import BarContainer

HATCHES = {"lower bound": "///", "not to be trusted": "xxx"}
"""Of areas whose numbers are not reliable."""
_WORDS = {"lower bound": "striped: lower bounds", "not to be trusted": "crossed: not to be trusted"}


def hatch(bars: BarContainer, verdicts: Sequence[str]) -> None:
    """Hatch the bars whose numbers are not reliable; none where they were not judged."""
    for bar, verdict in zip(bars.patches, verdicts, strict=False):
        if verdict in HATCHES:
            bar.set_hatch(HATCHES[verdict])


def hatch_note(verdicts: Iterable[str]) -> str:
    """What the hatches of these verdicts mean, to be put behind other words; nothing where none is there."""
    there = set(verdicts)
    return "".join(f"; {words}" for verdict, words in _WORDS.items() if verdict in there)
