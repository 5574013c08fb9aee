import numpy as np
import pytest

from galaxy_causal.dataset import catalogue_checksums, pair, sample, split_photometry
from galaxy_causal.dataset.inputs.pairs import spelled
from galaxy_causal.types import Catalogue, Feature, Input, UserError

N = 6
RNG = np.random.default_rng(0)


def feature(error=False):
    return Feature(RNG.normal(size=N), "mag", RNG.uniform(0, 1, N) if error else None)


FEATURES = {
    "photometry": {**{b: feature(error=True) for b in "ugriz"}, "W1": feature(), "W2": feature()},
    "redshift": {"redshift": feature()},
    "ebv": {"ebv": feature()},
    "morphology": {"sersic_index": feature(), "axis_ratio": feature()},
}
ALONE = {"errors": "available", "accompany": {"ebv": None}}
WITH_EBV = {"errors": "available", "accompany": {"ebv": "available"}}


def catalogue(features=FEATURES):
    return Catalogue("mine", np.arange(N), RNG.normal(size=N), "y", features, np.full(N, "train"))


@pytest.mark.parametrize(
    ("text", "known", "names"),
    [
        ("ugriz", "u g r i z", tuple("ugriz")),
        ("grzW1W2", "g r z W1 W2", ("g", "r", "z", "W1", "W2")),
        ("W12", "W W1 W12 2", ("W12",)),
        ("ab", "a ab abb b", ("ab",)),
        ("abb", "ab abbc bb a", ("a", "bb")),  # the longest first name leads nowhere
        ("gx", "g r", None),
    ],
)
def test_spelling(text, known, names):
    assert spelled(text, known.split()) == names


def test_pair_with_company():
    inputs = pair(FEATURES, "mine", {"photometry": "gr", "redshift": None}, {"redshift": True}, **WITH_EBV)
    ebv = Input("ebv", "ebv")
    g, r, z = Input("photometry", "g", True), Input("photometry", "r", True), Input("redshift", "redshift")
    assert inputs.x1.items == (ebv, g, r)
    assert inputs.x2.items == (ebv, z)
    assert inputs.union.items == (ebv, g, r, z)
    assert [s.label for s in (inputs.x1, inputs.x2, inputs.union)] == [
        "photometry[gr]",
        "redshift",
        "photometry[gr]+redshift",
    ]


def test_union_merges_modalities_in_the_order_of_the_dataset():
    x1, x2 = {"photometry": "W1W2"}, {"photometry": ["r", "g"], "morphology": "all"}
    inputs = pair(FEATURES, "mine", x1, x2, **ALONE)
    assert inputs.x2.label == "photometry[gr]+morphology[sersic_index,axis_ratio]"
    assert inputs.union.label == "photometry[grW1W2]+morphology[sersic_index,axis_ratio]"


def test_a_long_modality_is_counted_where_all_of_it_is_chosen():
    redshift = FEATURES["redshift"]
    many = {"morphology": {f"m{k}": redshift["redshift"] for k in range(9)}, "redshift": redshift}
    inputs = pair(many, "mine", {"morphology": True}, {"redshift": True}, **ALONE)
    assert inputs.union.label == "morphology[all 9]+redshift"
    fewer = pair(many, "mine", {"morphology": ["m0", "m1"]}, {"redshift": True}, **ALONE)
    assert fewer.x1.label == "morphology[m0m1]"


def test_errors_are_required_taken_or_left():
    def errors(option, bands):
        x1, x2 = {"photometry": bands}, {"redshift": True}
        given = pair(FEATURES, "mine", x1, x2, errors=option, accompany={"ebv": True})
        return [item.error for item in given.x1.items if item.modality == "photometry"]

    assert errors(True, "gr") == [True, True]
    assert errors(False, "gr") == [False, False]
    assert errors("available", "W1g") == [False, True]
    with pytest.raises(UserError, match=r"bands.errors=true, but dataset mine has no errors of W1, W2"):
        errors(True, "gW1W2")
    with pytest.raises(UserError, match=r"bands.errors=some: choose"):
        errors("some", "g")


def test_company_that_is_not_there():
    features = {m: f for m, f in FEATURES.items() if m != "ebv"}
    own = ({"photometry": "g"}, {"redshift": True})
    assert len(pair(features, "mine", *own, **WITH_EBV).x1.items) == 1
    message = r"bands.accompany.ebv=true: dataset mine has no ebv; it has photometry: u, g"
    with pytest.raises(UserError, match=message):
        pair(features, "mine", *own, errors=False, accompany={"ebv": True})


@pytest.mark.parametrize(
    ("x1", "message"),
    [
        ({"photometry": "ugrizY"}, "dataset mine has no photometry ugrizY; it has u, g, r, i, z, W1, W2"),
        ({"photometry": ["g", "Y"]}, "has no photometry Y; it has u, g"),
        ({"photometry": "gg"}, "each may stand once"),
        ({"images": True}, "bands.x1.images=true: dataset mine has no images; it has photometry"),
        ({"photometry": None}, "bands.x1 is empty; dataset mine has photometry"),
        ({}, "bands.x1 is empty"),
        ({"redshift": "available"}, "has no redshift available"),
    ],
)
def test_inputs_that_cannot_be_used(x1, message):
    with pytest.raises(UserError, match=message):
        pair(FEATURES, "mine", x1, {"redshift": True}, **ALONE)


@pytest.mark.parametrize("take", ["zW1", ["W1", "z"]])
def test_adjacent_bands_against_the_rest(take):
    inputs = split_photometry(FEATURES, "mine", take, "ugrizW1W2", **ALONE)
    assert (inputs.x1.label, inputs.x2.label) == ("photometry[zW1]", "photometry[ugriW2]")
    assert inputs.union.label == "photometry[ugrizW1W2]"


@pytest.mark.parametrize(
    ("take", "of", "message"),
    [
        ("ur", "ugriz", "not adjacent; choose one of ug, gr, ri, iz"),
        ("ugr", "ugriz", "take one band, or two adjacent ones, of u, g, r, i, z"),
        ("W1", "ugriz", "take one band"),
        ("gr", "gr", "leave at least one"),
        ("g", "ugrizJ", "has no photometry ugrizJ; it has u, g"),
        ("g", None, "there is nothing to split"),
    ],
)
def test_splits_that_cannot_be_made(take, of, message):
    with pytest.raises(UserError, match=message):
        split_photometry(FEATURES, "mine", take, of, **ALONE)


def test_sample_has_a_column_for_each_value_and_error():
    inputs = pair(FEATURES, "mine", {"photometry": "gW1"}, {"redshift": True}, **ALONE)
    galaxies = catalogue()
    made = sample(galaxies, inputs.union)
    texts = ("photometry/W1", "photometry/g", "photometry/g/error", "redshift/redshift")
    assert tuple(map(str, made.columns)) == texts
    assert made.modalities == {"photometry", "redshift"}
    np.testing.assert_array_equal(made.x[:, 2], FEATURES["photometry"]["g"].error)
    np.testing.assert_array_equal(made.y, galaxies.target)


def test_sample_refuses_missing_values():
    value = FEATURES["photometry"]["g"].value.copy()
    value[2] = np.nan
    galaxies = catalogue({"photometry": {"g": Feature(value, "mag"), "r": feature()}})
    inputs = pair(galaxies.features, "mine", {"photometry": "g"}, {"photometry": "r"}, **ALONE)
    message = r"dataset mine: input photometry/g is missing for 1 of 6 .*ids 2.*nulls=drop"
    with pytest.raises(UserError, match=message):
        sample(galaxies, inputs.x1)


def test_checksums_follow_values():
    one = catalogue()
    sums = catalogue_checksums(one)
    assert {"catalogue", "photometry/g", "photometry/g/error", "redshift/redshift"} <= set(sums)
    changed = {m: dict(f) for m, f in FEATURES.items()}
    changed["photometry"]["g"] = feature(error=True)
    other = catalogue_checksums(Catalogue("x", one.id, one.target, "y", changed, one.split))
    assert {key for key in sums if sums[key] != other[key]} == {"photometry/g", "photometry/g/error"}
