from pathlib import Path

import numpy as np
import pytest
from omegaconf import OmegaConf

from galaxy_causal.dataset import gaussian
from galaxy_causal.fitting import FitMaker, FitStore, Fitting, recipe_key
from galaxy_causal.network import preset
from galaxy_causal.types import UserError


def test_order_and_spelling_do_not_matter() -> None:
    one = {"a": 1, "b": {"c": (1.0, 0.5), "d": None}, "e": True}
    two = {"e": np.True_, "b": {"d": None, "c": [np.int64(1), np.float64(0.5)]}, "a": 1.0}
    assert recipe_key(one) == recipe_key(two)
    assert len(recipe_key(one)) == 20


def test_interpolations_are_resolved() -> None:
    config = OmegaConf.create({"bins": 3, "inner": {"bins": "${bins}", "list": ["${bins}"]}})
    assert recipe_key(config) == recipe_key({"bins": 3, "inner": {"bins": 3, "list": [3]}})
    assert recipe_key({"x": config}) == recipe_key({"x": OmegaConf.to_container(config, resolve=True)})


@pytest.mark.parametrize("other", [{"a": "1"}, {"a": True}, {"a": [1]}, {"b": 1}, {"a": 1 + 1e-15}, {}])
def test_what_differs_has_another_key(other: dict) -> None:
    assert recipe_key({"a": 1}) != recipe_key(other)


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (float("nan"), "finite"),
        (np.float32("inf"), "finite"),
        (Path("a"), "checksum"),
        (np.zeros(2), "ndarray"),
        ({1, 2}, "set"),
        (b"x", "bytes"),
        (object(), "object"),
        ({1: 2}, "key 1"),
    ],
)
def test_what_has_no_one_spelling_is_refused(value: object, word: str) -> None:
    with pytest.raises(UserError, match=word) as caught:
        recipe_key({"top": {"inner": [value]}})
    assert "recipe.top.inner[0]" in str(caught.value)


def test_renamed_options_of_networks_have_the_names_in_recipes_that_stored_fits_know():
    shares = {"train": 0.5, "validation": 0.25, "test": 0.25, "seed": 0}
    galaxies = gaussian(40, 0.5, 0.5, 0.0, 0, split=shares)
    maker = FitMaker(Fitting(network=preset("paper_scl_image")), galaxies, FitStore.temporary)
    network = maker.method()["network"]
    assert network["rest"] == preset("paper_scl_image").nuisance_dim
    assert "rest" in network["numbers"]
    assert not {"nuisance_dim", "tabular"} & (set(network) | set(network["numbers"]))
