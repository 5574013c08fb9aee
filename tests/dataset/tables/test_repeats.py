from pathlib import Path

import numpy as np
import pytest

from galaxy_causal.dataset.tables.repeats import check_repeats
from galaxy_causal.types import UserError

FILE = Path("galaxies.csv")


def survey(n, seed, digits):
    """Mass, redshift and three bands that depend on each other, to so many digits."""
    rng = np.random.default_rng([seed, n])
    bright, near = rng.normal(size=n), rng.gamma(3, 0.04, n)
    base = 17 + 5 * np.log10(near / 0.1) - bright
    bands = [base + colour * bright + rng.normal(0, 0.15, n) for colour in (0, 0.2, 0.5)]
    return [np.round(column, digits) for column in (10 + 0.5 * bright, near, *bands)]


def repeated(columns, count):
    rows = np.r_[np.arange(len(columns[0])), np.arange(count)]
    return [column[rows] for column in columns]


def check(columns):
    check_repeats(FILE, columns, np.arange(len(columns[0])), None, by_id=False)


@pytest.mark.parametrize("digits", [15, 3, 2])
@pytest.mark.parametrize("count", [3, 400])
def test_rows_that_repeat_are_refused_by_their_numbers(digits, count):
    columns = survey(400, 1, digits)
    check(columns)
    with pytest.raises(
        UserError, match=rf"{count} of {400 + count} galaxies .*rows 400, 401, 402.* repeat rows 0, 1, 2"
    ):
        check(repeated(columns, count))


@pytest.mark.parametrize("digits", [15, 3, 2])
@pytest.mark.parametrize("times", [5, 20])
def test_rows_that_stand_many_times_are_refused(digits, times):
    columns = [np.tile(column, times) for column in survey(400, 7, digits)]
    with pytest.raises(UserError, match=f"{400 * (times - 1)} of {400 * times} galaxies repeat another"):
        check(columns)


def test_row_numbers_are_those_of_the_file():
    columns = repeated(survey(50, 2, 9), 2)
    with pytest.raises(UserError, match="rows 150, 151 repeat rows 100, 101;"):
        check_repeats(FILE, columns, np.arange(100, 152), None, by_id=False)


def test_missing_values_repeat_too():
    columns = survey(50, 3, 9)
    columns[3][:] = np.nan
    check(columns)
    with pytest.raises(UserError, match="rows 50 repeat rows 0;"):
        check(repeated(columns, 1))


def test_a_mass_of_many_digits_tells_where_the_rest_is_a_class():
    rng = np.random.default_rng(4)
    columns = [rng.normal(size=3000), rng.integers(0, 2, 3000)]
    check(columns)
    with pytest.raises(UserError, match="5 of 3005"):
        check(repeated(columns, 5))


DISCRETE = {
    "whole magnitudes": lambda rng, n: survey(n, int(rng.integers(99)), 0),
    "flags": lambda rng, n: [rng.integers(0, 2, n) for _ in range(6)],
    "opposites": lambda rng, n: np.eye(2)[:, rng.integers(0, 2, n)],
    "a table of two": lambda rng, n: [*(x := rng.integers(0, 10, (2, n))), x[0] * x[1]],
    "levels": lambda rng, n: [rng.integers(0, 6, n) for _ in range(4)],
    "counts": lambda rng, n: [rng.poisson(4, n) for _ in range(3)],
    "hundredths of two": lambda rng, n: [np.round(rng.normal(size=n), 2) for _ in range(2)],
    "a colour beside its bands": lambda rng, n: [*(m := rng.integers(140, 180, (2, n))), m[0] - m[1]],
    "mostly zero": lambda rng, n: [np.where(rng.random(n) < 0.8, 0, rng.normal(size=n)) for _ in range(2)],
    "one column": lambda rng, n: [rng.integers(0, 50, n)],
}  # fmt: skip


@pytest.mark.parametrize("table", DISCRETE)
@pytest.mark.parametrize("n", [40, 400, 4000])
def test_tables_of_few_values_repeat_themselves(table, n):
    for seed in range(10):
        check(DISCRETE[table](np.random.default_rng([9, seed]), n))


def test_repeats_under_other_ids_are_refused_unless_they_share_their_group():
    """Two ids of one galaxy, as catalogues that are put together have them."""
    columns = repeated(survey(50, 2, 9), 2)
    rows, apart = np.arange(len(columns[0])), np.array([f"g{k}" for k in range(len(columns[0]))])
    with pytest.raises(UserError, match=r"but id, split and group: .*same name in dataset.columns.group"):
        check_repeats(FILE, columns, rows, None, by_id=True)
    with pytest.raises(UserError, match="repeat rows 0, 1;"):
        check_repeats(FILE, columns, rows, apart, by_id=True)
    together = apart.copy()
    together[-2:] = together[:2]
    check_repeats(FILE, columns, rows, together, by_id=True)
    with pytest.raises(UserError, match="but split and group"):
        check_repeats(FILE, columns, rows, together, by_id=False)
