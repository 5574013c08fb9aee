from dataclasses import replace

import numpy as np
import pytest
from image_samples import images_of

from galaxy_causal.dataset import (
    catalogue_checksums,
    check_pixels,
    missing_pixels,
    pair,
    sample,
    split_images,
)
from galaxy_causal.dataset.magnitudes import asinh_magnitude
from galaxy_causal.types import Catalogue, Feature, Input, InputSet, UserError

N = 300
BANDS = "ugriz"
ALONE = {"errors": "available", "accompany": {"ebv": None}, "images": BANDS}
RNG = np.random.default_rng(0)
FEATURES = {
    "photometry": {b: Feature(RNG.uniform(15, 19, N), "mag", RNG.uniform(0, 1, N)) for b in (*BANDS, "W1")},
    "ebv": {"ebv": Feature(RNG.uniform(0, 0.1, N), "mag")},
}
TARGET = RNG.normal(10, 0.6, N)
PIXELS = RNG.normal(size=(N, 5, 8, 8)).astype(np.float32)


def catalogue(features=FEATURES, pixels=PIXELS, unit="nanomaggy"):
    split = np.repeat(["train", "validation", "test"], N // 3)
    images = images_of(pixels, BANDS, unit)
    return Catalogue("mine", np.arange(N) + 1000, TARGET, "y", features, split, images=images)


def with_fluxes(flux):
    """The catalogue with these fluxes in g."""
    photometry = {**FEATURES["photometry"], "g": Feature(flux, "nanomaggy")}
    return catalogue({**FEATURES, "photometry": photometry})


def inputs(*items):
    return InputSet("", tuple(sorted(Input(*item) for item in items)))


def test_images_join_numbers_in_the_union():
    both = pair(FEATURES, "mine", {"photometry": "ug"}, {"normalised_images": "ugriz"}, **ALONE)
    assert both.union.label == "photometry[ug]+normalised_images[ugriz]"
    made = sample(catalogue(), both.union)
    texts = ("photometry/g", "photometry/g/error", "photometry/u", "photometry/u/error")
    assert tuple(map(str, made.columns)) == texts
    assert made.images.bands == tuple(f"normalised_images/{b}" for b in "giruz")
    assert made.modalities == {"photometry", "normalised_images"}
    assert sample(catalogue(), both.x1).images is None


def test_images_alone_have_no_numbers_and_come_as_they_are():
    made = sample(catalogue(), pair(FEATURES, "mine", {"images": "zu"}, {"images": "g"}, **ALONE).x1)
    assert made.x.shape == (N, 0)
    assert made.images.bands == ("images/u", "images/z")
    rows = np.array([5, 2, 7])
    np.testing.assert_array_equal(made.images.read(rows), PIXELS[rows][:, [0, 4]])
    part = made.part(100, 110)
    np.testing.assert_array_equal(part.images.read(np.array([3])), PIXELS[[103]][:, [0, 4]])


def test_normalised_images_are_divided_by_the_clipped_petrosian_flux():
    """u is clipped at 2 per cent, the others at 0.1, of the training galaxies alone."""
    made = sample(
        catalogue(), inputs(("images", "r"), ("normalised_images", "u"), ("normalised_images", "g"))
    )
    assert made.images.bands == ("images/r", "normalised_images/g", "normalised_images/u")
    expected = [PIXELS[:, 2]]
    for band, place, percentile in (("g", 1, 0.1), ("u", 0, 2.0)):
        flux = 10 ** (0.4 * (22.5 - FEATURES["photometry"][band].value))
        low, high = np.percentile(flux[: N // 3], percentile), flux[: N // 3].max()
        assert made.clipped[band] == np.sum((flux < low) | (flux > high)) > 0
        expected.append(PIXELS[:, place] / np.clip(flux, low, high)[:, None, None])
    found = made.images.read(np.arange(N))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, np.stack(expected, axis=1), rtol=1e-6)


def test_fluxes_divide_as_they_are_and_a_few_below_zero_are_raised():
    flux = RNG.uniform(10, 100, N)
    flux[250] = -3.0
    made = sample(with_fluxes(flux), inputs(("normalised_images", "g")))
    low = np.percentile(flux[: N // 3], 0.1)
    np.testing.assert_allclose(made.images.read(np.array([250]))[0, 0], PIXELS[250, 1] / low, rtol=1e-6)
    assert made.clipped["g"] == np.sum((flux < low) | (flux > flux[: N // 3].max()))


def test_asinh_magnitudes_are_divided_by_as_the_fluxes_they_were_made_of():
    flux = np.random.default_rng(3).uniform(0.5, 40.0, N)
    magnitude = asinh_magnitude(flux, 0.4)
    photometry = {**FEATURES["photometry"], "g": Feature(magnitude, "mag", softening=0.4)}
    galaxies = catalogue({**FEATURES, "photometry": photometry})
    divided = sample(galaxies, inputs(("normalised_images", "g"))).images.read(np.arange(N))[:, 0]
    low, high = np.percentile(flux[: N // 3], [0.1, 100])
    wanted = PIXELS[:, 1] / np.clip(flux, low, high)[:, None, None]
    np.testing.assert_allclose(divided, wanted, rtol=1e-5)


def of_fluxes_as_magnitudes(flux):
    """The catalogue whose magnitudes in g a reader has made of these fluxes."""
    feature = Feature(asinh_magnitude(flux, 0.1), "mag", softening=0.1)
    return catalogue({**FEATURES, "photometry": {**FEATURES["photometry"], "g": feature}})


@pytest.mark.parametrize(
    ("galaxies", "message"),
    [
        (
            of_fluxes_as_magnitudes(np.where(np.arange(N) < 5, -3.0, 30.0)),
            r"5 of 300 galaxies .*zero or less, such as id 1000",
        ),
        (
            with_fluxes(np.where(np.arange(N) < 5, 0.0, 30.0)),
            r"5 of 300 galaxies .*zero or less, such as id 1000",
        ),
        (
            with_fluxes(np.where(np.arange(N) == 7, np.nan, 30.0)),
            r"photometry/g is missing for 1 of .*id 1007",
        ),
        (catalogue(unit="counts"), r"has images in counts, but Petrosian fluxes are in nanomaggy"),
        (
            catalogue({"photometry": {"g": Feature(np.ones(N), "Jy")}}),
            r"photometry/g of dataset mine is in Jy; magnitudes \(mag\) or fluxes \(nanomaggy\) are needed",
        ),
    ],
)
def test_fluxes_that_cannot_normalise(galaxies, message):
    with pytest.raises(UserError, match=message):
        sample(galaxies, inputs(("normalised_images", "g")))


@pytest.mark.parametrize(
    ("x1", "message"),
    [
        ({"images": "ugx"}, "dataset mine has no images ugx; it has u, g, r, i, z"),
        ({"normalised_images": "g"}, "dataset mine has no normalised_images; it has .*images: u, g, r, i, z"),
    ],
)
def test_images_that_are_not_there(x1, message):
    features = {m: f for m, f in FEATURES.items() if m != "photometry"}
    with pytest.raises(UserError, match=message):
        pair(features, "mine", x1, {"ebv": True}, **ALONE)


@pytest.mark.parametrize(("normalised", "modality"), [(False, "images"), (True, "normalised_images")])
def test_image_bands_against_the_others(normalised, modality):
    for take, rest in (("u", "griz"), ("iz", "ugr")):
        made = split_images(FEATURES, "mine", take, "ugriz", normalised=normalised, **ALONE)
        assert (made.x1.label, made.x2.label) == (f"{modality}[{take}]", f"{modality}[{rest}]")
        assert made.union.label == f"{modality}[ugriz]"
    with pytest.raises(UserError, match="not adjacent; choose one of ug, gr, ri, iz"):
        split_images(FEATURES, "mine", "ur", "ugriz", normalised=normalised, **ALONE)
    with pytest.raises(UserError, match="nothing to split; dataset mine has photometry"):
        split_images(FEATURES, "mine", "u", "ugriz", normalised=normalised, **{**ALONE, "images": ()})


def test_images_of_another_shape_than_announced_are_refused():
    galaxies = catalogue()
    for shape, bands in (((9, 9), tuple(BANDS)), ((8, 8), tuple("ugr"))):
        wrong = replace(galaxies, images=replace(galaxies.images, shape=shape, bands=bands))
        with pytest.raises(UserError, match=r"images come as float32 \(5, 8, 8\) .*announced are float32"):
            sample(wrong, inputs(("images", "g")))


def test_missing_pixels_are_counted_and_refused():
    pixels = PIXELS.copy()
    pixels[3, 1] = np.nan
    pixels[290, 1, 0, :2] = np.inf
    pixels[7, 4, 5, 5] = np.nan
    galaxies = catalogue(pixels=pixels)
    missing = missing_pixels(galaxies.images, N)
    assert missing.sum() == 64 + 2 + 1
    assert (missing[3, 1], missing[290, 1], missing[7, 4]) == (64, 2, 1)
    check_pixels(galaxies, missing, inputs(("images", "u"), ("ebv", "ebv")).items)
    message = (
        r"2 of 300 images in band g have missing pixels \(NaN\), 1 of them nothing else \(ids 1003, 1290\)"
    )
    with pytest.raises(UserError, match=message):
        check_pixels(galaxies, missing, inputs(("normalised_images", "g")).items)


def test_checksums_of_images_follow_pixels_and_what_normalises_them():
    sums = catalogue_checksums(catalogue())
    other = catalogue_checksums(catalogue(pixels=PIXELS * 2))
    changed = {k for k in sums if sums[k] != other[k]}
    assert changed == {f"{m}/{b}" for m in ("images", "normalised_images") for b in BANDS}
    other = catalogue_checksums(with_fluxes(np.full(N, 30.0)))
    differing = {k for k in sums if sums[k] != other.get(k)}
    assert differing == {"photometry/g", "photometry/g/error", "normalised_images/g"}
