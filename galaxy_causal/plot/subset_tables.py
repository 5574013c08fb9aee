"""Tables of what subsets of the inputs tell, for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rich.console import Group
from rich.text import Text

from galaxy_causal.plot.blocks import Block, Column
from galaxy_causal.plot.terminal import cells, judged_cells, marked
from galaxy_causal.types import Estimate, SizeSummary, decimals_of

_MOST_PAIRS = 10
_ROUNDING = 1e-12  # nats


def inputs_table(
    names: Sequence[str],
    alone: Estimate,
    shapley: Estimate,
    last: Estimate,
    always: Estimate,
    everything: Estimate,
) -> Group:
    """What each input tells alone, its Shapley value, and what it adds to all others.

    Parameters
    ----------
    names
        Of d inputs.
    alone, shapley, last
        Each (d,) [nats].
    always, everything
        What is always shown, and all inputs, tell, each (1,) [nats].

    Returns
    -------
    Group
    """
    decimals = _decimals(alone, shapley, last, always, everything)
    columns = [judged_cells(estimate, decimals) for estimate in (alone, shapley, last)]
    told = bool(always.error[0] > 0.0 or always.value[0] != 0.0)
    word = (*everything.verdict, "")[
        0
    ]  # of what all tell, of which the sum is a difference where some are shown
    of_total = "too low" if always.value[0] != 0.0 and word == "lower bound" else word
    total = marked(f"{shapley.value.sum():.{decimals}f}", of_total)
    rows = [*zip(names, *columns, strict=True)]
    if told:
        rows.append(("always shown", *judged_cells(always, decimals), "", ""))
    rows.append(("all", *judged_cells(everything, decimals), total, ""))
    block = _block(("input", "alone", "Shapley value", "added last"), rows, rules=(len(names),))
    return _titled("What each input tells of the target Y in nats", block)


def sizes_table(sizes: Sequence[SizeSummary], labels: Sequence[str]) -> Group:
    """The best subset of each size, its information, and how often the bootstrap picks the same.

    Parameters
    ----------
    sizes
        The subsets of each size.
    labels
        Names of the best ones.

    Returns
    -------
    Group
    """
    decimals = decimals_of(one.error for one in sizes)
    rows = []
    for one in sizes:
        (cell,) = cells(np.array([one.information]), np.array([one.error]), decimals)
        numbers = (marked(cell, one.verdict), f"{one.mean:.{decimals}f}", f"{one.worst:.{decimals}f}")
        rows.append((str(one.size), *numbers, f"{one.agreement:.0%}"))
    headings = ("inputs", "information", "mean of all", "worst", "agreement")
    block = _block(headings, rows, last=("best", labels))
    return _titled("Best subset of each size; agreement: share of resamples with the same one", block)


def pairs_table(names: Sequence[str], synergy: Estimate, redundancy: Estimate) -> Group:
    """The pairs with the strongest synergy, at most ten, with their redundancy.

    Parameters
    ----------
    names
        Of pairs.
    synergy, redundancy
        Each (pairs,) [nats].

    Returns
    -------
    Group
    """
    order = np.argsort(-synergy.value, kind="stable")[:_MOST_PAIRS].tolist()
    decimals = _decimals(synergy, redundancy)
    columns = [[judged_cells(e, decimals)[i] for i in order] for e in (synergy, redundancy)]
    rows = [*zip([names[i] for i in order], *columns, strict=True)]
    block = _block(("pair", "synergistic", "redundant"), rows)
    shown = f", the {len(order)} of {len(names)} with most synergy" if len(names) > len(order) else ""
    return _titled(f"Pairs of inputs, population_min{shown}", block)


def lattice_table(names: Sequence[str], sources: Sequence[str], atoms: Estimate) -> Group:
    """Atoms of the redundancy lattice.

    Parameters
    ----------
    names
        Of the nodes.
    sources
        Of the three sources.
    atoms
        Of each node, (nodes,) [nats].

    Returns
    -------
    Group
        Atoms that are zero without an error are counted only.
    """
    there = np.flatnonzero((np.abs(atoms.value) > _ROUNDING) | (atoms.error > _ROUNDING)).tolist()
    texts = judged_cells(atoms)
    rows = [(names[i], texts[i]) for i in there]
    if len(there) < len(names):
        rows.append((f"{len(names) - len(there)} others", "0"))
    block = _block(("atom", "information"), rows)
    told = ", ".join(f"{i + 1} = {source}" for i, source in enumerate(sources))
    return _titled(f"Redundancy lattice of {told}; population_min", block)


def _decimals(*shown: Estimate) -> int:
    """Of all numbers of one table."""
    return decimals_of(error for one in shown for error in one.error)


def _block(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    last: Column | None = None,
    rules: Sequence[int] = (),
) -> Block:
    """A block of rows, each its name and a text for each further heading."""
    first, *others = headings
    columns = [(heading, [row[k] for row in rows]) for k, heading in enumerate(others, start=1)]
    return Block(first, [row[0] for row in rows], columns, last, rules)


def _titled(title: str, block: Block) -> Group:
    return Group(Text(f"\n{title}", style="bold"), block)
