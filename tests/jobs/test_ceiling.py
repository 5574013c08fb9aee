"""A target with a stated error: the ceiling beside what inputs tell."""

import json

import numpy as np
import pandas as pd
import pytest
from stored import artifacts, runs

QUICK = (
    "estimator=gaussian",
    "bands=pair",
    "decomposition.referee=false",
    "decomposition.draws=50",
    "decomposition.curve_draws=5",
)
MAPPED = (
    "dataset=table", "dataset.columns.id=id", "dataset.columns.target=mass",
    "dataset.columns.other={truth: truth, noisy: noisy}", "bands.x1.other=[truth]", "bands.x2.other=[noisy]",
)  # fmt: skip
SIGMA = 0.3
SHARES = ("mi_x1_share", "mi_x2_share", "mi_union_share")


@pytest.fixture
def decompose(galaxy_causal, tmp_path):
    """Run the job on 4,000 galaxies of unit deviation, known to 0.3, with changed columns and options."""

    def run(*options, **changed):
        rng = np.random.default_rng(0)
        truth = rng.normal(10, 1, 4000)
        columns = {
            "id": np.arange(4000), "truth": truth, "noisy": truth + rng.normal(size=4000),
            "mass": truth + SIGMA * rng.normal(size=4000), "error": np.full(4000, SIGMA),
            "class": np.where(truth > 10, "passive", "star_forming"),
        }  # fmt: skip
        columns |= {name: make(columns) for name, make in changed.items()}
        columns |= {
            "low": columns["mass"] - 0.5 * columns["error"],
            "high": columns["mass"] + 1.5 * columns["error"],
        }
        pd.DataFrame(columns).to_parquet(tmp_path / "t.parquet")
        outcome = galaxy_causal(*MAPPED, "dataset.path=t.parquet", *QUICK, *options)
        assert outcome.code == 0, outcome.err
        return outcome.out + outcome.err

    return run


def test_each_information_is_a_share_of_the_ceiling(decompose, tmp_path):
    """Truth tells all that can be known, 1/2 log(1 + 1/0.09) = 1.247; what is noisy like the truth itself
    1/2 log(1.09 / 0.59) = 0.307, a quarter of it."""
    out = decompose("dataset.columns.target_error=error", "dataset.columns.class=class")
    (run,) = runs(tmp_path, "decompose")
    found = run.data.metrics
    ceiling = 0.5 * np.log(1 + 1 / SIGMA**2)
    assert found["mi_ceiling"] == pytest.approx(ceiling, abs=4 * found["mi_ceiling_err"])
    assert 0.01 < found["mi_ceiling_err"] < 0.06
    for name, share in zip(SHARES, (1, 0.5 * np.log(1.09 / 0.59) / ceiling, 1), strict=True):
        assert found[name] == pytest.approx(share, abs=4 * found[f"{name}_err"])
        assert found[name] == pytest.approx(found[name.removesuffix("_share")] / found["mi_ceiling"])
        assert 0.001 < found[f"{name}_err"] < 0.05
    line = next(line for line in out.splitlines() if line.startswith("ceiling I(Y; true Y)"))
    assert f"{found['mi_ceiling']:.3f} ± {found['mi_ceiling_err']:.3f} nats" in line
    union = f"{100 * found['mi_union_share']:.1f} ± {100 * found['mi_union_share_err']:.1f} %"
    assert f"I(Y; both) {union}" in line
    of_classes = pd.read_csv(artifacts(tmp_path, run) / "metrics.csv", index_col="metric")["value"]
    for group in ("passive", "star_forming"):
        share = of_classes[f"{group}/mi_x1_share"]
        assert share == pytest.approx(1, abs=4 * of_classes[f"{group}/mi_x1_share_err"])
    summary = json.loads((artifacts(tmp_path, run) / "summary.json").read_text())
    assert summary["groups"][0]["value"]["mi_ceiling"] == found["mi_ceiling"]
    assert summary["dataset"]["target_error"] == "column error"
    assert "warning" not in out


def test_without_errors_nothing_is_said_and_with_them_no_fit_changes(decompose, tmp_path):
    out = decompose()
    assert "ceiling" not in out
    (run,) = runs(tmp_path, "decompose")
    assert not [name for name in run.data.metrics if "ceiling" in name or "share" in name]
    same = decompose("dataset.columns.target_error=error")
    assert "3 fits: 0 trained, 3 reused" in same
    assert len(runs(tmp_path, "decompose")) == 2
    percentiles = decompose("dataset.columns.target_error={low: low, high: high}")
    assert "3 fits: 0 trained, 3 reused" in percentiles
    lines = [
        next(line for line in one.splitlines() if line.startswith("ceiling")) for one in (same, percentiles)
    ]
    assert lines[0] == lines[1]


def test_draws_of_a_posterior(decompose, tmp_path):
    """Truth of unit deviation measured with 0.3: so 1/2 log(1 + 1/0.09) is known of it."""
    draws = {
        f"d{k}": lambda c, k=k: (
            10
            + (c["mass"] - 10) / (1 + SIGMA**2)
            + SIGMA / (1 + SIGMA**2) ** 0.5 * np.random.default_rng(k).normal(size=4000)
        )
        for k in range(5)
    }
    out = decompose("dataset.columns.target_draws=[d0, d1, d2, d3, d4]", **draws)
    assert "ceiling I(true Y; its measurement), by the target's draws: " in out
    (run,) = runs(tmp_path, "decompose")
    found = run.data.metrics
    assert found["mi_ceiling"] == pytest.approx(
        0.5 * np.log(1 + 1 / SIGMA**2), abs=4 * found["mi_ceiling_err"]
    )
    assert found["mi_x1_share"] == pytest.approx(1, abs=4 * found["mi_x1_share_err"])


@pytest.mark.parametrize(
    "changed",
    [
        {"error": lambda _: np.full(4000, 2 * SIGMA)},
        {"truth": lambda c: c["mass"] + 0.1 * np.random.default_rng(1).normal(size=4000)},
    ],
)
def test_errors_that_are_too_large_and_circular_inputs_stand_out(decompose, changed):
    out = decompose("dataset.columns.target_error=error", **changed)
    assert "warning: I(Y; x1) is above the ceiling by " in out
    assert " nats (all): the stated errors are too large" in out
    assert "warning: I(Y; both) is above the ceiling" in out
    assert "warning: I(Y; x2)" not in out
    assert "circular" in out


def test_a_target_without_a_ceiling_says_why(decompose, tmp_path):
    out = decompose("dataset.columns.target_error=error", mass=lambda c: np.round(c["mass"]))
    assert "no ceiling: the target comes in steps of about 1 " in out
    (run,) = runs(tmp_path, "decompose")
    assert "mi_ceiling" not in run.data.metrics


def test_a_ceiling_that_may_be_zero_has_no_shares(decompose, tmp_path):
    out = decompose(
        "dataset.columns.target_error=error",
        mass=lambda c: 10 + np.random.default_rng(3).normal(size=4000),
        error=lambda _: np.full(4000, 0.98),
    )
    assert "nats, which may be zero: no shares of it" in out
    (run,) = runs(tmp_path, "decompose")
    assert abs(run.data.metrics["mi_ceiling"]) < 3 * run.data.metrics["mi_ceiling_err"]
    assert "mi_union_share" not in run.data.metrics
