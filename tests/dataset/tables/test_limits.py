"""Upper limits: of bands they come along as a flag, of the target they are refused or left out."""

import numpy as np
import pandas as pd
import pytest

import galaxy_causal as gc
from galaxy_causal.dataset import catalogue_checksums, divided, pair, sample
from galaxy_causal.types import Column, UserError

N = 300


@pytest.fixture
def frame():
    rng = np.random.default_rng(0)
    y = rng.normal(10, 0.5, N)
    faint = 12 - y + 0.3 * rng.normal(size=N)
    limit = faint > 2.3
    return pd.DataFrame(
        {
            "id": np.arange(N)[::-1] + 5,
            "y": y,
            "r": 28 - y + rng.normal(size=N),
            "W3": np.where(limit, 2.3, faint),
            "W3_is_limit": limit,
            "y_is_limit": np.arange(N) % 10 == 0,
        }
    )


def read(frame, **options):
    options = {"photometry_limit": {"W3": "W3_is_limit"}} | options
    return gc.from_table(
        frame, "y", id="id", photometry={"r": "r", "W3": "W3"}, photometry_unit="magnitude", **options
    )


def test_the_flag_stands_beside_the_value_as_an_input(frame):
    found = read(frame)
    expected = frame.sort_values("id")["W3_is_limit"]
    np.testing.assert_array_equal(found.features["photometry"]["W3"].limit, expected.astype(float))
    inputs = pair(
        found.features, "t", {"photometry": ["W3"]}, {"photometry": ["r"]}, errors="available", accompany={}
    )
    taken = sample(found, inputs.x1)
    assert [str(column) for column in taken.columns] == ["photometry/W3", "photometry/W3/limit"]
    np.testing.assert_array_equal(taken.x[:, 1], expected)
    assert taken.values == (0,)
    union = divided(inputs, found.features)
    assert dict(sample(found, union).players)["photometry/W3"] == (0, 1)
    sums = catalogue_checksums(found)
    assert sums["photometry/W3/limit"] != sums["photometry/W3"]
    assert Column.parse("photometry/W3/limit") == Column("photometry", "W3", "limit")


def test_without_flags_nothing_changes(frame):
    """Columns that no recipe knew of before are in none where no flag is named."""
    plain = gc.from_table(frame, "y", id="id", photometry={"r": "r", "W3": "W3"}, photometry_unit="magnitude")
    flagged = {key: value for key, value in catalogue_checksums(read(frame)).items() if "limit" not in key}
    assert catalogue_checksums(plain) == flagged


def test_limits_are_counted_and_told(frame, capsys):
    kept = {"estimator": "gaussian", "referee": False, "draws": 20}
    found = gc.decompose(read(frame), {"photometry": ["W3"]}, {"photometry": ["r"]}, **kept)
    out = capsys.readouterr().out
    assert f"W3: {frame['W3_is_limit'].sum()} of 300 are upper limits" in out
    assert "photometry/W3 with its flag of limits" in out
    assert found.summaries[0].value["mi_x1"] > 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"W3_is_limit": 2.0},
            r"photometry_limit\[\"W3\"\], column W3_is_limit: .* holds 2: a flag is 1 where",
        ),
        ({"W3_is_limit": True}, "all values are upper limits, so that none is measured"),
        ({"W3_is_limit": np.nan}, r"missing values .* column W3_is_limit: 300 of 300 rows"),
    ],
)
def test_flags_that_are_none(frame, change, message):
    with pytest.raises(UserError, match=message):
        read(frame.assign(**change))
    with pytest.raises(UserError, match="photometry_limit names i, but photometry has r, W3"):
        read(frame, photometry_limit={"i": "W3_is_limit"})


def test_limits_of_the_target_are_refused_or_left_out(frame):
    with pytest.raises(
        UserError, match=r"upper limit in column y_is_limit: 30 of 300 rows .*first 0, 10.* nulls="
    ):
        read(frame, target_limit="y_is_limit")
    found = read(frame, target_limit="y_is_limit", nulls="drop")
    assert (len(found), found.dropped) == (270, {"upper limits of the target": 30})


def test_limits_of_rows_that_are_not_kept_are_not_judged(frame):
    found = read(frame, target_limit="y_is_limit", where="y_is_limit == 0")
    assert len(found) == 270
    frame["W3_is_limit"] = np.where(frame["y_is_limit"], 3, frame["W3_is_limit"])
    assert len(read(frame, where="y_is_limit == 0")) == 270
    with pytest.raises(UserError, match="holds 3: a flag is 1"):
        read(frame)


def test_limits_that_are_flagged_are_not_wondered_at(frame):
    (remark,) = read(frame, photometry_limit={}).remarks
    assert "photometry/W3 (column W3) is 2.3, its highest value" in remark
    assert not read(frame).remarks
