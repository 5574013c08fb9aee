"""The fast part of benchmarks/known_pointwise.py: informations of single galaxies of a mixture law."""

import numpy as np
import pytest
from known_pointwise import LAWS, QUANTITIES, compared, estimated, values
from laws import laws

MIXTURE = "mixture/Gaussian 2 of 1+1"


def test_scores_of_the_truth_and_of_what_is_off_by_a_constant():
    drawn = next(law for law in laws() if law.name == MIXTURE).draw(500, 0)
    true = np.stack([drawn.i1, drawn.i2, drawn.both])
    same, higher = compared(true, true), compared(true + 0.25, true)
    for name in QUANTITIES:
        assert same[f"{name} rms"] == same[f"{name} mean"] == 0.0
        assert same[f"{name} pearson"] == pytest.approx(1.0)
        assert higher[f"{name} spearman"] == pytest.approx(1.0)
    for name in ("i1", "i2", "both", "redundant"):  # the others are differences
        assert higher[f"{name} mean"] == pytest.approx(0.25)
        assert higher[f"{name} rms"] == pytest.approx(0.25)
    atoms = values(true)
    np.testing.assert_allclose(
        atoms["redundant"] + atoms["unique_1"] + atoms["unique_2"] + atoms["synergistic"], drawn.both
    )


def test_the_laws_are_there():
    assert {law.name for law in laws()} >= set(LAWS)


def test_single_galaxies_of_a_mixture_by_the_default_estimator():
    """Measured correlations are 0.96 to 0.98, of the synergistic 0.93; those of KSG are 0.3 to 0.7."""
    scores = compared(*estimated(MIXTURE, (), 0, 2000))
    for name in ("i1", "i2", "both", "redundant"):
        assert scores[f"{name} pearson"] > 0.9, name
        assert scores[f"{name} rms"] < 0.45 * scores[f"{name} deviation"], name
    assert scores["synergistic pearson"] > 0.8
