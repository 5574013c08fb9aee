"""Data from random graphs whose truth is known."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.discovery.marks import topological
from galaxy_causal.types import Floats, UserError

HIDDEN = (50, 50, 50, 50)


def random_dag(p: int, edges: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """A DAG of variables in random order, all with so many edges equally likely given the order.

    Parameters
    ----------
    p, edges : int
        Variables and edges.
    rng : numpy.random.Generator
        What draws.

    Returns
    -------
    array of bool (p, p)
        Where i causes j.

    Raises
    ------
    UserError
        For more edges than pairs.
    """
    most = p * (p - 1) // 2
    if not 0 <= edges <= most:
        raise UserError(f"{p} variables can have 0 to {most} edges, not {edges}")
    rows, columns = np.triu_indices(p, 1)
    chosen = rng.choice(most, edges, replace=False)
    order = rng.permutation(p)
    parents = np.zeros((p, p), dtype=bool)
    parents[order[rows[chosen]], order[columns[chosen]]] = True
    return parents


def linear_gaussian(parents: NDArray[np.bool_], n: int, rng: np.random.Generator) -> Floats:
    """Each variable a linear function of its causes plus Gaussian noise.

    Parameters
    ----------
    parents : array of bool (p, p)
        Where i causes j.
    n : int
        Galaxies.
    rng : numpy.random.Generator
        What draws.

    Returns
    -------
    array (n, p)
        Their values.

    Notes
    -----
    Coefficients are uniform in [0.3, 1] with random sign and the noise has a standard deviation uniform in
    [0.5, 1]; then the variable is scaled to variance one, so that scale gives no order away.
    """
    p = len(parents)
    values = np.zeros((n, p))
    for v in _order(parents):
        causes = parents[:, v]
        weights = rng.uniform(0.3, 1.0, causes.sum()) * rng.choice([-1.0, 1.0], causes.sum())
        column = values[:, causes] @ weights + rng.uniform(0.5, 1.0) * rng.normal(size=n)
        values[:, v] = (column - column.mean()) / column.std()
    return values


def perceptron_network(parents: NDArray[np.bool_], n: int, rng: np.random.Generator) -> Floats:
    """Each variable a random network's output from its causes and a Beta(2, 5) noise.

    Parameters
    ----------
    parents, n, rng
        As of `linear_gaussian`.

    Returns
    -------
    array (n, p)
        Values of the galaxies.

    Notes
    -----
    The mocks of Desmond & Ramsey (2025, arXiv:2510.01112): the causes and the noise, each standardised,
    pass through four layers of 50 rectified units with weights uniform in +-sqrt(6 / inputs) and biases
    uniform in +-1 / sqrt(inputs). The noise is thus not additive: its effect depends on the causes.
    """
    p = len(parents)
    values = np.zeros((n, p))
    for v in _order(parents):
        inputs = np.column_stack([values[:, parents[:, v]], rng.beta(2, 5, n)])
        layer = (inputs - inputs.mean(axis=0)) / (inputs.std(axis=0) + 1e-8)
        for width in (*HIDDEN, 1):
            size = layer.shape[1]
            weights = rng.uniform(-1, 1, (size, width)) * np.sqrt(6 / size)
            layer = layer @ weights + rng.uniform(-1, 1, width) / np.sqrt(size)
            if width > 1:
                layer = np.maximum(layer, 0.0, out=layer)
        values[:, v] = layer[:, 0]
    return values


def _order(parents: NDArray[np.bool_]) -> list[int]:
    order = topological(parents)
    if order is None:
        raise UserError("the graph to simulate has a cycle; give one without")
    return order
