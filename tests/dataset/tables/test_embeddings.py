import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy.table import Table

from galaxy_causal.dataset import catalogue_checksums, from_table, table
from galaxy_causal.dataset.tables.embeddings import fingerprints, missing_vectors
from galaxy_causal.types import UserError

N, D = 60, 5
RNG = np.random.default_rng(6)
VECTORS = RNG.normal(size=(N, D)).astype(np.float32)
COLUMNS = {"id": np.arange(N)[::-1], "m": RNG.normal(10, 0.5, N), "z": RNG.uniform(0.01, 0.3, N)}
MAP = {"id": "id", "target": "m", "redshift": "z", "embedding": {"aion": "EMB"}}
SPLIT = {"train": 0.6, "validation": 0.2, "test": 0.2, "seed": 0}


def as_fits(folder):
    Table({**COLUMNS, "EMB": VECTORS}).write(folder / "t.fits")
    return "t.fits", "EMB"


def as_parquet(folder):
    pq.write_table(pa.table({**COLUMNS, "EMB": pa.array(list(VECTORS))}), folder / "t.parquet")
    return "t.parquet", "EMB"


def as_array(folder):
    Table(COLUMNS).write(folder / "t.csv", format="ascii.csv")
    np.save(folder / "vectors.npy", VECTORS)
    return "t.csv", str(folder / "vectors.npy")


@pytest.mark.parametrize("write", [as_fits, as_parquet, as_array])
def test_vectors_are_one_feature_from_every_kind_of_file(tmp_path, write):
    file, text = write(tmp_path)
    found = table(str(tmp_path / file), {**MAP, "embedding": {"aion": text}}, SPLIT)
    feature = found.features["embedding"]["aion"]
    assert (feature.value.dtype, feature.elements) == (np.float32, D)
    np.testing.assert_array_equal(feature.value, VECTORS[::-1])  # in the order of ids
    memory = from_table({**COLUMNS, "EMB": VECTORS}, "m", id="id", redshift="z", embedding={"aion": "EMB"})
    assert catalogue_checksums(memory)["embedding/aion"] == catalogue_checksums(found)["embedding/aion"]
    assert found.provenance["embedding"].startswith("aion: ")
    assert found.provenance["embedding"].endswith(", 5 numbers")
    plain = table(str(tmp_path / file), {**MAP, "embedding": None}, SPLIT)
    assert "embedding" not in plain.provenance
    assert "embedding" not in plain.features


def read(vectors, nulls="drop", **options):
    return from_table(
        {**COLUMNS, "EMB": vectors}, "m", redshift="z", embedding={"aion": "EMB"}, nulls=nulls, **options
    )


def test_a_vector_is_missing_as_a_whole():
    vectors = VECTORS.copy()
    vectors[3, 2] = np.nan
    vectors[5] = -9999.0
    vectors[7] = -1.0
    vectors[9, 1] = -1.0  # a value
    masked = np.ma.array(vectors, mask=np.zeros(vectors.shape, dtype=bool))
    masked[11] = np.ma.masked
    found = read(masked, null_values={"embedding/aion": [-1]})
    assert found.dropped == {"null in EMB": 4}
    np.testing.assert_array_equal(found.id, np.delete(np.arange(N), [3, 5, 7, 11]))
    np.testing.assert_array_equal(
        found.features["embedding"]["aion"].value, np.delete(vectors, [3, 5, 7, 11], axis=0)
    )
    whole = read(masked, nulls="error", null_values={"EMB": [-1]}).features["embedding"]["aion"].value
    assert np.flatnonzero(np.isnan(whole).any(axis=1)).tolist() == [3, 5, 7, 11]
    assert np.isnan(whole[3]).all()


def test_a_null_is_met_in_the_precision_of_the_vector():
    vectors = VECTORS.copy()
    vectors[4] = np.float32(-99.9)
    assert read(vectors, null_values=[-99.9]).dropped == {"null in EMB": 1}
    nothing = np.zeros((N, 1), dtype=bool)
    assert missing_vectors(vectors, nothing, (-99.9,)).sum() == 1
    assert missing_vectors(vectors, nothing, ()).sum() == 0


@pytest.mark.parametrize(
    ("vectors", "message"),
    [
        (VECTORS[:, 0], "names EMB, which holds 1 numbers per galaxy; it takes vectors"),
        (VECTORS.reshape(N, 5, 1), "holds 5 x 1 numbers per galaxy"),
        (VECTORS[:, :1], "holds 1 numbers per galaxy"),
        (np.full((N, 2), "a"), "holds no numbers but <U1"),
    ],
)
def test_what_is_no_vector_is_refused(vectors, message):
    with pytest.raises(UserError, match=message):
        read(vectors)


def test_arrays_beside_a_table_must_be_whole_and_as_long(tmp_path):
    file, text = as_array(tmp_path)
    path = tmp_path / "vectors.npy"
    np.save(path, VECTORS[1:])
    with pytest.raises(
        UserError, match=r"vectors.npy holds an array of shape \(59, 5\), and .*t.csv 60 rows"
    ):
        table(str(tmp_path / file), {**MAP, "embedding": {"aion": text}}, SPLIT)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(UserError, match=r"vectors.npy cannot be read as an array: .*Is it complete"):
        table(str(tmp_path / file), {**MAP, "embedding": {"aion": text}}, SPLIT)
    path.unlink()
    with pytest.raises(UserError, match=r"vectors.npy does not exist"):
        table(str(tmp_path / file), {**MAP, "embedding": {"aion": text}}, SPLIT)


def test_rows_that_differ_in_their_vectors_alone_are_no_repeats():
    twice = {name: np.repeat(values[: N // 2], 2) for name, values in COLUMNS.items()}
    columns = {"redshift": "z", "embedding": {"aion": "EMB"}}
    assert len(from_table({**twice, "EMB": VECTORS}, "m", **columns)) == N
    with pytest.raises(UserError, match="30 of 60 galaxies repeat another"):
        from_table({**twice, "EMB": np.repeat(VECTORS[: N // 2], 2, axis=0)}, "m", **columns)
    marks = fingerprints(np.repeat(VECTORS, 2, axis=0))
    assert len(np.unique(marks)) == N
    np.testing.assert_array_equal(marks[::2], marks[1::2])
