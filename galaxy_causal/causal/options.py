"""Which local test, with what."""

from __future__ import annotations

from dataclasses import dataclass

from galaxy_causal.types import UserError, check_whole

TESTS = ("gcm", "partial", "paper", "kernel", "kci")
KERNEL = ("kernel", "kci")
"""Those with a kernel test of pooled neighbourhoods beside the local ones."""
COVARIANCE = ("gcm", *KERNEL)
"""Those of residuals from cross-fitted splines."""
MOST_KCI = 2000
"""Galaxies that a KCI can bear: its matrices are of their square, and its time is of their cube."""
GRADIENTS = {
    "none": (),
    "latent": ("latent",),
    "estimate": ("estimate",),
    "both": ("latent", "estimate"),
    "all": ("latent", "estimate", "inputs"),
}
"""What of a question is removed inside neighbourhoods, by the value of ``causal.gradient``."""


@dataclass(frozen=True)
class LocalTestOptions:
    """What is asked, and how it is tested.

    ``query`` and ``given`` are names of features, for the job to look up. ``test``:

    - ``partial``: partial correlation and partial quadratic regression, ``gradient`` and ``given``
      accounted for;
    - ``paper``: as published (Zhang et al. 2025, arXiv:2509.23901, section 2), without regard to the
      gradient;
    - ``gcm``: the generalised covariance measure (Shah & Peters 2020) of residuals from cross-fitted splines;
    - ``kernel``: as ``gcm``, with a kernel test of the pooled neighbourhoods beside it (RCIT of Strobl,
      Zhang & Visweswaran 2019);
    - ``kci``: the same with the full kernel test (KCI of Zhang et al. 2011), whose time grows with the cube
      of ``kernel_galaxies``.

    ``gradient``: what neighbours still differ in, and is removed: the ``latent``'s coordinates, the network's
    ``estimate`` of the target, ``both``, ``all`` (its inputs too, for a latent that is not sufficient) or
    ``none``. ``permutations`` of each null; ``fdr``: the false-discovery rate; ``basis`` spline functions of
    a variable and ``folds`` of the cross-fitting, for ``gcm``; ``kernel_galaxies``: most galaxies in one
    kernel test.
    """

    query: str | None = None
    given: tuple[str, ...] = ()
    test: str = "gcm"
    gradient: str = "both"
    permutations: int = 200
    fdr: float = 0.05
    basis: int = 10
    folds: int = 5
    kernel_galaxies: int = 2000

    def __post_init__(self) -> None:
        for name, value, allowed in (("test", self.test, TESTS), ("gradient", self.gradient, GRADIENTS)):
            if value not in allowed:
                raise UserError(f"causal.{name}={value!r} is unknown; choose one of {', '.join(allowed)}")
        least = {"permutations": 19, "basis": 5, "folds": 2, "kernel_galaxies": 100}
        for name, smallest in least.items():
            check_whole(f"causal.{name}", getattr(self, name), smallest)
        if self.test == "kci" and self.kernel_galaxies > MOST_KCI:
            raise UserError(
                f"causal.kernel_galaxies={self.kernel_galaxies} is more than causal.test=kci can bear, whose "
                f"memory grows with the square and time with the cube of it: at most {MOST_KCI}, or use "
                "causal.test=kernel"
            )
        if not isinstance(self.fdr, int | float) or not 0 < self.fdr < 1:
            raise UserError(f"causal.fdr={self.fdr!r} must lie between 0 and 1, for example 0.05")
        object.__setattr__(self, "given", tuple(self.given))
