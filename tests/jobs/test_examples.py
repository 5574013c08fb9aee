"""Examples of a decomposition through its whole path: what runs keep, read back, and draw without data."""

from dataclasses import fields, replace

import hydra
import numpy as np
import pytest
from command import QUICK
from hydra.utils import instantiate
from image_samples import blobs, images_of
from rich.console import Console
from stored import artifacts, runs

from galaxy_causal.jobs.decompose.examples import FILE, read_examples, write_examples
from galaxy_causal.jobs.decompose.options import DecomposeOptions
from galaxy_causal.jobs.decompose.question import DecomposeQuestion
from galaxy_causal.jobs.decompose.result import Decomposition
from galaxy_causal.jobs.settings import fit_maker
from galaxy_causal.types import Catalogue, Feature

pytestmark = pytest.mark.usefixtures("light_figures")

N = 300
SMALL = (
    "network=image", "network.width=8", "network.hidden=16", "network.training.max_epochs=1",
    "network.tabular.training.max_epochs=2", "bands=photometry_images", "bands.x1.photometry=g",
    "bands.x2.normalised_images=gr", "dataset=gaussian", "trainer.accelerator=cpu", "seeds=1",
    "decomposition.referee=false", "decomposition.draws=20", "decomposition.curve_draws=5",
)  # fmt: skip


def same(one, other):
    for item in fields(one):
        mine, theirs = getattr(one, item.name), getattr(other, item.name)
        if item.name == "kinds":
            assert list(mine) == list(theirs)
            for kind in mine:
                np.testing.assert_array_equal(mine[kind], theirs[kind])
        else:
            np.testing.assert_array_equal(mine, theirs, err_msg=item.name)
            assert type(mine) is type(theirs), item.name


class Counted:
    """Reads pixels, and knows of how many galaxies at once at most."""

    def __init__(self, pixels):
        self.pixels, self.most = pixels, 0

    def __call__(self, rows):
        self.most = max(self.most, len(rows))
        return self.pixels[rows]


def galaxies():
    rng = np.random.default_rng(0)
    signal = rng.normal(size=N)
    pixels = blobs(signal, "brightness", rng)
    magnitude = {b: Feature(18 - signal + rng.normal(size=N), "mag", np.full(N, 0.1)) for b in "gr"}
    features = {"photometry": magnitude, "ebv": {"ebv": Feature(rng.uniform(0, 0.1, N), "mag")}}
    features["redshift"] = {"redshift": Feature(rng.uniform(0.01, 0.2, N), "")}
    split = np.repeat(["train", "validation", "test"], N // 3)
    return Catalogue(
        "mine", np.arange(N) + 7, 10 + 0.6 * signal, "y [dex]", features, split,
        galaxy_class=np.repeat(["star_forming", "passive"] * 3, N // 6), magnitude=magnitude["r"].value,
        magnitude_label="r [mag]", images=images_of(pixels, "gr"), ra=rng.uniform(0, 360, N),
        dec=rng.uniform(-90, 90, N),
    )  # fmt: skip


def answered(*overrides, of=None):
    with hydra.initialize_config_module("galaxy_causal.conf", version_base="1.3"):
        cfg = hydra.compose("config", overrides=[*SMALL, *overrides])
    catalogue = of or galaxies()
    pair = instantiate(cfg.bands)(
        features=catalogue.features, dataset=catalogue.name, images=catalogue.image_bands
    )
    options = DecomposeOptions(referee=False, draws=20, curve_draws=5)
    question = DecomposeQuestion(fit_maker(cfg, catalogue), pair, options)
    question.check()
    return catalogue, question.answer(Console(quiet=True), "")


@pytest.fixture(scope="module")
def with_images(tmp_path_factory):
    folder = tmp_path_factory.mktemp("store")
    return answered(f"tracking.root={folder}")


def test_examples_hold_what_the_catalogue_knows_of_held_out_galaxies(with_images):
    catalogue, found = with_images
    shown = found.examples
    rows = shown.id - 7
    assert (catalogue.split[rows] == "test").all()
    np.testing.assert_array_equal(shown.y, catalogue.target[rows])
    np.testing.assert_array_equal(shown.ra, catalogue.ra[rows])
    np.testing.assert_array_equal(shown.dec, catalogue.dec[rows])
    np.testing.assert_array_equal(shown.redshift, catalogue.features["redshift"]["redshift"].value[rows])
    np.testing.assert_array_equal(shown.magnitude, catalogue.magnitude[rows])
    assert shown.galaxy_class.tolist() == np.asarray(catalogue.galaxy_class[rows]).tolist()
    for k, name in enumerate(("i_x1", "i_x2", "i_union")):
        np.testing.assert_array_equal(shown.informations[:, k], found.columns[name][rows])
    np.testing.assert_allclose(shown.atoms.sum(axis=1), shown.informations[:, 2], atol=1e-12)
    assert shown.stamps.shape == (len(rows), 16, 16, 3)
    assert shown.colours == "r as red, g as blue, their mean as green"
    for k, fit in enumerate(found.fits):
        np.testing.assert_allclose(shown.estimate[:, k], fit.estimate[rows])


def test_a_result_reads_back_equal_and_draws_without_data(with_images, tmp_path):
    _, found = with_images
    found.write(tmp_path)
    again = Decomposition.read(tmp_path)
    same(found.examples, again.examples)
    assert again.quantities == {"magnitude": "r [mag]", "colour": "g - r [mag]", "redshift": "redshift"}
    names = ["atoms_by_class", "atoms_against", "one_galaxy", "gallery", "maps"]
    assert list(again.figures()) == list(found.figures()) == names
    assert (tmp_path / FILE).stat().st_size < 2_000_000
    assert again.plot("gallery").axes


def test_the_same_examples_give_the_same_bytes(with_images, tmp_path):
    _, found = with_images
    first, second = tmp_path / "a", tmp_path / "b"
    for folder in (first, second):
        folder.mkdir()
        write_examples(folder, found.examples)
    assert (first / FILE).read_bytes() == (second / FILE).read_bytes()


def test_pixels_are_read_of_the_chosen_galaxies_alone(tmp_path):
    catalogue = galaxies()
    reader = Counted(catalogue.images.read(np.arange(N)))
    catalogue = replace(catalogue, images=replace(catalogue.images, read=reader))
    numbers = ("network=mlp", "network.training.max_epochs=2", "bands=pair", "bands.x1.photometry=g",
               "bands.x2.redshift=true", f"tracking.root={tmp_path}")  # fmt: skip
    with hydra.initialize_config_module("galaxy_causal.conf", version_base="1.3"):
        cfg = hydra.compose("config", overrides=["dataset=gaussian", "seeds=1", *numbers])
    pair = instantiate(cfg.bands)(
        features=catalogue.features, dataset=catalogue.name, images=catalogue.image_bands
    )
    options = DecomposeOptions(referee=False, draws=20, curve_draws=5)
    found = DecomposeQuestion(fit_maker(cfg, catalogue), pair, options).answer(Console(quiet=True), "")
    assert found.examples.has_stamps
    assert reader.most == len(found.examples) < N // 3 + 1


def test_a_damaged_file_is_named(with_images, tmp_path):
    _, found = with_images
    write_examples(tmp_path, found.examples)
    (tmp_path / FILE).write_bytes((tmp_path / FILE).read_bytes()[:2000])
    with pytest.raises(ValueError, match=r"examples\.npz cannot be read"):
        read_examples(tmp_path)
    (tmp_path / FILE).unlink()
    assert read_examples(tmp_path) is None


def test_runs_without_pixels_have_densities(galaxy_causal, tmp_path):
    outcome = galaxy_causal(*QUICK)
    assert outcome.code == 0, outcome.err
    (run,) = runs(tmp_path, "decompose")
    found = Decomposition.read(artifacts(tmp_path, run))
    assert found.examples.has_densities
    assert not found.examples.has_stamps
    assert {"gallery", "one_galaxy"} <= set(found.figures())
    assert np.isnan(found.examples.magnitude).all()
    names = {file.name for file in artifacts(tmp_path, run).iterdir()}
    assert {"gallery.png", "one_galaxy.pdf", FILE} <= names
    (first, *_) = runs(tmp_path, "fit")
    assert (artifacts(tmp_path, first) / "estimate.png").exists()


@pytest.mark.parametrize(("estimator", "has"), [("gaussian", True), ("ksg", False), ("boosted", True)])
def test_estimators_without_densities_have_examples_where_single_galaxies_mean_something(
    galaxy_causal, tmp_path, estimator, has
):
    outcome = galaxy_causal(*QUICK[:5], f"estimator={estimator}", *QUICK[8:])
    assert outcome.code == 0, outcome.err
    (run,) = runs(tmp_path, "decompose")
    found = Decomposition.read(artifacts(tmp_path, run))
    assert (found.examples is not None) == has
    if has:
        assert not found.examples.has_densities
        assert np.isfinite(found.examples.estimate).all() == (estimator == "gaussian")  # it predicts
    assert not {"gallery", "one_galaxy"} & set(found.figures())
