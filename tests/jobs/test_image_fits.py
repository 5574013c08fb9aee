"""Fits on images: which network learns what, what a recipe holds, what is refused."""

from dataclasses import replace

import hydra
import numpy as np
import pytest
from hydra.utils import instantiate
from image_samples import blobs, images_of
from omegaconf import OmegaConf

from galaxy_causal.jobs.decompose.options import DecomposeOptions
from galaxy_causal.jobs.decompose.question import DecomposeQuestion
from galaxy_causal.jobs.settings import fit_maker
from galaxy_causal.types import Catalogue, Feature, PairFits, UserError

pytestmark = pytest.mark.usefixtures("light_figures")

N = 600
SMALL = (
    "network=image", "network.width=8", "network.hidden=16", "network.training.max_epochs=2",
    "network.tabular.training.max_epochs=3", "bands=photometry_images", "bands.x1.photometry=g",
    "bands.x2.normalised_images=gr", "dataset=gaussian", "trainer.accelerator=cpu",
)  # fmt: skip


def catalogue():
    """The magnitude in g tells half of what there is to know; the image in g tells all."""
    rng = np.random.default_rng(0)
    signal = rng.normal(size=N)
    pixels = blobs(signal, "brightness", rng)
    magnitude = {b: Feature(18 - signal + rng.normal(size=N), "mag", np.full(N, 0.1)) for b in "gr"}
    features = {"photometry": magnitude, "ebv": {"ebv": Feature(rng.uniform(0, 0.1, N), "mag")}}
    split = np.repeat(["train", "validation", "test"], N // 3)
    target = 10 + 0.6 * signal
    return Catalogue("mine", np.arange(N), target, "y", features, split, images=images_of(pixels, "gr"))


def maker(*overrides, of=None):
    with hydra.initialize_config_module("galaxy_causal.conf", version_base="1.3"):
        cfg = hydra.compose("config", overrides=list(overrides))
    galaxies = of or catalogue()
    pair = instantiate(cfg.bands)(
        features=galaxies.features, dataset=galaxies.name, images=galaxies.images.bands
    )
    return fit_maker(cfg, galaxies), pair


def test_half_precision_is_no_part_of_a_fit_without_images():
    (single, pair), (half, _) = maker(*SMALL), maker(*SMALL, "trainer.precision=bf16-mixed")
    assert half.recipe(pair.x1, 0) == single.recipe(pair.x1, 0)
    assert half.recipe(pair.x2, 0) != single.recipe(pair.x2, 0)


def test_recipes_name_the_network_of_their_inputs_and_the_checksum_of_their_images():
    images, pair = maker(*SMALL)
    numbers = images.recipe(pair.x1, 0)
    both = images.recipe(pair.union, 0)
    assert numbers["network"]["_target_"].endswith(".Mlp")
    assert (numbers["trainer"]["max_epochs"], both["trainer"]["max_epochs"]) == (3, 2)
    assert both["network"]["_target_"].endswith(".Image")
    assert "tabular" not in both["network"]
    assert "compute" not in both
    checksum = images.catalogue.images.checksum
    assert set(both["inputs"]) == {
        "ebv/ebv", "photometry/g", "photometry/g/error", "normalised_images/g", "normalised_images/r",
    }  # fmt: skip
    assert both["inputs"]["normalised_images/g"].startswith(f"{checksum} ")
    alone = [o.replace("network.tabular.", "network.") for o in SMALL if "tabular" in o or "network" not in o]
    mlp, _ = maker(*alone)
    assert mlp.recipe(pair.x1, 0) == numbers


@pytest.mark.parametrize(
    ("overrides", "pixel", "message"),
    [
        (("network=mlp",), 0.0, "Mlp takes numbers, but the inputs hold normalised_images/g"),
        (("network.tabular=null",), 0.0, "Image takes images, but the inputs are ebv/ebv, photometry/g"),
        (("network=paper_image",), 0.0, "images are 16x16 pixels; network=paper_image needs at least 56"),
        (("estimator=ksg",), 0.0, "estimator=ksg cannot take normalised_images"),
        (("estimator=gaussian",), 0.0, "estimator=gaussian cannot take normalised_images"),
        ((), np.nan, "1 of 600 images in band g have missing pixels"),
    ],
)
def test_what_cannot_be_learnt_is_refused_before_anything_is_stored(overrides, pixel, message):
    galaxies = catalogue()
    pixels = galaxies.images.read(np.arange(N)).copy()
    pixels[5, 0, 0, 0] += pixel
    galaxies = replace(galaxies, images=images_of(pixels, "gr"))
    chosen = SMALL if not any("network=" in o for o in overrides) else SMALL[5:]
    fits, pair = maker(*chosen, *overrides, of=galaxies)
    with pytest.raises(UserError, match=message):
        fits.check((pair.x1, pair.x2, pair.union))
    assert "store" not in vars(fits)


def test_fits_of_numbers_images_and_both_are_made_and_found_again(tmp_path):
    fits, pair = maker(*SMALL, f"tracking.root={tmp_path}/mlruns")
    samples = fits.check((pair.x1, pair.x2, pair.union))
    assert [s.images is None for s in samples] == [True, False, False]
    assert samples[2].clipped["g"] > 0
    for inputs in (pair.x1, pair.x2, pair.union):
        made = fits.fit(inputs, 0, "", lambda *_: None, lambda _: None)
        assert not made.reused
        assert made.pointwise_mi.shape == (N,)
        assert np.isfinite(made.pointwise_mi).all()
        again = fits.fit(inputs, 0, "", lambda *_: None, lambda _: None)
        assert again.reused
        np.testing.assert_array_equal(again.pointwise_mi, made.pointwise_mi)
        assert ("fluxes_clipped" in made.metrics) == (inputs is not pair.x1)


def test_one_fit_of_bands_and_numbers_serves_every_subset_of_them(tmp_path):
    """E(B-V) is always shown; photometry in g and the images in g and r are players."""
    numbers, pair = maker("estimator=amortised", *SMALL[5:])
    with pytest.raises(UserError, match=r"network=amortised takes numbers.* set network=amortised_image"):
        numbers.check(DecomposeQuestion(numbers, pair, DecomposeOptions()).fitted)
    chosen = [option for option in SMALL if not option.startswith("network=")]
    fits, pair = maker(
        "estimator=amortised", "network=amortised_image", *chosen, "network.tabular.width=16",
        "network.apertures=2", f"tracking.root={tmp_path}/mlruns",
    )  # fmt: skip
    (whole,) = DecomposeQuestion(fits, pair, DecomposeOptions()).fitted
    assert [str(player) for player in whole.players] == [
        "photometry/g", "normalised_images/g", "normalised_images/r",
    ]  # fmt: skip
    fits.check([whole])
    made = fits.fit(whole, 0, "", lambda *_: None, lambda _: None)
    fits = replace(fits, fitting=replace(fits.fitting, seeds=1))
    found = DecomposeQuestion(fits, pair, DecomposeOptions()).informations(PairFits(*[(made,)] * 3))
    assert found.stacked().shape == (1, 3, N)
    np.testing.assert_allclose(found.union[0], made.pointwise_mi, atol=1e-4)
    assert np.isfinite(found.stacked()).all()


def test_the_configuration_stays_as_it_was():
    with hydra.initialize_config_module("galaxy_causal.conf", version_base="1.3"):
        cfg = hydra.compose("config", overrides=list(SMALL))
    before = OmegaConf.to_yaml(cfg)
    fit_maker(cfg, catalogue()).method()
    assert OmegaConf.to_yaml(cfg) == before


def test_published_bins_and_cells_are_not_mixed():
    """Informations of the same target in other bins cannot be taken apart together."""
    mixed = (*SMALL[1:-2], "network=image", "network@network.tabular=paper_photometry", *SMALL[-2:])
    mixed = tuple(option for option in mixed if not option.startswith("network.tabular."))
    images, pair = maker(*mixed)
    with pytest.raises(UserError, match="has the bins that it was published with"):
        images.check((pair.x1, pair.x2, pair.union))
    images, pair = maker(*mixed, "estimator.low=6", "estimator.high=14", "estimator.bins=100")
    assert len(images.check((pair.x1, pair.x2, pair.union))) == 3
