import os
from pathlib import Path

import numpy as np
import pytest
from astropy.table import MaskedColumn

from galaxy_causal.dataset import catalogue_checksums, pair, sample, table
from galaxy_causal.dataset.catalogue import FEWEST_GALAXIES
from galaxy_causal.dataset.magnitudes import asinh_magnitude
from galaxy_causal.types import UserError

SPLIT = {"train": 0.6, "validation": 0.2, "test": 0.2, "seed": 0}
FLUXES = {"photometry_unit": "nanomaggy"}


@pytest.mark.parametrize("suffix", [".fits", ".csv", ".ecsv", ".parquet", ".vot"])
def test_formats_give_the_same_values(galaxies, read, suffix):
    catalogue = read(galaxies, suffix)
    assert catalogue.id.dtype == np.int64
    np.testing.assert_array_equal(catalogue.id, galaxies["ID"])
    np.testing.assert_array_equal(catalogue.target, galaxies["LOGM"])
    np.testing.assert_array_equal(catalogue.features["photometry"]["W1"].value, galaxies["W1"])
    np.testing.assert_array_equal(catalogue.magnitude, galaxies["R"])
    assert catalogue.magnitude_label == "r [mag]"
    assert catalogue.name == "galaxies"
    assert len(catalogue.provenance["sha256"]) == 64
    assert not catalogue.dropped
    assert catalogue.target.dtype == np.float64
    assert catalogue.target.dtype.isnative


@pytest.mark.parametrize("suffix", [".fits", ".csv", ".ecsv", ".parquet", ".vot"])
def test_text_ids_and_row_numbers(galaxies, read, suffix):
    galaxies["ID"] = [f"SDSS J{i:02d}" for i in range(len(galaxies))]
    galaxies["CLASS"] = ["passive", ""] * 20
    catalogue = read(galaxies, suffix, columns={"class": "CLASS"})
    assert catalogue.id[3] == "SDSS J03"
    assert catalogue.id.dtype.kind == "U"
    assert list(catalogue.galaxy_class[:2]) == ["passive", "unclassified"]
    assert read(galaxies, suffix, columns={"id": None}).id[3] == 3


def test_nulls_of_parquet(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    ids = [2**62 + i for i in range(30)]
    columns = {
        "id": ids,
        "mass": np.linspace(9, 11, 30),
        "z": [None, *[0.1] * 29],
        "count": [3, None, *[4] * 28],
    }
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")
    mapped = {"id": "id", "target": "mass", "redshift": "z", "other": {"count": "count"}}
    catalogue = table(str(tmp_path / "t.parquet"), mapped, SPLIT, nulls="drop")
    assert list(catalogue.id) == ids[2:]
    assert catalogue.dropped == {"null in z": 1, "null in count": 1}
    pq.write_table(pa.table({**columns, "id": [None, *ids[1:]]}), tmp_path / "t.parquet")
    with pytest.raises(UserError, match=r"id column id is empty in 1 rows \(first 0\)"):
        table(str(tmp_path / "t.parquet"), mapped, SPLIT, nulls="drop")


def test_fluxes_above_9000_are_kept_and_become_asinh_magnitudes(galaxies, read):
    flux = np.geomspace(1, 15_000, len(galaxies))
    galaxies["G"], galaxies["E_G"] = flux, 0.05 * flux
    galaxies["R"][0] = -0.3
    catalogue = read(galaxies, columns={"photometry_error": {"g": "E_G"}}, **FLUXES)
    g = catalogue.features["photometry"]["g"]
    bright = flux > 100
    # the difference is of order (softening / flux)^2 = 1e-6
    np.testing.assert_allclose(g.value[bright], 22.5 - 2.5 * np.log10(flux[bright]), atol=2e-6)
    np.testing.assert_allclose(g.error[bright], 2.5 / np.log(10) * 0.05, rtol=1e-5)
    assert np.isfinite(catalogue.features["photometry"]["r"].value[0])


@pytest.mark.parametrize("null", [-9999.0, np.nan, np.inf, -np.inf, 9999.0])
@pytest.mark.parametrize("column", ["LOGM", "Z", "G"])
def test_nulls_are_refused_with_their_place(galaxies, read, column, null):
    galaxies[column][[3, 7]] = null
    place = rf"galaxies.fits.*column {column}: 2 of 40 rows \(first 3, 7\).*nulls=drop"
    with pytest.raises(UserError, match=place):
        read(galaxies)


def test_minus_9999_is_refused_in_fluxes(galaxies, read):
    galaxies["G"][5] = -9999
    with pytest.raises(UserError, match="column G: 1 of 40"):
        read(galaxies, **FLUXES)


def test_masked_cells_and_configured_nulls_are_missing(galaxies, read):
    galaxies["G"] = MaskedColumn(galaxies["G"], mask=np.arange(40) == 2)
    galaxies["Z"][4] = -1
    catalogue = read(galaxies, ".ecsv", nulls="drop", null_values=[-1])
    assert len(catalogue) == 38
    assert catalogue.dropped == {"null in Z": 1, "null in G": 1}


def test_drop_counts_every_mapped_column(galaxies, read):
    galaxies["LOGM"][0] = galaxies["SERSIC"][1] = galaxies["E_G"][2] = np.nan
    columns = {"morphology": {"n": "SERSIC"}, "photometry_error": {"g": "E_G"}}
    catalogue = read(galaxies, columns=columns, nulls="drop")
    assert catalogue.dropped == {"null in LOGM": 1, "null in SERSIC": 1, "null in E_G": 1}
    assert 0 not in catalogue.id - galaxies["ID"][0]


def test_missing_morphology_is_refused_as_an_input_only(galaxies, read):
    galaxies["SERSIC"][[1, 4]] = -9999
    catalogue = read(galaxies, columns={"morphology": {"n": "SERSIC"}})
    assert np.isnan(catalogue.features["morphology"]["n"].value).sum() == 2
    options = {"errors": "available", "accompany": {}}
    inputs = pair(catalogue.features, "mine", {"morphology": True}, {"redshift": True}, **options)
    assert sample(catalogue, inputs.x2).x.shape == (40, 1)
    message = r"morphology/n is missing for 2 of 40 .*9007199254740994.*dataset.nulls=drop"
    with pytest.raises(UserError, match=message):
        sample(catalogue, inputs.union)


def test_units_of_the_file_are_used_and_must_agree(galaxies, read):
    for column in "GR":
        galaxies[column].unit = "mag"
    galaxies["W1"].unit = "nanomaggy"
    catalogue = read(galaxies, ".ecsv", photometry_unit=None)
    np.testing.assert_array_equal(catalogue.features["photometry"]["g"].value, galaxies["G"])
    assert catalogue.features["photometry"]["W1"].value.min() > 19  # 22.5 - 2.5 log10(18)
    with pytest.raises(UserError, match=r"G is in mag, which contradicts dataset.photometry_unit=nanomaggy"):
        read(galaxies, ".ecsv", **FLUXES)
    galaxies["G"].unit = "ct"
    with pytest.raises(UserError, match=r"column G is in ct.*magnitude or nanomaggy"):
        read(galaxies, ".ecsv", photometry_unit=None)


@pytest.mark.parametrize(
    ("columns", "options", "message"),
    [
        ({}, {"photometry_unit": None}, "does not give the unit of column G; set dataset.photometry_unit"),
        ({}, {"photometry_unit": "ct"}, "photometry_unit=ct must be magnitude, nanomaggy or another unit of"),
        ({}, {"softening": 0}, "softening=0 must be a number, above 0"),
        ({}, {"null_values": ["none"]}, r"null_values=\['none'\] must be a list of numbers"),
        ({}, {"nulls": "keep"}, "nulls=keep must be one of error, drop"),
        ({"target": "LOGMASS"}, {}, r"no column 'LOGMASS'; did you mean LOGM\? it has: LOGM, ID"),
        ({"target": None}, {}, "columns.target is not set"),
        ({"mass": "LOGM"}, {}, "columns has no mass; it has id, target"),
        ({"photometry": "G"}, {}, "photometry=G: give names and columns"),
        ({"photometry_error": {"z": "E_G"}}, {}, "photometry_error names z.*photometry has g, r, W1"),
        ({"other": {"m": "LOGM"}}, {}, "names LOGM, which is the target too"),
    ],
)
def test_options_that_cannot_be_used(galaxies, read, columns, options, message):
    with pytest.raises(UserError, match=message):
        read(galaxies, columns=columns, **options)


def _text(t):
    t["G"] = [f"{g:.2f}m" for g in t["G"]]


def _words(t):
    t["G"] = [f"{g:.2f}" if row % 7 else "null" for row, g in enumerate(t["G"], 1)]


def _vector(t):
    t["G"] = np.ones((len(t), 5))


def _negative_error(t):
    t["E_G"][3] = -1


def _fluxes(t):
    t["G"][0] = 270


def _same_ids(t):
    t["ID"][[1, 2, 5]] = 77


def _constant(t):
    t["LOGM"] = 10.0


def _few(t):
    t.remove_rows(slice(3, None))


def _float_ids(t):
    t["ID"] = t["ID"] / 7


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_text, "column G does not hold numbers but .*convert it"),
        (
            _words,
            "column G does not hold numbers but texts, such as 'null' in row 6, 'null' in row 13, 'null' in",
        ),
        (_vector, "column G holds .* numbers per galaxy"),
        (_negative_error, r"error E_G is negative in 1 rows \(first 3, such as -1\)"),
        (_fluxes, "column G holds 270, which is no magnitude.*photometry_unit=nanomaggy"),
        (_same_ids, "1 id stands more than once in column .*, such as 77 in rows"),
        (_constant, r"target is constant \(10\)"),
        (_few, f"3 usable galaxies, at least {FEWEST_GALAXIES}"),
        (_float_ids, "id column ID holds floating-point numbers"),
    ],
)
def test_data_that_cannot_be_used(galaxies, read, change, message):
    change(galaxies)
    with pytest.raises(UserError, match=message):
        read(galaxies, columns={"photometry_error": {"g": "E_G"}})


def test_files_that_cannot_be_used(galaxies, tmp_path):
    columns = {"target": "LOGM"}
    with pytest.raises(UserError, match="path is not set"):
        table(None, columns, SPLIT)
    with pytest.raises(UserError, match=r"nowhere.fits does not exist"):
        table(str(tmp_path / "nowhere.fits"), columns, SPLIT)
    with pytest.raises(UserError, match="is a folder"):
        table(str(tmp_path), columns, SPLIT)
    (tmp_path / "galaxies.xlsx").write_text("?")
    with pytest.raises(UserError, match=r"unknown kind of table '.xlsx'; use one of .fits"):
        table(str(tmp_path / "galaxies.xlsx"), columns, SPLIT)


@pytest.mark.parametrize("suffix", [".fits", ".parquet", ".vot"])
@pytest.mark.parametrize("part", [0.9, 0.5, 0.05, 0.0])
def test_a_file_cut_short_is_refused_by_name(galaxies, read, tmp_path, suffix, part):
    read(galaxies, suffix)
    whole = (tmp_path / f"galaxies{suffix}").read_bytes()
    # the end of a FITS file is padding: cut where values are
    length = int(part * len(whole.rstrip(b"\0")))
    cut = tmp_path / f"cut{suffix}"
    cut.write_bytes(whole[:length])
    with pytest.raises(UserError, match=rf"cut{suffix} cannot be read as"):
        table(str(cut), {"target": "LOGM"}, SPLIT)


@pytest.mark.parametrize("columns", [{}, {"group": "TILE"}, {"split": "SPLIT"}])
def test_a_table_in_another_order_is_the_same_catalogue(galaxies, read, columns):
    galaxies["TILE"], galaxies["CLASS"] = np.arange(40) // 2, ["passive", "other"] * 20
    galaxies["SPLIT"] = ["train", "test", "train", "validation"] * 10
    columns = {**columns, "class": "CLASS", "photometry_error": {"g": "E_G"}}
    first = read(galaxies, columns=columns)
    shuffled = read(galaxies[np.random.default_rng(2).permutation(40)], columns=columns)
    assert catalogue_checksums(shuffled) == catalogue_checksums(first)
    np.testing.assert_array_equal(first.target, galaxies["LOGM"])


def test_a_table_without_ids_keeps_its_order(galaxies, read):
    data = galaxies[::-1]
    np.testing.assert_array_equal(read(data, columns={"id": None}).target, data["LOGM"])


def test_classes(galaxies, read):
    galaxies["CLASS"] = ["passive", "star_forming", "", "other"] * 10
    catalogue = read(galaxies, columns={"class": "CLASS"})
    assert list(catalogue.galaxy_class[:4]) == ["passive", "star_forming", "unclassified", "other"]
    with pytest.raises(UserError, match="class column LOGM holds 40 different values"):
        read(galaxies, columns={"class": "LOGM", "target": "Z", "redshift": None})
    galaxies["CLASS"] = ["all", "a+b"] * 20
    with pytest.raises(UserError, match=r"holds 'all'; a class is named by"):
        read(galaxies, columns={"class": "CLASS"})


def test_split_column(galaxies, read):
    galaxies["SPLIT"] = (["train"] * 5 + ["val"] * 2 + ["Test"] * 2 + [""]) * 4
    catalogue = read(galaxies, columns={"split": "SPLIT"})
    assert [int(np.sum(catalogue.split == s)) for s in ("train", "validation", "test")] == [20, 8, 8]
    assert catalogue.dropped == {"in no split": 4}
    galaxies["SPLIT"] = ["train", "holdout"] * 20
    with pytest.raises(UserError, match="split column holds holdout; it may hold train"):
        read(galaxies, columns={"split": "SPLIT"})


def test_groups_stay_whole(galaxies, read):
    galaxies["TILE"] = np.arange(40) // 4
    catalogue = read(galaxies, columns={"group": "TILE"})
    of_tile = [set(catalogue.split[galaxies["TILE"] == tile]) for tile in range(10)]
    assert all(len(s) == 1 for s in of_tile)
    assert sum(s == {"train"} for s in of_tile) == 6


def test_a_group_that_means_none_is_refused(galaxies, read):
    galaxies["TILE"] = np.arange(40) // 4
    galaxies["TILE"][[3, 9]] = -1
    with pytest.raises(UserError, match=r"the group column TILE: 2 of 40 rows \(first 3, 9\) is -1, so that"):
        read(galaxies, columns={"group": "TILE"})
    galaxies["TILE"][9] = -2
    read(galaxies, columns={"group": "TILE"})


def test_every_column_of_the_desi_sample():
    folder = Path(os.environ.get("GALAXY_CAUSAL_DATA", Path(__file__).parents[3] / "shared" / "data"))
    file = folder / "desi_bgs_grzW1W2_112k.parquet"
    if not file.is_file():
        pytest.skip(f"no {file.name}; set GALAXY_CAUSAL_DATA to the folder that holds it")
    columns = {
        "id": "TARGET_ID",
        "target": "PROVABGS_LOGMSTAR_BF",
        "redshift": "Z",
        "group": "ROSETTE",
        "photometry": {b: f"FLUX_{b.upper()}_DERED" for b in ("g", "r", "z", "W1", "W2")},
    }
    catalogue = table(str(file), columns, SPLIT, **FLUXES)
    assert len(catalogue) == 112_104
    assert not catalogue.dropped
    bands = ({"photometry": "grz"}, {"photometry": "W1W2"})
    inputs = pair(catalogue.features, "desi", *bands, errors="available", accompany={})
    assert inputs.union.label == "photometry[grzW1W2]"
    x = sample(catalogue, inputs.union).x
    assert x.shape == (112_104, 5)
    # the brightest and the faintest flux of the sample are 23,354 and 0.0201 nanomaggies
    assert x.min() == pytest.approx(22.5 - 2.5 * np.log10(23_353.967), abs=1e-4)
    assert x.max() == pytest.approx(asinh_magnitude(np.array(0.020106085), 0.1))


def test_a_split_by_files_holds_where_galaxies_are_left_out(galaxies, read, tmp_path):
    split = {}
    for name, rows in {"train": slice(0, 20), "validation": slice(20, 30), "test": slice(30, 40)}.items():
        (tmp_path / name).write_text("\n".join(map(str, galaxies["ID"][rows])))
        split[name] = str(tmp_path / name)
    galaxies["Z"][[3, 35]] = np.nan
    catalogue = read(galaxies, nulls="drop", split=split)
    assert [int(np.sum(catalogue.split == name)) for name in split] == [19, 10, 9]
    (tmp_path / "test").write_text("77\n")
    with pytest.raises(UserError, match="1 ids are not in the table, such as 77"):
        read(galaxies, nulls="drop", split=split)


def test_null_values_of_single_columns(galaxies, read):
    """A mass of 1 is none, and so is a redshift of 0.25; the same number elsewhere is a value."""
    galaxies["LOGM"][3], galaxies["Z"][7], galaxies["G"][9] = 1.0, 0.25, 1.0
    catalogue = read(galaxies, null_values={"LOGM": [1], "Z": [0.25]}, nulls="drop")
    assert catalogue.dropped == {"null in LOGM": 1, "null in Z": 1}
    assert 1.0 in catalogue.features["photometry"]["g"].value
    with pytest.raises(UserError, match=r"dataset.null_values names z, which is none of .*LOGM, G, R, W1, Z"):
        read(galaxies, null_values={"z": [0.25]})
    with pytest.raises(UserError, match=r"dataset.null_values.Z=0 must be a list of numbers"):
        read(galaxies, null_values={"Z": 0})


def test_weights_are_refused_with_what_to_do_instead(galaxies, read):
    with pytest.raises(UserError, match=r"has no weight; .*Galaxies are not weighted: draw those"):
        read(galaxies, columns={"weight": "SERSIC"})
