import numpy as np
import pytest

from galaxy_causal.dataset.tables.calculation import calculate
from galaxy_causal.dataset.tables.expressions import DEEPEST, LONGEST, ExpressionError, parse

A = np.array([1.0, 10.0, -2.0])
COLUMNS = {
    "A": A,
    "B": np.array([2.0, 0.0, 4.0]),
    "FLAG": np.array([0, 5, 4], dtype=np.uint8),
    "V": np.arange(6.0).reshape(3, 2),
    "ONE": np.array([[7.0], [8.0], [9.0]]),
    "CLASS": np.array(["GALAXY", "STAR", "GALAXY"]),
    "cz [km/s]": np.array([3e3, 6e3, 9e3]),
    "FLOAT": np.array([1, 2, 3], dtype=np.float32),
}


def value(text):
    return calculate(parse(text), COLUMNS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("log10(A)", np.log10([1, 10, np.nan])),
        ("A - 2*log10(0.7)", A - 2 * np.log10(0.7)),
        ("A/B", [0.5, np.inf, -0.5]),
        ("-2.5*log10(A/B) + 22.5", [22.5 - 2.5 * np.log10(0.5), -np.inf, np.nan]),
        ("V[1] ** 2", [1.0, 9.0, 25.0]),
        ("V.1 + A", [2.0, 13.0, 3.0]),
        ("`cz [km/s]` / 3e5", [0.01, 0.02, 0.03]),
        ("ONE * 1", [7.0, 8.0, 9.0]),
        ("FLAG - 5", [-5.0, 0.0, -1.0]),
        ("10**FLAG", [1.0, 1e5, 1e4]),
        ("2**-FLOAT", [0.5, 0.25, 0.125]),
        ("where(A > 0, sqrt(A), 0)", [1.0, np.sqrt(10), 0.0]),
        ("maximum(A, B)", [2.0, 10.0, 4.0]),
    ],
)
def test_numbers(text, expected):
    np.testing.assert_array_equal(value(text), expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FLAG == 0", [True, False, False]),
        ("FLAG==0 or A < 0", [True, False, True]),
        ("(FLAG & 1) == 0", [True, False, True]),
        ("(A > 0) & (B > 0)", [True, False, False]),
        ("~(A > 0) | (B == 0)", [False, True, True]),
        ("0 < A <= 1", [True, False, False]),
        ("CLASS == 'GALAXY' and not B > 3", [True, False, False]),
        ("isfinite(log10(A))", [True, True, False]),
    ],
)
def test_comparisons(text, expected):
    found = value(text)
    assert found.dtype == bool
    assert found.tolist() == expected


def test_columns_and_elements_are_named():
    expression = parse("log10(`cz [km/s]`) + V[1]*V[0] - A*V[1]")
    assert set(expression.parts) == {("cz [km/s]", None), ("V", 0), ("V", 1), ("A", None)}
    assert set(expression.columns) == {"cz [km/s]", "V", "A"}
    assert parse("NMGY[3]").is_element
    assert not parse("2*NMGY[3]").is_element


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("A.__class__", "A.__class__ cannot stand"),
        ("__import__('os')", "no function __import__"),
        ("(lambda: 1)()", "cannot stand"),
        ("[A for A in B]", "cannot stand"),
        ("A if B else 1", "cannot stand"),
        ("A @ B", "cannot stand"),
        ("f'{A}'", "cannot stand"),
        ("A := 3", "cannot be read from ':= 3'"),
        ("A = 3", "cannot be read from '= 3' on; equal is =="),
        ("Z WARN == 0", "cannot be read from 'WARN == 0' on; names with blanks .* backquotes"),
        ("log10(A", r"cannot be read from '\(A' on"),
        ("lg(A) + 1", "no function lg; there are log10"),
        ("log10(A, B)", "log10 takes 1 values in its parentheses, and has 2"),
        ("V[A]", r"\[A\]: elements are counted"),
        ("V[-1]", r"\[-1\]: elements are counted"),
        ("2 is A", "cannot stand"),
        ("-" * (DEEPEST + 1) + "A", "nested more"),
        ("A+" * LONGEST + "A", "letters; at most"),
    ],
)
def test_what_cannot_be_read_is_named(text, part):
    with pytest.raises(ExpressionError, match=part):
        parse(text)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("V + 1", r"V holds 2 numbers per galaxy; choose one, as V\[0\]"),
        ("V[2]", r"V\[2\]: V holds 2 numbers per galaxy, counted from 0 to 1"),
        ("A[0]", r"A holds one number per galaxy; leave \[0\] out"),
        ("log10(CLASS)", "CLASS is no number"),
        ("CLASS == 3", "CLASS == 3 compares a text with a number"),
        ("A & (B > 1)", "and A is neither"),
        ("A and B", "A is no comparison"),
        ("3", "no value for each galaxy"),
    ],
)
def test_what_has_no_value_is_named(text, part):
    with pytest.raises(ExpressionError, match=part):
        value(text)


def test_columns_are_not_changed():
    before = {name: column.copy() for name, column in COLUMNS.items()}
    value("hypot(A, B) + abs(A) - where(A > 0, A, B)")
    for name, column in COLUMNS.items():
        np.testing.assert_array_equal(column, before[name])


def test_large_powers_end():
    assert np.isinf(value("A*0 + 9**9**9")[1]) or np.isnan(value("A*0 + 9**9**9")[1])


LONG = 39627000000000000 + 7 * np.arange(600)
FAR = np.uint64(2**63) + np.arange(600, dtype=np.uint64)
WIDE = {
    "ID": LONG,
    "FAR": FAR,
    "N": np.arange(600) % 5,
    "Z": np.linspace(0, 1, 600),
    "B": np.arange(600) % 2 > 0,
}


def of_long(text):
    return calculate(parse(text), WIDE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ID % 14", [one % 14 for one in LONG.tolist()]),
        ("ID % 14.0", [one % 14 for one in LONG.tolist()]),
        ("-ID % 1000", [-one % 1000 for one in LONG.tolist()]),
        ("ID // 7 % 2", [one // 7 % 2 for one in LONG.tolist()]),
        ("(ID + 3) * 2 - ID", [one + 6 for one in LONG.tolist()]),
        ("ID - 3.9627e16", [one - 39627 * 10**12 for one in LONG.tolist()]),
        ("where(N > 1, ID, N) % 10", [o % 10 if k % 5 > 1 else k % 5 for k, o in enumerate(LONG.tolist())]),
        ("maximum(abs(-ID), 7) % 3", [one % 3 for one in LONG.tolist()]),
        ("FAR % 10", [one % 10 for one in FAR.tolist()]),
        ("FAR - 1 - 9223372036854775807", list(range(600))),
        ("3**(N + 30) % 10", [3 ** (k % 5 + 30) % 10 for k in range(600)]),
        ("B + B", [2 * (k % 2) for k in range(600)]),
    ],
)
def test_whole_numbers_stay_whole(text, expected):
    """As Python has them, whose whole numbers have no end."""
    found = of_long(text)
    assert found.dtype.kind in "iu"
    assert found.tolist() == expected


def test_comparisons_of_whole_numbers_are_exact():
    one = LONG.tolist()[300]
    assert of_long(f"ID + 1 == {one + 1}").sum() == 1
    assert of_long(f"ID < {one}").sum() == 300
    assert of_long("ID <= 3.9627e16").sum() == 1
    assert of_long("FAR > 9223372036854775900").sum() == 600 - 93


def test_a_whole_number_divided_by_zero_is_none():
    found = of_long("ID % N")
    assert np.isnan(found[::5]).all()
    assert found[1:5].tolist() == [LONG[k] % k for k in range(1, 5)]
    assert np.isinf(calculate(parse("FLAG // 0"), COLUMNS)[1])


def test_products_beyond_whole_numbers_count_in_double_precision():
    np.testing.assert_allclose(of_long("ID * ID"), LONG.astype(float) ** 2, rtol=1e-15)
    np.testing.assert_allclose(of_long("ID / 2"), LONG / 2, rtol=1e-15)
    np.testing.assert_array_equal(of_long("2**-N"), 0.5 ** (np.arange(600) % 5))


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("ID * ID % 7", r"ID \* ID % 7 hangs on the last digits of whole numbers above 9007199254740992"),
        ("(ID + Z) // 7", "hangs on"),
        ("floor(ID / 1000)", r"floor\(ID / 1000\) hangs on"),
        ("ID // (7 * N)", "hangs on"),
        ("ID == 39627000000000007.0", "without a point"),
        ("sqrt(ID) % 2", "hangs on"),
    ],
)
def test_what_hangs_on_digits_that_are_lost_is_refused(text, part):
    with pytest.raises(ExpressionError, match=part):
        of_long(text)
