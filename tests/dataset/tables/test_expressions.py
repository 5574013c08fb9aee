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
