"""What a table says of how well its target is known."""

import numpy as np
import pytest
from scipy.special import digamma

from galaxy_causal.dataset import catalogue_checksums
from galaxy_causal.types import UserError

PERCENTILES = {"low": "P16", "high": "P84"}
DRAWS = ["D1", "D2", "D3"]


@pytest.fixture
def labelled(galaxies):
    """The galaxies with an error of the mass, percentiles about it and draws."""
    rng = np.random.default_rng(2)
    n = len(galaxies)
    galaxies["E"] = rng.uniform(0.05, 0.2, n)
    galaxies["P16"] = galaxies["LOGM"] - 0.5 * galaxies["E"]
    galaxies["P84"] = galaxies["LOGM"] + 1.5 * galaxies["E"]
    for name in DRAWS:
        galaxies[name] = galaxies["LOGM"] + galaxies["E"] * rng.normal(size=n)
    return galaxies


@pytest.mark.parametrize("suffix", [".fits", ".csv", ".parquet", ".vot"])
def test_one_error_percentiles_and_draws(labelled, read, suffix):
    one = read(labelled, suffix, columns={"target_error": "E"})
    np.testing.assert_allclose(one.target_error, labelled["E"])
    assert one.target_draws is None
    assert one.provenance["target_error"] == "column E"
    asymmetric = read(labelled, suffix, columns={"target_error": PERCENTILES})
    np.testing.assert_allclose(asymmetric.target_error, labelled["E"])
    drawn = read(labelled, suffix, columns={"target_draws": DRAWS})
    values = np.column_stack([labelled[name] for name in DRAWS])
    np.testing.assert_array_equal(drawn.target_draws, values)
    np.testing.assert_allclose(
        np.log(drawn.target_error), np.log(values.std(axis=1, ddof=1)) - digamma(1) / 2, rtol=1e-9
    )


@pytest.mark.parametrize("count", [2, 3, 10])
def test_the_deviation_of_few_draws_is_right_in_the_logarithm(galaxies, read, count):
    """Over many galaxies, whose draws have deviations from 0.1 to 1: within four errors of the mean."""
    rng = np.random.default_rng(count)
    n = 4000
    data = {"ID": np.arange(n), "LOGM": rng.normal(10, 3, n)}
    sigma = np.exp(rng.uniform(np.log(0.1), 0, n))
    names = [f"D{k}" for k in range(count)]
    data |= {name: data["LOGM"] + sigma * rng.normal(size=n) for name in names}
    table = type(galaxies)(data)
    columns = {"target_draws": names, "redshift": None, "photometry": None}
    found = np.log(read(table, columns=columns).target_error) - np.log(sigma)
    assert abs(found.mean()) < 4 * found.std() / n**0.5


def test_errors_follow_their_galaxies(labelled, read):
    error = dict(zip(labelled["ID"], labelled["E"], strict=True))
    draw = dict(zip(labelled["ID"], labelled["D2"], strict=True))
    labelled["Z"][[3, 7]] = np.nan
    labelled["E"][11] = np.nan
    split = {"train": 0.4, "validation": 0.2, "test": 0.2, "seed": 1}
    shuffled = labelled[np.random.default_rng(0).permutation(len(labelled))]
    found = read(shuffled, columns={"target_error": "E"}, nulls="drop", split=split)
    assert found.dropped == {"null in Z": 2, "null in E": 1, "in no split": 7}
    assert [error[i] for i in found.id] == list(found.target_error)
    found = read(shuffled, columns={"target_draws": DRAWS}, nulls="drop", split=split)
    assert [draw[i] for i in found.id] == list(found.target_draws[:, 1])
    assert found.target_error.shape == (len(found),)


def test_checksums_of_what_is_learnt_do_not_change(labelled, read):
    without = catalogue_checksums(read(labelled))
    with_error = catalogue_checksums(read(labelled, columns={"target_error": "E"}))
    drawn = catalogue_checksums(read(labelled, columns={"target_draws": DRAWS}))
    assert "target_error" not in without
    assert {k: v for k, v in with_error.items() if k != "target_error"} == without
    assert with_error["target_error"] != drawn["target_error"]
    labelled["E"][0] *= 1.01
    changed = catalogue_checksums(read(labelled, columns={"target_error": "E"}))
    assert changed["target_error"] != with_error["target_error"]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"target_error": "E", "target_draws": DRAWS}, "both set"),
        ({"target_error": {"low": "P16"}}, "{low: COLUMN, high: COLUMN}"),
        ({"target_error": {"low": "P16", "high": None}}, "{low: COLUMN, high: COLUMN}"),
        ({"target_error": {"p16": "P16", "p84": "P84"}}, "{low: COLUMN, high: COLUMN}"),
        ({"target_error": ["P16", "P84"]}, "a list of draws is dataset.columns.target_draws"),
        ({"target_error": "LOGM"}, "target_error names LOGM, which is the target or stands twice"),
        ({"target_error": {"low": "P16", "high": "P16"}}, "names P16, which is the target or stands twice"),
        ({"target_draws": "D1"}, "target_draws=D1: give a list of two columns or more"),
        ({"target_draws": ["D1"]}, "give a list of two columns or more"),
        ({"target_draws": ["D1", "D2", "D1"]}, "target_draws names D1, which is"),
        ({"target_error": "MISSING"}, "MISSING"),
        ({"target_error": PERCENTILES, "other": {"p": "P16"}}, "dataset.columns.other names P16"),
        ({"target_draws": DRAWS, "morphology": {"d": "D3"}}, "dataset.columns.morphology names D3"),
    ],
)
def test_maps_that_mean_nothing_are_refused(labelled, read, columns, words):
    with pytest.raises(UserError) as refused:
        read(labelled, columns=columns)
    assert words in str(refused.value)


def test_the_error_itself_may_be_an_input(labelled, read):
    found = read(labelled, columns={"target_error": "E", "other": {"e": "E"}})
    np.testing.assert_array_equal(found.features["other"]["e"].value, found.target_error)


@pytest.mark.parametrize(
    ("column", "rows", "value", "given", "words"),
    [
        ("E", [4, 9], -0.1, "E", "column E: 2 of 40 rows (first 4, 9): the error is negative"),
        ("E", [4, 9], 0.0, "E", "column E: 2 of 40 rows (first 4, 9): the error is zero"),
        ("E", [4], np.nan, "E", "missing values"),
        ("E", [4], -9999, "E", "column E: 1 of 40 rows (first 4); set dataset.nulls=drop"),
        ("E", [4, 5], -99, "E", "the target_error (column E) is -99 in 2 rows (first 4, 5)"),
        ("E", slice(None), 0.9, "E", "the median error is 0.9, and the target's own deviation"),
        (
            "P16",
            [4],
            13,
            PERCENTILES,
            "P16, P84: 1 of 40 rows (first 4): the 16th percentile is above the 84th",
        ),
        ("D1", [4], np.nan, DRAWS, "column D1: 1 of 40 rows (first 4)"),
    ],
)
def test_errors_that_cannot_be_are_refused_with_their_rows(labelled, read, column, rows, value, given, words):
    labelled[column][rows] = value
    columns = {"target_draws": DRAWS} if given is DRAWS else {"target_error": given}
    with pytest.raises(UserError) as refused:
        read(labelled, columns=columns)
    for part in (words, "galaxies.fits"):
        assert part in str(refused.value)


def test_an_error_above_the_range_of_the_target_is_refused_in_a_long_tail_too(labelled, read):
    labelled["E"] = np.geomspace(0.05, 2, 40)
    labelled["E"][4] = 1.1 * np.ptp(labelled["LOGM"])
    with pytest.raises(
        UserError, match=r"1 of 40 rows \(first 4\): the error, up to .*, is larger than the range"
    ):
        read(labelled, columns={"target_error": "E"})


def test_percentiles_and_draws_of_another_quantity_are_refused(labelled, read):
    for name in ("P16", "P84", *DRAWS):
        labelled[name] += 1.5
    for columns in ({"target_error": PERCENTILES}, {"target_draws": DRAWS}):
        with pytest.raises(UserError, match=r"40 of 40 rows.*name those of this target, in its unit"):
            read(labelled, columns=columns)


def test_draws_that_are_all_one_are_refused(labelled, read):
    for name in DRAWS:
        labelled[name][5] = 10.0
    with pytest.raises(UserError, match=r"column D1, D2, D3: 1 of 40 rows \(first 5\): the error is zero"):
        read(labelled, columns={"target_draws": DRAWS})


@pytest.mark.parametrize(
    ("target", "error", "agree"),
    [
        ("dex(solMass)", "dex", True),
        ("dex", "dex", True),
        ("dex(solMass)", "solMass", False),
        ("mag", "dex", False),
        (None, "dex", True),
        ("dex", None, True),
    ],
)
def test_units_must_be_the_targets(labelled, read, target, error, agree):
    labelled["LOGM"].unit, labelled["E"].unit = target, error
    if agree:
        assert read(labelled, ".ecsv", columns={"target_error": "E"}).target_error is not None
        return
    with pytest.raises(UserError, match=r"column E is in .*, and the target in .*own unit"):
        read(labelled, ".ecsv", columns={"target_error": "E"})
