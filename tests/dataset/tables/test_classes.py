"""Classes as files hold them: names, numbers, one column each, cuts; as groups and as the target."""

import numpy as np
import pandas as pd
import pytest

import galaxy_causal as gc
from galaxy_causal.types import UserError

N = 240


@pytest.fixture
def frame():
    rng = np.random.default_rng(0)
    kind = rng.choice(["E/S0", "Sb?", "SB(s)c"], N)
    return pd.DataFrame(
        {
            "mass": rng.normal(10, 0.5, N),
            "x": rng.normal(size=N),
            "kind": kind,
            "number": np.select([kind == "E/S0", kind == "Sb?"], [1.0, 2.0], 3.0),
            "ssfr": rng.normal(-11, 1, N),
            "is_e": (kind == "E/S0") * 1,
            "is_s": (kind != "E/S0") * 1,
        }
    )


def read(frame, target="mass", **options):
    return gc.from_table(frame, target, other={"x": "x"}, **options)


CUTS = {"column": "ssfr", "cuts": [-11], "names": ["passive", "star_forming"]}
NAMES = {"column": "kind", "names": {"E/S0": "early", "Sb?": "late", "SB(s)c": "late"}}
HOT = {"one_hot": {"early": "is_e", "late": "is_s"}}


def test_names_are_kept_as_they_are(frame):
    assert read(frame, galaxy_class="kind").galaxy_class.tolist() == frame["kind"].tolist()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (CUTS, lambda f: np.where(f["ssfr"] < -11, "passive", "star_forming")),
        (NAMES, lambda f: np.where(f["kind"] == "E/S0", "early", "late")),
        (HOT, lambda f: np.where(f["is_e"] == 1, "early", "late")),
        ({"one_hot": ["is_e", "is_s"]}, lambda f: np.where(f["is_e"] == 1, "is_e", "is_s")),
        (
            {"column": "number", "names": {1: "one", "2": "two", 3: None}},
            lambda f: f["number"].map({1: "one", 2: "two", 3: "unclassified"}),
        ),
        ("number", lambda f: f["number"].astype(str)),
    ],
)
def test_both_groups_and_targets_are_made_of_columns(frame, given, expected):
    names = np.asarray(expected(frame)).astype(str)
    assert read(frame, galaxy_class=given).galaxy_class.tolist() == names.tolist()
    if given == "number":
        names = np.char.replace(names, ".0", "")
    target = read(frame, given, target_kind="class", nulls="drop")
    found = np.array(target.target_classes)[target.target.astype(int)]
    assert found.tolist() == names[names != "unclassified"].tolist()
    assert target.galaxy_class.tolist() == found.tolist()


def test_the_order_of_classes_is_that_of_cuts_and_names_else_of_letters(frame):
    assert read(frame, CUTS).target_classes == ("passive", "star_forming")
    turned = {**NAMES, "names": {"Sb?": "late", "SB(s)c": "late", "E/S0": "early"}}
    assert read(frame, turned).target_classes == ("late", "early")
    assert read(frame, "kind", target_kind="class").target_classes == ("E/S0", "SB(s)c", "Sb?")
    assert read(frame, CUTS).target_label == "passive or star_forming"
    assert read(frame, "kind", target_kind="class", target_label="type").target_label == "type"


def test_a_value_at_a_cut_belongs_above_it_and_missing_ones_to_no_class(frame):
    frame.loc[:2, "ssfr"] = [-11.0, -9999.0, np.nan]
    found = read(frame, galaxy_class=CUTS).galaxy_class[:3].tolist()
    assert found == ["star_forming", "unclassified", "unclassified"]
    with pytest.raises(
        UserError, match=r"missing values .* column ssfr as classes: 2 of 240 rows \(first 1, 2\)"
    ):
        read(frame, CUTS)
    assert read(frame, CUTS, nulls="drop").dropped == {"null in ssfr as classes": 2}
    frame.loc[3, "ssfr"] = -1.0
    assert read(frame, galaxy_class=CUTS, null_values={"ssfr": [-1]}).galaxy_class[3] == "unclassified"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {**CUTS, "cuts": [-40]},
            r"no galaxy is passive: column ssfr ranges from -1.* and the cuts are \[-40",
        ),
        ({**CUTS, "cuts": [-10, -11]}, r"cuts=\[-10, -11\] must be rising numbers"),
        ({**CUTS, "names": ["one"]}, r"1 cuts part a column into 2 classes, .* given are \['one'\]"),
        ({**NAMES, "names": {"E/S0": "early"}}, r"holds 'SB\(s\)c', 'Sb\?', which names do not map"),
        ({"one_hot": ["is_e"]}, "must list two columns or more"),
        ({"one_hot": ["is_e", "ssfr"]}, "hold other values than 0 and 1, such as .* cut one column"),
        ({"one_hot": {"a": "is_e", "b": "is_e"}}, "must list two columns or more"),
        ({"one_hot": ["is_e", "is_s", "is_x"]}, r"240 of 240 rows .* hold 2 ones in place of one"),
        ({"column": "kind", "name": {}}, 'give a column, or one of {"column": COLUMN, "names"'),
        ("ssfr", "class column ssfr holds 240 different values, .* or part a number by cuts"),
    ],
)
def test_what_gives_no_class(frame, given, message):
    frame["is_x"] = 1
    for options in ({"galaxy_class": given}, {"target": given, "target_kind": "class"}):
        with pytest.raises(UserError, match=message):
            read(frame, **options)


def test_names_that_metrics_cannot_tell_apart(frame):
    frame["kind"] = frame["kind"].replace({"Sb?": "E-S0"})
    with pytest.raises(UserError, match=r"'E-S0' and 'E/S0', which names of metrics cannot tell apart"):
        read(frame, galaxy_class="kind")
    frame["kind"] = frame["kind"].replace({"E-S0": "all"})
    with pytest.raises(UserError, match=r"holds 'all'; .* give it another name by galaxy_class="):
        read(frame, galaxy_class="kind")


def test_a_target_that_is_among_the_inputs(frame):
    with pytest.raises(UserError, match="other names ssfr, of which the target's classes are made"):
        gc.from_table(frame, CUTS, other={"x": "x", "s": "ssfr"})
    with pytest.raises(UserError, match="other names kind, of which the target's classes are made"):
        gc.from_table(frame, "kind", target_kind="class", other={"x": "x", "k": "kind"})


def test_rare_and_lone_classes(frame):
    frame["kind"] = np.where(np.arange(N) < 9, "rare", "common")
    with pytest.raises(
        UserError, match=r"classes rare \(\d\) fewer than 10 galaxies train; join rare classes"
    ):
        read(frame, "kind", target_kind="class")
    frame["kind"] = "one"
    with pytest.raises(UserError, match="column kind, has one class alone, one, so that nothing can tell"):
        read(frame, "kind", target_kind="class")


def test_a_class_has_no_error(frame):
    with pytest.raises(
        UserError, match="target_error is set, and the target is a class: a class has no error"
    ):
        read(frame, "kind", target_kind="class", target_error="x")


def test_rows_that_are_not_kept_are_of_no_class(frame):
    """A class that only they have is none, and what they hold is not judged."""
    options = {"target_kind": "class", "where": "number < 3"}
    assert read(frame, "kind", **options).target_classes == ("E/S0", "Sb?")
    frame.loc[frame["number"] == 3, ["is_e", "is_s"]] = 7
    found = read(frame, HOT, **options)
    assert found.target_classes == ("early", "late")
    assert len(found) == (frame["number"] < 3).sum()
    with pytest.raises(UserError, match="hold other values than 0 and 1, such as 7"):
        read(frame, HOT)


def test_classes_are_made_of_expressions_too(frame):
    frame["sfr"] = frame["ssfr"] + frame["mass"]
    found = read(frame, {**CUTS, "column": "sfr - mass"})
    np.testing.assert_array_equal(found.target, read(frame, CUTS).target)
    assert found.provenance["target"] == "column sfr - mass as classes"
    with pytest.raises(UserError, match=r"2 \* ssfr, which is made of ssfr, and so is the target"):
        gc.from_table(frame, CUTS, other={"x": "x", "s": "2 * ssfr"})


def test_null_values_are_those_of_the_columns_and_none_of_the_numbers_of_classes(frame):
    assert not read(frame, CUTS, null_values=[0, 1], nulls="drop").dropped
    frame.loc[:2, "number"] = 5.0
    found = read(frame, "number", target_kind="class", null_values={"target": [5]}, nulls="drop")
    assert found.target_classes == ("1", "2", "3")
    assert found.dropped == {"null in number as classes": 3}
