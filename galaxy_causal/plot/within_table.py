"""What inputs tell within classes of galaxies, for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rich.console import Group
from rich.text import Text

from galaxy_causal.plot.terminal import atoms_block, informations_block
from galaxy_causal.types import Summary, decimals_of

EVERY = "all classes"


def within_table(summaries: Sequence[Summary], headline: str) -> Group:
    """Informations within classes, and their atoms in the headline's measure.

    Parameters
    ----------
    summaries
        Of all classes together, I(Y; X | class), then of each class [nats].
    headline
        The measure's name.

    Returns
    -------
    Group
    """
    shown = [replace(summaries[0], group=EVERY), *summaries[1:]]
    decimals = decimals_of(error for one in shown for error in one.error.values())
    return Group(
        Text("\nWithin classes: I(Y; X | class) in nats, each against its class's own p(y)", style="bold"),
        informations_block(shown, decimals),
        Text(f"\nWithin classes, {headline}", style="bold"),
        atoms_block(shown, headline, decimals),
    )
