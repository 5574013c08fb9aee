"""What informations mean for an estimate: known scatters, widths and accuracies."""

from io import StringIO

import numpy as np
import pytest
from rich.console import Console

from galaxy_causal.jobs.decompose.meaning import meaning, unit_of_target
from galaxy_causal.plot import Trimmed, meaning_table
from galaxy_causal.types import Fit, PairFits, Summary, TargetKind

N = 4000
HELD_OUT = np.arange(2 * N) < N


class Made:
    """A catalogue with a target, as far as its meaning needs one."""

    target_classes = ()
    target_kind = None
    target_label = r"$\log_{10} M$"

    def __init__(self, target):
        self.target = target


def fit(estimate=None, **metrics):
    return Fit("", np.zeros(2 * N), metrics, False, estimate)


def summary(*informations, error=0.02):
    keys = ("mi_x1", "mi_x2", "mi_union")
    return Summary("all", N, dict(zip(keys, informations, strict=True)), dict.fromkeys(keys, error))


@pytest.fixture
def gaussian():
    """A target of deviation 0.5, estimated with scatters of 0.3 and 0.1 in two realisations each."""
    rng = np.random.default_rng(0)
    y = 10 + 0.5 * rng.normal(size=2 * N)

    def fits(scatter):
        return tuple(fit(y + scatter * rng.normal(size=2 * N)) for _ in range(2))

    return Made(y), PairFits(fits(0.3), fits(0.3), fits(0.1))


def test_scatters_of_a_gaussian_are_its_deviations(gaussian):
    made, fits = gaussian
    found = meaning(made, HELD_OUT, fits, summary(0.5, 0.5, 1.6), 200, 0)
    assert found.unit == "dex"
    truth = {"scatter_prior": 0.5, "scatter_x1": 0.3, "scatter_union": 0.1, "left_x2": 0.6, "left_union": 0.2}
    for name, value in truth.items():
        estimate, error = found.numbers[name]
        assert abs(estimate - value) < 4 * error, name
        assert 0.0 < error < 0.05 * value + 0.01, name
    # the standard error of sigma_MAD of n Gaussian values is 1.17 sigma / sqrt(n)
    assert found.numbers["scatter_prior"][1] == pytest.approx(1.17 * 0.5 / np.sqrt(N), rel=0.25)
    assert found.numbers["width_union"] == pytest.approx((np.exp(-1.6), 0.02 * np.exp(-1.6)))
    assert found.metrics()["scatter_x1_err"] == found.numbers["scatter_x1"][1]


def test_galaxies_that_taught_do_not_count(gaussian):
    made, fits = gaussian
    spoilt = made.target.copy()
    spoilt[~HELD_OUT] = 0.0
    numbers = [
        meaning(one, HELD_OUT, fits, summary(0.5, 0.5, 1.6), 50, 0).numbers for one in (made, Made(spoilt))
    ]
    assert numbers[0] == numbers[1]


def test_tails_leave_the_scatter_and_not_the_information_aside(gaussian):
    made, fits = gaussian
    tail = made.target.copy()
    tail[: N // 20] += 100.0
    found = meaning(Made(tail), HELD_OUT, fits, summary(0.5, 0.5, 1.6), 50, 0)
    assert found.numbers["scatter_prior"][0] == pytest.approx(0.5, rel=0.1)


def test_without_estimates_there_is_the_width_alone(gaussian):
    made, _ = gaussian
    fits = PairFits(*((fit(),),) * 3)
    found = meaning(made, HELD_OUT, fits, summary(0.5, 0.0, 0.7), 50, 0)
    assert set(found.numbers) == {"scatter_prior", "width_x1", "width_x2", "width_union"}
    assert found.numbers["width_x2"] == (1.0, 0.02)


def test_classes_have_accuracies():
    made = Made(np.zeros(2 * N))
    made.target_classes = ("early", "late")
    fits = PairFits(
        *(
            tuple(fit(accuracy=one, accuracy_prior=0.6) for one in each)
            for each in ((0.7, 0.72), (0.6, 0.6), (1.0, 1.0))
        )
    )
    found = meaning(made, HELD_OUT, fits, summary(0.1, 0.0, 0.6), 50, 0).numbers
    assert found["accuracy_prior"] == pytest.approx((0.6, np.sqrt(0.24 / N)))
    value, error = found["accuracy_x1"]
    assert value == pytest.approx(0.71)
    assert error == pytest.approx(np.hypot(np.sqrt(0.71 * 0.29 / N), 0.01))
    assert 0.0 < found["accuracy_union"][1] < 1 / N
    assert set(found) == {"accuracy_prior", "accuracy_x1", "accuracy_x2", "accuracy_union"}


@pytest.mark.parametrize(
    ("kind", "label", "unit"),
    [
        (None, r"$\log_{10} M_\star$", "dex"),
        (None, "MASS", ""),
        (None, r"$12+\log_{10}\,\mathrm{O/H}$", "dex"),
        (None, "log10 SFR [Msun/yr]", "dex"),
        (TargetKind.of({"unit": "Msun/yr"}), "log SFR [Msun/yr]", "dex"),
        (None, "age [Gyr]", "Gyr"),
        (TargetKind.of("sfr"), "rate", "dex"),
        (TargetKind.of("redshift"), "redshift", ""),
        (TargetKind.of({"unit": "km/s"}), "sigma", "km/s"),
    ],
)
def test_differences_of_logarithms_are_in_dex(kind, label, unit):
    made = Made(np.zeros(3))
    made.target_kind, made.target_label = kind, label
    assert unit_of_target(made) == unit


def printed(table):
    console = Console(width=80, file=StringIO(), color_system=None)
    console.print(Trimmed(table))
    return console.file.getvalue().splitlines()


def test_the_table_shows_what_there_is(gaussian):
    made, fits = gaussian
    found = meaning(made, HELD_OUT, fits, summary(0.5, 0.5, 1.6), 50, 0)
    shares = dict.fromkeys(("x1", "x2", "union"), (0.25, 0.01))
    lines = printed(meaning_table(found.numbers, found.unit, shares, "ceiling"))
    assert lines[1].startswith("What that means")
    assert lines[2].split() == [
        "known",
        "scatter",
        "[dex]",
        "of",
        "the",
        "spread",
        "exp(-I)",
        "I,",
        "of",
        "ceiling",
    ]
    assert next(line for line in lines if line.startswith("both")).endswith("25.0 ± 1.0 %")
    assert next(line for line in lines if line.startswith("nothing")).split()[2] == "±"
    assert all(line == line.rstrip() and len(line) <= 80 for line in lines)
    widths = {f"width_{part}": (0.5, 0.01) for part in ("x1", "x2", "union")}
    bare = printed(meaning_table(widths, "", {}, ""))
    assert bare[2].split() == ["known", "exp(-I)"]
