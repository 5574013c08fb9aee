import numpy as np
import pytest

from galaxy_causal.plot import Distribution, distributions
from galaxy_causal.types import UserError

EDGES = np.linspace(0, 1, 5)


def panel(**values):
    return Distribution("x", EDGES, {name: np.asarray(v, dtype=float) for name, v in values.items()})


def test_each_sample_is_a_density():
    figure = distributions([panel(real=[0.1, 0.1, 0.6, 0.9], mock=[0.3] * 5)], "both")
    (axes,) = figure.axes
    drawn = {patch.get_label(): patch.get_data().values for patch in axes.patches}
    np.testing.assert_allclose(drawn["real"], [2, 0, 1, 1])
    np.testing.assert_allclose(drawn["mock"], [0, 4, 0, 0])
    assert [t.get_text() for t in figure.legends[0].get_texts()] == ["real", "mock"]


def test_weights_and_a_logarithmic_axis():
    values = {"real": np.array([0.1, 0.6])}
    shown = Distribution("x", EDGES, values, {"real": np.array([3.0, 1.0])}, logarithmic=True)
    (axes,) = distributions([shown], "weighted").axes
    np.testing.assert_allclose(axes.patches[0].get_data().values, [3, 0, 1, 0])
    assert axes.get_yscale() == "log"


def test_what_lies_outside_is_said():
    (axes,) = distributions([panel(real=[0.5, 0.5, 7.0, np.nan])], "outside").axes
    assert axes.get_title(loc="right") == "real: 50.0% outside"


def test_panels_fill_rows():
    assert len(distributions([panel(real=[0.5])] * 4, "four").axes) == 4


def test_what_cannot_be_shown():
    with pytest.raises(UserError, match="no distribution to show"):
        distributions([], "none")
    with pytest.raises(UserError, match=r"x: mock has no value from 0 to 1; choose other edges"):
        distributions([panel(real=[0.5], mock=[3.0])], "none")
