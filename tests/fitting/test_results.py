"""What a fit leaves behind, whatever there is to be drawn."""

import numpy as np
import pyarrow.parquet as pq
import pytest

from galaxy_causal.fitting.results import GALAXIES, write_fit
from galaxy_causal.types import Catalogue, Information, Labels


@pytest.mark.parametrize(("estimate", "drawn"), [(np.nan, False), (np.inf, False), (10.0, True)])
def test_without_a_finite_estimate_there_is_no_figure_of_estimates_and_all_else_is_kept(
    tmp_path, estimate, drawn
):
    galaxies = Catalogue(
        "table", np.arange(40), np.linspace(9.0, 11.0, 40), "y", {}, Labels.filled("test", 40)
    )
    found = Information(np.full(40, 0.5), columns={"estimate": np.full(40, estimate)})
    made = write_fit(tmp_path, galaxies, np.ones(40, dtype=bool), found, "a fit")
    assert made.metrics["mi"] == 0.5
    assert (tmp_path / "estimate.png").exists() == drawn
    assert pq.read_table(tmp_path / GALAXIES).num_rows == 40
