"""Numbers with their errors in letters."""

import math

import numpy as np
import pytest

from galaxy_causal.types import decimals_of, share_with_error, with_error


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (0.918, 0.0294, "0.918 ± 0.029"),
        (1.15664, 0.0077, "1.157 ± 0.008"),
        (-0.0004, 0.0123, "0.000 ± 0.012"),
        (-0.0006, 0.0123, "-0.001 ± 0.012"),
        (0.25, 0.0004, "0.250 ± <0.001"),
        (0.25, 0.0, "0.250 ± <0.001"),
        (0.25, 0.0006, "0.250 ± 0.001"),
        (0.25, math.nan, "0.250 ± -"),
        (math.nan, 0.1, "-"),
    ],
)
def test_every_number_has_the_same_digits_and_no_error_reads_zero(value, error, text):
    assert with_error(value, error) == text


def test_the_sign_of_what_may_have_either_is_shown():
    assert with_error(0.3, 0.1, sign=True) == "+0.300 ± 0.100"
    assert with_error(-0.3, 0.1, sign=True) == "-0.300 ± 0.100"
    assert with_error(0.0001, 0.1, sign=True) == "0.000 ± 0.100"


def test_shares_are_in_percent():
    assert share_with_error(0.7449, 0.0184) == "74.5 ± 1.8 %"
    assert share_with_error(1.0, 0.0001) == "100.0 ± <0.1 %"


def test_a_table_has_the_decimals_that_its_median_error_asks_for():
    assert decimals_of([0.3, 0.3, 1e-7]) == 3
    assert decimals_of([0.0077, 0.0066, 0.029]) == 4
    assert decimals_of([0.0077, 0.029, 0.03]) == 3
    assert decimals_of([1e-9]) == 5
    assert decimals_of([np.nan, 0.0]) == 3
