"""Units and descriptions of columns, as pyarrow, pandas and astropy read them."""

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from astropy.table import Table

from galaxy_causal.files import Note, notes_of, write_columns
from galaxy_causal.types import Labels

COLUMNS = {
    "id": np.array(["a", "bc", "def"]),
    "class": Labels.of(np.array(["passive", "other", "passive"])),
    "ra": np.array([1.0, 2.0, 3.0]),
    "y": np.array([10.0, 11.0, np.nan], dtype=np.float32),
    "row": np.array([3, 1, 2]),
}
NOTES = {
    "ra": Note("deg", "right ascension, ICRS"),
    "y": Note("dex", "target: $\\log M$, of a column"),
    "class": Note("", "class of the galaxy"),
}


def test_units_and_descriptions_come_back(tmp_path):
    file = tmp_path / "galaxies.parquet"
    write_columns(file, COLUMNS, NOTES)
    found = Table.read(file, format="parquet")
    assert found.colnames == list(COLUMNS)
    assert str(found["ra"].unit) == "deg"
    assert found["y"].description == NOTES["y"].description
    assert found["row"].unit is None
    assert found["class"].tolist() == ["passive", "other", "passive"]
    assert found["id"].tolist() == ["a", "bc", "def"]
    np.testing.assert_array_equal(found["y"], COLUMNS["y"])
    field = pq.read_schema(file).field("ra")
    assert field.metadata == {b"unit": b"deg", b"description": b"right ascension, ICRS"}
    assert pd.read_parquet(file)["ra"].tolist() == [1.0, 2.0, 3.0]
    assert notes_of(file) == NOTES | {n: Note("", "") for n in ("id", "row")}


def test_files_without_notes_are_read(tmp_path):
    file = tmp_path / "galaxies.parquet"
    write_columns(file, COLUMNS)
    assert notes_of(file) == {}
    assert pq.read_schema(file).field("ra").metadata is None
    assert pd.read_parquet(file)["class"].tolist() == ["passive", "other", "passive"]
