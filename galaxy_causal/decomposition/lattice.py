"""The redundancy lattice of three sources."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.types import Floats

SOURCES = 3
Node = tuple[frozenset[int], ...]


@dataclass(frozen=True)
class Lattice:
    """The 18 antichains of three sources in an order in which what lies below comes first.

    Parameters
    ----------
    names
        Such as ``{1}{23}``: what source 1 and sources 2 and 3 together both tell.
    collections
        Of which of the seven unions of sources (bit i of 1 to 7: source i) each node consists, (nodes, 7).
    below
        True where the node of the column lies below that of the row, or is it, (nodes, nodes).
    """

    names: tuple[str, ...]
    collections: NDArray[np.bool_]
    below: NDArray[np.bool_]

    def redundancies(self, informations: Floats) -> Floats:
        """The redundancy of every node: the least of the informations of its members.

        Parameters
        ----------
        informations
            Of the unions of sources [nats], (7, ...): averages, or pointwise.

        Returns
        -------
        ndarray
            In nats, (18, ...).

        References
        ----------
        Barrett 2015, Phys. Rev. E 91, 052802 (minimum mutual information, here extended to all nodes).
        """
        return np.stack([informations[members].min(axis=0) for members in self.collections])

    def atoms(self, redundancies: Floats) -> Floats:
        """What every node tells beyond those below it, by Moebius inversion on the lattice.

        Parameters
        ----------
        redundancies
            Of every node [nats], (18, ...).

        Returns
        -------
        ndarray
            In nats, (18, ...); they sum to I(Y; all three).

        References
        ----------
        Williams & Beer 2010, arXiv:1004.2515.

        Examples
        --------
        Three sources that each tell the same 0.7 nats: all is in the lowest node.

        >>> lattice = three_sources()
        >>> atoms = lattice.atoms(lattice.redundancies(np.full(7, 0.7)))
        >>> round(float(atoms[0]), 12), round(float(np.abs(atoms[1:]).max()), 12)
        (0.7, 0.0)
        """
        inverse = np.rint(np.linalg.inv(self.below.astype(np.float64)))
        result: Floats = np.tensordot(inverse, redundancies, axes=1)
        return result


@cache
def three_sources() -> Lattice:
    """The redundancy lattice of three sources.

    Returns
    -------
    Lattice

    References
    ----------
    Williams & Beer 2010, arXiv:1004.2515, figure 2.

    Examples
    --------
    >>> three_sources().names[0], three_sources().names[-1], len(three_sources().names)
    ('{1}{2}{3}', '{123}', 18)
    """
    unions = [frozenset(i for i in range(SOURCES) if number >> i & 1) for number in range(1, 2**SOURCES)]
    nodes: list[Node] = [
        chosen
        for count in range(1, SOURCES + 1)
        for chosen in combinations(unions, count)
        if not any(a < b or b < a for a, b in combinations(chosen, 2))
    ]
    nodes = sorted(nodes, key=lambda node: sum(_below(other, node) for other in nodes))
    return Lattice(
        names=tuple("".join(_name(part) for part in sorted(node, key=_place)) for node in nodes),
        collections=np.array([[union in node for union in unions] for node in nodes]),
        below=np.array([[_below(other, node) for other in nodes] for node in nodes]),
    )


def _below(lower: Node, upper: Node) -> bool:
    """Each member of ``upper`` contains one of ``lower``."""
    return all(any(a <= b for a in lower) for b in upper)


def _place(part: frozenset[int]) -> tuple[int, list[int]]:
    return len(part), sorted(part)


def _name(part: frozenset[int]) -> str:
    return "{" + "".join(str(i + 1) for i in sorted(part)) + "}"
