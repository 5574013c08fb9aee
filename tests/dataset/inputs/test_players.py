import numpy as np
import pytest

from galaxy_causal.dataset import check_distinct, divided, groups, pair, player_names, sample, shown
from galaxy_causal.types import Catalogue, Feature, UserError

N = 6
VALUES = {name: np.arange(N) + 0.1 * place for place, name in enumerate("rgu")}
FEATURES = {
    "photometry": {name: Feature(value, "mag", 0.1 * value) for name, value in VALUES.items()},
    "redshift": {"redshift": Feature(np.ones(N), "")},
    "ebv": {"ebv": Feature(np.zeros(N), "mag")},
}


def both(x1, x2, images=()):
    return pair(FEATURES, "made", x1, x2, errors="available", accompany={"ebv": "available"}, images=images)


def test_units_stand_in_the_order_of_the_dataset_and_what_accompanies_is_none():
    two = both({"photometry": "ug"}, {"photometry": "r", "redshift": True})
    inputs = divided(two, FEATURES)
    assert player_names(inputs) == ("r", "g", "u", "redshift")
    assert inputs.items == two.union.items
    assert shown(inputs, (two.x1, two.x2, two.union)).tolist() == [
        [False, True, True, False],
        [True, False, False, True],
        [True] * 4,
    ]


def test_what_both_hold_is_always_shown():
    inputs = divided(both({"photometry": "ug"}, {"photometry": "gr"}), FEATURES)
    assert player_names(inputs) == ("r", "u")
    with pytest.raises(UserError, match="only 1 inputs are not in both"):
        divided(both({"photometry": "ug"}, {"photometry": "g"}), FEATURES)


def test_a_unit_is_a_value_with_its_error():
    inputs = divided(both({"photometry": "ug"}, {"redshift": True}), FEATURES)
    catalogue = Catalogue("made", np.arange(N), np.zeros(N), "y", FEATURES, np.full(N, "train"))
    data = sample(catalogue, inputs)
    assert {name: [str(data.columns[c]) for c in own] for name, own in data.players.items()} == {
        "photometry/g": ["photometry/g", "photometry/g/error"],
        "photometry/u": ["photometry/u", "photometry/u/error"],
        "redshift/redshift": ["redshift/redshift"],
    }


def test_inputs_with_the_same_values_are_refused():
    twin = {**FEATURES, "other": {"copy": Feature(VALUES["u"], "")}}
    two = pair(twin, "made", {"photometry": "ug"}, {"other": "copy"}, errors=False, accompany={})
    with pytest.raises(UserError, match="photometry/u and other/copy hold the same values"):
        check_distinct(divided(two, twin), twin)
    check_distinct(divided(both({"photometry": "ug"}, {"redshift": True}), FEATURES), FEATURES)


def test_the_modality_tells_units_of_one_name_apart():
    named = {**FEATURES, "other": {"u": Feature(np.ones(N), "")}}
    two = pair(named, "made", {"photometry": "ug"}, {"other": "u"}, errors=False, accompany={})
    assert player_names(divided(two, named)) == ("g", "photometry/u", "other/u")


def test_bands_of_images_are_units_after_the_features_and_need_no_columns():
    chosen = both({"photometry": "u"}, {"images": "gr"}, images=("r", "g"))
    inputs = divided(chosen, FEATURES, ("r", "g"))
    assert player_names(inputs) == ("u", "images/r", "images/g")
    check_distinct(inputs, FEATURES)
    assert groups(inputs, ["u", "images/r", "images/g"], 3, "made").tolist() == np.eye(3, dtype=bool).tolist()
    assert groups(inputs, ["photometry", "images"], 2, "made").tolist() == [
        [True, False, False],
        [False, True, True],
    ]
    alone = divided(both({"images": "g"}, {"images": "r"}, images=("r", "g")), FEATURES, ("r", "g"))
    assert player_names(alone) == ("r", "g")


def test_groups_of_units():
    inputs = divided(both({"photometry": "ugr"}, {"redshift": True}), FEATURES)
    found = groups(inputs, ["ur", ["g"], "redshift"], 3, "made")
    assert found.tolist() == [[True, False, True, False], [False, True, False, False], [False] * 3 + [True]]
    for wanted, message in (
        (["u", "g"], "give 3 groups of the inputs r, g, u, redshift"),
        ("ugr", "give 3 groups"),
        (["ug", "gr", "redshift"], "g stand in two"),
        (["u", "g", ""], "each group needs an input"),
        (["u", "g", "x"], "has no inputs x"),
    ):
        with pytest.raises(UserError, match=message):
            groups(inputs, wanted, 3, "made")
