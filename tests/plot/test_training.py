from __future__ import annotations

import numpy as np
import pytest
from matplotlib.patches import StepPatch

from galaxy_causal.plot import loss_curves, pit_histogram
from galaxy_causal.types import UserError


def test_curves_are_drawn_and_the_best_validation_is_marked() -> None:
    history = {
        "train": ((1, 5.0), (2, 4.0), (3, 3.0)),
        "validation": ((1, 5.0), (2, 4.5), (3, 4.8)),
        "none": (),
    }
    (axes,) = loss_curves(history, "a fit").axes
    drawn = {line.get_label(): line.get_xydata().tolist() for line in axes.lines}
    assert drawn["train"] == [[1, 5], [2, 4], [3, 3]]
    assert drawn["best, 4.500 at step 2"] == [[2, 4.5]]
    assert len(drawn) == 3


def test_a_diverged_loss_is_no_best_one() -> None:
    (axes,) = loss_curves({"validation": ((1, np.nan), (2, 4.0))}, "a fit").axes
    assert "best, 4.000 at step 2" in [line.get_label() for line in axes.lines]


def test_no_loss_is_refused() -> None:
    with pytest.raises(UserError, match="none with a point"):
        loss_curves({"train": ()}, "a fit")


def test_histogram_is_a_density_and_the_band_holds_68_percent_of_binomial_scatter() -> None:
    pit = np.random.default_rng(5).uniform(size=4000)
    (axes,) = pit_histogram(pit, "a fit").axes
    (steps,) = [patch for patch in axes.patches if isinstance(patch, StepPatch)]
    height = steps.get_data().values
    np.testing.assert_allclose(height, np.histogram(pit, 20, (0, 1), density=True)[0])
    (band,) = [patch for patch in axes.patches if not isinstance(patch, StepPatch)]
    # Counts of 200 +- 13.8: the band is one sigma, to the nearest count.
    sigma = np.sqrt(4000 * 0.05 * 0.95) / 200
    assert band.get_height() / 2 == pytest.approx(sigma, abs=1 / 200)
    assert band.get_y() + band.get_height() / 2 == pytest.approx(1.0, abs=1 / 200)


def test_missing_values_are_counted() -> None:
    figure = pit_histogram(np.array([0.0, 0.5, 1.0, np.nan]), "a fit")
    assert figure.legends[0].get_texts()[0].get_text() == "3 galaxies, 1 without a value"


@pytest.mark.parametrize(
    ("pit", "message"), [([], "0 values"), ([np.nan], "1 values"), ([0.2, 1.5], "to 1.5")]
)
def test_what_is_no_probability_is_refused(pit, message) -> None:
    with pytest.raises(UserError, match=message):
        pit_histogram(np.array(pit), "a fit")
