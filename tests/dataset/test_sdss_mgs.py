"""The cube of Pasquet et al. (2019) read as it is, with tables joined to it."""

import os
import re
import subprocess
import sys
import zipfile

import hydra
import numpy as np
import psutil
import pytest
from hydra.utils import instantiate
from mgs_files import ARCSEC, MORPHOLOGY, make
from omegaconf import OmegaConf

import galaxy_causal as gc
from galaxy_causal.dataset import catalogue_checksums
from galaxy_causal.dataset.images import members, scan
from galaxy_causal.dataset.sdss_mgs.defaults import LABELS, TABLE, TABLES, labels_of, tables_of
from galaxy_causal.dataset.sdss_mgs.file import MgsFile
from galaxy_causal.dataset.sdss_mgs.matching import NONE, SEVERAL, SHARED, by_id, by_position
from galaxy_causal.dataset.sdss_mgs.tables import star_formation

N = 80


def compose(*overrides):
    with hydra.initialize_config_module("galaxy_causal.conf", version_base="1.3"):
        return hydra.compose("config", overrides=list(overrides))


@pytest.fixture
def files(tmp_path):
    return make(tmp_path, N)


@pytest.fixture
def read(files, tmp_path):
    def write_and_read(save=np.savez, tables=None, **options):
        path, named = files.write(save)
        wanted = {name: {"path": named[name]} for name in named} if tables is None else tables(named)
        return gc.read_sdss_mgs(path, tables=wanted, cache=str(tmp_path / "cache"), **options)

    return write_and_read


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_the_published_layout(read, files, save, tmp_path):
    galaxies = read(save)
    labels = files.labels
    np.testing.assert_array_equal(galaxies.id, np.arange(N))
    assert galaxies.dropped == {}
    by_id = dict(zip(map(int, files.masses["specObjID"]), files.masses, strict=True))
    rows = [by_id[number] for number in labels["specObjID"]]
    np.testing.assert_array_equal(galaxies.target, [row["lgm_tot_p50"] for row in rows])
    half = [(row["lgm_tot_p84"] - row["lgm_tot_p16"]) / 2 for row in rows]
    np.testing.assert_allclose(galaxies.target_error, half)
    photometry = galaxies.features["photometry"]
    assert list(photometry) == ["u", "g", "r", "i", "z", "W1", "W2", "W3"]
    as_seen = labels["dered_petro_g"].astype(float) + labels["extinction_g"]
    np.testing.assert_array_equal(photometry["g"].value, as_seen)
    np.testing.assert_array_equal(photometry["g"].error, labels["petroMagErr_g"])
    np.testing.assert_array_equal(photometry["W1"].value, files.wise["w1mpro"][::-1])
    assert photometry["W3"].error is None
    assert list(galaxies.features["morphology"]) == MORPHOLOGY
    np.testing.assert_array_equal(galaxies.features["redshift"]["redshift"].value, labels["z"])
    np.testing.assert_array_equal(galaxies.features["ebv"]["ebv"].value, labels["EBV"])
    ssfr = np.linspace(-13, -9, N)
    np.testing.assert_array_equal(galaxies.galaxy_class, star_formation(ssfr, (-11.8, -10.8)))
    some = np.array([3, 70, 1])
    np.testing.assert_array_equal(galaxies.images.read(some), files.cube[some].transpose(0, 3, 1, 2))
    assert (galaxies.images.bands, galaxies.images.shape) == (tuple("ugriz"), (8, 8))
    copies = list((tmp_path / "cache").rglob("*.npy"))
    assert len(copies) == (2 if save is np.savez_compressed else 0)  # plainly stored arrays are not copied


def test_however_it_is_packed_it_is_one_catalogue_by_either_door(read, files, tmp_path):
    galaxies = read()
    packed = read(np.savez_compressed)
    folder = tmp_path / "unzipped"
    with zipfile.ZipFile(tmp_path / "sdss.npz") as archive:
        archive.extractall(folder)
    given = [f"dataset.tables.{name}.path={path}" for name, path in files.write()[1].items()]
    cfg = compose("dataset=sdss_mgs", f"dataset.path={folder}", f"dataset.cache={tmp_path / 'cache'}", *given)
    for other in (packed, instantiate(cfg.dataset)):
        assert catalogue_checksums(other) == catalogue_checksums(galaxies)


def test_the_names_of_the_published_file_are_those_of_the_configuration():
    plain = OmegaConf.to_container(compose("dataset=sdss_mgs").dataset)
    assert plain["labels"] == labels_of(None) == LABELS
    given = {name: {**options, "path": "file"} for name, options in plain["tables"].items()}
    assert set(given) == set(TABLES)
    assert tables_of(given) == tables_of(dict.fromkeys(TABLES, "file"))
    assert all(set(options) == set(TABLE) for options in given.values())


def test_a_label_that_is_not_there_is_named_beside_those_that_are(read, files):
    files.labels["E_BV"] = files.labels.pop("EBV")
    with pytest.raises(gc.UserError, match=r"sdss.npz: the array labels has no column 'EBV'; ") as refused:
        read()
    assert set(files.labels) <= set(re.findall(r"\w+", str(refused.value).partition("it has: ")[2]))
    assert read(labels={"ebv": "E_BV"}).features["ebv"]["ebv"].value[0] == files.labels["E_BV"][0]
    for band in "ugriz":
        del files.labels[f"extinction_{band}"]
    with pytest.raises(
        gc.UserError, match=r"no column 'extinction_u'.*labels\[\"extinction\"\], or set that"
    ):
        read(labels={"ebv": "E_BV"})
    galaxies = read(
        labels={"ebv": None, "extinction": None, "photometry": {"u": None}, "photometry_error": None}
    )
    assert list(galaxies.features["photometry"]) == ["g", "r", "i", "z", "W1", "W2", "W3"]
    np.testing.assert_array_equal(galaxies.features["photometry"]["g"].value, files.labels["dered_petro_g"])
    assert "ebv" not in galaxies.features


def test_galaxies_without_a_row_of_their_own_are_left_out_and_counted(read, files):
    wise, labels = files.wise[::-1], files.labels
    wise.add_row(wise[5])  # a second source within the radius of galaxy 5
    wise["dec"][len(wise) - 1] += 0.2 * ARCSEC
    wise["dec"][7] += 2 * ARCSEC  # too far from galaxy 7
    labels["ra"][11], labels["dec"][11] = labels["ra"][10], labels["dec"][10] + 0.3 * ARCSEC  # share a row
    files.wise = wise
    files.masses = files.masses[[int(one) != labels["specObjID"][20] for one in files.masses["specObjID"]]]
    files.masses.add_row(files.masses[0])
    twice = int(np.flatnonzero(labels["specObjID"] == int(files.masses["specObjID"][0]))[0])
    galaxies = read()
    assert galaxies.dropped == {
        "no row in masses": 1,
        "several rows in masses": 1,
        "no row in wise": 1,
        "several rows in wise": 1,
        "a row in wise that another galaxy has too": 2,
    }
    assert set(range(N)) - set(galaxies.id) == {5, 7, 10, 11, 20, twice}
    rows = np.arange(len(galaxies))
    np.testing.assert_array_equal(galaxies.images.read(rows), files.cube[galaxies.id].transpose(0, 3, 1, 2))


def test_matches_by_position_reach_as_far_as_the_radius():
    ra, dec = np.array([0.0, 359.9999, 120.0, np.nan]), np.array([0.0, 80.0, -30.0, 0.0])
    near = ra - 0.9 * ARCSEC / np.cos(np.radians(dec)), dec
    np.testing.assert_array_equal(by_position((ra, dec), near, 1.0), [0, 1, 2, NONE])
    np.testing.assert_array_equal(by_position((ra, dec), near, 0.8), [NONE] * 4)
    one = np.array([near[0][2]]), np.array([near[1][2]])
    np.testing.assert_array_equal(by_position((ra, dec), one, 1.0), [NONE, NONE, 0, NONE])
    np.testing.assert_array_equal(by_position((ra, dec), (one[0][:0], one[1][:0]), 1.0), [NONE] * 4)


def test_ids_are_whole_numbers_whatever_they_are_written_as():
    mine = np.array([2**62 + 1, 7, 9, 9, 4, 5], dtype=np.int64)
    texts = np.array([f" {2**62 + 1} ", "7", "9", "4", "4", "6"])
    expected = [0, 1, SHARED, SHARED, SEVERAL, NONE]
    for theirs in (texts, np.char.strip(texts).astype(np.uint64), np.char.strip(texts).astype(np.int64)):
        np.testing.assert_array_equal(by_id(mine, theirs), expected)
    np.testing.assert_array_equal(by_id(np.array(["a", "b "]), np.array(["b", "c"])), [NONE, 0])
    np.testing.assert_array_equal(by_id(mine, mine[:0]), [NONE] * 6)


def test_values_that_lack_leave_galaxies_out_and_are_counted(read, files):
    files.masses["lgm_tot_p50"][3] = files.wise["w2mpro"][4] = -9999
    files.masses["specsfr_tot_p50"][9] = -9999
    files.labels["dered_petro_u"][6] = -9999
    galaxies = read()
    assert galaxies.dropped == {
        "null in masses: lgm_tot_p50": 1, "null in dered_petro_u": 1, "null in wise: w2mpro": 1
    }  # fmt: skip
    assert int(np.sum(galaxies.galaxy_class == "unclassified")) == 1
    with pytest.raises(gc.UserError, match="masses: lgm_tot_p50"):
        read(nulls="error")


def test_names_of_a_joined_table_count_in_any_case_and_minus_99_is_no_passive_galaxy(read, files):
    expected = read()
    for name in files.masses.colnames:
        files.masses.rename_column(name, name.upper())
    np.testing.assert_array_equal(read().target, expected.target)
    files.masses["SPECSFR_TOT_P50"][:4] = -99
    with pytest.raises(
        gc.UserError, match=r"column specsfr_tot_p50\) is -99 in 4 rows .*null_values=\{\"ssfr\": \[-99\]\}"
    ):
        read()
    for name in ("ssfr", "specsfr_tot_p50", "masses: specsfr_tot_p50"):
        assert int(np.sum(read(null_values={name: [-99]}).galaxy_class == "unclassified")) == 4
    assert int(np.sum(read(null_values=[-99]).galaxy_class == "unclassified")) == 4


def test_cuts_by_labels(read, files):
    files.labels["z"][2] = np.nan
    galaxies = read(cuts={"dered_petro_r": [None, 21.5], "z": [0.05, 0.25]})
    r, z = files.labels["dered_petro_r"], files.labels["z"]
    kept = (r <= 21.5) & (z >= 0.05) & (z <= 0.25)
    np.testing.assert_array_equal(galaxies.id, np.flatnonzero(kept))
    assert galaxies.dropped["not dered_petro_r <= 21.5"] == int(np.sum(r > 21.5))
    assert sum(galaxies.dropped.values()) == N - kept.sum()


NULL_VALUES = {
    "lgm_tot_p50": ("masses", [7.5]), "masses: lgm_tot_p50": ("masses", [7.5]), "target": ("masses", [7.5]),
    "w1mpro": ("wise", [44.0]), "photometry/W1": ("wise", [44.0]), "Sersic_n_g": ("shapes", [77.0]),
    "morphology/Sersic_n_g": ("shapes", [77.0]),
}  # fmt: skip


@pytest.mark.parametrize("name", NULL_VALUES)
def test_null_values_reach_joined_tables_by_column_or_role(read, files, name):
    table, values = NULL_VALUES[name]
    column = {"masses": "lgm_tot_p50", "wise": "w1mpro", "shapes": "Sersic_n_g"}[table]
    getattr(files, table)[column][:3] = values[0]
    if table == "masses":
        files.masses["lgm_tot_p16"][:3], files.masses["lgm_tot_p84"][:3] = 7, 8
    assert len(read(null_values={name: values})) == N - 3


@pytest.mark.parametrize("name", ["dered_petro_u", "photometry/u", "photometry", "z"])
def test_null_values_reach_the_labels_by_column_or_role(read, files, name):
    column = "z" if name == "z" else "dered_petro_u"
    files.labels[column][[2, 5]] = -1
    assert set(range(N)) - set(read(null_values={name: [-1]}).id) == {2, 5}
    with pytest.raises(gc.UserError, match="names dered_petro_q, which is none of"):
        read(null_values={"dered_petro_q": [0]})


def test_filters_of_labels_and_of_tables_leave_galaxies_out_and_are_counted(read, files):
    files.masses["RELIABLE"] = (np.arange(N) % 4 != 0).astype(int)
    reliable = {
        int(n) for n, ok in zip(files.masses["specObjID"], files.masses["RELIABLE"], strict=True) if ok
    }
    where, mine = "`class` == 'GALAXY' and z*299792.458 > 15000", "RELIABLE != 0"

    def tables(named):
        found = {name: {"path": path} for name, path in named.items()}
        found["masses"]["where"] = mine
        return found

    galaxies = read(tables=tables, where=where)
    near = files.labels["z"].astype(float) * 299792.458 <= 15000
    of = np.array([number in reliable for number in files.labels["specObjID"].tolist()])
    np.testing.assert_array_equal(galaxies.id, np.flatnonzero(of & ~near))
    assert galaxies.dropped[f"not {where}"] == near.sum()
    assert galaxies.dropped[f"no row in masses ({mine})"] == np.sum(~of & ~near)
    with pytest.raises(gc.UserError, match=r"dataset.where|where=.*cannot be read"):
        read(where="z >")


def test_classes_limits_and_expressions_of_joined_tables(read, files):
    files.wise["LIMIT"] = (np.arange(N) % 5 == 0).astype(int)
    files.masses["BAD"] = (np.arange(N) % 8 == 0).astype(int)
    expected = read()

    def tables(named):
        found = {name: {"path": path} for name, path in named.items()}
        rate = {"column": "specsfr_tot_p50", "cuts": [-11], "names": ["slow", "fast"]}
        found["masses"] |= {"target": "lgm_tot_p50 - log10(0.7)", "class": rate, "target_limit": "BAD"}
        found["masses"] |= {"target_error": None}
        found["wise"] |= {"photometry_limit": {"W3": "LIMIT"}, "other": {"W1-W2": "w1mpro - w2mpro"}}
        return found

    galaxies = read(tables=tables, labels={"other": {"g-r": "dered_petro_g - dered_petro_r"}})
    assert galaxies.dropped == {"upper limits of the target": N // 8}
    kept = np.isin(expected.id, galaxies.id)
    np.testing.assert_allclose(galaxies.target, expected.target[kept] - np.log10(0.7), rtol=1e-12)
    ssfr = np.linspace(-13, -9, N)[galaxies.id]
    np.testing.assert_array_equal(galaxies.galaxy_class, np.where(ssfr < -11, "slow", "fast"))
    photometry, other = galaxies.features["photometry"], galaxies.features["other"]
    assert photometry["W3"].limit.sum() == np.sum(files.wise["LIMIT"][::-1][galaxies.id])
    colour = photometry["W1"].value - photometry["W2"].value
    np.testing.assert_allclose(other["W1-W2"].value, colour, rtol=1e-9, atol=1e-9)
    seen = files.labels["dered_petro_g"].astype(float) - files.labels["dered_petro_r"]
    np.testing.assert_allclose(other["g-r"].value, seen[galaxies.id], atol=1e-6)
    files.wise["w2mpro"][:3] = 999
    with pytest.raises(gc.UserError, match=r"column w2mpro, of which w1mpro - w2mpro is worked out, is 999"):
        read(tables=tables)
    nulls = {"w2mpro": [999]}
    assert len(read(tables=tables, null_values=nulls)) in (N - N // 8 - 3, N - N // 8 - 2)


def test_the_redshift_may_be_the_target_and_tables_may_be_in_memory(read, files):
    galaxies = read(labels={"target": "z", "redshift": None}, tables=lambda _: {"wise": {"path": files.wise}})
    np.testing.assert_array_equal(galaxies.target, files.labels["z"])
    assert galaxies.target_label == "z"
    kind = {"target_kind": {"name": "redshift", "label": "redshift z"}}
    galaxies = read(
        labels={"target": "z", "redshift": None}, tables=lambda _: {"wise": {"path": files.wise}}, **kind
    )
    assert galaxies.target_label == "redshift z"
    with pytest.raises(gc.UserError, match="the target is a redshift, and may not be an input"):
        read(target_kind="redshift")
    assert "W1" in galaxies.features["photometry"]
    by_place = {"id": None, "ra": "ra", "dec": "dec"}
    masses = files.masses.copy()
    masses["ra"], masses["dec"] = (
        [
            dict(zip(files.labels["specObjID"], files.labels[c], strict=True))[int(i)]
            for i in masses["specObjID"]
        ]
        for c in ("ra", "dec")
    )
    galaxies = read(tables=lambda _: {"masses": {"path": masses, **by_place}})
    np.testing.assert_array_equal(galaxies.target, read().target)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"tables": lambda _: {}},
            r"no target: give the table of masses by tables\[\"masses\"\]\[\"path\"\]",
        ),
        (
            {"labels": {"target": "z"}},
            "labels has a column for target; .*leave|both labels and masses have a",
        ),
        ({"labels": {"shape": "z"}}, "labels has no shape; it has id, ra, dec, target"),
        (
            {"tables": lambda t: {"masses": {"path": t["masses"], "mass": "m"}}},
            r"\"masses\"\] has no mass; it has",
        ),
        (
            {"tables": lambda t: {"masses": {"path": t["masses"], "id": None}}},
            "does not say how it is matched",
        ),
        ({"tables": lambda t: {"other": t["masses"]}}, r"tables\[\"other\"\] names no column to join"),
        ({"labels": {"id": None}}, "is matched by ids, and .* names none"),
        ({"labels": {"ra": None}}, "is matched by position, and .* names none"),
        ({"cuts": {"z": [None, None]}}, r"cuts\[\"z\"\] has no bound"),
        ({"cuts": {"z": 0.4}}, r"cuts\[\"z\"\]=0.4: give the lowest and the highest value"),
        ({"cuts": {"z": [1.0, None]}}, r"no galaxy is left of 80; left out: 80 \(not z >= 1\)"),
        ({"class_cuts": [-10, -11]}, r"class_cuts=\[-10, -11\] must be two rising numbers"),
        ({"bands": "ugri"}, r"the shape \(80, 8, 8, 5\), whose last axis .* must name each of the 5 once"),
        ({"nothing": 1}, "there is no option nothing; there are path, labels, tables"),
    ],
)
def test_what_cannot_be_is_refused(read, options, message):
    with pytest.raises(gc.UserError, match=message):
        read(**options)


def test_a_cube_in_the_order_of_fortran_or_half_precision(read, files):
    some = np.array([5, 6, 2])
    wanted = files.cube[some].transpose(0, 3, 1, 2)
    files.cube = np.asfortranarray(files.cube)
    np.testing.assert_array_equal(read().images.read(some), wanted)
    files.cube = np.ascontiguousarray(files.cube.astype(np.float16))
    half = files.cube[some].transpose(0, 3, 1, 2).astype(np.float32)
    np.testing.assert_array_equal(read().images.read(some), half)


def test_arrays_that_do_not_belong_together_are_refused(files, read):
    whole = files.cube
    files.cube = whole[:-1]
    with pytest.raises(gc.UserError, match="cube holds 79 images and labels 80 rows"):
        read()
    files.cube = whole.astype(object)
    with pytest.raises(gc.UserError, match="it holds Python objects, not numbers"):
        read()
    files.cube = whole[..., 0]
    with pytest.raises(gc.UserError, match="images have the shape"):
        read()


def test_damage_of_labels_and_of_pixels_is_found(read, files):
    def damaged(value):
        def save(path, **arrays):
            np.savez(path, **arrays)
            data = bytearray(path.read_bytes())
            place = data.index(value.tobytes())
            data[place + 1] ^= 1
            path.write_bytes(data)

        return save

    with pytest.raises(gc.UserError, match="the array labels is damaged"):
        read(damaged(files.labels["specObjID"][40]))
    with pytest.raises(gc.UserError, match="the array cube is damaged"):
        read(damaged(files.cube[40, 2]))


def test_one_pass_over_the_pixels_serves_whatever_is_joined(read, files, monkeypatch):
    monkeypatch.setattr(scan, "WORTH_KEEPING", 0)
    passes, own = [], scan._scan

    def counted(file, rows, *rest):
        passes.append(len(rows))
        return own(file, rows, *rest)

    monkeypatch.setattr(scan, "_scan", counted)
    files.write()
    path, tables = str(files.folder / "sdss.npz"), {"masses": str(files.folder / "masses.fits")}
    asked = {"tables": tables, "cache": str(files.folder / "cache")}
    first = gc.read_sdss_mgs(path, **asked)
    fewer = gc.read_sdss_mgs(path, cuts={"z": [0.1, None]}, **asked)
    assert passes == [N]
    monkeypatch.setattr(scan, "WORTH_KEEPING", 1 << 40)
    again = gc.read_sdss_mgs(path, cuts={"z": [0.1, None]}, **asked)
    assert catalogue_checksums(again) == catalogue_checksums(fewer)
    assert first.images.checksum != fewer.images.checksum


KILLED = """
import os, sys
from pathlib import Path
from galaxy_causal.dataset.images import members
members.BLOCK = 4096
put = members._put
def once(out, block):
    put(out, block)
    if out.tell() > 40000:
        out.flush()
        os.kill(os.getpid(), 9)
members._put = once
members.places(Path(sys.argv[1]), ["cube"], Path(sys.argv[2]))
"""


def test_unpacking_that_was_killed_goes_on_and_says_what_it_takes(files, tmp_path, monkeypatch, capsys):
    path, _ = files.write(np.savez_compressed)
    cache = tmp_path / "cache"
    killed = subprocess.run([sys.executable, "-c", KILLED, path, str(cache)], check=False)
    assert killed.returncode == -9
    (begun,) = cache.rglob("*.partial")
    before = begun.stat().st_size
    assert 40000 < before < files.cube.nbytes
    spoilt = bytearray(begun.read_bytes())
    spoilt[20000] ^= 1  # as a crash of the machine may leave it
    begun.write_bytes(spoilt)
    written, put = [], members._put

    def watched(out, block):
        size = out.tell()
        old = begun.read_bytes()[size : size + len(block)]
        put(out, block)
        out.flush()
        written.append(old != block)

    monkeypatch.setattr(members, "_put", watched)
    monkeypatch.setattr(members, "BLOCK", 4096)
    monkeypatch.setattr(members, "WORTH_SAYING", 0)
    ((place, offset),) = members.places(type(tmp_path)(path), ["cube"], cache)
    np.testing.assert_array_equal(np.load(place), files.cube)
    assert offset == 0
    assert not begun.exists()
    assert sum(written[: before // 4096]) == 1  # the spoilt block alone
    said = " ".join(capsys.readouterr().err.split())
    assert "cube.npy is compressed; it is unpacked once, and takes 0.0 GB" in said
    assert "0.0 GB are there from before" in said


@pytest.mark.parametrize(("room", "member"), [(1000, "labels"), (50_000, "cube")])
def test_a_disk_without_room_is_refused_before_anything_is_written(files, monkeypatch, room, member):
    path, _ = files.write(np.savez_compressed)
    cache, asked = files.folder / "cache", {"tables": {"masses": {"path": files.masses}}}

    class Full:
        free = room

    monkeypatch.setattr("shutil.disk_usage", lambda _: Full)
    with pytest.raises(gc.UserError, match=rf"{member}.npy is compressed and cannot .* GB are needed"):
        gc.read_sdss_mgs(path, cache=str(cache), **asked)
    assert not list(cache.rglob("*.partial"))
    monkeypatch.undo()
    gc.read_sdss_mgs(path, bands=None, cache=str(cache), **asked)
    assert [copy.name for copy in cache.rglob("*.npy")] == ["labels.npy"]  # of what is read


def test_memory_does_not_grow_with_the_cube(tmp_path):
    """A sparse file of 4 GB, of which pages are read as they are asked for."""
    count = 50_000
    labels = np.zeros(count, dtype=[("specObjID", "<i8"), ("z", "<f4")])
    labels["specObjID"], labels["z"] = np.arange(count), np.linspace(0.01, 0.3, count)
    np.save(tmp_path / "labels.npy", labels)
    cube = np.lib.format.open_memmap(
        tmp_path / "cube.npy", mode="w+", dtype=np.float32, shape=(count, 64, 64, 5)
    )
    del cube
    file = MgsFile(tmp_path, tmp_path)
    images = file.images("ugriz", 0.396, "nanomaggy")
    before = psutil.Process(os.getpid()).memory_info().rss
    rng = np.random.default_rng(0)
    for _ in range(5):
        assert images.read(rng.integers(0, count, 64)).shape == (64, 5, 64, 64)
    for start in range(0, 1000, 100):
        images.read(np.arange(start, start + 100))
    assert psutil.Process(os.getpid()).memory_info().rss - before < 60 << 20  # of 107 MB that were read
    assert np.asarray(file.column("z", "")).nbytes == 4 * count
