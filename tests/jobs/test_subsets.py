"""job=subsets and estimator=amortised through their whole path."""

import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from command import QUICK
from stored import artifacts, runs

from galaxy_causal.dataset import gaussian_information
from galaxy_causal.jobs.subsets.result import Subsets

SMALL = (
    "estimator=amortised",
    "fits_at_once=1",
    "network.width=32",
    "network.blocks=1",
    "network.components=4",
)
BRIEF = (
    *SMALL, "network.training.max_epochs=2", "subsets.draws=20", "seeds=1", "subsets.referee=false",
)  # fmt: skip
COVARIANCE = np.array(
    [[1.0, 0.6, 0.6, 0.4], [0.6, 1.0, 0.3, 0.2], [0.6, 0.3, 1.0, 0.2], [0.4, 0.2, 0.2, 1.0]]
)


def run_of(tmp_path, job):
    found = runs(tmp_path, job)
    return found, [artifacts(tmp_path, run) for run in found]


def table(tmp_path, n, signals, seed=0):
    """A table of Gaussian galaxies on which a command can be run, and its options."""
    draws = np.random.default_rng(seed).multivariate_normal(np.zeros(4), COVARIANCE, n)
    rng = np.random.default_rng(seed + 1)
    more = {f"s{i}": rng.normal(size=n) for i in range(4, signals + 1)}
    columns = {f"s{i}": draws[:, i] for i in range(1, min(signals, 3) + 1)} | more
    frame = pd.DataFrame({"mass": 10 + 0.6 * draws[:, 0], **columns})
    frame.to_parquet(tmp_path / "galaxies.parquet")
    names = list(columns)
    named = ", ".join(f"{name}: {name}" for name in names)
    first, rest = names[0], ", ".join(names[1:])
    return (
        "dataset=table", "dataset.path=galaxies.parquet", "dataset.columns.target=mass",
        f"dataset.columns.other={{{named}}}", "dataset.split={train: 0.5, validation: 0.1, test: 0.4}",
        f"bands.x1={{other: [{first}], photometry: null}}", f"bands.x2={{other: [{rest}], redshift: null}}",
    )  # fmt: skip


def truth(signals):
    """I(Y; X_S) of signals, in closed form."""
    s = [1 + i for i in signals]
    return -0.5 * np.log(1 - COVARIANCE[0, s] @ np.linalg.solve(COVARIANCE[np.ix_(s, s)], COVARIANCE[s, 0]))


def test_all_subsets_of_gaussian_signals(galaxy_causal, tmp_path, full_figures):
    """Against the closed forms: four errors of a mean over 2,400 galaxies, and 0.04 nats that the network
    does not learn of 3,000."""
    options = table(tmp_path, 6_000, 3)
    outcome = galaxy_causal(*options, *SMALL, "job=subsets", "seeds=1", "network.training.max_epochs=20")
    assert outcome.code == 0, outcome.err
    assert "1 fits: 1 trained, 0 reused" in outcome.out
    (run,), (folder,) = run_of(tmp_path, "subsets")
    found = run.data.metrics
    rows = pq.read_table(folder / "subsets.parquet").to_pylist()
    assert len(rows) == 8
    values = {}
    for row in rows:
        signals = tuple(i for i in range(3) if row[f"s{i + 1}"])
        values[signals] = row["information"]
        expected = truth(signals) if signals else 0.0
        assert row["information"] == pytest.approx(expected, abs=4 * row["error"] + 0.04 * bool(signals))
    shares = [found[f"shapley/s{i}"] for i in (1, 2, 3)]
    assert sum(shares) == pytest.approx(found["mi"], abs=1e-9)
    exact = truth([0]) / 3 + (truth([0, 1]) - truth([1]) + truth([0, 2]) - truth([2])) / 6
    exact += (truth([0, 1, 2]) - truth([1, 2])) / 3
    assert found["shapley/s1"] == pytest.approx(exact, abs=4 * found["shapley/s1_err"] + 0.04)
    assert found["synergy/s1-s2"] == pytest.approx(values[0, 1] - max(values[0,], values[1,]))
    assert found["best/3"] == pytest.approx(found["mi"])
    galaxies = pq.read_table(folder / "galaxies.parquet").to_pandas()
    assert len(galaxies) == 2400
    parts = galaxies[[f"shapley/s{i}" for i in (1, 2, 3)]].sum(axis=1)
    np.testing.assert_allclose(parts, galaxies["i_all"], atol=1e-5)
    lattice = galaxies[[name for name in galaxies if name.startswith("{")]]
    assert lattice.shape[1] == 18
    np.testing.assert_allclose(lattice.sum(axis=1), galaxies["i_all"], atol=1e-9)
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["metrics"]["mi"] == found["mi"]
    stored = Subsets.read(folder)
    assert stored.metrics() == found
    assert set(stored.figures()) == {"inputs", "pairs", "sizes"}
    for line in str(stored).splitlines():
        assert line in outcome.out + outcome.err
    assert [one.size for one in stored.sizes if one.coalition.tolist() == [True, True, True]] == [3]
    for name in ("inputs.png", "inputs.pdf", "pairs.png", "pairs.pdf", "sizes.png", "sizes.pdf"):
        assert (folder / name).stat().st_size > 500, name


def test_sampled_values_use_the_fits_of_the_exact_ones(galaxy_causal, tmp_path):
    """Of three inputs six orders are all: many random ones come close to them, within the sampling error."""
    options = (*table(tmp_path, 500, 3), *BRIEF, "job=subsets")
    assert galaxy_causal(*options).code == 0
    outcome = galaxy_causal(*options, "subsets.method=sampled", "subsets.permutations=300")
    assert "1 fits: 0 trained, 1 reused" in outcome.out, outcome.err
    runs, folders = run_of(tmp_path, "subsets")
    found = {run.data.tags["method"]: run.data.metrics for run in runs}
    for name in ("shapley/s1", "shapley/s2", "shapley/s3"):
        error = found["sampled"][f"{name}_err"]
        assert found["sampled"][name] == pytest.approx(found["exact"][name], abs=4 * error)
    for name in ("mi", "last/s1", "alone/s2", "synergy/s1-s2", "o_information", "lattice/123"):
        assert found["sampled"][name] == pytest.approx(found["exact"][name], abs=1e-9), name
    assert not any(name.startswith("best/") for name in found["sampled"])
    assert sorted((folder / "sizes.png").exists() for folder in folders) == [False, True]


def test_bad_input_is_refused_before_any_training(galaxy_causal, tmp_path):
    options = (*table(tmp_path, 200, 21), *BRIEF, "job=subsets")
    for override, message in (
        ((), "exact Shapley values of 21 inputs need 2^21 subsets"),
        (("estimator=cross_entropy",), "set estimator=amortised"),
        (("subsets.method=guess",), "subsets.method=guess must be one of exact, sampled"),
        (("subsets.method=sampled", "subsets.permutations=7"), "must be even"),
        (("subsets.method=sampled", "subsets.sources=[s1,s2]"), "give 3 groups"),
        (("subsets.method=sampled", "subsets.sources=[s1,s2,typo]"), "subsets.sources=typo: dataset"),
        (("subsets.method=sampled", "network=mlp"), "set network=amortised"),
        (("subsets.tolerance=-1",), "subsets.tolerance=-1"),
        (("subsets.draws=1",), "subsets.draws=1"),
        (
            ("subsets.permutations=1000000",),
            "1,000,000 must be at most 100,000: each is",
        ),
        (("subsets.sources=ugriz",), "subsets.sources=ugriz must be a list, or null"),
    ):
        outcome = galaxy_causal(*options, *override)
        assert outcome.code == 2, override
        assert message in outcome.err, override
        assert "trained" not in outcome.out
    refused = galaxy_causal("job=decompose", "network=amortised")
    assert "set estimator=amortised" in refused.err


@pytest.mark.long
def test_a_decomposition_takes_its_three_informations_from_one_fit(galaxy_causal, tmp_path):
    """Against the closed forms, with the allowances of the test above."""
    outcome = galaxy_causal(
        "dataset=gaussian", "bands=signals", "dataset.n=6000", *SMALL, "seeds=1",
        "dataset.split={train: 0.5, validation: 0.1, test: 0.4}", "network.training.max_epochs=20",
        "decomposition.draws=50", "decomposition.curve_draws=5",
    )  # fmt: skip
    assert outcome.code == 0, outcome.err
    assert "1 fits: 1 trained" in outcome.out
    (run,), _ = run_of(tmp_path, "decompose")
    found = run.data.metrics
    for name, value in zip(("mi_x1", "mi_x2", "mi_union"), gaussian_information(0.7, 0.5, 0.3), strict=True):
        assert found[name] == pytest.approx(value, abs=4 * found[f"{name}_err"] + 0.04), name
    atoms = sum(found[a] for a in ("redundant", "unique_1", "unique_2", "synergistic"))
    assert atoms == pytest.approx(found["mi_union"], abs=1e-9)


@pytest.mark.long
def test_a_sweep_over_tuples_trains_once(galaxy_causal, tmp_path):
    quick = [option for option in QUICK if not option.startswith(("dataset", "bands", "network"))]
    takes = "u,gr"
    outcome = galaxy_causal(
        "-m", *quick, *SMALL, "network.training.max_epochs=1", "bands=split_photometry", f"bands.take={takes}"
    )
    assert outcome.code == 0, outcome.err
    assert outcome.out.count("1 fits: 1 trained") == 1
    assert outcome.out.count("1 fits: 0 trained, 1 reused") == 1
    runs, _ = run_of(tmp_path, "decompose")
    assert len({run.data.metrics["mi_union"] for run in runs}) == 1
    assert len({run.data.metrics["mi_x1"] for run in runs}) == 2


def test_numbers_are_judged_in_table_metrics_and_files(galaxy_causal, tmp_path):
    """A network that has hardly begun to learn: the second opinion finds more, and says so."""
    options = (*table(tmp_path, 1000, 12), *BRIEF, "subsets.method=sampled", "subsets.permutations=4")
    options = (*options, "subsets.referee=true")
    outcome = galaxy_causal(*options, "job=subsets")
    assert outcome.code == 0, outcome.err
    assert "second opinion, by boosted trees:" in outcome.out
    assert len(runs(tmp_path, "fit")) == 2  # all inputs alone are asked about where there are more than ten
    (run,), (folder,) = run_of(tmp_path, "subsets")
    found, summary = run.data.metrics, json.loads((folder / "summary.json").read_text())
    verdicts = summary["verdict"]
    assert run.data.tags["verdict_mi"] == verdicts["mi"] != "reliable"
    words = ("reliable", "lower bound", "not to be trusted", "too low")
    assert all(found[f"verdict/{name}"] == words.index(word) for name, word in verdicts.items())
    assert {name for name in verdicts if name.startswith("last/")} == {f"last/s{i}" for i in range(1, 13)}
    assert found["mi_shortfall"] > 0.5 * found["mi_err"]
    assert "all inputs" in outcome.err
    assert "≥: lower bound" in outcome.out or "(?): not to be trusted" in outcome.out
    subsets = pq.read_table(folder / "subsets.parquet").to_pandas()
    whole = subsets[subsets["size"] == 12].iloc[0]
    assert (whole["verdict"], whole["information"]) == (verdicts["mi"], pytest.approx(found["mi"]))


def test_the_second_opinion_on_subsets_can_be_left_out(galaxy_causal, tmp_path):
    outcome = galaxy_causal(*table(tmp_path, 300, 3), *BRIEF, "job=subsets")
    assert outcome.code == 0, outcome.err
    assert "second opinion" not in outcome.out
    assert len(runs(tmp_path, "fit")) == 1
    refused = galaxy_causal(*table(tmp_path, 300, 3), *BRIEF, "job=subsets", "subsets.referee=maybe")
    assert refused.code == 2
    assert "subsets.referee=maybe must be true or false" in refused.err


def judged_of(galaxy_causal, tmp_path, change):
    """The verdicts on subsets of a table that was changed before, and what was printed."""
    options = table(tmp_path, 600, 3)
    file = tmp_path / "galaxies.parquet"
    frame = pd.read_parquet(file)
    splits = np.random.default_rng(5).permutation(np.repeat(["train", "validation", "test"], [300, 100, 200]))
    change(frame.assign(part=splits)).to_parquet(file)
    outcome = galaxy_causal(
        *options, *BRIEF, "job=subsets", "dataset.columns.split=part", "subsets.referee=false"
    )
    assert outcome.code == 0, outcome.err
    _, (folder,) = run_of(tmp_path, "subsets")
    of_each = pq.read_table(folder / "subsets.parquet").to_pandas()
    told = of_each[of_each["size"] > 0]["verdict"]
    return {*json.loads((folder / "summary.json").read_text())["verdict"].items()} | {*told.items()}, outcome


def only_heavy(frame):
    """Test galaxies of the upper half of masses alone."""
    return frame[(frame["part"] != "test") | (frame["mass"] > frame["mass"].median())]


def mostly_one(frame):
    """Test galaxies that have one mass, but for ten."""
    mass = frame["mass"].to_numpy(copy=True)
    mass[np.flatnonzero(frame["part"] == "test")[10:]] = 10.0
    return frame.assign(mass=mass)


def only_a_few(frame):
    """Forty test galaxies."""
    return frame[(frame["part"] != "test") | ((frame["part"] == "test").cumsum() <= 40)]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (only_heavy, "test galaxies have other targets than training galaxies"),
        (mostly_one, "all but 10 of its 200 held-out galaxies have the same target"),
        (only_a_few, "of 40 test galaxies nothing is to be trusted; at least 50 are needed"),
    ],
)
def test_faults_of_the_test_sample_spoil_every_number(galaxy_causal, tmp_path, change, why):
    verdicts, outcome = judged_of(galaxy_causal, tmp_path, change)
    assert why in " ".join(outcome.err.split())
    assert {word for name, word in verdicts if name != "mi_always"} == {"not to be trusted"}
