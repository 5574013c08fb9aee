"""The main job through its whole path: command line, trained networks, tracking, artifacts."""

import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from command import QUICK
from hydra.utils import instantiate
from scipy.stats import multivariate_normal, norm
from stored import artifacts, runs
from test_conf import compose

from galaxy_causal.dataset import gaussian, gaussian_information
from galaxy_causal.jobs.decompose.command import posed
from galaxy_causal.jobs.life import flat
from galaxy_causal.jobs.settings import plain

N = 12_000
TRAINED = (
    "dataset=gaussian", "bands=signals", f"dataset.n={N}", "fits_at_once=1",
    "dataset.split={train: 0.4, validation: 0.1, test: 0.5}",
    "seeds=1", "network.width=32", "network.components=4", "network.training.max_epochs=25",
    "decomposition.referee=false",
)  # fmt: skip
SPLIT = {"train": 0.4, "validation": 0.1, "test": 0.5, "seed": 0}
FEW = "dataset.split={train: 0.1, validation: 0.05, test: 0.05, seed: 0}"
"""Of galaxies of which there are 10,000."""
ATOMS = ("redundant", "unique_1", "unique_2", "synergistic")


def test_few_test_galaxies_leave_out_a_figure_and_say_so(galaxy_causal, tmp_path):
    options = ("dataset=gaussian", "bands=signals", "dataset.n=100", "estimator=gaussian", "seeds=1")
    outcome = galaxy_causal(*options)
    assert outcome.code == 0, outcome.err
    assert "no figure against the target: 15 galaxies; for one lower decomposition.least=20" in outcome.out
    (run,) = runs(tmp_path, "decompose")
    names = {file.name for file in artifacts(tmp_path, run).iterdir()}
    assert "atoms_by_class.png" in names
    assert "atoms_against.png" not in names


def true_pointwise(r1, r2, r12):
    """Informations (3, n) of the very galaxies that the job draws, from the true densities."""
    catalogue = gaussian(N, r1, r2, r12, seed=0, split=SPLIT)
    x1, x2 = (catalogue.features["signal"][name].value for name in ("x1", "x2"))
    draws = np.column_stack([(catalogue.target - 10) / 0.6, x1, x2])
    covariance = np.array([[1, r1, r2], [r1, 1, r12], [r2, r12, 1]])

    def of(rows):
        joint = multivariate_normal(np.zeros(1 + len(rows)), covariance[np.ix_([0, *rows], [0, *rows])])
        inputs = multivariate_normal(np.zeros(len(rows)), covariance[np.ix_(rows, rows)])
        return joint.logpdf(draws[:, [0, *rows]]) - inputs.logpdf(draws[:, rows]) - norm.logpdf(draws[:, 0])

    return np.stack([of([1]), of([2]), of([1, 2])]), catalogue.split == "test"


@pytest.mark.parametrize(
    ("r1", "r2", "r12", "population", "pointwise"),
    [
        (0.9, 0.0, 0.0, (0.0, 0.830, 0.0, 0.0), (-0.086, 0.916, 0.086, -0.086)),
        pytest.param(
            0.9, 0.9, 0.81, (0.830, 0.0, 0.0, 0.297), (None, None, None, -0.016), marks=pytest.mark.long
        ),
        pytest.param(0.7, 0.5, 0.3, None, None, marks=pytest.mark.long),
    ],
)
def test_trained_networks_find_the_known_atoms(galaxy_causal, tmp_path, r1, r2, r12, population, pointwise):
    """Against the closed forms. What a finite sample and 4,800 training galaxies may do: four errors of
    the mean over 6,000 test galaxies, and 0.03 nats that the networks do not learn (their 5,000 weights
    are stopped early; a full fit of as many free parameters would lose 0.5 nats)."""
    outcome = galaxy_causal(*TRAINED, f"dataset.r1={r1}", f"dataset.r2={r2}", f"dataset.r12={r12}")
    assert outcome.code == 0, outcome.err
    (run,) = runs(tmp_path, "decompose")
    found = run.data.metrics
    truth = gaussian_information(r1, r2, r12)
    for name, value in zip(("mi_x1", "mi_x2", "mi_union"), truth, strict=True):
        assert found[name] == pytest.approx(value, abs=4 * found[f"{name}_err"] + 0.03), name
    for prefix, expected in (("", population), ("pointwise/", pointwise)):
        for atom, value in zip(ATOMS, expected or (), strict=expected is not None):
            if value is not None:
                allowed = 4 * found[f"{prefix}{atom}_err"] + 0.03
                assert found[f"{prefix}{atom}"] == pytest.approx(value, abs=allowed), (prefix, atom)
    # The same galaxies with their true densities: no sampling error is left, only what was not learnt.
    exact, test = true_pointwise(r1, r2, r12)
    table = pq.read_table(artifacts(tmp_path, run) / "galaxies.parquet").to_pydict()
    ours = np.array([table[name] for name in ("i_x1", "i_x2", "i_union")])
    np.testing.assert_allclose(ours[:, test].mean(axis=1), exact[:, test].mean(axis=1), atol=0.03)
    assert np.corrcoef(ours[2, test], exact[2, test])[0, 1] > 0.97


def test_everything_is_tracked_and_the_identities_hold(galaxy_causal, tmp_path, full_figures):
    outcome = galaxy_causal(*QUICK, "seeds=2")
    assert outcome.code == 0, outcome.err
    assert "6 fits: 6 trained, 0 reused" in outcome.out
    (run,) = runs(tmp_path, "decompose")
    assert run.info.status == "FINISHED"
    tags = {
        "job": "decompose", "dataset": "gaussian", "x1": "signal[x1]", "x2": "signal[x2]",
        "estimator": "cross_entropy", "network": "mlp", "decomposition": "population_min",
    }  # fmt: skip
    assert {name: run.data.tags[name] for name in tags} == tags
    found = run.data.metrics
    assert not [name for name in found if name.startswith("population/")]  # the headline stands once
    for prefix in ("", "pointwise/"):
        atoms = [found[f"{prefix}{atom}"] for atom in ATOMS]
        assert sum(atoms) == pytest.approx(found["mi_union"], abs=1e-12)
        assert atoms[0] + atoms[1] == pytest.approx(found["mi_x1"], abs=1e-12)
        assert atoms[0] + atoms[2] == pytest.approx(found["mi_x2"], abs=1e-12)
        assert all(found[f"{prefix}{atom}_err"] >= 0 for atom in ATOMS)
    folder = artifacts(tmp_path, run)
    table = pq.read_table(folder / "galaxies.parquet")
    assert table.num_rows == 400
    assert table.column_names == ["id", "y", "split", "i_x1", "i_x2", "i_union", *ATOMS]
    columns = {name: table[name].to_numpy() for name in ("i_x1", "i_union", *ATOMS)}
    np.testing.assert_allclose(sum(columns[a] for a in ATOMS), columns["i_union"], atol=1e-12)
    np.testing.assert_allclose(columns["redundant"] + columns["unique_1"], columns["i_x1"], atol=1e-12)
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["headline"] == "population_min"
    assert summary["groups"][0]["value"]["mi_x1"] == found["mi_x1"]
    for name in (
        "config.yaml",
        "atoms_by_class.png",
        "atoms_by_class.pdf",
        "atoms_against.png",
        "atoms_against.pdf",
    ):
        assert (folder / name).stat().st_size > 500, name


def test_each_fit_is_tracked_under_its_job(galaxy_causal, tmp_path):
    galaxy_causal(*QUICK)
    (job,) = runs(tmp_path, "decompose")
    fits = runs(tmp_path, "fit")
    assert len(fits) == 3
    assert set(job.data.tags["fits"].split(",")) == {fit.data.tags["fit_key"] for fit in fits}
    for fit in fits:
        assert fit.data.tags["mlflow.parentRunId"] == job.info.run_id
        assert len(fit.data.tags["fit_key"]) == 20
        wanted = {
            "mi", "mi_train", "mi_test", "cross_entropy", "mean_bias", "sigma_mad", "outlier_fraction",
            "outlier_fraction_debiased", "crps", "train", "validation", "targets_outside_bins",
        }  # fmt: skip
        assert wanted <= set(fit.data.metrics)
        folder = artifacts(tmp_path, fit)
        files = {
            "galaxies.parquet",
            "weights.pt",
            "loss.png",
            "loss.pdf",
            "pit.png",
            "pit.pdf",
            "recipe.json",
        }
        assert files <= {file.name for file in folder.iterdir()}
        assert "log_p" in pq.read_schema(folder / "galaxies.parquet").names


def test_the_same_command_reuses_every_fit_and_another_headline_too(galaxy_causal, tmp_path):
    first = galaxy_causal(*QUICK)
    again = galaxy_causal(*QUICK)
    paper = galaxy_causal(*QUICK, "decomposition=pointwise_min")
    for outcome in (again, paper):
        assert "3 fits: 0 trained, 3 reused" in outcome.out

    def numbers(text):
        return [line for line in text.splitlines() if "±" in line]

    assert numbers(first.out) == numbers(again.out)
    assert len(runs(tmp_path, "fit")) == 3
    headlines = {run.data.tags["decomposition"]: run.data.metrics for run in runs(tmp_path, "decompose")}
    assert len(headlines) == 2
    for measure, other in (("population", "pointwise"), ("pointwise", "population")):
        headline, beside = headlines[f"{measure}_min"], headlines[f"{other}_min"]
        assert [headline[atom] for atom in ATOMS] == [beside[f"{measure}/{atom}"] for atom in ATOMS]


@pytest.mark.long
def test_another_seed_split_or_network_is_another_fit(galaxy_causal, tmp_path):
    galaxy_causal(*QUICK)
    for override in ("dataset.split.seed=1", "network.width=17", "trainer.gradient_clip_val=1.0"):
        assert "3 fits: 3 trained" in galaxy_causal(*QUICK, override).out
    elsewhere = galaxy_causal(
        *QUICK, "trainer.log_every_n_steps=3", "fits_at_once=2", "trainer.accelerator=cpu"
    )
    assert "3 fits: 0 trained, 3 reused" in elsewhere.out


def test_other_classes_are_another_run_of_the_same_fits(galaxy_causal, tmp_path):
    options = (
        "estimator=gaussian", "decomposition.draws=20", "decomposition.curve_draws=5",
        "decomposition.referee=false", FEW,
    )  # fmt: skip
    galaxy_causal(*options)
    assert "3 fits: 0 trained, 3 reused" in galaxy_causal(*options, "dataset.class_cuts=[1.9,2.5]").out
    first, second = (
        pd.read_csv(artifacts(tmp_path, run) / "metrics.csv", index_col="metric")["value"]
        for run in runs(tmp_path, "decompose")
    )
    assert first["passive/galaxies"] != second["passive/galaxies"]


@pytest.mark.parametrize("estimator", ["gaussian", "ksg"])
def test_estimators_without_a_network(galaxy_causal, tmp_path, estimator):
    """KSG's deviation at 3,000 galaxies is about 0.02 (Kraskov et al. 2004, fig. 4); Gaussian errors are
    those of the means."""
    outcome = galaxy_causal(
        "dataset=gaussian",
        "bands=signals",
        "dataset.n=20000",
        "decomposition.referee=false",
        f"estimator={estimator}",
        "decomposition.draws=50",
    )
    assert outcome.code == 0, outcome.err
    assert "3 fits: 3 trained" in outcome.out
    (run,) = runs(tmp_path, "decompose")
    assert run.data.tags["network"] == "none"
    for name, value in zip(("mi_x1", "mi_x2", "mi_union"), gaussian_information(0.7, 0.5, 0.3), strict=True):
        error = run.data.metrics[f"{name}_err"]
        assert run.data.metrics[name] == pytest.approx(value, abs=4 * error + 0.02)


def test_a_sweep_shares_fits_and_splits_bands(galaxy_causal, tmp_path):
    """Three inputs of one band, three of the other two, one union: seven fits, not nine."""
    outcome = galaxy_causal(
        "-m", "bands=split_photometry", "bands.of=ugr", "bands.take=u,g,r", "estimator=gaussian",
        "decomposition.draws=20", "decomposition.curve_draws=5", FEW,
    )  # fmt: skip
    assert outcome.code == 0, outcome.err
    pairs = {(run.data.tags["x1"], run.data.tags["x2"]) for run in runs(tmp_path, "decompose")}
    assert pairs == {(f"photometry[{b}]", f"photometry[{'ugr'.replace(b, '')}]") for b in "ugr"}
    for estimator in ("gaussian", "boosted"):  # the second opinion, too
        assert sum(run.data.tags["estimator"] == estimator for run in runs(tmp_path, "fit")) == 7
    assert outcome.out.count("1 reused") == 2


def test_parameters_are_what_is_read_and_what_was_given_of_the_trainer():
    few = ("dataset=gaussian", "dataset.n=100", "bands=signals")

    def params(*overrides):
        cfg = compose(*few, *overrides)
        return flat({"dataset": plain(cfg.dataset), **posed(cfg, instantiate(cfg.dataset)).params()})

    usual = params()
    assert usual["seeds"] == "3"
    assert not [name for name in usual if "_convert_" in name or name.startswith("trainer.")]
    assert not [name for name in usual if name.startswith("decomposition.quantised")]
    given = params("trainer.limit_train_batches=0.5", "decomposition.also=[broja]")
    assert {name: given[name] for name in set(given) - set(usual)} == {
        "trainer.limit_train_batches": "0.5",
        "decomposition.quantised.bins": "3",
        "decomposition.quantised.draws": "20",
    }
    closed = params("estimator=gaussian")
    assert not [name for name in closed if name.startswith(("network", "trainer", "seeds"))]
