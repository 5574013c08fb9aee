import numpy as np
import pytest

from galaxy_causal.dataset import check_inputs, pair, sample
from galaxy_causal.types import UserError


@pytest.fixture
def union(galaxies, read):
    """Check the union of bands and all other columns of a table with a changed column ``X``."""

    def check(x, **options):
        galaxies["X"] = x
        catalogue = read(galaxies, columns={"other": {"x": "X"}, "photometry_error": {"g": "E_G"}}, **options)
        inputs = pair(
            catalogue.features,
            "mine",
            {"photometry": True},
            {"other": True},
            errors="available",
            accompany={},
        )
        check_inputs(catalogue, sample(catalogue, inputs.union))

    return check


def test_inputs_that_vary_pass(union):
    union(np.arange(40) % 7)
    union(np.arange(40) % 2)


def test_constant_inputs_are_refused_by_name_and_value(union):
    with pytest.raises(UserError, match=r"input other/x is constant \(3\) for all 24 training galaxies"):
        union(np.full(40, 3.0))


def test_constant_errors_pass(union, galaxies):
    galaxies["E_G"] = 0.05
    union(np.arange(40) % 7)


@pytest.mark.parametrize(
    "copy", [lambda y: y, lambda y: 10**y, lambda y: -2 * y, np.float32, lambda y: np.round(y, 3)]
)  # fmt: skip
def test_copies_of_the_target_are_refused(union, galaxies, copy):
    with pytest.raises(
        UserError, match="input other/x equals the target, or is a rising or falling function"
    ):
        union(copy(np.asarray(galaxies["LOGM"])))


def test_an_error_that_is_the_target_is_refused(union, galaxies):
    galaxies["E_G"] = galaxies["LOGM"] / 100
    with pytest.raises(UserError, match="input photometry/g/error equals the target"):
        union(np.arange(40) % 7)


def test_strays_of_inputs_are_refused_with_ids(union, galaxies):
    x = np.random.default_rng(1).gamma(2, 2, 40)
    union(x)
    x[[2, 4]] = -99
    with pytest.raises(
        UserError, match=r"input other/x is -99 for 2 galaxies \(ids 9007199254740995, .*null_val"
    ):
        union(x)
    galaxies["E_G"][[0, 3]] = 99
    with pytest.raises(UserError, match=r"the error of g \(column E_G\) is 99 in 2 rows"):
        union(np.arange(40) % 7)
