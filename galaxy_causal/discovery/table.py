"""One row for every pair of variables: what was found, how surely, and who said so before."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from galaxy_causal.discovery.exact import Posterior
from galaxy_causal.discovery.knowledge import Knowledge
from galaxy_causal.discovery.marks import NAMES, NONE, Marks, directed
from galaxy_causal.discovery.search import LearnedGraph
from galaxy_causal.discovery.shares import UNKNOWN, Ranges
from galaxy_causal.discovery.stability import Stability
from galaxy_causal.independence import partial_correlation
from galaxy_causal.types import Floats

Row = dict[str, str | bool | float]


def pair_table(
    found: LearnedGraph,
    known: Knowledge,
    correlation: Floats,
    stability: Stability | None,
    posterior: Posterior | None,
    simulated: Ranges | None = None,
) -> list[Row]:
    """One row for every pair of variables.

    Parameters
    ----------
    found : LearnedGraph
        Of all galaxies.
    known : Knowledge
        What was known.
    correlation : array (p, p)
        Of the variables.
    stability, posterior, simulated : optional
        Of resamples, of the exact posterior, and what simulations say of shares.

    Returns
    -------
    list of dict
        Shares, ranges and posteriors are NaN where there is none.

    Notes
    -----
    The columns: ``a``, ``b``; ``mark_a``, ``mark_b`` in the graph of all galaxies (empty: no edge);
    ``consensus_a``, ``consensus_b`` in the consensus; ``share`` (of an edge), ``a_causes_b``,
    ``b_causes_a``, ``arrow_at_a``, ``arrow_at_b``: shares of resamples; ``edge_true_low`` to
    ``edge_true_high``, and the same of ``a_causes_b`` and ``b_causes_a``: how often an edge or a direction of
    such a share was true in simulations with faults, lowest and highest over the faults; ``flips``;
    ``posterior_a_b``, ``posterior_b_a``:
    exact probabilities of a -> b and b -> a; ``correlation``; ``partial_correlation`` given the other causes
    of both; ``knowledge``: its source; ``imposed``: whether knowledge overrode the data.
    """
    rows, nan = [], float("nan")
    for i, j in combinations(range(len(known.variables)), 2):
        row: Row = {"a": known.variables[i], "b": known.variables[j]}
        row |= _marks("mark", found.marks, i, j)
        row |= _marks("consensus", found.marks * 0 if stability is None else stability.consensus, i, j)
        row["share"] = nan if stability is None else float(stability.adjacent[i, j])
        row["a_causes_b"] = nan if stability is None else float(stability.causes[i, j])
        row["b_causes_a"] = nan if stability is None else float(stability.causes[j, i])
        row["arrow_at_a"] = nan if stability is None else float(stability.arrow[j, i])
        row["arrow_at_b"] = nan if stability is None else float(stability.arrow[i, j])
        row |= _true(stability, simulated, i, j)
        row["flips"] = False if stability is None else bool(stability.flips[i, j])
        row["posterior_a_b"] = nan if posterior is None else float(posterior.edge[i, j])
        row["posterior_b_a"] = nan if posterior is None else float(posterior.edge[j, i])
        row["correlation"] = float(correlation[i, j])
        row["partial_correlation"] = partial_correlation(correlation, i, j, _others(found.marks, i, j))
        row["knowledge"] = known.source(known.variables[i], known.variables[j])
        row["imposed"] = (i, j) in found.imposed or (j, i) in found.imposed
        rows.append(row)
    return rows


def _marks(name: str, marks: Marks, i: int, j: int) -> Row:
    if marks[i, j] == NONE:
        return {f"{name}_a": "", f"{name}_b": ""}
    return {f"{name}_a": NAMES[int(marks[j, i])], f"{name}_b": NAMES[int(marks[i, j])]}


def _true(stability: Stability | None, simulated: Ranges | None, i: int, j: int) -> Row:
    """How often such edges and directions were true in simulations."""
    edge = forward = backward = UNKNOWN
    if stability is not None and simulated is not None:
        edge = simulated.of_edge(float(stability.adjacent[i, j]))
        forward = simulated.of_direction(float(stability.causes[i, j]))
        backward = simulated.of_direction(float(stability.causes[j, i]))
    ranges = (("edge", edge), ("a_causes_b", forward), ("b_causes_a", backward))
    return {
        f"{name}_true_{end}": value
        for name, pair in ranges
        for end, value in zip(("low", "high"), pair, strict=True)
    }


def _others(marks: Marks, i: int, j: int) -> list[int]:
    """Causes of i or of j besides these two."""
    causes = directed(marks)
    return [v for v in np.flatnonzero(causes[:, i] | causes[:, j]).tolist() if v not in (i, j)]
