"""Galaxies that have no class, beside others that have one."""

from dataclasses import replace

import numpy as np
import pytest

import galaxy_causal as gc


def test_galaxies_without_a_class_are_in_no_class_but_in_all():
    """The sum over a class is that of its own galaxies, whatever the rest are."""
    rng = np.random.default_rng(0)
    z, noise = rng.normal(size=(2, 600))
    columns = {"m": z + 0.5 * noise, "z": z, "w": noise + rng.normal(size=600)}
    classes = np.where(np.arange(600) % 3 == 0, "", np.where(np.arange(600) % 3 == 1, "passive", "other"))
    galaxies = gc.from_table(columns, "m", other={"z": "z", "w": "w"})
    found = gc.decompose(
        replace(galaxies, galaxy_class=classes), {"other": ["z"]}, {"other": ["w"]},
        estimator="gaussian", draws=20, referee=False, progress=False, seeds=1,
    )  # fmt: skip
    told = {one.group: one for one in found.summaries}
    assert list(told) == ["all", "passive", "other"]
    table = found.galaxies.to_pandas()
    test = table[table["split"] == "test"]
    for name in ("passive", "other"):
        own = test[test["class"] == name]
        assert told[name].count == len(own)
        assert told[name].value["mi_union"] == pytest.approx(own["i_union"].mean(), abs=1e-6)
    assert told["all"].count == len(test) > told["passive"].count + told["other"].count
    assert told["all"].value["mi_union"] == pytest.approx(test["i_union"].mean(), abs=1e-6)
