"""job=causal from the command line to its artifacts, and what it refuses."""

import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from astropy.table import Table
from stored import artifacts, client, runs

from galaxy_causal.discovery import knowledge
from galaxy_causal.estimator import cross_entropy
from galaxy_causal.jobs.causal.result import CausalAnalysis

N = 1500
QUICK = (
    "job=causal", "dataset=table", "dataset.path=galaxies.fits", "dataset.photometry_unit=magnitude",
    "dataset.columns.id=ID", "dataset.columns.target=LOGM", "dataset.columns.class=CLASS",
    "dataset.columns.photometry={g: G, r: R}", "dataset.columns.redshift=Z",
    "dataset.columns.other={tells: TELLS, silent: SILENT, path: PATH, flat: FLAT, empty: EMPTY, mass: MASS,"
    " colour: COLOUR, rare: RARE}",
    "bands.x1.photometry=gr", "network=scl", "network.width=16", "network.blocks=1", "network.latent=2",
    "network.training.max_epochs=8", "seeds=1", "fits_at_once=1", "causal.k=50", "causal.permutations=19",
    "causal.sufficiency=false", "causal.bins=3",
)  # fmt: skip


@pytest.fixture
def galaxies(tmp_path):
    """The mass is the sum of what g tells, of what ``tells`` tells, and of noise.

    ``path`` is made of ``tells`` alone, so that given it nothing is left; ``silent`` is noise.
    """
    rng = np.random.default_rng(0)
    g, tells, silent = rng.normal(size=(3, N))
    mass = 10 + 0.4 * g + 0.3 * tells + 0.05 * rng.normal(size=N)
    table = Table(
        {
            "ID": np.arange(N), "LOGM": mass, "G": 18 - g, "R": 17 + rng.normal(size=N),
            "Z": 0.1 + 0.02 * silent,
            "TELLS": tells, "SILENT": silent, "PATH": tells + 0.3 * rng.normal(size=N),
            "FLAT": np.full(N, 3.0), "EMPTY": np.full(N, np.nan), "MASS": 2 * mass,
            "COLOUR": 5 - 2 * g, "RARE": (np.arange(N) % 300 == 0).astype(float),
            "CLASS": np.where(g > 0, "star_forming", "passive"),
        }
    )  # fmt: skip
    table.write(tmp_path / "galaxies.fits")


def test_it_finds_what_tells_and_what_does_not(galaxy_causal, galaxies, tmp_path, full_figures):
    queries = ("causal.query=[path, silent]", "causal.given=[tells]")
    outcome = galaxy_causal(*QUICK, *queries)
    assert outcome.code == 0, outcome.err
    assert "neighbours (exact): 1 made, 0 reused" in outcome.out
    (run,) = runs(tmp_path, "causal")
    metrics = run.data.metrics
    assert metrics["path/corr"] > 0.8
    assert metrics["path/corr_p"] < 1e-6
    assert metrics["path/significant"] > 0.9
    assert not [name for name in metrics if "star_forming" in name]
    for name in ("silent/corr", "path/corr/given_tells", "silent/corr/given_tells"):
        error = metrics[name.replace("/corr", "/corr_error")]
        assert abs(metrics[name]) < 4 * error
    assert metrics["silent/significant"] < 0.1
    assert 0 < metrics["neighbours/crps"] < 0.3
    folder = artifacts(tmp_path, run)
    numbers = pd.read_csv(folder / "metrics.csv", index_col="metric")["value"]
    assert numbers["path/star_forming/corr"] > 0.8
    assert numbers["path/corr"] == metrics["path/corr"]
    names = {file.name for file in folder.iterdir()}
    stems = ("against_path", "against_path_given_tells", "against_silent", "latent", "graph", "pit")
    assert {f"{stem}.{kind}" for stem in stems for kind in ("png", "pdf")} <= names
    known = knowledge(["path", "silent", "target"], proposals=str(folder / "proposals.yaml"))
    assert set(known.forbidden) == {("silent", "target"), ("target", "silent")}
    assert all("no dependence given the latent" in source for source in known.forbidden.values())
    table = pq.read_table(folder / "galaxies.parquet").to_pandas()
    tested = 225
    assert len(table) == tested * 4
    assert set(table["given"]) == {"", "tells"}
    whole = table[(table["query"] == "path") & (table["given"] == "")]
    assert whole["corr"].mean() == pytest.approx(metrics["path/corr"])
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["masked"] == dict.fromkeys(summary["masked"], 0)
    assert summary["tests"]["permutations"] == 19
    (fit,) = runs(tmp_path, "fit")
    latent = np.load(artifacts(tmp_path, fit) / "latent.npy")
    assert (latent.shape, latent.dtype) == ((N, 2), np.float32)
    curve = client(tmp_path).get_metric_history(fit.info.run_id, "loss/cross_entropy")
    assert len(curve) == 8
    assert {"loss_terms.png", "loss.png"} <= {file.name for file in artifacts(tmp_path, fit).iterdir()}
    again = CausalAnalysis.read(folder)
    assert again.tracked() == pytest.approx(metrics, abs=0, rel=0, nan_ok=True)
    assert {f"{name}.png" for name in again.figures()} == {file.name for file in folder.glob("*.png")}
    (path,) = (
        again.to_pandas().query("query == 'path' and given == 'tells' and group == 'all'").to_dict("records")
    )
    assert path["corr"] == metrics["path/corr/given_tells"]
    assert len(again.galaxies) == len(table)
    more = galaxy_causal(*QUICK, *queries, "causal.k=100", "causal.query=silent")
    assert "seed 0: I" in more.out
    assert "(reused)" in more.out
    assert "neighbours (exact): 0 made, 1 reused" in more.out


@pytest.mark.long
def test_a_kernel_test_tells_of_every_class_and_bins_are_kept(galaxy_causal, galaxies, tmp_path):
    outcome = galaxy_causal(
        *QUICK, "causal.query=[tells,silent]", "causal.test=kernel", "causal.gradient=latent"
    )
    assert outcome.code == 0, outcome.err
    assert "kernel" in outcome.out
    (run,) = runs(tmp_path, "causal")
    metrics = run.data.metrics
    assert metrics["tells/kernel_p"] < 1e-3 < metrics["silent/kernel_p"]
    assert metrics["tells/corr_error"] < metrics["tells/corr_null_error"]
    assert 0 < metrics["tells/gradient_bound"] < 0.5
    folder = artifacts(tmp_path, run)
    numbers = pd.read_csv(folder / "metrics.csv", index_col="metric")["value"]
    assert numbers["tells/passive/kernel_p"] < 1e-3
    bins = pq.read_table(folder / "bins.parquet").to_pandas()
    tells = bins[(bins["query"] == "tells") & (bins["group"] == "all")]
    assert tells.groupby("quantity")["galaxies"].agg(["size", "sum"]).to_numpy().tolist() == [[3, 225]] * 2
    assert tells["kernel_p"].isna().all()
    summary = json.loads((folder / "summary.json").read_text())
    assert [one["query"] for one in summary["queries"]] == ["tells", "silent"]
    assert (summary["k"], summary["neighbours"]["k"]) == (50, 1050)


@pytest.mark.long
def test_every_galaxy_can_be_tested_and_is_not_its_own_neighbour(galaxy_causal, galaxies, tmp_path):
    outcome = galaxy_causal(*QUICK, "causal.query=silent", "causal.galaxies=all")
    assert outcome.code == 0, outcome.err
    assert "1,500 galaxies in neighbourhoods of 50 among 1,050 training galaxies" in outcome.out
    (run,) = runs(tmp_path, "causal")
    assert run.data.metrics["silent/galaxies"] == N
    (found,) = runs(tmp_path, "neighbours")
    with np.load(artifacts(tmp_path, found) / "neighbours.npz") as kept:
        index = kept["index"]
    assert index.shape == (N, 1049)
    # Of 1,050 training galaxies a galaxy lacks one: its own row, or of another galaxy the farthest.
    lacking = index.shape[1] * (index.shape[1] + 1) // 2 - index.sum(axis=1, dtype=np.int64)
    table = pq.read_table(artifacts(tmp_path, run) / "galaxies.parquet").to_pandas()
    training = (table["split"] == "train").to_numpy()
    assert lacking[training].tolist() == list(range(1050))


def test_a_query_that_no_neighbourhood_can_test_is_not_called_independent(galaxy_causal, galaxies, tmp_path):
    table = Table.read(tmp_path / "galaxies.fits")
    table["EMPTY"] = np.where(np.random.default_rng(0).random(N) < 0.04, table["TELLS"], np.nan)
    table.write(tmp_path / "galaxies.fits", overwrite=True)
    outcome = galaxy_causal(*QUICK, "causal.query=empty", "causal.test=partial")
    assert outcome.code == 0, outcome.err
    (run,) = runs(tmp_path, "causal")
    folder = artifacts(tmp_path, run)
    assert json.loads((folder / "summary.json").read_text())["masked"] == {"empty/seed_0": 225}
    assert (folder / "proposals.yaml").read_text().strip() == "[]"


@pytest.mark.long
def test_several_conditions_and_any_name_are_tracked(galaxy_causal, galaxies, tmp_path):
    """Of a flag that few galaxies have the neighbourhoods without any are masked, and the user is told."""
    outcome = galaxy_causal(
        *QUICK, 'causal.query=[path,"absolute(r)",rare]', "causal.given=[tells,silent]", "causal.k=90"
    )
    assert outcome.code == 0, outcome.err
    assert "rare: " in outcome.out
    assert "neighbourhoods are masked" in outcome.out
    (run,) = runs(tmp_path, "causal")
    metrics = run.data.metrics
    assert abs(metrics["path/corr/given_tells_silent"]) < 4 * metrics["path/corr_error/given_tells_silent"]
    assert {"absolute_r_/corr", "absolute_r_/corr/given_tells_silent"} <= set(metrics)
    assert 0 < metrics["rare/galaxies"] < 225
    table = pq.read_table(artifacts(tmp_path, run) / "galaxies.parquet").to_pandas()
    assert set(table["given"]) == {"", "tells,silent"}


def test_options_of_a_network_that_is_not_used_are_refused(galaxy_causal, galaxies):
    without = [override for override in QUICK if override not in ("network=scl", "network.latent=2")]
    outcome = galaxy_causal(*without, "causal.query=silent")
    assert outcome.code == 2
    assert "network.width=16 is an option of a network that has no latent" in outcome.err
    assert "give causal.network.tabular.width=16" in outcome.err
    outcome = galaxy_causal(*QUICK, "causal.query=silent", "causal.network.width=16")
    assert outcome.code == 2
    assert "causal.network.width=16 is not used: the network that gives the latent" in outcome.err
    assert outcome.err.strip().endswith("is network; give network.width=16")


@pytest.mark.long
def test_too_few_galaxies_for_a_curve_leave_the_rest(galaxy_causal, galaxies, tmp_path):
    outcome = galaxy_causal(*QUICK, "causal.query=silent", "causal.least=500")
    assert outcome.code == 0, outcome.err
    assert "no figure against the target: 225 galaxies; for one lower causal.least=500" in outcome.out
    (run,) = runs(tmp_path, "causal")
    names = {file.name for file in artifacts(tmp_path, run).iterdir()}
    assert "graph.png" in names
    assert not {"against_silent.png", "bins.parquet"} & names


@pytest.mark.long
def test_sufficiency_is_measured_by_another_network(galaxy_causal, galaxies, tmp_path):
    """The network keeps no latent, so that it comes from causal.network."""
    chosen = [option for option in QUICK if not option.startswith(("network", "causal.sufficiency"))]
    small = (
        "causal.network.tabular.training.max_epochs=5", "causal.probe.tabular.training.max_epochs=5",
        "causal.query=silent", "seeds=2", "causal.network.latent=3",
    )  # fmt: skip
    outcome = galaxy_causal(*chosen, *small)
    assert outcome.code == 0, outcome.err
    assert "network scl" in outcome.out
    assert "nats beyond the latent" in outcome.out
    (run,) = runs(tmp_path, "causal")
    metrics = run.data.metrics
    lost = metrics["sufficiency/mi_input"] - metrics["sufficiency/mi_latent"]
    assert metrics["sufficiency/mi_lost"] == pytest.approx(lost)
    assert metrics["sufficiency/mi_lost_err"] > 0
    # two networks with a latent, two on the input, two on the latents
    fits = runs(tmp_path, "fit")
    assert sorted(fit.data.tags["network"] for fit in fits) == ["mlp"] * 4 + ["scl"] * 2
    assert sum(fit.data.tags["inputs"].startswith("latent of") for fit in fits) == 2
    latents = [
        np.load(artifacts(tmp_path, fit) / "latent.npy") for fit in fits if fit.data.tags["network"] == "scl"
    ]
    assert [latent.shape[1] for latent in latents] == [3, 3]


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ((), ("causal.query=null", "dataset galaxies has magnitude, g, r, tells")),
        (("causal.query=size",), ("causal.query: 'size' is unknown", "dataset galaxies has")),
        (("causal.query=target",), ("the target itself",)),
        (("causal.query=g-target",), ("the target itself",)),
        (("causal.query=mass",), ("linear function of the target",)),
        (("causal.query=g",), ("causal.query=g is inside the inputs (photometry[gr]", "nothing new")),
        (("causal.query=photometry/r",), ("inside the inputs",)),
        (("causal.query=g-r",), ("inside the inputs",)),
        (("causal.query=colour",), ("colour is a linear function of the inputs",)),
        (("causal.query=silent-tells", "causal.given=[silent,tells]"), ("function of the conditions",)),
        (("causal.query=flat",), ("causal.query=flat is constant (3)",)),
        (("causal.query=empty",), ("only 0 of 1050 training galaxies have a value",)),
        (("causal.query=silent", "causal.given=[flat]"), ("causal.given=flat is constant",)),
        (("causal.query=silent", "causal.given=[target]"), ("causal.given=target is the target",)),
        (("causal.query=silent", "causal.given=[mass]"), ("causal.given=mass is a linear function",)),
        (("causal.query=silent", "causal.given=[silent]"), ("or the query silent", "nothing is left")),
        (("causal.query=[silent,silent]",), ("more than once",)),
        (("causal.query=silent", "causal.k=2000"), ("causal.k=2000 is more than the 1050 training",)),
        (("causal.query=silent", "causal.k=5"), ("causal.k=5 must be a whole number, at least 10",)),
        (("causal.query=silent", "causal.k=12"), ("too few: 3 coefficients", "at least 13")),
        (("causal.query=silent", "causal.galaxies=some"), ("causal.galaxies=some must be one of test, all",)),
        (("causal.query=silent", "causal.inputs=x3"), ("causal.inputs=x3 must be one of x1, x2, union",)),
        (("causal.query=silent", "causal.basis=200"), ("1050 training galaxies", "need 2000")),
        (("causal.query=silent", "causal.test=guess"), ("causal.test=guess", "partial, paper")),
        (("causal.query=silent", "causal.sufficiency=maybe"), ("causal.sufficiency=maybe must be",)),
        (("causal.query=silent", "neighbours.device=tpu"), ("neighbours.device=tpu must be one of auto",)),
        (("causal.query=silent", "neighbours.threads=two"), ("neighbours.threads=two must be a whole",)),
        (("causal.query=silent", "neighbours=approximate", "neighbours.cells=2.5"), ("cells=2.5 must",)),
        (("causal.query=silent", "neighbours=approximate", "neighbours.probes=0"), ("neighbours.probes=0",)),
        (("causal.query=silent", "estimator=gaussian"), ("trains no network",)),
        (("causal.query=silent", "network.training.batch_size=2"), ("two halves",)),
        (("causal.query=silent", "network.weights.contrast=-1"), ("must be a number, at least 0",)),
    ],
)  # fmt: skip
def test_bad_input_is_refused_before_anything_is_trained(galaxy_causal, galaxies, tmp_path, overrides, words):
    outcome = galaxy_causal(*QUICK, *overrides)
    assert outcome.code == 2, outcome
    assert outcome.err.startswith("error: ")
    for word in words:
        assert word in outcome.err
    assert not (tmp_path / "mlruns").exists()


def test_a_latent_with_nan_is_refused(galaxy_causal, galaxies, monkeypatch):
    """Of a training that diverged: a stored latent that is changed afterwards is made anew."""
    latent = cross_entropy._latent

    def diverged(*arguments):
        found = latent(*arguments)
        found[7] = np.nan
        return found

    monkeypatch.setattr(cross_entropy, "_latent", diverged)
    outcome = galaxy_causal(*QUICK, "causal.query=tells")
    assert outcome.code == 2
    assert "NaN or infinite for 1 of 1500 galaxies (ids 7)" in outcome.err


def test_a_query_that_few_have_masks_neighbourhoods_and_counts_them(galaxy_causal, galaxies, tmp_path):
    table = Table.read(tmp_path / "galaxies.fits")
    table["EMPTY"] = np.where(np.random.default_rng(0).random(N) < 0.35, table["TELLS"], np.nan)
    table.write(tmp_path / "galaxies.fits", overwrite=True)
    outcome = galaxy_causal(*QUICK, "causal.query=empty")
    assert outcome.code == 0, outcome.err
    (run,) = runs(tmp_path, "causal")
    summary = json.loads((artifacts(tmp_path, run) / "summary.json").read_text())
    (masked,) = summary["masked"].values()
    assert 0 < masked < 225
    assert run.data.metrics["empty/galaxies"] == 225 - masked
