"""What becomes of pixels that are NaN, null or masked."""

from dataclasses import replace

import h5py
import numpy as np
import pytest
from cutout_files import COLUMNS, KINDS, SPLIT, at

from galaxy_causal.dataset import cutouts, missing_pixels
from galaxy_causal.types import UserError


@pytest.mark.parametrize(("kind", "value"), [(k, np.nan) for k in KINDS] + [("images.npy", np.inf)])
def test_flagged_pixels_are_refused_until_it_is_said_what_becomes_of_them(read, order, pixels, kind, value):
    with pytest.raises(UserError, match=r"1 of 40 galaxies have flagged pixels.*up to 3\.3%.*dataset\.fill="):
        read(kind, at(4, value, 1))
    galaxy = int(order[4])
    good = np.delete(pixels[4, 1].ravel(), 7)
    for fill, wanted in (("zero", 0.0), ("nan", np.nan), ("median", np.median(good))):
        catalogue = read(kind, at(4, value, 1), fill=fill)
        image = catalogue.images.read(np.array([0, galaxy]))[1]
        np.testing.assert_array_equal(image[1, 1, 2], np.float32(wanted))
        np.testing.assert_array_equal(np.delete(image[1].ravel(), 7), good)
        np.testing.assert_array_equal(image[0], pixels[4, 0])
        share = catalogue.features["other"]["flagged_fraction"].value
        assert (np.flatnonzero(share) == galaxy).all()
        assert share[galaxy] == pytest.approx(1 / 30)
        del catalogue  # HDF5 lets no file be written while it is open


def test_fills_have_checksums_of_their_own(read):
    assert len({read(change=at(4, np.nan), fill=f).images.checksum for f in ("zero", "nan", "median")}) == 3


def test_masked_and_null_pixels_are_flagged(read, tmp_path, pixels, order):
    catalogue = read(change=at(4, -9999.0, 0), said={"null_pixels": [0, -9999]}, fill="nan")
    assert np.isnan(catalogue.images.read(order[[4]])[0, 0, 1, 2])
    with h5py.File(tmp_path / "contiguous.h5", "r+") as file:
        file["bad"] = np.zeros((40, 6, 5), dtype=np.uint8)
        file["bad"][4, 0, 0] = 8
    given = {"path": str(tmp_path / "contiguous.h5"), "mask": "bad"}
    arguments = (str(tmp_path / "galaxies.fits"), COLUMNS, SPLIT, given)
    image = cutouts(*arguments, fill="nan").images.read(order[[4]])[0]
    assert np.isnan(image[:, 0, 0]).all()
    assert np.isnan(image).sum() == 3
    with pytest.raises(
        UserError, match=r"has no array 'worse'; it has bad, id, images: set dataset.images.mask"
    ):
        cutouts(*arguments[:3], {**given, "mask": "worse"})


def test_too_many_flagged_pixels_drop_the_galaxy(read, order):
    def change(ids, images):
        images[4, 1, :3] = images[5, 2, 0, 0] = images[6] = np.nan
        return ids, images

    catalogue = read(change=change, max_flagged=0.1, fill="median")
    assert catalogue.dropped == {"more than 0.1 of a band's pixels flagged": 2}
    assert len(catalogue) == 38
    assert np.isfinite(catalogue.images.read(np.arange(38))).all()
    assert read(change=change, max_flagged=0).dropped == {"more than 0 of a band's pixels flagged": 3}


@pytest.mark.parametrize("fill", ["error", "zero", "median", "nan"])
def test_a_band_without_any_good_pixel_is_refused(read, galaxies, order, fill):
    def change(ids, images):
        images[4, 1] = np.nan
        return ids, images

    message = (
        rf"1 galaxies have a band without any good pixel \(ids {galaxies['ID'][order[4]]}\).*max_flagged"
    )
    with pytest.raises(UserError, match=message):
        read(change=change, fill=fill)


@pytest.mark.parametrize(("fill", "missing"), [("nan", 6), ("zero", 0), ("median", 0), ("error", 0)])
def test_missing_pixels_are_known_from_the_first_reading(read, galaxies, order, fill, missing):
    """Of those galaxies that are left, in their order; and they are what a reading finds."""

    def change(ids, images):
        images[4, 1, :3] = np.nan  # too many
        if fill != "error":
            images[5, 2, 0, :3] = images[6, :, 1, 1] = np.nan
        return ids, images

    galaxies["LOGM"][order[7]] = np.nan
    images = read(change=change, max_flagged=0.1, fill=fill, nulls="drop").images
    found = missing_pixels(images, 38)
    assert found.sum() == missing
    np.testing.assert_array_equal(found, missing_pixels(replace(images, missing=None), 38))
    np.testing.assert_array_equal(missing_pixels(images.take(np.array([9, 3])), 2), found[[9, 3]])
    assert images.choose(("g",), np.array([0])).missing is None

    def never(rows):
        raise AssertionError("the pixels are read again")

    missing_pixels(replace(images, read=never), 38)
