"""Parts of the sky from catalogues of HATS, held to a cut of all rows."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy import units
from astropy.coordinates import SkyCoord
from astropy_healpix import HEALPix

import galaxy_causal as gc
from galaxy_causal.dataset import catalogue_checksums, hats, open_hats
from galaxy_causal.dataset.hats.region import reach, region_of

COUNT = 3000
ROLES = {"id": "objid", "redshift": "z", "photometry": {"g": "mag_g", "r": "mag_r"}}
SPLIT = {"train": 0.6, "validation": 0.2, "test": 0.2, "seed": 0}
DEEP, FINE = 4, 2  # base pixels whose partitions are of order 0 and 2; those of others are of order 1
PROPERTIES = """#HATS catalog
obs_collection=small
dataproduct_type=object
hats_nrows=3000
hats_col_ra=ra
hats_col_dec=dec
hats_col_healpix=_healpix_29
hats_col_healpix_order=29
"""
CONES = (
    {"ra": 180.0, "dec": 0.0, "radius": 12.0},
    {"ra": 0.0, "dec": 41.8, "radius": 5.0},
    {"ra": 359.9, "dec": -3.0, "radius": 3.0},
    {"ra": 77.0, "dec": 90.0, "radius": 9.0},
    {"ra": 10.0, "dec": -89.0, "radius": 30.0},
    {"ra": 45.0, "dec": 10.0, "radius": 170.0},
)


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(3)
    dec = np.degrees(np.arcsin(rng.uniform(-1, 1, COUNT)))
    ra, mass, z = rng.uniform(0, 360, COUNT), rng.normal(10.5, 0.5, COUNT), rng.uniform(0.02, 0.2, COUNT)
    magnitude = 20 - 2.5 * (mass - 10) + 5 * np.log10(z / 0.05)
    index = HEALPix(2**29, order="nested").lonlat_to_healpix(ra * units.deg, dec * units.deg)
    mags = {band: magnitude + 0.1 * rng.normal(size=COUNT) for band in ("mag_g", "mag_r")}
    numbers = pa.array(rng.permutation(COUNT) + 2**60)
    text = pa.array([f"J{n}" for n in range(COUNT)])
    columns = {
        "_healpix_29": index,
        "ra": ra,
        "dec": dec,
        "objid": numbers,
        "name": text,
        "mass": mass,
        "z": z,
    }
    return pa.table({**columns, **mags})


@pytest.fixture(scope="module")
def folder(rows, tmp_path_factory):
    place = tmp_path_factory.mktemp("catalogues") / "small"
    lines = ["Norder,Npix"]
    index = rows["_healpix_29"].to_numpy()
    for base in range(12):
        order = {DEEP: 0, FINE: 2}.get(base, 1)
        shift = 2 * (29 - order)
        for pixel in np.unique(index[index >> 58 == base] >> shift):
            path = place / "dataset" / f"Norder={order}" / "Dir=0" / f"Npix={pixel}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            part = rows.filter(pa.array(index >> shift == pixel)).sort_by("_healpix_29")
            pq.write_table(part, path, row_group_size=20, write_page_checksum=True)
            lines.append(f"{order},{pixel}")
    (place / "partition_info.csv").write_text("\n".join(lines) + "\n")
    (place / "hats.properties").write_text(PROPERTIES)
    return place


def numbers(tables, name="objid"):
    return np.sort(np.concatenate([table[name].to_numpy() for table in tables]))


def near(rows, cone):
    """The ids of all rows in a cone, by the separation of each."""
    places = SkyCoord(rows["ra"].to_numpy(), rows["dec"].to_numpy(), unit="deg")
    separation = places.separation(SkyCoord(cone["ra"], cone["dec"], unit="deg")).deg
    return np.sort(rows["objid"].to_numpy()[separation <= cone["radius"]])


@pytest.mark.parametrize("cone", CONES)
def test_a_cone_is_the_cut_of_all_rows(rows, folder, cone):
    tables = list(open_hats(folder, ["objid"], cone))
    np.testing.assert_array_equal(numbers(tables), near(rows, cone))
    assert all(table.column_names == ["objid"] for table in tables)
    assert len(tables) <= len(list(open_hats(folder, ["objid"])))


def test_a_small_cone_opens_few_partitions(folder):
    assert len(list(open_hats(folder, ["objid"], CONES[2]))) <= 4


@pytest.mark.parametrize("index", [True, False], ids=["by the index", "by positions"])
def test_pixels_of_any_order_are_the_cut_of_all_rows(rows, folder, tmp_path, index):
    place = folder
    if not index:
        place = tmp_path / "small"
        place.mkdir()
        (place / "dataset").symlink_to(folder / "dataset")
        (place / "properties").write_text(PROPERTIES.replace("_healpix_29", "lost"))
    asked = [(0, 3), "1/16", "2/37", (3, 150), (3, 151), "3/5", (2, 1)]
    finest = rows["_healpix_29"].to_numpy()
    pairs = [tuple(map(int, one.split("/"))) if isinstance(one, str) else one for one in asked]
    inside = np.any([finest >> 2 * (29 - order) == pixel for order, pixel in pairs], axis=0)
    found = numbers(open_hats(place, ["objid"], pixels=asked))
    np.testing.assert_array_equal(found, np.sort(rows["objid"].to_numpy()[inside]))


def test_no_point_of_a_pixel_is_farther_from_its_centre_than_its_reach():
    for order in range(5):
        grid = HEALPix(2**order, order="nested")
        pixels = np.arange(grid.npix)
        lon, lat = grid.boundaries_lonlat(pixels, step=8)
        centre = SkyCoord(*grid.healpix_to_lonlat(pixels))
        far = centre[:, None].separation(SkyCoord(lon, lat)).deg.max()
        assert far <= reach(np.array([order]))[0] * (1 + 1e-12)
        assert far > 0.99 * reach(np.array([order]))[0]


def test_both_doors_read_one_catalogue_whatever_lists_its_partitions(rows, folder, tmp_path):
    cone = {"ra": 120.0, "dec": 10.0, "radius": 60.0}
    asked = {"photometry_unit": "magnitude", "split": SPLIT}
    galaxies = gc.read_hats(folder, "mass", cone=cone, **ROLES, **asked)
    np.testing.assert_array_equal(galaxies.id, near(rows, cone))
    by_id = dict(zip(rows["objid"].to_pylist(), rows["mass"].to_pylist(), strict=True))
    np.testing.assert_array_equal(galaxies.target, [by_id[one] for one in galaxies.id])
    assert galaxies.name == "small"
    assert galaxies.provenance["region"] == "the cone of 60 deg about (120, 10)"
    copy = tmp_path / "collection" / "main"
    copy.mkdir(parents=True)
    (copy / "dataset").symlink_to(folder / "dataset")
    (copy / "hats.properties").write_text(PROPERTIES)
    (copy.parent / "collection.properties").write_text("hats_primary_table_url=main\n")
    again = hats(str(copy.parent), {"target": "mass", **ROLES}, cone=cone, **asked)
    assert catalogue_checksums(again) == catalogue_checksums(galaxies)
    near_by = gc.from_table(rows.filter(pa.array(np.isin(rows["objid"], galaxies.id))).to_pandas(),
                            "mass", **ROLES, **asked)  # fmt: skip
    assert catalogue_checksums(near_by) == catalogue_checksums(galaxies)


def test_filters_expressions_and_classes_are_those_of_a_table(rows, folder):
    cone = {"ra": 120.0, "dec": 10.0, "radius": 60.0}
    columns = {
        **ROLES, "target": "mass - log10(0.7)", "redshift": "z*1.0", "other": {"colour": "mag_g - mag_r"},
        "class": {"column": "mag_g - mag_r", "cuts": [0.0], "names": ["blue", "red"]},
        "ebv": "0*z + 0.05",
    }  # fmt: skip
    options = {
        "photometry_unit": "magnitude",
        "where": "abs(dec) < 30 and z > 0.05",
        "extinction": {"g": 3.0},
    }
    found = hats(str(folder), columns, SPLIT, cone=cone, **options)
    inside = rows.filter(pa.array(np.isin(rows["objid"], near(rows, cone)))).to_pandas()
    kept = inside[(inside.dec.abs() < 30) & (inside.z > 0.05)].sort_values("objid")
    assert 0 < len(kept) < len(inside)
    np.testing.assert_array_equal(found.id, kept.objid)
    np.testing.assert_allclose(found.target, kept.mass - np.log10(0.7), rtol=1e-12)
    np.testing.assert_allclose(found.features["photometry"]["g"].value, kept.mag_g - 0.15, rtol=1e-12)
    np.testing.assert_array_equal(found.galaxy_class, np.where(kept.mag_g - kept.mag_r < 0, "blue", "red"))
    columns["galaxy_class"] = columns.pop("class")
    again = gc.read_hats(folder, columns.pop("target"), cone=cone, **columns, **options, split=SPLIT)
    assert catalogue_checksums(again) == catalogue_checksums(found)
    with pytest.raises(gc.UserError, match="has no column 'mess'; did you mean mass"):
        gc.read_hats(folder, "log10(mess)", cone=cone, **ROLES, where="z > 0")
    with pytest.raises(gc.UserError, match="hdu=2: a catalogue of HATS is one table"):
        gc.read_hats(folder, "mass", cone=cone, **ROLES, hdu=2)


def test_partitions_are_found_in_the_metadata(folder, tmp_path):
    place = tmp_path / "small"
    (place / "dataset").mkdir(parents=True)
    (place / "hats.properties").write_text(PROPERTIES)
    collected = []
    for path in sorted(folder.rglob("Norder=1/*/*.parquet")):
        inside = path.relative_to(folder / "dataset")
        (place / "dataset" / inside).parent.mkdir(parents=True, exist_ok=True)
        (place / "dataset" / inside).symlink_to(path)
        collected.append(pq.read_metadata(path))
        collected[-1].set_file_path(str(inside))
    schema = pq.read_schema(path)
    pq.write_metadata(schema, place / "dataset" / "_metadata", metadata_collector=collected)
    (place / "dataset" / "Norder=1" / "Dir=0" / "Npix=47.parquet").unlink()
    with pytest.raises(gc.UserError, match=r"Npix=47.parquet is listed as a partition, and is not there"):
        list(open_hats(place, ["objid"]))


def test_a_partition_may_be_a_folder_of_files(rows, tmp_path):
    place = tmp_path / "small"
    folder = place / "dataset" / "Norder=0" / "Dir=0" / "Npix=7"
    folder.mkdir(parents=True)
    for number, part in enumerate((rows[:10], rows[10:30])):
        pq.write_table(part, folder / f"part{number}.parquet")
    (place / "hats.properties").write_text(f"{PROPERTIES}hats_npix_suffix=/\n")
    expected = np.sort(rows["objid"].to_numpy()[:30])
    np.testing.assert_array_equal(numbers(open_hats(place)), expected)
    (place / "partition_info.csv").write_text("Norder,Npix\n0,7\n")
    np.testing.assert_array_equal(numbers(open_hats(place, ["objid"])), expected)


def test_only_what_is_asked_for_is_read_and_only_when_it_is(rows, tmp_path):
    place = tmp_path / "small"
    (place / "hats.properties").parent.mkdir()
    (place / "hats.properties").write_text(PROPERTIES)
    for pixel in (0, 1):
        path = place / "dataset" / "Norder=0" / "Dir=0" / f"Npix={pixel}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(rows[:50], path, write_page_checksum=True, compression="none", use_dictionary=False)
    tables = open_hats(place, ["objid", "mass"])
    content, mass = bytearray(path.read_bytes()), rows["mass"].to_numpy()[25].tobytes()
    content[content.index(mass)] ^= 1
    path.write_bytes(content)
    assert next(tables).num_rows == 50  # the second is not read yet
    with pytest.raises(gc.UserError, match=r"Npix=1.parquet cannot be read: .*Is the copy complete"):
        next(tables)
    assert len(numbers(open_hats(place, ["objid", "z"]))) == 100  # the damaged column is not read


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"columns": ["objid", "MASS"]}, r"has no column 'MASS'; did you mean mass\? it has: mass, _healpix"),
        ({"cone": CONES[0], "pixels": ["1/3"]}, r"cone and (dataset\.)?pixels are both set"),
        ({"cone": {"ra": 1, "dec": 2}}, "cone: give the centre and the radius in degrees, ra, dec, radius"),
        ({"cone": {"ra": 1.0, "dec": 91.0, "radius": 1.0}}, r"cone.*dec.*=91.* must be at most 90"),
        ({"pixels": "1/3"}, "pixels=1/3: give a list of order/pixel"),
        ({"pixels": ["1/48"]}, r"pixels holds '1/48'; a pixel is order/pixel: .* 12 \* 4\^order"),
        ({"pixels": [(30, 1)]}, r"pixels holds \(30, 1\)"),
    ],
)
def test_what_is_no_region_or_column_is_refused_at_once(folder, asked, message):
    with pytest.raises(gc.UserError, match=message):
        open_hats(folder, **asked)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({}, "has no hats.properties or properties, and so is no HATS catalogue"),
        ({"properties": "dataproduct_type=margin\n"}, "the catalogue is of dataproduct_type margin"),
        ({"properties": ""}, "lists no partition, and has none in dataset/"),
        ({"properties": "", "partition_info.csv": "order,pixel\n0,1\n"}, "needs Norder and Npix"),
        (
            {"properties": "", "partition_info.csv": "Norder,Npix\n0,1\n"},
            "Npix=1.parquet is listed as a part",
        ),
    ],
)
def test_folders_that_are_no_catalogue_are_refused(tmp_path, content, message):
    for name, text in content.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(gc.UserError, match=message):
        gc.read_hats(tmp_path, "mass")


def test_a_region_without_rows_is_refused(folder):
    with pytest.raises(
        gc.UserError, match=r"has no row in the cone of 1e-06 deg about .* of its \d+ partitions"
    ):
        gc.read_hats(folder, "mass", cone={"ra": 5.0, "dec": 5.0, "radius": 1e-6})


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("nowhere://bucket/a", r'path="nowhere://bucket/a" is no address that fsspec reaches'),
        ("https://me:secret@host/a", "path has a user or a password in it"),
    ],
)
def test_addresses_that_cannot_be_used_are_refused(address, message):
    with pytest.raises(gc.UserError, match=message) as refused:
        gc.read_hats(address, "mass")
    assert "secret" not in str(refused.value)


def test_a_place_whose_package_is_not_there_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "s3fs", None)
    with pytest.raises(gc.UserError, match=r"s3://bucket/a cannot be read: .*: pip install s3fs, or copy"):
        gc.read_hats("s3://bucket/a", "mass")


def test_an_address_of_fsspec_is_read_as_a_folder(folder):
    import fsspec

    memory = fsspec.filesystem("memory")
    memory.put(str(folder), "/catalogues/small", recursive=True)
    try:
        cone = CONES[0]
        here = open_hats(folder, ["objid"], cone)
        np.testing.assert_array_equal(
            numbers(open_hats("memory://catalogues/small", ["objid"], cone)), numbers(here)
        )
        memory.rm("/catalogues/small/partition_info.csv")
        assert len(numbers(open_hats("memory://catalogues/small", ["objid"]))) == COUNT
    finally:
        memory.rm("/catalogues", recursive=True)


def test_values_that_are_missing_and_columns_of_lists(rows, tmp_path):
    place = tmp_path / "small"
    path = place / "dataset" / "Norder=0" / "Dir=0" / "Npix=0.parquet"
    path.parent.mkdir(parents=True)
    (place / "hats.properties").write_text(PROPERTIES)
    some = rows[:60]
    mass = pa.array([None if n % 10 == 0 else value for n, value in enumerate(some["mass"].to_pylist())])
    kind = pa.array(["red", "blue", None] * 20).dictionary_encode()
    some = some.set_column(some.column_names.index("mass"), "mass", mass).append_column("kind", kind)
    pq.write_table(some.append_column("curve", pa.array([[1.0, 2.0]] * 60)), path)
    asked = {"photometry_unit": "magnitude", "nulls": "drop", "galaxy_class": "kind", "split": SPLIT}
    galaxies = gc.read_hats(place, "mass", **ROLES, **asked)
    assert galaxies.dropped["null in mass"] == 6
    assert galaxies.dropped["null in kind"] == 18
    assert set(np.asarray(galaxies.galaxy_class)) == {"red", "blue"}
    cuts = {"column": "mass", "cuts": [10.5], "names": ["light", "heavy"]}
    galaxies = gc.read_hats(place, cuts, **ROLES, **asked)
    assert galaxies.target_classes == ("light", "heavy")
    with pytest.raises(gc.UserError, match="lies outside 6 to 7, which is plausible of own"):
        gc.read_hats(place, "mass", **ROLES, **asked, target_kind={"range": [6, 7]})
    with pytest.raises(gc.UserError, match=r"column curve holds list<.*>, and needs one number or text"):
        gc.read_hats(place, "mass", redshift="curve")


def test_regions_of_overlapping_pixels_are_merged():
    region = region_of(None, ["2/1", "1/0", "2/0", "29/5"])
    assert len(region.start) == 1
    assert region.covered(2, 3)
    assert not region.covered(0, 0)
