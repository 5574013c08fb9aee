import numpy as np
import pytest

from galaxy_causal.dataset import check_apart, check_no_twins, pair
from galaxy_causal.types import Feature, UserError

RNG = np.random.default_rng(0)
G, R, Z = RNG.normal(20, 1, 300), RNG.normal(19, 1, 300), RNG.uniform(0.01, 0.3, 300)
HOLES = np.where(np.arange(300) == 7, np.nan, G)
FEATURES = {
    "photometry": {"g": Feature(G, "mag"), "r": Feature(R, "mag")},
    "redshift": {"redshift": Feature(Z, "")},
    "other": {
        "copy": Feature(HOLES, ""), "flux": Feature(10 ** (-0.4 * (G - 22.5)), ""),
        "log_z": Feature(np.log(Z), ""), "noisy": Feature(G + RNG.normal(0, 0.1, 300), ""),
        "bright": Feature(1.0 * (G > 20), ""),
    },
}  # fmt: skip


def asked(first, second):
    return pair(FEATURES, "made", first, second, errors=False, accompany={})


@pytest.mark.parametrize("name", ["copy", "flux"])
def test_two_inputs_that_are_one_are_refused_by_value(name):
    with pytest.raises(UserError, match=f"are the same by their values: photometry/g and other/{name} rise"):
        check_apart(asked({"photometry": "g"}, {"other": [name]}), FEATURES)
    with pytest.raises(UserError, match=f"the inputs photometry/g and other/{name} rise or fall together"):
        check_no_twins(
            sorted(
                asked({"photometry": "g"}, {"other": [name]}).union.items, key=lambda one: one.name != "g"
            ),
            FEATURES,
        )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"photometry": "g"}, {"other": ["noisy"]}),
        ({"photometry": "g"}, {"other": ["bright"]}),
        ({"photometry": "g"}, {"other": ["copy", "log_z"]}),  # the second tells more
        ({"photometry": "gr"}, {"photometry": "g", "redshift": True}),
        ({"photometry": "gr"}, {"photometry": "g"}),
    ],
)
def test_inputs_that_tell_something_of_their_own_pass(first, second):
    check_apart(asked(first, second), FEATURES)


def test_several_in_any_order_are_the_same():
    first, second = {"photometry": "g", "redshift": True}, {"other": ["log_z", "flux"]}
    with pytest.raises(
        UserError, match="photometry/g and other/flux, redshift/redshift and other/log_z rise"
    ):
        check_apart(asked(first, second), FEATURES)
