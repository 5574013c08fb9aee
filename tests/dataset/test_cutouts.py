"""``dataset.cutouts`` over every kind of file, and what it refuses."""

import os
import pickle
import shutil
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import h5py
import numpy as np
import pytest
import zarr
from astropy.io import fits

from galaxy_causal.dataset import cutouts
from galaxy_causal.dataset.image_files import band_names
from galaxy_causal.types import UserError

SPLIT = {"train": 0.6, "validation": 0.2, "test": 0.2, "seed": 0}
COLUMNS = {"id": "ID", "target": "LOGM", "redshift": "Z"}
BANDS, SCALE, UNIT = ("g", "r", "W1"), 0.396, "nanomaggy"
SAID = {"bands": "grW1", "pixel_scale": SCALE, "unit": UNIT}
KINDS = ("contiguous.h5", "chunked.h5", "images.zarr", "images.npy", "cubes")


@pytest.fixture
def pixels():
    """Images of forty galaxies in the order in which the files below hold them, not the table's."""
    return np.random.default_rng(2).normal(size=(40, 3, 6, 5)).astype(np.float32)


@pytest.fixture
def order():
    return np.random.default_rng(3).permutation(40)


def write(folder, kind, ids, pixels):
    """Write the images and give the options with which they are read."""
    path = folder / kind
    if kind.endswith(".h5"):
        with h5py.File(path, "w") as file:
            chunks = {"chunks": (3, *pixels.shape[1:]), "compression": "gzip"} if kind[:2] == "ch" else {}
            data = file.create_dataset("images", data=pixels, **chunks)
            data.attrs.update({"bands": BANDS, "pixel_scale": SCALE, "unit": UNIT})
            file["id"] = ids
    elif kind.endswith(".zarr"):
        group = zarr.create_group(path, overwrite=True)
        group.create_array("images", data=pixels, chunks=(7, *pixels.shape[1:]))
        group.create_array("id", data=ids)
        group.attrs.update({"bands": list(BANDS), "pixel_scale": SCALE, "unit": UNIT})
    elif kind.endswith(".npy"):
        np.save(path, pixels)
        (folder / "ids.txt").write_text("\n".join(map(str, ids)))
        return {"path": str(path), "ids": str(folder / "ids.txt"), **SAID}
    else:
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir()
        header = fits.Header({"BUNIT": UNIT, "BANDS": "grW1", "CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN"})
        header.update({"CRVAL1": 10.0, "CRVAL2": 5.0, "CDELT1": -SCALE / 3600, "CDELT2": SCALE / 3600})
        for name, cube in zip(ids, pixels, strict=True):
            fits.PrimaryHDU(cube, header).writeto(path / f"{name}.fits", overwrite=True)
    return {"path": str(path)}


@pytest.fixture
def read(galaxies, pixels, order, tmp_path):
    """Write table and images and read them; ``change`` may spoil pixels or ids first."""

    def write_and_read(kind="contiguous.h5", change=None, said=None, **options):
        galaxies.write(tmp_path / "galaxies.fits", overwrite=True)
        ids, images = np.asarray(galaxies["ID"])[order], pixels.copy()
        if change is not None:
            ids, images = change(ids, images)
        given = {**write(tmp_path, kind, ids, images), **(said or {})}
        return cutouts(str(tmp_path / "galaxies.fits"), COLUMNS, SPLIT, given, **options)

    return write_and_read


def at(row, value, band=slice(None)):
    """Spoil one pixel, or all of a band, of the image in that row of the file."""

    def change(ids, images):
        images[row, band, 1, 2] = value
        return ids, images

    return change


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_file_gives_the_images_of_its_galaxies(read, galaxies, pixels, order, kind):
    catalogue = read(kind)
    images = catalogue.images
    assert (images.bands, images.shape, images.unit) == (BANDS, (6, 5), UNIT)
    assert images.pixel_scale == pytest.approx(SCALE)
    wanted = pixels[np.argsort(order)]
    for rows in (np.arange(40), np.array([7, 3, 3, 39]), np.arange(10, 20), np.array([], dtype=int)):
        found = images.read(rows)
        assert found.dtype == np.float32
        assert found.flags.writeable
        np.testing.assert_array_equal(found, wanted[rows])
    np.testing.assert_array_equal(catalogue.features["other"]["flagged_fraction"].value, 0)
    assert len(catalogue.provenance["images_sha256"]) == 64


def test_the_checksum_is_of_the_pixels_and_not_of_the_file(read):
    sums = {read(kind).images.checksum for kind in KINDS}
    assert len(sums) == 1
    # by one unit in the last place
    assert read(change=lambda ids, p: (ids, np.nextafter(p, np.inf))).images.checksum not in sums
    assert read(change=lambda ids, p: (np.roll(ids, 1), p)).images.checksum not in sums
    assert read(said={"bands": "grW1", "unit": UNIT}).images.checksum in sums


@pytest.mark.parametrize(
    ("kind", "method"),
    [(k, "fork") for k in KINDS] + [("contiguous.h5", "spawn"), ("cubes", "spawn")],
)
def test_images_are_read_in_other_processes(read, kind, method, recwarn):
    images = read(kind).images.take(np.array([5, 6, 30, 2])).take(np.array([3, 1]))
    here = images.read(np.array([1, 0]))  # opens the file, which a fork would share
    # Python warns of any fork in a process that has threads; that it works here is what is tested.
    with ProcessPoolExecutor(1, mp_context=get_context(method)) as pool:
        there = pool.submit(images.read, np.array([1, 0])).result(timeout=60)
    np.testing.assert_array_equal(here, there)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(images)).read(np.array([1, 0])), here)


@pytest.mark.parametrize("suffix", [".fits.gz", ".fits.bz2"])
def test_cubes_may_be_packed(read, tmp_path, suffix):
    wanted = read("cubes").images
    for path in (tmp_path / "cubes").iterdir():
        fits.writeto(path.with_suffix(suffix), fits.getdata(path), fits.getheader(path))
        path.unlink()
    given = {"path": str(tmp_path / "cubes")}
    images = cutouts(str(tmp_path / "galaxies.fits"), COLUMNS, SPLIT, given).images
    assert images.checksum == wanted.checksum


def test_text_ids_match_numbers(read, galaxies):
    ids = [f"{i}" for i in galaxies["ID"]]
    galaxies["ID"] = ids
    catalogue = read(change=lambda _ids, p: (np.array([int(i) for i in ids]), p))
    assert list(catalogue.id) == ids


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


@pytest.mark.parametrize("kind", KINDS)
def test_galaxies_and_images_need_partners(read, kind, galaxies, order):
    def change(ids, images):
        ids = ids.copy()
        ids[2] = 77
        return ids, images

    alone = galaxies["ID"][order[2]]
    message = (
        rf"1 rows of the table have no image \(ids {alone}\) and 1 images have no row of the table "
        r"\(ids 77\); of 40 galaxies and 40 images 39 match.*dataset.unmatched=drop"
    )
    with pytest.raises(UserError, match=message):
        read(kind, change)
    catalogue = read(kind, change, unmatched="drop")
    assert catalogue.dropped["no image"] == 1
    assert catalogue.dropped["images without a row of the table"] == 1
    assert alone not in catalogue.id


def test_galaxies_left_out_for_a_null_may_have_images(read, galaxies):
    galaxies["LOGM"][3] = np.nan
    catalogue = read(nulls="drop")
    assert catalogue.dropped == {"null in LOGM": 1}
    assert len(catalogue) == 39


def test_ids_that_stand_twice_are_refused(read):
    with pytest.raises(UserError, match="1 ids stand for several images"):
        read(change=lambda ids, p: (np.append(ids[:-1], ids[0]), p))


def test_images_without_ids_belong_to_row_numbers(galaxies, pixels, tmp_path):
    galaxies.write(tmp_path / "galaxies.fits")
    np.save(tmp_path / "images.npy", pixels)
    given = {"path": str(tmp_path / "images.npy"), **SAID}
    catalogue = cutouts(str(tmp_path / "galaxies.fits"), {**COLUMNS, "id": None}, SPLIT, given)
    np.testing.assert_array_equal(catalogue.images.read(np.array([8])), pixels[[8]])
    with pytest.raises(UserError, match=r"has no ids, and the table has; give dataset.images.ids"):
        cutouts(str(tmp_path / "galaxies.fits"), COLUMNS, SPLIT, given)
    np.save(tmp_path / "images.npy", pixels[:-2])
    with pytest.raises(UserError, match=r"2 rows of the table have no image \(ids 38, 39\)"):
        cutouts(str(tmp_path / "galaxies.fits"), {**COLUMNS, "id": None}, SPLIT, given)


@pytest.mark.parametrize("kind", ["contiguous.h5", "images.zarr", "images.npy"])
def test_wrong_shapes_are_refused(read, kind):
    with pytest.raises(UserError, match=r"shape \(40, 6, 5\).*\(galaxies, bands, height, width\)"):
        read(kind, lambda ids, p: (ids, p[:, 0]))
    with pytest.raises(
        UserError, match=r"\(2, 6, 5\).*and 3 names of bands, g, r, W1; each of the 2 needs one"
    ):
        read(kind, lambda ids, p: (ids, p[:, :2]))


def test_a_cube_of_another_shape_or_unit_is_refused_by_name(read, galaxies, pixels, tmp_path):
    read("cubes")
    name = f"{galaxies['ID'][17]}.fits"
    whole = (tmp_path / "cubes" / name).read_bytes()
    options = (str(tmp_path / "galaxies.fits"), COLUMNS, SPLIT, {"path": str(tmp_path / "cubes")})
    header = fits.getheader(tmp_path / "cubes" / name)
    spoiled = {
        r"shape \(2, 6, 5\), but .* has \(3, 6, 5\)": (pixels[0, :2], header),
        "unit Jy, but .* has nanomaggy": (pixels[0], fits.Header({**header, "BUNIT": "Jy"})),
        r"pixels of 0\.5 arcsec": (pixels[0], fits.Header({**header, "CDELT2": 0.5**2 / SCALE / 3600})),
        r"shape \(6, 5\); a cube has": (pixels[0, 0], header),
    }
    for message, (data, changed) in spoiled.items():
        fits.PrimaryHDU(data, changed).writeto(tmp_path / "cubes" / name, overwrite=True)
        with pytest.raises(UserError, match=f"{name} has .*{message}|{name} has the {message}"):
            cutouts(*options)
    for part in (0.9, 0.3):
        (tmp_path / "cubes" / name).write_bytes(whole[: int(part * (len(whole.rstrip(b"\0"))))])
        with pytest.raises(UserError, match=rf"{name} cannot be read.*Is it complete\?"):
            cutouts(*options)


@pytest.mark.parametrize("kind", ["contiguous.h5", "chunked.h5", "images.npy"])
@pytest.mark.parametrize("part", [0.9, 0.5, 0.01])
def test_a_file_cut_short_is_refused(read, tmp_path, kind, part):
    assert len(read(kind)) == 40
    whole = (tmp_path / kind).read_bytes()
    (tmp_path / kind).write_bytes(whole[: int(part * len(whole))])
    given = {
        "path": str(tmp_path / kind),
        **({} if "h5" in kind else {**SAID, "ids": str(tmp_path / "ids.txt")}),
    }
    with pytest.raises(UserError, match=rf"{kind} cannot be read: .*Is it complete\?"):
        cutouts(str(tmp_path / "galaxies.fits"), COLUMNS, SPLIT, given)


def test_objects_are_never_unpickled(read, tmp_path, galaxies):
    read()
    np.save(tmp_path / "evil.npy", np.array([{"a": 1}] * 40, dtype=object), allow_pickle=True)
    with pytest.raises(UserError, match=r"evil.npy cannot be read.*"):
        read(said={"path": str(tmp_path / "evil.npy"), **SAID})


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"path": None}, r"dataset.images.path is not set; give HDF5 \(.h5"),
        ({"path": "nowhere.h5"}, "nowhere.h5 does not exist; give HDF5"),
        ({"path": __file__}, "unknown kind of images '.py'"),
        ({"pixel": 1}, "dataset.images has no pixel; it has path, dataset, mask"),
        ({"dataset": "cutouts"}, "has no array 'cutouts'; it has id, images: set dataset.images.dataset"),
        ({"bands": "ugr"}, "its own bands, g, r, W1, which contradicts dataset.images.bands=u, g, r"),
        ({"bands": 3}, "bands=3: give names such as ugriz"),
        (
            {"pixel_scale": 0.4},
            "its own pixel_scale, 0.396, which contradicts dataset.images.pixel_scale=0.4",
        ),
        ({"pixel_scale": -1}, "dataset.images.pixel_scale=-1: give the size of a pixel in arcsec"),
        ({"unit": "Jy"}, "its own unit, nanomaggy, which contradicts dataset.images.unit=Jy"),
        ({"ids": "none.txt"}, "dataset.images.ids=none.txt: give a .txt file"),
        ({"null_pixels": ["a"]}, r"dataset.images.null_pixels=\['a'\]: give a list of numbers"),
    ],
)
def test_options_of_images_are_checked(read, said, message):
    with pytest.raises(UserError, match=message):
        read(said=said)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fill": "mean"}, "dataset.fill='mean': choose one of error, zero, median, nan"),
        ({"max_flagged": 1.0}, "dataset.max_flagged=1.0: give the largest share"),
        ({"unmatched": "keep"}, "dataset.unmatched='keep': choose error or drop"),
    ],
)
def test_choices_are_checked(read, options, message):
    with pytest.raises(UserError, match=message):
        read(**options)


def test_what_the_file_does_not_say_must_be_given(galaxies, pixels, tmp_path):
    galaxies.write(tmp_path / "galaxies.fits")
    np.save(tmp_path / "images.npy", pixels)
    columns = {**COLUMNS, "id": None}
    for missing in SAID:
        given = {"path": str(tmp_path / "images.npy"), **SAID, missing: None}
        with pytest.raises(UserError, match=f"does not give the {missing} of the images; set dataset.images"):
            cutouts(str(tmp_path / "galaxies.fits"), columns, SPLIT, given)
    np.save(tmp_path / "ids.npy", np.arange(39))
    given = {"path": str(tmp_path / "images.npy"), **SAID, "ids": str(tmp_path / "ids.npy")}
    with pytest.raises(UserError, match=r"ids.npy holds ids of shape \(39,\).* for 40 images"):
        cutouts(str(tmp_path / "galaxies.fits"), columns, SPLIT, given)


def test_a_scan_is_kept_and_made_anew_when_the_file_changes(read, tmp_path, monkeypatch):
    monkeypatch.setattr("galaxy_causal.dataset.image_scan.WORTH_KEEPING", 0)
    cache = tmp_path / "cache"
    first = read(cache=str(cache)).images.checksum
    kept = list(cache.iterdir())
    assert len(kept) == 1
    times = os.stat(tmp_path / "contiguous.h5").st_mtime_ns
    changed = read(change=at(4, 5.0), cache=str(cache)).images.checksum
    assert changed != first
    os.utime(tmp_path / "contiguous.h5", ns=(times, times + 10**9))
    arguments = (str(tmp_path / "galaxies.fits"), COLUMNS, SPLIT, {"path": str(tmp_path / "contiguous.h5")})
    before = set(cache.iterdir())
    assert cutouts(*arguments, cache=str(cache)).images.checksum == changed
    assert cutouts(*arguments, cache=str(cache)).images.checksum == changed
    assert len(set(cache.iterdir()) - before) == 1
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder should be")
    with pytest.raises(UserError, match=r"cannot write to .*blocked .*dataset.cache=<folder>"):
        cutouts(*arguments, cache=str(blocked))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("ugriz", ("u", "g", "r", "i", "z")),
        ("grzW1W2", ("g", "r", "z", "W1", "W2")),
        ("F090W, F115W", ("F090W", "F115W")),
        (["g", b"r"], ("g", "r")),
    ],
)
def test_names_of_bands(text, names):
    assert band_names(text) == names
