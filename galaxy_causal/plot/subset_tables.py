"""Tables of what subsets of the inputs tell, for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rich import box
from rich.table import Table
from rich.text import Text

from galaxy_causal.plot.terminal import cells, judged_cells, marked
from galaxy_causal.types import Estimate, SizeSummary

_MOST_PAIRS = 10
_ROUNDING = 1e-12  # nats


def inputs_table(
    names: Sequence[str],
    alone: Estimate,
    shapley: Estimate,
    last: Estimate,
    always: Estimate,
    everything: Estimate,
) -> Table:
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
    Table
    """
    columns = [judged_cells(estimate) for estimate in (alone, shapley, last)]
    block = _block("input", ("alone", "Shapley value", "added last"))
    for row in zip(names, *columns, strict=True):
        block.add_row(*row)
    block.add_section()
    total = marked(f"{shapley.value.sum():.3f}", (*everything.verdict, "")[0])  # as what all tell
    if always.error[0] > 0.0 or always.value[0] != 0.0:
        block.add_row("always shown", *judged_cells(always), "", "")
    block.add_row("all", *judged_cells(everything), total, "")
    return _titled("What each input tells of the target Y in nats", block)


def sizes_table(sizes: Sequence[SizeSummary], labels: Sequence[str]) -> Table:
    """The best subset of each size, its information, and how often the bootstrap picks the same.

    Parameters
    ----------
    sizes
        The subsets of each size.
    labels
        Names of the best ones.

    Returns
    -------
    Table
    """
    block = _block("inputs", ("information", "mean of all", "worst", "agreement"))
    block.add_column("best", overflow="fold")
    for one, label in zip(sizes, labels, strict=True):
        (cell,) = cells(np.array([one.information]), np.array([one.error]))
        numbers = (marked(cell, one.verdict), f"{one.mean:.3f}", f"{one.worst:.3f}", f"{one.agreement:.0%}")
        block.add_row(str(one.size), *numbers, Text(label))
    return _titled("Best subset of each size; agreement: share of resamples with the same one", block)


def pairs_table(names: Sequence[str], synergy: Estimate, redundancy: Estimate) -> Table:
    """The pairs with the strongest synergy, at most ten, with their redundancy.

    Parameters
    ----------
    names
        Of pairs.
    synergy, redundancy
        Each (pairs,) [nats].

    Returns
    -------
    Table
    """
    order = np.argsort(-synergy.value, kind="stable")[:_MOST_PAIRS].tolist()
    columns = [[judged_cells(e)[i] for i in order] for e in (synergy, redundancy)]
    block = _block("pair", ("synergistic", "redundant"))
    for row in zip([names[i] for i in order], *columns, strict=True):
        block.add_row(*row)
    shown = f", the {len(order)} of {len(names)} with most synergy" if len(names) > len(order) else ""
    return _titled(f"Pairs of inputs, population_min{shown}", block)


def lattice_table(names: Sequence[str], sources: Sequence[str], atoms: Estimate) -> Table:
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
    Table
        Atoms that are zero without an error are counted only.
    """
    there = np.flatnonzero((np.abs(atoms.value) > _ROUNDING) | (atoms.error > _ROUNDING)).tolist()
    block = _block("atom", ("information",))
    texts = judged_cells(atoms)
    for i in there:
        block.add_row(names[i], texts[i])
    if len(there) < len(names):
        block.add_row(f"{len(names) - len(there)} others", "0")
    told = ", ".join(f"{i + 1} = {source}" for i, source in enumerate(sources))
    return _titled(f"Redundancy lattice of {told}; population_min", block)


def _block(first: str, headings: Sequence[str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True)
    table.add_column(first, overflow="fold")
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def _titled(title: str, block: Table) -> Table:
    page = Table.grid()
    page.add_row(Text(f"\n{title}", style="bold"))
    page.add_row(block)
    return page
