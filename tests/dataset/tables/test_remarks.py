"""What is odd about a table and may be right is told; and values that suit another quantity."""

import numpy as np
import pytest

import galaxy_causal as gc
from galaxy_causal.dataset.tables.table import unsplit
from galaxy_causal.types import UserError

N = 1500


@pytest.fixture
def columns():
    rng = np.random.default_rng(8)
    return {
        "mass": rng.normal(10.5, 0.5, N).clip(8.5, 11.9), "z": rng.uniform(0.01, 0.3, N),
        "g": rng.normal(18, 1, N),
        "r": rng.normal(17, 1, N), "e_g": rng.uniform(0.01, 0.1, N), "size": rng.lognormal(0, 0.3, N),
        "t_g": rng.uniform(0.7, 1, N), "type": np.array(["early", "late", "-9999"])[np.arange(N) % 3],
        "code": np.array([0, 1, 99, -1])[np.arange(N) % 4], "half": (np.arange(N) % 3 + 0.5),
    }  # fmt: skip


def read(columns, **mapped):
    options = {
        name: mapped.pop(name)
        for name in [*mapped]
        if name in ("target_kind", "null_values", "nulls", "where")
    }
    roles = {"target": "mass", "redshift": "z", "photometry": {"g": "g", "r": "r"}, **mapped}
    return unsplit(columns, roles, photometry_unit="magnitude", **options).catalogue


def test_of_ordinary_columns_nothing_is_said(columns):
    found = read(columns, photometry_error={"g": "e_g"}, other={"size": "size"})
    assert found.remarks == ()


@pytest.mark.parametrize("count", [3, 40])
def test_errors_of_zero_are_told(columns, count):
    columns["e_g"][:count] = 0
    (told,) = read(columns, photometry_error={"g": "e_g"}).remarks
    assert f"the error of g (column e_g) is 0 for {count} of 1,500 galaxies" in told
    assert "{photometry/g/error: [0]}" in told


@pytest.mark.parametrize(
    ("column", "role"), [("mass", "target"), ("size", "other/size"), ("e_g", "photometry/g/error")]
)
def test_values_that_many_galaxies_share_are_told_inside_and_at_the_ends(columns, column, role):
    more = {"photometry_error": {"g": "e_g"}, "other": {"size": "size"}}
    middle = np.round(np.median(columns[column]), 2)
    columns[column][:40] = middle
    (told,) = read(columns, **more).remarks
    assert f"{role} (column {column}) is {middle:g} for 40 of 1,500 galaxies, and hardly any other" in told
    columns[column][:40] = columns[column].max()
    (told,) = read(columns, **more).remarks
    assert f"{role} (column {column}) is" in told
    assert "its highest value, for 4" in told


def test_values_that_all_repeat_are_not_told(columns):
    columns["mass"] = columns["mass"].round(1) + 1e-3 * (np.arange(N) % 3)
    assert read(columns).remarks == ()


def test_dust_that_takes_most_of_the_light_or_is_of_some_bands_alone_is_told(columns):
    (some,) = read(columns, photometry_transmission={"g": "t_g"}).remarks
    assert "the light of g is corrected for extinction, that of r not" in some
    columns["a_g"] = np.linspace(0.01, 0.39, N)
    (told,) = read(columns, photometry_transmission={"g": "a_g", "r": "t_g"}).remarks
    assert "the transmission of g (column a_g) has median 0.2, so that dust" in told
    assert "10**(-0.4*a_g)" in told


def test_texts_of_classes_that_mean_missing_are_of_no_class(columns):
    mapped = {"target": "type", "target_kind": "class", "nulls": "drop"}
    assert read(columns, **mapped).target_classes == ("-9999", "early", "late")
    assert any(
        "-9999 is a class of the target, of 500 galaxies" in one for one in read(columns, **mapped).remarks
    )
    found = read(columns, null_values={"target": [-9999]}, **mapped)
    assert found.target_classes == ("early", "late")
    assert len(found) == 1000
    assert found.remarks == ()


def test_numbers_of_classes_that_look_like_codes_are_told_and_fractions_refused(columns):
    told = read(columns, target="code", target_kind="class").remarks
    assert [one.split()[1] for one in told] == ["-1", "99"]
    with pytest.raises(
        UserError, match=r"class column half holds 0.5, 1.5, 2.5, and numbers with a fraction"
    ):
        read(columns, target="half", target_kind="class")
    names = {"column": "half", "names": {0.5: "a", 1.5: "b", 2.5: "c"}}
    assert read(columns, target=names, target_kind="class").target_classes == ("a", "b", "c")


def test_values_of_another_quantity_are_said_to_be_of_it(columns):
    with pytest.raises(
        UserError, match=r"all of its values are plausible of mass; if it .* set target=mass; other"
    ):
        read(columns, target_kind="sfr")
    with pytest.raises(
        UserError, match=r"if it is that quantity set target=sfr; otherwise if it means missing"
    ):
        read(columns | {"mass": columns["mass"] - 10.5}, target_kind="oxygen_abundance")


def test_ids_that_stand_more_than_once_are_told_with_rows_and_a_filter(columns):
    columns["id"] = np.arange(N) + 100
    columns["id"][[7, 9, 900]] = -1
    with pytest.raises(
        UserError, match=r"1 id stands more than once in column id, such as -1 in rows 7, 9, 900"
    ):
        gc.from_table(columns, "mass", id="id", other={"size": "size"})
    with pytest.raises(UserError, match='leave its rows out by where="id != -1"'):
        gc.from_table(columns, "mass", id="id", other={"size": "size"})
    assert len(gc.from_table(columns, "mass", id="id", other={"size": "size"}, where="id != -1")) == N - 3


def test_true_and_false_in_texts_are_flags(columns):
    columns["flag"] = np.where(np.arange(N) % 3 == 0, "True", "False")
    columns["odd"] = np.where(np.arange(N) % 3 == 0, "True", "maybe")
    found = read(columns, other={"flag": "flag"})
    np.testing.assert_array_equal(found.features["other"]["flag"].value, np.arange(N) % 3 == 0)
    assert len(read(columns, where="not flag")) == N * 2 // 3
    with pytest.raises(
        UserError, match="column odd does not hold numbers but texts, such as 'True' in row 0"
    ):
        read(columns, other={"odd": "odd"})
