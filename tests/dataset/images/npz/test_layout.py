"""The published layout: catalog.npz and images.npz."""

import numpy as np
import pytest

from galaxy_causal.dataset import pair, sample
from galaxy_causal.types import UserError

from .conftest import MORPHOLOGY, N


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_the_published_layout(read, arrays, save, tmp_path):
    catalog, images = arrays
    catalogue = read(save=save)
    assert catalogue.dropped == {"in no split": 1}
    np.testing.assert_array_equal(catalogue.id, np.arange(N - 1))
    assert [int(np.sum(catalogue.split == s)) for s in ("train", "validation", "test")] == [N - 20, 10, 9]
    np.testing.assert_array_equal(catalogue.target, catalog["lgm_tot_p50"][:-1])
    features = catalogue.features
    assert list(features["photometry"]) == ["u", "g", "r", "i", "z", "W1", "W2", "W3"]
    assert list(features["morphology"]) == MORPHOLOGY
    assert features["photometry"]["W3"].error is None
    np.testing.assert_array_equal(features["photometry"]["W1"].error, catalog["w1sigmpro"][:-1])
    rows = np.array([3, 1, 58])
    wanted = np.stack([images[f"img_{b}"][rows] for b in "ugriz"], axis=1)
    np.testing.assert_array_equal(catalogue.images.read(rows), wanted)
    assert (catalogue.images.bands, catalogue.images.shape) == (tuple("ugriz"), (8, 8))
    assert catalogue.images.pixel_scale == 0.396
    kept = list((tmp_path / "cache").rglob("*.npy"))
    assert len(kept) == (5 if save is np.savez_compressed else 0)  # plainly stored arrays are not copied


def test_the_sets_of_inputs_of_the_paper(read):
    catalogue = read()
    options = {"errors": "available", "accompany": {"ebv": "available"}}
    optical, infrared = {"photometry": "ugriz"}, {"photometry": "W1W2W3"}
    inputs = pair(catalogue.features, "npz", optical, infrared, **options)
    assert [sample(catalogue, i).x.shape[1] for i in (inputs.x1, inputs.x2, inputs.union)] == [11, 6, 16]
    inputs = pair(catalogue.features, "npz", {"morphology": True}, {"redshift": True}, **options)
    assert [sample(catalogue, i).x.shape[1] for i in (inputs.x1, inputs.x2)] == [21, 2]


def test_packing_does_not_change_the_checksum_and_one_copy_serves(read, tmp_path):
    packed = read(save=np.savez_compressed)
    copies = {p: p.stat().st_mtime_ns for p in (tmp_path / "cache").rglob("*.npy")}
    assert packed.images.checksum == read().images.checksum
    read(save=np.savez_compressed)  # a file of another time: unpacked anew
    assert {p: p.stat().st_mtime_ns for p in copies} == copies
    assert not list((tmp_path / "cache").rglob("*.partial"))


def test_arrays_in_the_order_of_fortran(read, arrays):
    images = arrays[1]
    wanted = images["img_g"].copy()
    images["img_g"] = np.asfortranarray(images["img_g"])
    np.testing.assert_array_equal(read().images.read(np.array([5]))[0, 1], wanted[5])


def test_pixels_that_hold_no_number_are_flagged(read, arrays):
    arrays[1]["img_r"][7, 2, 3] = -9999
    with pytest.raises(UserError, match=r"ids 7"):
        read()
    catalogue = read("dataset.fill=median")
    pixels = catalogue.images.read(np.array([7]))[0, 2]
    rest = np.delete(arrays[1]["img_r"][7].ravel(), 2 * 8 + 3)
    assert pixels[2, 3] == pytest.approx(np.median(rest), rel=1e-6)
    assert catalogue.features["other"]["flagged_fraction"].value[7] == 1 / 64
    assert read("dataset.null_pixels=[]").images.read(np.array([7]))[0, 2, 2, 3] == -9999
    with pytest.raises(UserError, match=r"dataset.null_pixels=many must be a list of numbers"):
        read("dataset.null_pixels=many")


def test_nulls_are_refused_or_dropped_with_their_split(read, arrays):
    catalog, images = arrays
    catalog["w3mpro"][4] = catalog["w1mpro"][N - 20] = -9999
    with pytest.raises(UserError, match=r"column w1mpro: 1 of 60 rows \(first 40\); column w3mpro"):
        read()
    catalogue = read("dataset.nulls=drop")
    assert catalogue.dropped == {"null in w1mpro": 1, "null in w3mpro": 1, "in no split": 1}
    assert int(np.sum(catalogue.split == "validation")) == 9
    place = int(np.flatnonzero(catalogue.id == 7)[0])
    np.testing.assert_array_equal(catalogue.images.read(np.array([place]))[0, 2], images["img_r"][7])


def test_splits_of_ones_own(read, tmp_path):
    catalogue = read("dataset.split={train: 0.5, validation: 0.25, test: 0.25, seed: 1}")
    assert int(np.sum(catalogue.split == "train")) == 30
    (tmp_path / "test.txt").write_text("\n".join(map(str, range(12))))
    catalogue = read(f"dataset.split={{train: 0.5, validation: 0.25, test: {tmp_path}/test.txt, seed: 1}}")
    np.testing.assert_array_equal(catalogue.id[catalogue.split == "test"], np.arange(12))


def test_classes_and_missing_bands(read, arrays):
    catalog, _ = arrays
    catalog["galclass"] = np.array(["passive", "star_forming", "other"] * 20)
    del catalog["w3mpro"]
    with pytest.raises(UserError, match="has no column 'w3mpro'"):
        read()
    catalogue = read("dataset.columns.photometry.W3=null", "dataset.columns.class=galclass")
    assert "W3" not in catalogue.features["photometry"]
    assert set(catalogue.galaxy_class) == {"passive", "star_forming", "other"}


def test_images_can_be_left_out(read):
    catalogue = read("dataset.bands=null")
    assert catalogue.images is None


@pytest.mark.parametrize(
    ("member", "value", "message"),
    [
        ("id_test", np.array([3, 58]), r"overlap: 1 rows of id_test are in the train split too, such as 3"),
        ("id_test", np.array([50, 50, 51]), "id_test names row 50 more than once"),
        ("id_test", np.array([50, 60]), "id_test holds 60; it must hold row numbers, 0 to 59"),
        ("id_test", np.array([0.5]), r"id_test holds 0\.5; it must hold row numbers"),
        ("id_test", np.array([50]), "the test split holds 1 of 60 galaxies"),
        ("z", np.ones(59), "the arrays have different lengths"),
        (
            "z",
            np.array([{}] * 60, dtype=object),
            "cannot be read as npz: it holds Python objects",
        ),
    ],
)
def test_bad_members_of_the_catalogue(read, arrays, member, value, message):
    arrays[0][member] = value
    with pytest.raises(UserError, match=message):
        read()


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p: p[:-1], r"img_g \(59, 8, 8\).*every band needs numbers of the same shape"),
        (lambda p: p[:, :, :7], r"img_g \(60, 8, 7\)"),
        (lambda p: p[:, 0], r"img_g \(60, 8\)"),
        (lambda p: p.astype(object), "it holds Python objects, not numbers"),
        (None, "has no array 'img_g'; it has img_u, img_r"),
    ],
)
def test_bad_members_of_the_images(read, arrays, save, change, message):
    images = arrays[1]
    images["img_g"] = images["img_g"] if change is None else change(images["img_g"])
    if change is None:
        del images["img_g"]
    with pytest.raises(UserError, match=message):
        read(save=save)


def test_images_and_catalogue_need_equal_rows(read, arrays):
    images = arrays[1]
    images |= {name: value[:-3] for name, value in images.items()}
    with pytest.raises(UserError, match=r"3 rows of the table have no image \(ids 57, 58, 59\).*row by row"):
        read()
    images |= {name: np.concatenate([value] * 2) for name, value in images.items()}
    with pytest.raises(UserError, match="54 images have no row of the table"):
        read()


def test_empty_images_are_refused(read, arrays):
    arrays[1]["img_z"][9] = np.nan
    with pytest.raises(UserError, match=r"1 galaxies have a band without any good pixel \(ids 9\)"):
        read("dataset.fill=zero")
    assert read("dataset.max_flagged=0").dropped == {
        "more than 0 of a band's pixels flagged": 1,
        "in no split": 1,
    }


def test_options_are_checked(read, tmp_path):
    for override, message in {
        "dataset.path=null": "dataset.path is not set; give the folder",
        "dataset.path=nowhere": "nowhere/catalog.npz does not exist",
        "dataset.pixel_scale=0": "dataset.pixel_scale=0 must be a number, above 0",
        "dataset.bands=ugrizy": "has no array 'img_y'",
        "+dataset.columns.id=objid": "the ids of this layout are row numbers",
    }.items():
        with pytest.raises(UserError, match=message):
            read(override)


def test_percentiles_of_the_mass_are_its_error(read, arrays):
    catalog, _ = arrays
    sigma = np.random.default_rng(6).uniform(0.05, 0.15, N)
    catalog["lgm_tot_p16"] = catalog["lgm_tot_p50"] - 1.2 * sigma
    catalog["lgm_tot_p84"] = catalog["lgm_tot_p50"] + 0.8 * sigma
    assert read().target_error is None
    catalogue = read("dataset.columns.target_error={low: lgm_tot_p16, high: lgm_tot_p84}")
    np.testing.assert_allclose(catalogue.target_error, sigma[catalogue.id])
