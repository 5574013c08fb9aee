"""Further decompositions through the command line."""

import json

import pyarrow.parquet as pq
import pytest
from command import QUICK
from stored import artifacts, runs

ATOMS = ("redundant", "unique_1", "unique_2", "synergistic")
GAUSSIAN = (
    "dataset=gaussian", "bands=signals", "dataset.n=6000", "estimator=gaussian", "decomposition.draws=20",
    "decomposition.curve_draws=5", "decomposition.referee=false",
)  # fmt: skip


def the_run(tmp_path):
    (run,) = runs(tmp_path, "decompose")
    return run, artifacts(tmp_path, run)


def test_every_measure_is_printed_tracked_and_sums_to_its_information(galaxy_causal, tmp_path):
    """Of Gaussian galaxies I_min is the minimum of the means; 900 test galaxies in cells of 100 lower it."""
    outcome = galaxy_causal(
        *GAUSSIAN, "decomposition.measure=shared_exclusions", "decomposition.quantised.draws=3",
        "decomposition.also=[i_min,broja,ccs,table_shared_exclusions,specificity_ambiguity]",
    )  # fmt: skip
    assert outcome.code == 0, outcome.err
    assert "Headline, shared_exclusions: redundancy is what both exclude" in outcome.out
    run, folder = the_run(tmp_path)
    found = run.data.metrics
    for prefix in ("", "population/", "pointwise/", "i_min/"):
        assert sum(found[f"{prefix}{atom}"] for atom in ATOMS) == pytest.approx(found["mi_union"])
    assert found["redundant"] != found["population/redundant"]
    assert found["i_min/redundant"] == pytest.approx(found["population/redundant"], abs=0.05)
    for name in ("broja", "ccs", "table_shared_exclusions", "specificity_ambiguity"):
        assert name in outcome.out
        total = sum(found[f"{name}/{atom}"] for atom in ATOMS)
        assert total == pytest.approx(found[f"{name}/mi_union"], abs=1e-9)
        assert found[f"{name}/redundant_err"] > 0
    assert 0 < found["broja/mi_union"] < found["mi_union"]
    plus, minus = (found[f"specificity_ambiguity/{p}/redundant"] for p in ("informative", "misinformative"))
    assert plus - minus == pytest.approx(found["specificity_ambiguity/redundant"])
    columns = pq.read_schema(folder / "galaxies.parquet").names
    assert [f"shared_exclusions/{atom}" for atom in ATOMS] == columns[-4:]
    groups = json.loads((folder / "summary.json").read_text())["groups"]
    assert "broja/redundant" in groups[0]["value"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("decomposition.measure=broja",), ("possible only among decomposition.also",)),
        (("decomposition.also=[imin]",), ("decomposition.also='imin' is unknown", "i_min", "broja")),
        (("decomposition.quantised.bins=1",), ("decomposition.quantised.bins=1", "at least 2")),
        (("estimator=ksg", "decomposition.also=[ccs]"), ("estimator=ksg does not make", "gaussian_copula")),
    ],
)
def test_what_cannot_be_is_refused_before_any_fit(galaxy_causal, tmp_path, options, words):
    outcome = galaxy_causal(*QUICK, *options)
    assert outcome.code == 2, outcome.out
    for word in words:
        assert word in outcome.err
    assert not (tmp_path / "mlruns" / "mlflow.db").exists()
