"""Kernel tests of conditional independence, and third-party code under a seed."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import numpy as np

from galaxy_causal.types import Floats

Test = Callable[[int, int, tuple[int, ...]], float]
"""``test(x, y, z)``: the p-value of x being independent of y given z, all being numbers of variables."""


def rcit(values: Floats, seed: int, features: int = 100, approximation: str = "lpd4") -> Test:
    """The randomised conditional independence test of causal-learn.

    A kernel test with random Fourier features; time grows with the number of galaxies, not its square.

    Parameters
    ----------
    values : array (n, p)
        Variables of galaxies.
    seed : int
        Of the features, with the question.
    features : int
        Of the conditioning variables.
    approximation : {"lpd4", "hbe"}
        Of the null's tail: Lindsay, Pilla & Basak 2000, or Hall, Buckley & Eagleson, which keeps the level
        better where nothing is conditioned on.

    Returns
    -------
    callable
        ``test(x, y, z)``: a p-value.

    References
    ----------
    Strobl, Zhang & Visweswaran 2019, J. Causal Inference 7, 20180017
    """
    from causallearn.utils.cit import CIT

    tester = CIT(values, method="rcit", num_f=features, approx=approximation)

    def test(x: int, y: int, z: tuple[int, ...]) -> float:
        question = f"{seed}|{min(x, y)},{max(x, y)}|{sorted(z)}"
        with seeded(zlib.crc32(question.encode())):
            return float(np.clip(tester(x, y, z), 0.0, 1.0))

    return test


def kci(values: Floats) -> Test:
    """The kernel conditional independence test of causal-learn.

    Widths of the Gaussian kernels by its empirical rules, the null by a gamma distribution: nothing is drawn.

    Parameters
    ----------
    values : array (n, p)
        Variables of galaxies.

    Returns
    -------
    callable
        ``test(x, y, z)``: a p-value.

    Notes
    -----
    Memory grows with the square of the number of galaxies and, given anything, time with its cube.

    References
    ----------
    Zhang et al. 2011, UAI, arXiv:1202.3775
    """
    from causallearn.utils.cit import CIT

    tester = CIT(values, method="kci")

    def test(x: int, y: int, z: tuple[int, ...]) -> float:
        return float(np.clip(tester(x, y, z), 0.0, 1.0))

    return test


class seeded:  # noqa: N801  (used as a statement)
    """Third-party code that draws from the global generators draws from this seed, and leaves no trace.

    So does what asks numpy for a new generator without a seed of its own.

    Parameters
    ----------
    seed : int
        Modulo 2^32.

    Examples
    --------
    >>> with seeded(1):
    ...     first = np.random.default_rng().normal()
    >>> with seeded(1):
    ...     bool(first == np.random.default_rng().normal())
    True
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def __enter__(self) -> None:
        import random

        self.numpy_state, self.state = np.random.get_state(), random.getstate()  # noqa: NPY002
        np.random.seed(self.seed % 2**32)  # noqa: NPY002
        random.seed(self.seed)
        self.default_rng = np.random.default_rng
        np.random.default_rng = lambda seed=None: self.default_rng(self.seed if seed is None else seed)

    def __exit__(self, *_: object) -> None:
        import random

        np.random.default_rng = self.default_rng
        np.random.set_state(self.numpy_state)  # noqa: NPY002
        random.setstate(self.state)
