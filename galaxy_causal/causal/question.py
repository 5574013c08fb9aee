"""What is asked of the training galaxies, checked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.types import Floats, UserError, option


@dataclass(frozen=True, eq=False)
class LocalQuestion:
    """Does the target depend on a query among galaxies of one latent, given some variables?

    Of all m training galaxies, of which neighbourhoods consist.

    Parameters
    ----------
    target, query : array (m,)
        NaN where a value is missing.
    given : array (m, c), optional
        Conditioning variables, NaN where a value is missing.
    latent : array (m, d), optional
        Coordinates in which neighbours are near. Neighbours still differ in these,
    estimate : array (m,), optional
        in the network's mean of the target,
    inputs : array (m, p), optional
        and in its numerical inputs.
    name : str
        What messages call the query.

    Raises
    ------
    UserError
        Where the question has no answer: nothing varies, or the query is another column but for scale.
    """

    target: Floats
    query: Floats
    given: Floats | None = None
    latent: Floats | None = None
    estimate: Floats | None = None
    inputs: Floats | None = None
    name: str = "the query"

    def __post_init__(self) -> None:
        m = len(self.target)
        for name in ("query", "given", "latent", "estimate", "inputs"):
            value = getattr(self, name)
            if value is not None and len(value) != m:
                raise UserError(
                    f"{name} is of {len(value)} galaxies and the target of {m}; give the same ones"
                )
        _check_varies(self.target, "the target")
        _check_varies(self.query, self.name)
        self._check_other(self.target, "the target", "a test would tell that the target depends on itself")
        if self.estimate is not None:
            self._check_other(self.estimate, "the network's estimate", "neighbours have the same one")
        for k, column in enumerate([] if self.inputs is None else self.inputs.T):
            self._check_other(column, f"input {k + 1} of the network", "the latent holds it already")
        for k, column in enumerate([] if self.given is None else self.given.T):
            _check_varies(column, f"conditioning variable {k + 1}")
            self._check_other(column, f"conditioning variable {k + 1}", "given itself it tells nothing more")
        for name in ("latent", "estimate", "inputs"):
            value = getattr(self, name)
            if value is not None and not np.isfinite(value).all():
                raise UserError(
                    f"the {name} of {int(np.sum(~np.isfinite(value).reshape(m, -1).all(axis=1)))} training "
                    "galaxies is NaN or infinite: training diverged, or an input is missing"
                )

    def _check_other(self, other: Floats, what: str, why: str) -> None:
        both = np.isfinite(self.query) & np.isfinite(other)
        if both.sum() > 2:
            a, b = self.query[both], other[both]
            if a.std() > 0 and b.std() > 0 and abs(np.corrcoef(a, b)[0, 1]) > 1 - 1e-12:
                raise UserError(
                    f"{self.name} equals {what} (but for scale): {why}; choose another "
                    f"{option('causal.query')}"
                )

    @property
    def valid(self) -> NDArray[np.bool_]:
        """Galaxies (m,) that have target, query and all conditioning variables."""
        valid = np.isfinite(self.target) & np.isfinite(self.query)
        return valid if self.given is None else valid & np.isfinite(self.given).all(axis=1)


def _check_varies(values: Floats, what: str) -> None:
    known = values[np.isfinite(values)]
    if not len(known):
        raise UserError(f"{what} has no value in any of {len(values)} training galaxies; choose another")
    if np.ptp(known) == 0:
        raise UserError(
            f"{what} is {known[0]:.6g} in all {len(known)} training galaxies that have it, so nothing can "
            "depend on it; choose another"
        )
