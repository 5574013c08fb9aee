"""What a vector knows of the target beyond photometry, and the other way round, where that is known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from stored import runs

import galaxy_causal as gc
from galaxy_causal.dataset import gaussian_information
from galaxy_causal.types import Feature, UserError

N, D = 3000, 12
CORRELATIONS = 0.7, 0.8, 0.5  # of target and magnitude, of target and vector, of both
TRUTH = dict(zip(("mi_x1", "mi_x2", "mi_union"), gaussian_information(*CORRELATIONS), strict=True))
TABLE = (
    "dataset=table", "dataset.path=table.parquet", "dataset.columns.target=mass", "dataset.columns.id=number",
    "dataset.columns.photometry={r: r}", "dataset.photometry_unit=magnitude", "dataset.columns.redshift=z",
    "dataset.columns.embedding={aion: EMB}", "dataset.split={train: 0.5, validation: 0.1, test: 0.4}",
    "bands=pair", "bands.x1.photometry=r", "bands.x2.embedding=true", "seeds=1", "fits_at_once=1",
)  # fmt: skip
DRAWS = {"draws": 60, "curve_draws": 5}


@pytest.fixture(scope="module")
def frame():
    """A magnitude and a vector in which one direction tells of the mass; its other eleven are noise."""
    r1, r2, r12 = CORRELATIONS
    rng = np.random.default_rng(4)
    covariance = np.array([[1, r1, r2], [r1, 1, r12], [r2, r12, 1]])
    mass, magnitude, told = rng.multivariate_normal(np.zeros(3), covariance, N).T
    turned = np.linalg.qr(rng.normal(size=(D, D)))[0]
    vectors = np.column_stack([told, rng.normal(size=(N, D - 1))]) @ turned
    return pd.DataFrame(
        {
            "number": np.arange(N), "mass": 10 + 0.6 * mass, "r": 18 + magnitude,
            "z": 0.1 + 0.02 * rng.normal(size=N), "EMB": list(vectors.astype(np.float32)),
        }
    )  # fmt: skip


@pytest.fixture
def galaxies(frame):
    return gc.from_table(
        frame, "mass", id="number", redshift="z", photometry={"r": "r"}, photometry_unit="magnitude",
        embedding={"aion": "EMB"}, split={"train": 0.5, "validation": 0.1, "test": 0.4, "seed": 0},
    )  # fmt: skip


def asked(galaxies, **options):
    x1, x2 = {"photometry": "r"}, {"embedding": "aion"}
    return gc.decompose(galaxies, x1, x2, seeds=1, referee=False, progress=False, **DRAWS, **options)


def test_the_decomposition_is_near_its_closed_form_by_both_doors(galaxy_causal, tmp_path, frame, galaxies):
    (found,) = asked(galaxies, estimator="gaussian", store=tmp_path / "mlruns").summaries
    for name, truth in TRUTH.items():
        assert 0.005 < found.error[name] < 0.04
        assert found.value[name] == pytest.approx(truth, abs=4 * found.error[name])
    unique = TRUTH["mi_x2"] - TRUTH["mi_x1"]
    error = found.error["population_min/unique_2"]
    assert found.value["population_min/unique_2"] == pytest.approx(unique, abs=4 * error)
    frame.to_parquet(tmp_path / "table.parquet")
    draws = (f"decomposition.{name}={count}" for name, count in DRAWS.items())
    outcome = galaxy_causal(*TABLE, "estimator=gaussian", "decomposition.referee=false", *draws)
    assert outcome.code == 0, outcome.err
    assert "x2 = embedding[aion]: embedding/aion" in outcome.out
    assert "3 fits: 0 trained, 3 reused" in outcome.out
    metrics = runs(tmp_path, "decompose")[0].data.metrics
    assert all(metrics[name] == found.value[name] for name in TRUTH)


def test_it_is_one_player_of_subsets(galaxy_causal, tmp_path, frame):
    frame[:600].to_parquet(tmp_path / "table.parquet")
    brief = (
        "job=subsets",
        "estimator=amortised",
        "network.width=16",
        "network.blocks=1",
        "network.components=4",
    )
    outcome = galaxy_causal(
        *TABLE, *brief, "bands.x2.redshift=true", "network.training.max_epochs=2", "subsets.draws=20",
        "subsets.referee=false",
    )  # fmt: skip
    assert outcome.code == 0, outcome.err
    assert "inputs: r, redshift, aion" in outcome.out
    (run,) = runs(tmp_path, "subsets")
    assert {name for name in run.data.metrics if name.startswith("alone/")} == {
        f"alone/{player}{error}" for player in ("r", "redshift", "aion") for error in ("", "_err")
    }


@pytest.mark.long
def test_causal_analysis_takes_it_as_an_input(galaxy_causal, tmp_path, frame):
    frame[:1200].to_parquet(tmp_path / "table.parquet")
    causal = (
        "job=causal", "network=scl", "network.width=16", "network.blocks=1", "network.latent=2",
        "network.training.max_epochs=5", "causal.k=50", "causal.permutations=19", "causal.sufficiency=false",
        "causal.bins=3", "bands.x1={photometry: null, embedding: true}", "bands.x2={redshift: true}",
    )  # fmt: skip
    outcome = galaxy_causal(*TABLE, *causal, "causal.query=r")
    assert outcome.code == 0, outcome.err
    assert runs(tmp_path, "causal")[0].data.metrics["r/corr"] > 0.2
    refused = galaxy_causal(*TABLE, *causal, "causal.query='aion[3]'")
    assert refused.code == 2
    assert "is inside the inputs" in refused.err


def test_a_fit_refuses_vectors_of_another_length(galaxies):
    network = gc.preset("mlp")
    network = replace(network, width=16, blocks=1, training=replace(network.training, max_epochs=2))
    density = gc.fit(galaxies, {"embedding": True}, network=network, progress=False)
    assert density.predict(galaxies).shape == (len(galaxies),)
    vectors = galaxies.features["embedding"]["aion"].value
    shorter = {**galaxies.features, "embedding": {"aion": Feature(vectors[:, 1:], "")}}
    with pytest.raises(UserError, match=r"embedding/aion is in .* vectors of 11 numbers, and was .* of 12"):
        density.predict(replace(galaxies, features=shorter))
