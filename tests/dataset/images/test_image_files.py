"""``dataset.cutouts`` over every kind of file."""

import os
import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import h5py
import numpy as np
import pytest
from astropy.io import fits
from cutout_files import BANDS, COLUMNS, KINDS, SAID, SCALE, SPLIT, UNIT, at, write

from galaxy_causal.dataset import cutouts
from galaxy_causal.dataset.images.file import band_names
from galaxy_causal.types import UserError


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


def test_rows_that_a_filter_leaves_out_need_no_image(read, galaxies, pixels, order):
    galaxies["FLAG"] = (np.arange(40) >= 30).astype(np.int16)
    galaxies["Z"][35] = -5
    catalogue = read(where="FLAG == 0")
    assert catalogue.dropped == {"not FLAG == 0": 10}
    np.testing.assert_array_equal(catalogue.images.read(np.arange(30)), pixels[np.argsort(order)][:30])


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


@pytest.mark.parametrize("kind", ["contiguous.h5", "images.zarr"])
def test_whole_ids_match_in_whatever_type_they_are(read, galaxies, order, pixels, kind):
    galaxies["ID"] = np.arange(40) + 100
    for dtype in (np.float64, np.float32, np.uint64, np.int16):
        catalogue = read(kind, lambda ids, p, dtype=dtype: (ids.astype(dtype), p))
        np.testing.assert_array_equal(catalogue.images.read(order), pixels)
        del catalogue
    for spoiled in (0.5, np.nan, np.float32(2**24)):  # float32 has no 2^24 + 1
        message = (
            r"the array id holds floating-point numbers, of which 1 are no .* such as (0.5|nan|16777216.0) in"
        )
        dtype = np.asarray(spoiled).dtype
        with pytest.raises(UserError, match=message):
            read(kind, lambda ids, p, s=spoiled, t=dtype: (np.append(ids[:-1], s).astype(t), p))


def test_ids_beyond_int64_match(read, galaxies, order, pixels):
    galaxies["ID"] = np.arange(40).astype(np.uint64) + np.uint64(2**63)
    np.testing.assert_array_equal(read().images.read(order), pixels)


def test_whole_ids_beside_the_images_match(galaxies, pixels, tmp_path):
    galaxies["ID"] = np.arange(40) + 100
    galaxies.write(tmp_path / "galaxies.fits")
    np.save(tmp_path / "images.npy", pixels)
    given = {"path": str(tmp_path / "images.npy"), **SAID, "ids": str(tmp_path / "ids.npy")}
    np.save(tmp_path / "ids.npy", np.arange(40) + 100.0)
    assert len(cutouts(str(tmp_path / "galaxies.fits"), COLUMNS, SPLIT, given)) == 40
    np.save(tmp_path / "ids.npy", np.arange(40) + 100.5)
    with pytest.raises(UserError, match=r"ids.npy: the array holds floating-point numbers"):
        cutouts(str(tmp_path / "galaxies.fits"), COLUMNS, SPLIT, given)


def test_galaxies_left_out_for_a_null_may_have_images(read, galaxies):
    galaxies["LOGM"][3] = np.nan
    catalogue = read(nulls="drop")
    assert catalogue.dropped == {"null in LOGM": 1}
    assert len(catalogue) == 39


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


def test_a_scan_is_kept_and_made_anew_when_the_file_changes(read, tmp_path, monkeypatch):
    monkeypatch.setattr("galaxy_causal.dataset.images.scan.WORTH_KEEPING", 0)
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


def test_a_kept_scan_serves_no_other_mask(read, tmp_path, monkeypatch):
    monkeypatch.setattr("galaxy_causal.dataset.images.scan.WORTH_KEEPING", 0)
    cache = str(tmp_path / "cache")
    read(cache=cache)
    with h5py.File(tmp_path / "contiguous.h5", "a") as file:
        for name, row in (("bad", 3), ("worse", slice(0, 20))):
            file[name] = np.zeros((40, 3, 6, 5), dtype=np.uint8)
            file[name][row, :, 0, 0] = 1
    path = str(tmp_path / "galaxies.fits")
    given = {"path": str(tmp_path / "contiguous.h5")}
    for mask, flagged in ((None, 0), ("bad", 1), ("worse", 20), ("bad", 1)):
        catalogue = cutouts(path, COLUMNS, SPLIT, {**given, "mask": mask}, fill="zero", cache=cache)
        assert np.sum(catalogue.features["other"]["flagged_fraction"].value > 0) == flagged


def test_what_headers_of_cubes_do_not_say_is_configured(read, tmp_path):
    wanted = read("cubes").images
    for path in (tmp_path / "cubes").iterdir():
        fits.writeto(path, fits.getdata(path), overwrite=True)
    path = str(tmp_path / "galaxies.fits")
    images = cutouts(path, COLUMNS, SPLIT, {"path": str(tmp_path / "cubes"), **SAID}).images
    assert images.checksum == wanted.checksum


def test_errors_of_the_target_follow_galaxies_that_have_an_image(galaxies, pixels, order, tmp_path):
    galaxies["E"] = np.random.default_rng(4).uniform(0.05, 0.2, len(galaxies))
    galaxies.write(tmp_path / "galaxies.fits")
    ids = np.asarray(galaxies["ID"])[order][:-3]
    given = write(tmp_path, "contiguous.h5", ids, pixels[:-3])
    columns = {**COLUMNS, "target_error": "E"}
    catalogue = cutouts(str(tmp_path / "galaxies.fits"), columns, SPLIT, given, unmatched="drop")
    error = dict(zip(galaxies["ID"], galaxies["E"], strict=True))
    assert catalogue.dropped["no image"] == 3
    assert [error[i] for i in catalogue.id] == list(catalogue.target_error)
