"""Which local test, with what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from annotated_types import Ge, Gt, Lt

from galaxy_causal.types import UserError, at_most, checked, option

TestKind = Literal["gcm", "partial", "paper", "kernel", "kci"]
Gradient = Literal["none", "latent", "estimate", "both", "all"]
TESTS: tuple[TestKind, ...] = get_args(TestKind)
KERNEL = ("kernel", "kci")
"""Those with a kernel test of pooled neighbourhoods beside the local ones."""
COVARIANCE = ("gcm", *KERNEL)
"""Those of residuals from cross-fitted splines."""
MOST_KCI = 2000
"""Galaxies that a KCI can bear: its matrices are of their square, and its time is of their cube."""
GRADIENTS: Mapping[Gradient, tuple[str, ...]] = {
    "none": (),
    "latent": ("latent",),
    "estimate": ("estimate",),
    "both": ("latent", "estimate"),
    "all": ("latent", "estimate", "inputs"),
}
"""What of a question is removed inside neighbourhoods, by the value of ``gradient``."""
NULL = "memory and time grow with it, and p-values are known to 1e-5"


@checked("causal")
@dataclass(frozen=True)
class LocalTestOptions:
    """Which local test, with what.

    Parameters
    ----------
    test : str
        - ``gcm``: the generalised covariance measure of residuals from cross-fitted splines [1]_;
        - ``partial``: partial correlation and partial quadratic regression, ``gradient`` and conditioning
          variables accounted for;
        - ``paper``: as published [2]_, without regard to the gradient;
        - ``kernel``: as ``gcm``, with a kernel test of the pooled neighbourhoods beside it, RCIT [3]_;
        - ``kci``: the same with the full kernel test [4]_, whose time grows with the cube of
          ``kernel_galaxies``.
    gradient : str
        What neighbours still differ in, and is removed: the ``latent``'s coordinates, the network's
        ``estimate`` of the target, ``both``, ``all`` (its inputs too, for a latent that is not sufficient)
        or ``none``.
    permutations : int
        Draws of each null.
    fdr : float
        False-discovery rate among galaxies that are called significant.
    basis, folds : int
        Spline functions of a variable, and folds of the cross-fitting, for ``gcm``.
    kernel_galaxies : int
        Most galaxies in one kernel test.

    Raises
    ------
    UserError
        For more ``kernel_galaxies`` than ``kci`` can bear, 2000.

    References
    ----------
    .. [1] Shah & Peters 2020, Ann. Stat. 48, 1514, eq. 3
    .. [2] Zhang et al. 2025, arXiv:2509.23901, section 2
    .. [3] Strobl, Zhang & Visweswaran 2019, J. Causal Inference 7, 20180017
    .. [4] Zhang et al. 2011, UAI, arXiv:1202.3775
    """

    test: TestKind = "gcm"
    gradient: Gradient = "both"
    permutations: Annotated[int, Ge(19), at_most(100_000, NULL)] = 200
    fdr: Annotated[float, Gt(0), Lt(1)] = 0.05
    basis: Annotated[int, Ge(5), at_most(1000, "every function is a coefficient to fit in each fold")] = 10
    folds: Annotated[int, Ge(2), at_most(100, "each fits all splines anew")] = 5
    kernel_galaxies: Annotated[int, Ge(100), at_most(100_000, "memory grows with it")] = 2000

    def __post_init__(self) -> None:
        if self.test == "kci" and self.kernel_galaxies > MOST_KCI:
            raise UserError(
                f"{option('causal.kernel_galaxies', self.kernel_galaxies)} is more than "
                f"{option('causal.test', 'kci')} can bear, whose memory grows with the square and time with "
                f"the cube of it: at most {MOST_KCI}, or use {option('causal.test', 'kernel')}"
            )
