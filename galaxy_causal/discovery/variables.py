"""Columns that a search can use: named, finite, varying, and no function of one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from galaxy_causal.independence import Design, Moments, design, moments
from galaxy_causal.types import Floats, UserError, is_constant, option, same_order

DETERMINISTIC = 1e-6
"""Least share of a variable's variance that linear functions of the others must leave."""
SMOOTH = 1e-3
"""The same for sums of splines, which cannot fit every smooth function better."""
BASIS, LOOKED_AT = 8, 20_000


@dataclass(frozen=True)
class Variables:
    """What a search works on.

    Parameters
    ----------
    names : tuple of str
        Of any spelling.
    values : array (n, p)
        Of mean zero and variance one.
    """

    names: tuple[str, ...]
    values: Floats

    @property
    def count(self) -> int:
        """How many variables."""
        return len(self.names)


def variables(names: Sequence[str], values: Floats, *, deterministic: bool = False) -> Variables:
    """Check columns and standardise them.

    Parameters
    ----------
    names : sequence of str
        Of the columns.
    values : array (n, p)
        In any unit.
    deterministic : bool
        Whether columns may be functions of others, which breaks faithfulness, on which searches rest.

    Returns
    -------
    Variables
        Of mean zero and variance one.

    Raises
    ------
    UserError
        Naming the columns: for fewer than two variables, repeated names, no more galaxies than variables +
        3, missing values, constant and duplicated columns, and functions of others: linear ones to one part
        in a million of their variance, sums of smooth ones (an absolute magnitude is one of magnitude and
        redshift) to one in a thousand.
    """
    values = np.asarray(values, dtype=np.float64)
    if len(names) < 2:
        given = option("discovery.variables", list(names))
        raise UserError(f"{given}: a graph needs at least two variables")
    repeated = sorted({name for name in names if list(names).count(name) > 1})
    if repeated:
        wanted = option("discovery.variables")
        raise UserError(f"{wanted} names {', '.join(repeated)} more than once; keep one")
    if len(values) <= len(names) + 3:
        raise UserError(
            f"{len(values)} galaxies for {len(names)} variables: more galaxies than variables + 3 are needed"
        )
    for name, column in zip(names, values.T, strict=True):
        _check_column(name, column)
    deviation = values.std(axis=0)
    scaled = values - values.mean(axis=0)
    scaled /= deviation
    if not deterministic:
        _check_relations(names, scaled)
        _check_curves(names, scaled)
    return Variables(tuple(names), scaled)


def _check_column(name: str, column: Floats) -> None:
    missing = int(np.sum(~np.isfinite(column)))
    if missing == len(column):
        raise UserError(f"variable {name} has no value for any galaxy; leave it out")
    if missing:
        raise UserError(
            f"variable {name} is missing for {missing} of {len(column)} galaxies; set "
            f"{option('discovery.nulls', 'drop')} "
            "to leave these galaxies out (the graph is then that of the galaxies that have it), or leave "
            "the variable out"
        )
    if is_constant(column):
        raise UserError(f"variable {name} is constant ({column[0]:g}): it can cause nothing; leave it out")


def _check_relations(names: Sequence[str], scaled: Floats) -> None:
    correlation = scaled.T @ scaled / len(scaled)
    for i in range(len(names)):
        for j in range(i):
            if 1 - abs(correlation[i, j]) < DETERMINISTIC / 2:
                sign = "" if correlation[i, j] > 0 else "minus "
                raise UserError(
                    f"variables {names[j]} and {names[i]} are one: the second is {sign}the first up to "
                    "scale; leave one out"
                )
            if same_order(scaled[:, j], scaled[:, i]):
                raise UserError(
                    f"variables {names[j]} and {names[i]} are one: each is a rising or falling function of "
                    "the other; leave one out"
                )
    eigenvalues, vectors = np.linalg.eigh(correlation)
    if eigenvalues[0] > DETERMINISTIC / 10:
        unexplained = 1 / np.diag(np.linalg.inv(correlation))
        if unexplained.min() >= DETERMINISTIC:
            return
    weight = vectors[:, 0]
    culprits = [names[k] for k in np.flatnonzero(np.abs(weight) > 1e-2 * np.abs(weight).max()).tolist()]
    raise UserError(
        f"variables {', '.join(culprits)} are bound by a linear relation (one is a function of the others, "
        "as g-r is of g and r): leave one of them out"
    )


def _check_curves(names: Sequence[str], scaled: Floats) -> None:
    """Refuse a variable that additive splines of the others give; looked for among ``LOOKED_AT`` galaxies."""
    step = -(-len(scaled) // LOOKED_AT)
    data = design(scaled[::step], BASIS)
    found, p = moments(data), len(names)
    if len(data) < 5 * sum(map(len, data.blocks)):
        return  # splines would fit anything
    for v in range(p):
        others = [w for w in range(p) if w != v]
        if _left(found, v, others) >= SMOOTH or _typical(data, found, v, others) >= 10 * SMOOTH:
            continue
        while len(others) > 1:  # drop what is not needed
            spare = next((w for w in others if _left(found, v, [u for u in others if u != w]) < SMOOTH), None)
            if spare is None:
                break
            others.remove(spare)
        raise UserError(
            f"variable {names[v]} is a smooth function of {', '.join(names[w] for w in others)} (they leave "
            f"less than {SMOOTH:g} of its variance): leave one of them out"
        )


def _typical(data: Design, found: Moments, v: int, others: list[int]) -> float:
    """Squared ratio of the median residual to the median deviation: small only if most galaxies are fitted.

    The variance alone may be that of a few outliers, which splines can follow.
    """
    given, column = found.columns(others), data.columns[:, v]
    weights = np.linalg.lstsq(
        found.covariance[np.ix_(given, given)], found.covariance[given, v], rcond=1e-10
    )[0]
    fitted = data.columns[:, given] @ weights
    residual = column - fitted
    spread = float(np.median(np.abs(column - np.median(column))))
    return float(np.median(np.abs(residual - np.median(residual))) / spread) ** 2 if spread else np.inf


def _left(found: Moments, v: int, others: list[int]) -> float:
    return float(found.residual([v], found.columns(others))[0, 0] / found.covariance[v, v])
