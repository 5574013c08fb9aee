"""Graphs as files: JSON (which can be read back), DOT and GraphML."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from galaxy_causal.discovery.marks import NUMBERS
from galaxy_causal.files import read_text
from galaxy_causal.types import Edge, Graph, UserError

if TYPE_CHECKING:
    import networkx as nx

KINDS = ("dag", "cpdag", "pag")
_HEADS = {"tail": "none", "arrow": "normal", "circle": "odot"}


def write_graph(
    graph: Graph, folder: Path, name: str, share: Mapping[tuple[str, str], float] | None = None
) -> None:
    """Write a graph as ``name.json``, ``name.dot`` and ``name.graphml``.

    Parameters
    ----------
    graph : Graph
        What to write.
    folder : Path
        Where.
    name : str
        Of the files, without ending.
    share : mapping of (a, b) to float, optional
        Shares of resamples with an edge, for GraphML.
    """
    (folder / f"{name}.json").write_text(json.dumps(asdict(graph), indent=2) + "\n")
    (folder / f"{name}.dot").write_text(dot(graph))
    import networkx as nx

    nx.write_graphml_xml(to_networkx(graph, share), folder / f"{name}.graphml")


def read_graph(path: str | Path) -> Graph:
    """The graph of a JSON file: kind, variables, edges with a, b, mark_a and mark_b.

    Parameters
    ----------
    path : str or Path
        A file as ``write_graph`` makes it. A DAG may have plain ``[cause, effect]`` pairs for edges.

    Returns
    -------
    Graph
        What it holds.

    Raises
    ------
    UserError
        For a file that holds no graph, or one that contradicts itself.
    """
    text = read_text(Path(path), "give the JSON file of a graph")
    try:
        read = json.loads(text)
        edges = tuple(_edge(entry) for entry in read["edges"])
        graph = Graph(read["kind"], tuple(map(str, read["variables"])), edges)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UserError(
            f"{path} holds no graph ({type(error).__name__}: {error}); it must be JSON with kind, "
            "variables and edges, as the graph.json of a discovery is"
        ) from error
    marks = {str(mark) for edge in graph.edges for mark in (edge.mark_a, edge.mark_b)}
    unknown = [end for edge in graph.edges for end in (edge.a, edge.b) if end not in graph.variables]
    if graph.kind not in KINDS or not marks <= set(NUMBERS) or unknown:
        raise UserError(
            f"{path}: kind {graph.kind!r} (of {', '.join(KINDS)}), marks {sorted(marks)} (of "
            f"{', '.join(NUMBERS)}), ends that are no variables: {', '.join(unknown) or 'none'}"
        )
    _check_once(path, graph)
    return graph


def _check_once(path: str | Path, graph: Graph) -> None:
    """Refuse what of a graph contradicts itself: of two edges between a pair, one would be lost."""
    pairs = Counter(frozenset((edge.a, edge.b)) for edge in graph.edges)
    odd = [" and ".join(sorted(pair)) for pair, count in pairs.items() if count > 1 or len(pair) < 2]
    twice = [name for name, count in Counter(graph.variables).items() if count > 1]
    if odd or twice:
        raise UserError(
            f"{path}: a graph has every variable once, and one edge at most between two different ones; see "
            f"{', '.join([*twice, *odd][:5])}"
        )


def _edge(entry: Any) -> Edge:  # noqa: ANN401
    if isinstance(entry, list):
        cause, effect = entry
        return Edge(str(cause), str(effect), "tail", "arrow")
    return Edge(str(entry["a"]), str(entry["b"]), entry["mark_a"], entry["mark_b"])


def dot(graph: Graph) -> str:
    """The graph in Graphviz' language; an open circle is an end that the data leave open."""
    lines = ["digraph {", *(f"  {json.dumps(name)};" for name in graph.variables)]
    for edge in graph.edges:
        ends = f"dir=both, arrowtail={_HEADS[edge.mark_a]}, arrowhead={_HEADS[edge.mark_b]}"
        lines.append(f"  {json.dumps(edge.a)} -> {json.dumps(edge.b)} [{ends}];")
    return "\n".join([*lines, "}"]) + "\n"


def to_networkx(graph: Graph, share: Mapping[tuple[str, str], float] | None = None) -> nx.DiGraph:
    """A graph for networkx.

    Parameters
    ----------
    graph : Graph
        A DAG, CPDAG or PAG.
    share : mapping of (a, b) to float, optional
        Shares of resamples with an edge.

    Returns
    -------
    networkx.DiGraph
        With one edge for each edge, from cause to effect where it has a direction, else from a to b. Its
        attributes are ``mark_source``, ``mark_target`` (``tail``, ``arrow`` or ``circle``) and, where
        ``share`` has it, ``share_of_resamples``.

    Examples
    --------
    >>> graph = Graph("dag", ("z", "mass"), (Edge("mass", "z", "arrow", "tail"),))
    >>> list(to_networkx(graph).edges)
    [('z', 'mass')]
    """
    import networkx as nx

    share = share or {}
    drawn = nx.DiGraph(kind=graph.kind)
    drawn.add_nodes_from(graph.variables)
    for edge in graph.edges:
        turned = edge.mark_a == "arrow" and edge.mark_b == "tail"
        a, b = (edge.b, edge.a) if turned else (edge.a, edge.b)
        marks = (edge.mark_b, edge.mark_a) if turned else (edge.mark_a, edge.mark_b)
        extra = {"share_of_resamples": share[edge.a, edge.b]} if (edge.a, edge.b) in share else {}
        drawn.add_edge(a, b, mark_source=marks[0], mark_target=marks[1], **extra)
    return drawn
