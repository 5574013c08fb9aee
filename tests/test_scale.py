"""Bytes that a galaxy more takes, of arrays alone: slopes between two sizes, that nothing else disturbs."""

import hashlib
import tracemalloc

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import galaxy_causal as gc
from galaxy_causal.dataset import catalogue_checksums
from galaxy_causal.dataset.split import hashed_order
from galaxy_causal.dataset.tables.table import unsplit
from galaxy_causal.decomposition import summarise
from galaxy_causal.types import Labels, PairInformations

FEW, MANY = 100_000, 300_000
BANDS = {"g": "G", "r": "R", "z": "ZMAG"}
ROLES = {"id": "ID", "redshift": "Z", "photometry": BANDS, "photometry_unit": "magnitude"}
COLUMNS = 8 + 8 + 4 * 4 + 2
"""Bytes of ids and target in double, a redshift and three magnitudes in single precision, split and class."""


def galaxies(n, seed=0):
    rng = np.random.default_rng([seed, n])
    mass, z = rng.normal(10.5, 0.6, n), rng.uniform(0.01, 0.5, n)
    table = {"ID": rng.permutation(n) * 7 + 10**15, "MASS": mass, "Z": z}
    table |= {name: 20 - 2 * mass + 5 * z + rng.normal(size=n) for name in BANDS.values()}
    table = {k: v if v.dtype == np.int64 else v.astype(np.float32) for k, v in table.items()}
    return table | {"CLASS": rng.choice(["star_forming", "passive"], n)}


def slope(work, make):
    """Bytes at the peak of ``work`` that a galaxy more takes beyond what ``make`` has made before."""
    peaks = []
    for n in (FEW, MANY):
        given = make(n)
        tracemalloc.start()
        result = work(given)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        del result
    return (peaks[1] - peaks[0]) / (MANY - FEW)


@pytest.fixture
def file(tmp_path):
    def made(n):
        pq.write_table(pa.table(galaxies(n)), tmp_path / f"{n}.parquet")
        return tmp_path / f"{n}.parquet"

    return made


def read(path):
    return gc.read_table(path, "MASS", galaxy_class="CLASS", **ROLES)


def test_reading_takes_the_columns_and_a_few_of_them_at_work(file):
    read(file(1000))  # imports
    assert slope(read, file) < COLUMNS + 60  # ids sorted, and hashes in their order: 50 bytes


def test_what_is_read_is_held_in_single_precision(file):
    found = read(file(1000))
    assert all(f.value.dtype == np.float32 for m in found.features.values() for f in m.values())
    assert found.target.dtype == np.float64
    assert isinstance(found.split, Labels)
    assert isinstance(found.galaxy_class, Labels)


def test_averages_and_bootstrap_take_memory_of_the_table_of_sums_alone():
    def informations(n):
        rng = np.random.default_rng(n)
        return PairInformations(*rng.normal(size=(3, 1, n)))

    def work(told):
        return summarise(told, np.zeros(told.x1.shape[1], dtype=np.int64), ["all"], 20, 0)

    work(informations(100))
    assert slope(work, informations) < 300


def test_single_precision_has_the_checksums_that_double_has():
    table = galaxies(1000)
    double = {k: v.astype(np.float64) if v.dtype == np.float32 else v for k, v in table.items()}
    one, other = (
        gc.from_table(columns, "MASS", galaxy_class="CLASS", **ROLES) for columns in (table, double)
    )
    assert catalogue_checksums(one) == catalogue_checksums(other)


def test_checksums_are_those_of_plain_arrays():
    found = gc.from_table(galaxies(1000), "MASS", galaxy_class="CLASS", **ROLES)

    def plain(*arrays):
        digest = hashlib.sha256()
        for array in arrays:
            digest.update(f"{array.dtype.str}{array.shape}".encode())
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()

    sums = catalogue_checksums(found)
    split = np.array(found.split.tolist(), dtype="<U10")
    assert sums["catalogue"] == plain(found.id, found.target, split)
    value = found.features["photometry"]["g"].value.astype(np.float64)
    assert sums["photometry/g"] == plain(value)
    words = np.array([found.target_label, found.magnitude_label])
    classes = np.array(found.galaxy_class.tolist(), dtype="<U12")
    assert sums["shown"] == plain(words, classes, found.magnitude.astype(np.float64))


def test_rows_in_the_order_of_ids_are_those_that_are_put_into_it():
    table, roles = galaxies(1000), {"target": "MASS", "id": "ID", "class": "CLASS", "redshift": "Z"}
    table["Z"][3] = np.nan
    one = unsplit(table, roles, nulls="drop", ordered=True)
    other = unsplit(table, roles, nulls="drop").ordered()
    for name in ("id", "target", "galaxy_class"):
        assert np.array_equal(
            np.asarray(getattr(one.catalogue, name)), np.asarray(getattr(other.catalogue, name))
        )
    assert (np.diff(one.catalogue.id) > 0).all()
    assert one.catalogue.dropped == {"null in Z": 1}
    read_back = dict(zip(table["ID"].tolist(), table["MASS"].tolist(), strict=True))
    assert [read_back[i] for i in one.catalogue.id.tolist()] == one.catalogue.target.tolist()


def test_hashes_in_parts_give_the_order_of_whole_hashes():
    ids = np.random.default_rng(0).permutation(70_000)
    hashes = [hashlib.blake2b(f"3 {i}".encode(), digest_size=16).digest() for i in ids.tolist()]
    assert (hashed_order(ids, 3) == sorted(range(len(ids)), key=hashes.__getitem__)).all()


def test_a_table_of_the_users_own_is_not_held_on_to():
    table = galaxies(1000)
    found = gc.from_table(table, "MASS", **ROLES)
    before = found.features["photometry"]["g"].value.copy()
    table["G"][:] = 0
    assert (found.features["photometry"]["g"].value == before).all()
