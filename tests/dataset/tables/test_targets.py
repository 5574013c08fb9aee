"""Targets other than a mass: their names, ranges and logarithms, and what may not be an input beside them."""

import numpy as np
import pandas as pd
import pytest

import galaxy_causal as gc
from galaxy_causal.dataset import sdss
from galaxy_causal.types import TARGETS, TargetKind, UserError

N = 120
SPLIT = {"train": 0.7, "validation": 0.15, "test": 0.15, "seed": 0}


@pytest.fixture
def frame():
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "SFR": 10 ** rng.normal(0, 0.7, N),
            "LOGSFR": rng.normal(0, 0.7, N),
            "Z": rng.uniform(0.01, 0.3, N),
            "g": rng.normal(18, 1, N),
        }
    )


def read(frame, target, **options):
    options = {"photometry": {"g": "g"}, "photometry_unit": "magnitude"} | options
    return gc.from_table(frame, target, **options)


def test_a_kind_names_the_target_and_its_own_label_wins(frame):
    found = read(frame, "LOGSFR", target_kind="sfr")
    assert found.target_label == TARGETS["sfr"].label
    assert found.target_kind == TARGETS["sfr"]
    assert read(frame, "LOGSFR", target_kind="sfr", target_label="SFR").target_label == "SFR"
    assert read(frame, "LOGSFR").target_label == "LOGSFR"
    own = read(frame, "LOGSFR", target_kind={"label": "$S$", "unit": "dex", "range": [-9, 9]})
    assert (own.target_label, own.target_kind.name) == ("$S$", "own")


def test_the_logarithm_is_taken_where_it_is_asked_for(frame):
    found = read(frame, "SFR", target_kind={"name": "sfr", "logarithm": True})
    np.testing.assert_allclose(found.target, np.log10(frame["SFR"]))
    assert found.provenance["target"] == "log10 of column SFR"
    frame.loc[7, "SFR"] = 0.0
    with pytest.raises(UserError, match=r"column SFR: 1 of 120 rows \(first 7\), is not positive, such as 0"):
        read(frame, "SFR", target_kind={"name": "sfr", "logarithm": True})
    with pytest.raises(UserError, match="target_error is set, and the target is the log10 of its column"):
        read(frame, "SFR", target_kind={"name": "sfr", "logarithm": True}, target_error="g")


def test_values_that_are_not_plausible(frame):
    with pytest.raises(UserError, match=r"lies outside -8 to 5, .* logarithm was forgotten; set .*logarithm"):
        read(frame.assign(SFR=100 * frame["SFR"]), "SFR", target_kind="sfr")
    frame.loc[3, "LOGSFR"] = -55.5
    with pytest.raises(
        UserError, match=r"LOGSFR: 1 of 120 rows \(first 3\), lies outside -8 to 5, .* -55\.5; if"
    ):
        read(frame, "LOGSFR", target_kind="sfr")
    read(frame, "LOGSFR", target_kind={"name": "sfr", "range": [-60, 5]}, null_values=[-55.5], nulls="drop")


def test_a_redshift_is_no_input_beside_itself(frame):
    with pytest.raises(UserError, match=r"redshift=.?Z.?: the target is a redshift, and may not be an input"):
        read(frame, "Z", target_kind="redshift", redshift="Z")
    with pytest.raises(UserError, match="names Z, which is the target too"):
        read(frame, "Z", redshift="Z")
    copied = read(frame.assign(V=299792.458 * frame["Z"]), "Z", target_kind="redshift", other={"v": "V"})
    with pytest.raises(UserError, match="the input other/v equals the target, or is a rising or falling"):
        gc.decompose(copied, {"photometry": "g"}, {"other": ["v"]}, progress=False)
    found = read(frame, "Z", target_kind="redshift")
    assert found.target_label == "redshift"
    assert "redshift" not in found.features


def test_published_bins_are_of_masses_alone(frame):
    sfr = read(frame.assign(h=frame["g"] ** 2 + frame["Z"]), "LOGSFR", target_kind="sfr", other={"h": "h"})
    with pytest.raises(
        UserError, match=r"520 bins of log10 masses from 6.* another quantity .sfr.; give bins"
    ):
        gc.decompose(sfr, {"photometry": "g"}, {"other": ["h"]}, network="paper_photometry", progress=False)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("speed", 'target_kind="speed" is unknown; choose one of mass, sfr'),
        ({"range": [3, 2]}, "give the lowest and the highest plausible value"),
        ({"values": "classes", "logarithm": True}, "a class has neither a range nor a logarithm"),
        ({"colour": 1}, "target_kind has no option colour"),
        ({"values": "words"}, "one of numbers, classes"),
    ],
)
def test_kinds_that_are_none(frame, given, message):
    with pytest.raises(UserError, match=message):
        read(frame, "LOGSFR", target_kind=given)


@pytest.mark.long
def test_galaxies_of_sdss_have_other_targets():
    mass, redshift = sdss(SPLIT), sdss(SPLIT, target_kind="redshift")
    np.testing.assert_array_equal(redshift.target, mass.features["redshift"]["redshift"].value)
    assert "redshift" not in redshift.features
    kinds = sdss(SPLIT, target_kind="class")
    assert kinds.target_classes == ("other", "passive", "star_forming")
    with pytest.raises(UserError, match="dataset sdss has as targets mass, redshift, class, as they are"):
        sdss(SPLIT, target_kind="sfr")


def test_kinds_are_the_same_by_name_and_by_options():
    for name, kind in TARGETS.items():
        assert TargetKind.of({"name": name}) == kind == TargetKind.of(name)
