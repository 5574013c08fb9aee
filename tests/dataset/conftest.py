import numpy as np
import pytest
from astropy.table import Table

from galaxy_causal.dataset import table

SPLIT = {"train": 0.6, "validation": 0.2, "test": 0.2, "seed": 0}
COLUMNS = {"id": "ID", "target": "LOGM", "redshift": "Z", "photometry": {"g": "G", "r": "R", "W1": "W1"}}


@pytest.fixture
def galaxies():
    """Forty made-up galaxies in magnitudes."""
    rng = np.random.default_rng(1)
    n = 40
    return Table(
        {
            "ID": np.arange(n) + 9_007_199_254_740_993,  # not a float64
            "LOGM": rng.normal(10, 0.5, n),
            "Z": rng.uniform(0.01, 0.5, n),
            "G": rng.uniform(15, 20, n),
            "R": rng.uniform(14, 19, n),
            "W1": rng.uniform(13, 18, n),
            "E_G": rng.uniform(0.01, 0.1, n),
            "SERSIC": rng.uniform(1, 4, n),
        }
    )


@pytest.fixture
def read(tmp_path):
    """Write a table and read it back with ``dataset.table``; keywords override its options and columns."""

    def write_and_read(data, suffix=".fits", columns=None, **options):
        path = tmp_path / f"galaxies{suffix}"
        if suffix == ".parquet":
            import pyarrow as pa
            import pyarrow.parquet as pq

            pq.write_table(pa.table({c: np.asarray(data[c]) for c in data.colnames}), path)
        else:
            form = {".fits": "fits", ".csv": "ascii.csv", ".ecsv": "ascii.ecsv", ".vot": "votable"}[suffix]
            data.write(path, format=form, overwrite=True)
        given = {"photometry_unit": "magnitude", "split": SPLIT, **options}
        return table(str(path), {**COLUMNS, **(columns or {})}, **given)

    return write_and_read
