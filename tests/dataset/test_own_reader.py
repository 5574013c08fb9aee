"""Tables and images in memory, of which readers of one's own make catalogues."""

import numpy as np
import pytest
from cutout_files import COLUMNS, SPLIT, write

import galaxy_causal as gc
from galaxy_causal.dataset import catalogue_checksums, cutouts


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
        ({"table": {"LOGM": [1, 2], "G": [3]}}, "table mine: .*columns of one length"),
        ({"table": 3}, "table mine: .*columns of one length"),
    ],
)
def test_what_cannot_be_used_is_told_as_python_spells_it(galaxies, change, message):
    given = {"redshift": "Z", "photometry": {"g": "G"}, "photometry_unit": "magnitude", **change}
    with pytest.raises(gc.UserError, match=message) as told:
        gc.from_table(given.pop("table", galaxies), "LOGM", name="mine", **given)
    assert "dataset." not in str(told.value)
