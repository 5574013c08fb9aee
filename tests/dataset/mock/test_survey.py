import numpy as np
import pytest

from galaxy_causal.dataset import mock_survey, pair, sample
from galaxy_causal.dataset.mock.columns import MORPHOLOGY, QUERIES
from galaxy_causal.types import UserError

from .conftest import SPLIT, N


def test_catalogue(survey):
    catalogue, _ = survey
    assert len(catalogue) == N
    assert list(catalogue.features["photometry"]) == [*"ugriz", "W1", "W2", "W3"]
    assert [b for b, f in catalogue.features["photometry"].items() if f.error is None] == ["W3"]
    assert list(catalogue.features["morphology"]) == list(MORPHOLOGY)
    assert list(catalogue.features["other"]) == list(QUERIES)
    assert len(MORPHOLOGY) == 20
    assert set(catalogue.galaxy_class) == {"star_forming", "passive", "other"}
    assert catalogue.images.bands == tuple("ugriz")
    assert catalogue.images.read(np.arange(3)).shape == (3, 5, 64, 64)
    for named in catalogue.features.values():
        assert all(np.isfinite(feature.value).all() for feature in named.values())


def test_it_looks_like_the_main_galaxy_sample(survey):
    """Within what 600 galaxies tell: redshift 0.1, a mass of 10^10.6, a third to a half passive."""
    catalogue, _ = survey
    assert np.median(catalogue.features["redshift"]["redshift"].value) == pytest.approx(0.095, abs=0.015)
    assert np.median(catalogue.target) == pytest.approx(10.6, abs=0.15)
    assert 0.25 < np.mean(catalogue.galaxy_class == "passive") < 0.55
    assert np.median(catalogue.features["morphology"]["petroR50_r"].value) == pytest.approx(2.0, abs=0.4)
    colour = catalogue.features["photometry"]["g"].value - catalogue.features["photometry"]["r"].value
    passive, forming = (colour[catalogue.galaxy_class == c] for c in ("passive", "star_forming"))
    assert np.median(passive) > np.median(forming) + 0.2


def test_all_of_it_can_be_an_input(survey):
    catalogue, _ = survey
    options = {"errors": "available", "accompany": {"ebv": "available"}}
    wanted = ({"photometry": "ugrizW1W2W3"}, {"morphology": True, "redshift": True})
    inputs = pair(catalogue.features, "mock", *wanted, **options)
    assert sample(catalogue, inputs.union).x.shape == (N, 8 + 7 + 20 + 1 + 1)


def test_a_file_named_by_its_settings(tmp_path):
    options = {"folder": str(tmp_path / "datasets"), "processes": 1}
    first = mock_survey(25, 0, SPLIT, **options)
    (file,) = (tmp_path / "datasets").glob("mock-*.h5")
    changed = file.stat().st_mtime_ns
    again = mock_survey(25, 0, SPLIT, **options)
    assert file.stat().st_mtime_ns == changed
    np.testing.assert_array_equal(first.target, again.target)
    mock_survey(25, 1, SPLIT, **options)
    assert len(list((tmp_path / "datasets").glob("mock-*.h5"))) == 2


def test_model_magnitudes_miss_no_light_and_have_less_noise(survey):
    catalogue, path = survey
    model = mock_survey(len(catalogue), 0, SPLIT, path=str(path), photometry="model")
    r, petrosian = model.features["photometry"]["r"], catalogue.features["photometry"]["r"]
    # a Petrosian flux misses some per cent, most of an early type's
    assert 0.01 < np.median(petrosian.value - r.value) < 0.1
    for band in "ugriz":
        errors = [c.features["photometry"][band].error for c in (model, catalogue)]
        assert np.median(errors[0] / errors[1]) < 0.9
    np.testing.assert_array_equal(
        model.features["photometry"]["W1"].value, catalogue.features["photometry"]["W1"].value
    )
    np.testing.assert_array_equal(model.magnitude, catalogue.magnitude)
    assert model.provenance["photometry"] == "model magnitudes"


def test_shuffled_masses_stay_the_same_masses_and_tell_nothing(survey):
    """The correlation of 600 unconnected pairs has deviation 0.04; that with the redshift is 0.6 and more."""
    whole, path = survey
    shuffled = mock_survey(N, 0, SPLIT, path=str(path), shuffle_target=True)
    np.testing.assert_array_equal(np.sort(shuffled.target), np.sort(whole.target))
    for modality, name in (("redshift", "redshift"), ("photometry", "r"), ("other", "log_sfr")):
        feature = shuffled.features[modality][name].value
        np.testing.assert_array_equal(feature, whole.features[modality][name].value)
        assert abs(np.corrcoef(shuffled.target, feature)[0, 1]) < 0.16
    assert np.corrcoef(whole.target, whole.features["redshift"]["redshift"].value)[0, 1] > 0.5
    again = mock_survey(N, 0, SPLIT, path=str(path), shuffle_target=True)
    np.testing.assert_array_equal(shuffled.target, again.target)
    assert shuffled.provenance["target"].endswith("permuted among the galaxies")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 0}, "dataset.n=0 must be a whole number, at least 1"),
        ({"seed": -1}, "dataset.seed=-1"),
        ({"morphology": "both"}, "dataset.morphology=both must be one of dependent, independent"),
        ({"depth": 0.0}, "dataset.depth=0.0 must be a number, at least 0.001"),
        ({"depth": float("nan")}, "dataset.depth=nan must be a number, at least 0.001"),
        ({"flux_limit": 30}, "dataset.flux_limit=30 must be at most 22"),
        (
            {"redshift": [0.1, 0.5]},
            r"dataset.redshift=\[0.1, 0.5\]'?: give two rising numbers from 0.001 to 0.3",
        ),
        ({"redshift": [0.1]}, "dataset.redshift"),
        ({"log_mass": [11, 10]}, r"dataset.log_mass=\[11.0, 10.0\]"),
        ({"processes": 0}, "dataset.processes=0 must be a whole number, at least 1, or null"),
        ({"photometry": "psf"}, "dataset.photometry=psf must be one of petrosian, model"),
    ],
)
def test_settings_that_cannot_be_used(tmp_path, options, message):
    given = {"n": N, "seed": 0, "folder": str(tmp_path)} | options
    with pytest.raises(UserError, match=message):
        mock_survey(given.pop("n"), given.pop("seed"), SPLIT, **given)
    assert not list(tmp_path.iterdir())


def test_other_targets_are_the_true_values_and_no_inputs(survey):
    catalogue, path = survey
    other = catalogue.features["other"]
    for kind, column in (("sfr", "log_sfr"), ("ssfr", "log_ssfr"), ("metallicity", "metallicity")):
        found = mock_survey(N, 0, SPLIT, path=str(path), target_kind=kind)
        np.testing.assert_array_equal(found.target, other[column].value)
        assert column not in found.features["other"]
    found = mock_survey(N, 0, SPLIT, path=str(path), target_kind="redshift")
    np.testing.assert_array_equal(found.target, catalogue.features["redshift"]["redshift"].value)
    assert "redshift" not in found.features
    with pytest.raises(UserError, match=r"permutes masses; leave .*target_kind out"):
        mock_survey(N, 0, SPLIT, path=str(path), shuffle_target=True, target_kind="sfr")
