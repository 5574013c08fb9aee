"""Edges between a target and what it was made with: they say how it was made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from galaxy_causal.jobs.variables import MAGNITUDE, TARGET, known_columns, parts
from galaxy_causal.plot import edge_text
from galaxy_causal.types import Catalogue, Column, Graph


def makings(catalogue: Catalogue, labels: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Variables that the target was made with, each with a variable that the target is.

    ``labels`` maps names of variables to what each is made of. Nothing, where nobody knows how the target was
    made.
    """
    known = known_columns(catalogue)
    made_of = {name: parts(recipe, known) for name, recipe in labels.items()}
    targets = [name for name, own in made_of.items() if TARGET in own]
    sources = _columns(catalogue, catalogue.target_made_of)
    return tuple(
        (name, target)
        for target in targets
        for name, own in made_of.items()
        if name not in targets and sources & set(own)
    )


def _columns(catalogue: Catalogue, made_of: Sequence[str]) -> set[str]:
    """Names under which variables may have the values of these modalities and features."""
    found: set[str] = set()
    for modality, named in catalogue.features.items():
        for name in named:
            column = str(Column(modality, name))
            if modality in made_of or column in made_of:
                found |= {column, name}
    if "photometry" in made_of:
        found.add(MAGNITUDE)
    return found


def caveat(graph: Graph, pairs: Sequence[tuple[str, str]], made: str) -> Iterator[str]:
    """What edges between a target and what it was made with are worth, if any is drawn; ``made`` says how."""
    suspect = {frozenset(pair) for pair in pairs}
    drawn = [
        edge_text(edge.a, edge.mark_a, edge.mark_b, edge.b)
        for edge in graph.edges
        if frozenset((edge.a, edge.b)) in suspect
    ]
    if drawn:
        yield (
            f"caveat: the target was made with what it is joined to here ({made}). So {'; '.join(drawn)} "
            "may show how it was made, and no cause in galaxies"
        )
