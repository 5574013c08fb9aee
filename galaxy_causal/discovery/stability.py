"""How far a graph would change with other galaxies: shares of resamples, a consensus, edges that flip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.discovery.marks import (
    ARROW,
    CIRCLE,
    NONE,
    TAIL,
    Marks,
    directed,
    orient,
    topological,
)
from galaxy_causal.types import Floats, GraphKind, UserError, option


def resample(n: int, method: str, fraction: float, seed: Sequence[int]) -> NDArray[np.int64]:
    """How often each galaxy stands in a resample.

    Parameters
    ----------
    n : int
        Galaxies.
    method : {"subsample", "bootstrap"}
        A ``fraction`` of the galaxies, each once [1]_, or n draws with replacement [2]_.
    fraction : float
        Of the galaxies in a subsample.
    seed : sequence of int
        Of the draws.

    Returns
    -------
    array of int (n,)
        Its counts.

    Notes
    -----
    Repeated galaxies look like dependence to a test (under
    independence the squared z of a bootstrap replicate averages 2, not 1), so a bootstrap finds too many
    edges where a subsample does not.

    References
    ----------
    .. [1] Meinshausen & Buehlmann 2010, J. R. Stat. Soc. B 72, 417
    .. [2] Efron 1979, Ann. Stat. 7, 1
    """
    rng = np.random.default_rng(list(seed))
    if method == "bootstrap":
        return np.bincount(rng.integers(0, n, n, dtype=np.int32), minlength=n).astype(np.int64)
    counts = np.zeros(n, dtype=np.int64)
    counts[rng.permutation(n)[: max(1, round(fraction * n))]] = 1
    return counts


@dataclass(frozen=True)
class Stability:
    """Shares of replicates. A share is no probability: a fault common to all resamples stays.

    Parameters
    ----------
    adjacent, causes, arrow : array (p, p)
        With an edge, with i -> j, with an arrow at j.
    flips : array of bool (p, p)
        Whether both directions are found in at least a share ``flip`` of the replicates with the edge.
    consensus : array of int8 (p, p)
        The marks on which they agree.
    replicates : int
        How many there are.
    """

    adjacent: Floats
    causes: Floats
    arrow: Floats
    flips: np.ndarray
    consensus: Marks
    replicates: int

    @property
    def mean(self) -> float:
        """Mean over pairs of the share of replicates that agree with the majority on an edge; 0.5 to 1."""
        pairs = self.adjacent[np.triu_indices(len(self.adjacent), 1)]
        return float(np.mean(np.maximum(pairs, 1 - pairs)))


def stability(
    replicates: Sequence[Marks], kind: GraphKind, threshold: float = 0.5, flip: float = 0.2
) -> Stability:
    """Summarise the graphs of resamples.

    Parameters
    ----------
    replicates : sequence of array of int8 (p, p)
        Marks of each.
    kind : {"cpdag", "pag"}
        What they are.
    threshold : float
        Share of replicates above which an edge is in the consensus.
    flip : float
        Share of an edge's replicates for either direction that marks it as flipping.

    Returns
    -------
    Stability
        Shares and consensus.

    Raises
    ------
    UserError
        Without replicates.

    Notes
    -----
    An end of an edge of the consensus has a tail or an arrow where more than half of its replicates say so,
    else it stays open (a circle in a PAG; in a CPDAG both ends are tails). Where arrows would make a cycle,
    the rarest of them are left open.
    """
    if not len(replicates):
        wanted = option("discovery.stability.replicates")
        raise UserError(f"no replicates to summarise: {wanted} must be at least 1")
    stack = np.stack(list(replicates))
    adjacent, causes = (stack != NONE).mean(axis=0), np.mean([directed(marks) for marks in stack], axis=0)
    arrow = (stack == ARROW).mean(axis=0)
    tail = (stack == TAIL).mean(axis=0)
    kept = adjacent > threshold
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(adjacent > 0, causes / adjacent, 0.0)
    flips = np.minimum(share, share.T) >= flip
    if kind == "pag":
        consensus = np.select([2 * arrow > adjacent, 2 * tail > adjacent], [ARROW, TAIL], CIRCLE)
        consensus = np.where(kept, consensus, NONE).astype(np.int8)
    else:
        consensus = np.where(kept, TAIL, NONE).astype(np.int8)
        _agree(consensus, causes, adjacent)
    return Stability(adjacent, causes, arrow, flips, consensus, len(stack))


def _agree(consensus: Marks, causes: Floats, adjacent: Floats) -> None:
    """Point edges where most replicates do, the surest first, never into a cycle; in place."""
    pairs = np.argwhere((consensus != NONE) & (2 * causes > adjacent))
    for i, j in sorted(pairs.tolist(), key=lambda pair: -causes[pair[0], pair[1]]):
        trial = consensus.copy()
        orient(trial, i, j)
        if topological(directed(trial)) is not None:
            orient(consensus, i, j)
