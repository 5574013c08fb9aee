"""What a causal discovery says, in sentences: how many edges, which touch the target, how stable they are."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from galaxy_causal.jobs.variables import TARGET
from galaxy_causal.types import Edge, Graph, listed, sentence, share

MOST = 6
"""Edges that are named."""
JOINS = {
    ("tail", "arrow"): "{a} → {b}",
    ("arrow", "tail"): "{b} → {a}",
    ("arrow", "arrow"): "{a} ↔ {b}",
    ("circle", "arrow"): "{a} o→ {b}",
    ("arrow", "circle"): "{b} o→ {a}",
}
"""Edges by the marks at their ends; others have no direction."""


def answer(
    graph: Graph, shares: Mapping[tuple[str, str], float], count: int, measured: Mapping[str, float]
) -> str:
    """Which variables are joined, in two to four sentences.

    Parameters
    ----------
    graph
        That was found.
    shares
        The share of resamples with an edge, by its ends; empty without resamples.
    count
        Galaxies.
    measured
        Metrics, with the agreement with a truth where there is one.

    Returns
    -------
    str
    """
    number, directed = len(graph.edges), sum(edge.directed for edge in graph.edges)
    of = f"{len(graph.variables)} variables of {count:,} galaxies"
    if not number:
        said = [f"the search joins none of {of}", _trust(shares)]
    else:
        said = [f"the search finds {_edges(number, directed, of)}"]
        said += [_named(graph, shares), _trust(shares)]
    if "adjacency_precision" in measured:
        right, found = measured["adjacency_precision"], measured["adjacency_recall"]
        said.append(
            f"against the truth {_share(right)} of the edges are right, and {_share(found)} of the true ones "
            "found"
        )
    return " ".join(sentence(one) for one in said)


def _edges(number: int, directed: int, of: str) -> str:
    """So many edges, and how many of them have a direction."""
    if number == 1:
        return f"1 edge between {of}, {'with' if directed else 'without'} a direction"
    which = "none" if not directed else "all" if directed == number else str(directed)
    return f"{number} edges between {of}, {which} of them with a direction"


def _share(value: float) -> str:
    return "an unknown share" if math.isnan(value) else share(value)


def _named(graph: Graph, shares: Mapping[tuple[str, str], float]) -> str:
    """The target's own edges where it is a variable, else those that most resamples have."""
    own = [edge for edge in graph.edges if TARGET in (edge.a, edge.b)]
    if TARGET in graph.variables and not own:
        return f"nothing is joined with {TARGET}"
    chosen = sorted(own or graph.edges, key=lambda edge: -_of(edge, shares))
    what = f"joined with {TARGET}" if own else "most stable" if shares else "these are"
    each = [
        _drawn(edge) + (f" ({share(_of(edge, shares))} of resamples)" if shares else "") for edge in chosen
    ]
    return f"{what}: {listed(each, most=MOST)}"


def _of(edge: Edge, shares: Mapping[tuple[str, str], float]) -> float:
    return shares.get((edge.a, edge.b), shares.get((edge.b, edge.a), 0.0))


def _drawn(edge: Edge) -> str:
    return JOINS.get((edge.mark_a, edge.mark_b), "{a} - {b}").format(a=edge.a, b=edge.b)


def _trust(shares: Sequence[object] | Mapping[tuple[str, str], float]) -> str:
    if not shares:
        return "no resamples were made, so that nothing is known of how stable this is"
    return "shares of resamples say how stable an edge is, not how likely it is true"
