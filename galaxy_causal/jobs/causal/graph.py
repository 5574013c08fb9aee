"""What local tests say of a causal graph."""

from __future__ import annotations

from collections.abc import Sequence

from galaxy_causal.jobs.variables import TARGET
from galaxy_causal.types import Answer, Edge, Graph

LATENT = "latent"
LEVEL = 0.05
"""P-value of a group below which the graph joins query and target."""


def proposals(inputs: str, answers: Sequence[Answer]) -> list[dict[str, str]]:
    """Edges that a graph with the inputs in it need not have, for ``discovery.knowledge.proposals``.

    A query of which no test finds anything in the neighbourhoods is forbidden as a direct cause and a direct
    effect of the target. One that tells more is left out: the tests do not say in which direction.
    """
    found = []
    for answer in answers:
        p = answer.groups[0].p  # NaN where no neighbourhood could be tested
        if not answer.suffix and p > LEVEL:
            source = f"job=causal: no dependence given the latent of {inputs} (p = {p:.2g})"
            for cause, effect in ((answer.query, TARGET), (TARGET, answer.query)):
                found.append({"cause": cause, "effect": effect, "verdict": "forbidden", "source": source})
    return found


def graph_of(
    inputs: str, target: str, answers: Sequence[Answer]
) -> tuple[Graph, list[dict[str, str | float]]]:
    """Queries that tell more of the target than the latent are joined to it.

    That the latent was learnt from the inputs, and tells of the target, is no cause: it is no edge.

    A query and what it is conditioned on make one node. Its edge has open ends, for a test of independence
    does not say which is the cause. ``share`` of a row is the share of galaxies that are discoveries.
    """
    edges: list[Edge] = []
    rows: list[dict[str, str | float]] = []
    for answer in answers:
        everyone = answer.groups[0]
        if everyone.p <= LEVEL:
            edges.append(Edge(answer.title, target, "circle", "circle"))
            row: dict[str, str | float] = {"a": answer.title, "b": target}
            rows.append(row | {"share": everyone.significant, "partial_correlation": everyone.corr})
    names = (inputs, LATENT, target, *(answer.title for answer in answers))
    return Graph("pag", names, tuple(edges)), rows
