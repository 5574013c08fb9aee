"""What ``dataset.cutouts`` refuses."""

import numpy as np
import pytest
from astropy.io import fits
from cutout_files import COLUMNS, KINDS, SAID, SCALE, SPLIT

from galaxy_causal.dataset import cutouts
from galaxy_causal.types import UserError


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


def test_ids_that_stand_twice_are_refused(read):
    with pytest.raises(UserError, match="1 ids stand for several images"):
        read(change=lambda ids, p: (np.append(ids[:-1], ids[0]), p))


def test_two_cubes_of_one_galaxy_are_refused(read, galaxies, tmp_path):
    read("cubes")
    one = galaxies["ID"][17]
    fits.writeto(tmp_path / "cubes" / f"{one}.fits.gz", fits.getdata(tmp_path / "cubes" / f"{one}.fits"))
    message = rf"cubes holds {one}\.fits and {one}\.fits\.gz, two cubes of the id {one}; .*take one out"
    with pytest.raises(UserError, match=message):
        cutouts(str(tmp_path / "galaxies.fits"), COLUMNS, SPLIT, {"path": str(tmp_path / "cubes")})


@pytest.mark.parametrize("kind", KINDS)
def test_ids_that_stand_twice_in_the_table_are_refused_before_images_are_joined(read, galaxies, kind):
    galaxies["ID"][3] = galaxies["ID"][8]
    images_of = np.arange(40) + 9_007_199_254_740_993
    with pytest.raises(UserError, match=rf"1 ids stand more than once, such as {galaxies['ID'][8]}"):
        read(kind, lambda _, p: (images_of, p))


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
        ({"pixel": 1}, "dataset.images has no pixel; it has path, array, dataset, mask"),
        ({"dataset": "cutouts"}, "has no array 'cutouts'; it has id, images: set dataset.images.dataset"),
        ({"dataset": ""}, "has no array ''; it has id, images: set dataset.images.dataset"),
        ({"mask": ""}, "has no array ''; it has id, images: set dataset.images.mask"),
        ({"bands": "ugr"}, "its own bands, g, r, W1, which contradicts dataset.images.bands=u, g, r"),
        ({"bands": 3}, "bands=3: give names such as ugriz"),
        (
            {"pixel_scale": 0.4},
            "its own pixel_scale, 0.396, which contradicts dataset.images.pixel_scale=0.4",
        ),
        ({"pixel_scale": -1}, "dataset.images.pixel_scale=-1: give the size of a pixel in arcsec"),
        ({"unit": "Jy"}, "its own unit, nanomaggy, which contradicts dataset.images.unit=Jy"),
        ({"ids": "none.txt"}, "dataset.images.ids=none.txt does not exist; give a .txt file"),
        ({"null_pixels": ["a"]}, r"dataset.images.null_pixels=\['a'\] must be a list of numbers"),
    ],
)
def test_options_of_images_are_checked(read, said, message):
    with pytest.raises(UserError, match=message):
        read(said=said)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fill": "mean"}, "dataset.fill=mean must be one of error, zero, median, nan"),
        ({"max_flagged": 1.0}, "dataset.max_flagged=1.0 must be below 1"),
        ({"unmatched": "keep"}, "dataset.unmatched=keep must be one of error, drop"),
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
