import numpy as np
import pytest

from galaxy_causal.discovery import variables
from galaxy_causal.types import UserError

RNG = np.random.default_rng(0)
G, R, Z = RNG.normal(size=(3, 200))


def table(**columns):
    return variables(list(columns), np.column_stack(list(columns.values())))


def test_columns_are_standardised():
    found = table(g=G, r=5 + 3 * R)
    np.testing.assert_allclose(found.values.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(found.values.std(axis=0), 1)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"g": G}, "at least two"),
        ({"g": G, "flat": np.full(200, 7.0)}, r"flat is constant \(7\)"),
        ({"g": G, "lost": np.full(200, np.nan)}, "lost has no value for any galaxy"),
        ({"g": G, "part": np.where(G > 1, np.nan, R)}, "part is missing for .*nulls=drop"),
        ({"g": G, "again": 2 - 3 * G}, "g and again are one: the second is minus the first"),
        ({"g": G, "r": R, "z": Z, "g-r": G - R}, "variables g, r, g-r are bound by a linear relation"),
        ({"g": G[:4], "r": R[:4]}, "4 galaxies for 2 variables"),
    ],
)
def test_what_no_graph_can_have_is_refused(columns, words):
    with pytest.raises(UserError, match=words):
        table(**columns)


def test_a_curved_relation_without_noise_is_refused():
    """An absolute magnitude is the magnitude less a function of redshift."""
    redshift = RNG.uniform(0.01, 0.3, 400)
    r = RNG.normal(17, 0.5, 400)
    with pytest.raises(UserError, match="variable r is a smooth function of redshift, M_r "):
        variables(["redshift", "r", "M_r"], np.column_stack([redshift, r, r - 5 * np.log10(redshift)]))


def test_names_stand_once():
    with pytest.raises(UserError, match="names g more than once"):
        variables(["g", "g"], np.column_stack([G, R]))
