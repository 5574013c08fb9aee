"""Tables and images in memory, of which readers of one's own make catalogues."""

import numpy as np
import pytest
from cutout_files import COLUMNS, SPLIT, write

import galaxy_causal as gc
from galaxy_causal.dataset import catalogue_checksums, cutouts
from galaxy_causal.dataset.images import scan


def test_images_in_memory_are_those_of_a_file(galaxies, tmp_path):
    pixels = np.random.default_rng(2).normal(size=(40, 3, 6, 5)).astype(np.float32)
    galaxies.write(tmp_path / "galaxies.fits")
    given = write(tmp_path, "contiguous.h5", np.asarray(galaxies["ID"]), pixels)
    by_file = cutouts(str(tmp_path / "galaxies.fits"), COLUMNS, SPLIT, given)
    said = {
        "bands": by_file.images.bands,
        "pixel_scale": by_file.images.pixel_scale,
        "unit": by_file.images.unit,
    }
    roles = {role: column for role, column in COLUMNS.items() if role != "target"}
    in_memory = gc.from_table(
        galaxies,
        COLUMNS["target"],
        images={"array": pixels, "ids": list(galaxies["ID"]), **said},
        split=SPLIT,
        **roles,
    )
    assert catalogue_checksums(in_memory) == catalogue_checksums(by_file)


def test_a_table_in_memory_is_one_catalogue_with_its_file(galaxies, tmp_path):
    galaxies["KIND"] = np.array(["red", "blue"] * 20, dtype="<U12")
    galaxies["G"].unit = galaxies["R"].unit = "mag"
    galaxies["Z"] = np.ma.array(galaxies["Z"], mask=np.arange(40) == 3)
    galaxies.write(tmp_path / "galaxies.fits")
    asked = {
        "id": "ID", "redshift": "Z", "photometry": {"g": "G", "r": "R"}, "galaxy_class": "KIND",
        "nulls": "drop",
        "split": {"train": 0.6, "validation": 0.2, "test": 0.2, "seed": 0},
    }  # fmt: skip
    by_file = gc.read_table(tmp_path / "galaxies.fits", "LOGM", **asked)
    assert by_file.dropped["null in Z"] == 1
    for table in (galaxies, {name: galaxies[name] for name in galaxies.colnames}):
        in_memory = gc.from_table(table, "LOGM", **asked)
        assert catalogue_checksums(in_memory) == catalogue_checksums(by_file)
    plain = galaxies["ID", "G", "R", "LOGM", "KIND"].to_pandas()
    mine = {key: value for key, value in asked.items() if key not in ("redshift", "nulls")}
    frame = gc.from_table(plain, "LOGM", photometry_unit="magnitude", **mine)
    assert catalogue_checksums(frame) == catalogue_checksums(gc.from_table(galaxies, "LOGM", **mine))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"nulls": "keep"}, 'nulls="keep" must be|nulls=keep must be'),
        ({"redshift": "ZZ"}, r"table mine has no column 'ZZ'; .*it has: "),
        ({"photometry_unit": None}, "mine does not give the unit of column G; set photometry_unit to"),
        ({"null_values": {"Q": [1]}}, "null_values names Q, which is none of the columns"),
        ({"images": {"array": np.zeros((3, 4))}}, "images: images have the shape"),
        ({"images": {"array": np.zeros((3, 4)), "path": "a.h5"}}, "images has an array and a path; give one"),
        (
            {"images": {"array": np.zeros((40, 1, 2, 2)), "mask": "bad"}},
            r'images\["mask"\]="bad": only HDF5 and',
        ),
        (
            {"images": {"array": np.zeros((40, 1, 2, 2))}},
            r'does not give the bands .*; set images\["bands"\]',
        ),
        (
            {"split": {"train": 0.7, "validation": 0.1, "test": 0.2, "sed": 1}},
            "split has no sed; it has train",
        ),
        ({"target": None, "redshift": None, "photometry": None}, "columns names no column; name those"),
        ({"split": {"train": 2}}, r'split\["train"\]=2: give a fraction'),
        (
            {"galaxy_class": "MISSING", "nope": 1},
            "there is no option nope; columns are .*galaxy_class, split_column",
        ),
        ({"null_values": ["a"]}, "null_values=.* must be a list of numbers"),
        ({"table": {"LOGM": [1, 2], "G": [3]}}, "table mine: .*columns of one length"),
        ({"table": 3}, "table mine: .*columns of one length"),
    ],
)
def test_what_cannot_be_used_is_told_as_python_spells_it(galaxies, change, message):
    given = {"redshift": "Z", "photometry": {"g": "G"}, "photometry_unit": "magnitude", **change}
    with pytest.raises(gc.UserError, match=message) as told:
        gc.from_table(given.pop("table", galaxies), given.pop("target", "LOGM"), name="mine", **given)
    assert "dataset." not in str(told.value)


def test_pixels_that_an_array_masks_are_flagged(galaxies):
    pixels = np.ones((40, 2, 4, 4), dtype=np.float32)
    mask = np.zeros(pixels.shape, dtype=bool)
    mask[7, 1, 0, 0] = True
    said = {"bands": "gr", "pixel_scale": 0.4, "unit": "nanomaggy"}
    given = {"images": {"array": np.ma.array(pixels, mask=mask), **said}, "redshift": "Z"}
    with pytest.raises(gc.UserError, match="1 of 40 galaxies have flagged pixels"):
        gc.from_table(galaxies, "LOGM", **given)
    held = gc.from_table(galaxies, "LOGM", fill="nan", **given).images
    assert np.isnan(held.read(np.arange(40))).sum() == 1
    assert np.isnan(held.read(np.array([7]))[0, 1, 0, 0])


def test_many_pixels_of_an_array_in_memory_are_looked_at_anew(galaxies, tmp_path, monkeypatch):
    monkeypatch.setattr(scan, "WORTH_KEEPING", 0)  # what is told of a file of this size would be kept
    monkeypatch.chdir(tmp_path)
    first = np.ones((40, 2, 40, 40), dtype=np.float32)
    second = first.copy()
    second[20, 1, 20, 20] = 2  # numpy prints neither
    said = {"bands": "gr", "pixel_scale": 0.4, "unit": "nanomaggy"}
    sums = []
    for pixels in (first, second):
        (tmp_path / "images").touch()
        found = gc.from_table(
            galaxies, "LOGM", redshift="Z", images={"array": pixels, **said}, cache=str(tmp_path / "cache")
        )
        sums.append(found.images.checksum)
    assert sums[0] != sums[1]
    assert not (tmp_path / "cache").exists()
