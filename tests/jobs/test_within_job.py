"""Informations within classes, what comes with each galaxy, and where warnings go, through the job."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from astropy.table import Table
from matplotlib.text import Text
from stored import artifacts, runs

from galaxy_causal.jobs.decompose.result import Decomposition
from galaxy_causal.jobs.decompose.within import _within_misfit
from galaxy_causal.types import Summary

COUNT = 3000
SPREAD, NOISE, OFFSET = np.array([0.6, 0.4]), np.array([0.3, 0.3]), np.array([0.0, -0.6])
NAMES = np.array(["star_forming", "passive"])
QUICK = (
    "seeds=1", "fits_at_once=1", "network.width=32", "network.blocks=1", "network.training.max_epochs=12",
    "decomposition.draws=50", "decomposition.curve_draws=5", "decomposition.referee=false", "bands=pair",
)  # fmt: skip
MAPPED = (
    "dataset=table", "dataset.path=t.parquet", "dataset.columns.id=id", "dataset.columns.target=mass",
    "dataset.columns.class=type", "dataset.columns.redshift=z", "dataset.columns.ebv=dust",
    "dataset.columns.photometry={r: r}", "dataset.columns.photometry_error={r: er}",
    "dataset.photometry_unit=magnitude", "dataset.columns.other={noise: noise}",
    "bands.x1.photometry=r", "bands.x2.other=[noise]",
)  # fmt: skip


@pytest.fixture
def answer(galaxy_causal, tmp_path):
    """Two classes of masses whose magnitudes have another zero point each; x2 tells nothing."""
    rng = np.random.default_rng(1)
    kind = rng.integers(0, 2, COUNT)
    mass = 10 + 0.8 * kind + SPREAD[kind] * rng.normal(size=COUNT)
    magnitude = 18 - (mass - 10 + OFFSET[kind] + NOISE[kind] * rng.normal(size=COUNT))
    pd.DataFrame(
        {
            "id": np.arange(COUNT), "mass": mass, "type": NAMES[kind], "r": magnitude,
            "er": rng.uniform(0.01, 0.02, COUNT), "noise": rng.normal(size=COUNT),
            "z": rng.uniform(0.05, 0.2, COUNT), "dust": rng.uniform(0.01, 0.05, COUNT),
        }
    ).to_parquet(tmp_path / "t.parquet")  # fmt: skip
    outcome = galaxy_causal(*MAPPED, *QUICK)
    assert outcome.code == 0, outcome.err
    (run,) = runs(tmp_path, "decompose")
    return outcome, run.data.metrics, artifacts(tmp_path, run)


def check_informations(outcome, tracked, folder):
    """Classes have informations of their own, and parts of that of all; the run shows those of all alone."""
    found = pd.read_csv(folder / "metrics.csv", index_col="metric")["value"]
    assert {name.rpartition("/")[0] for name in tracked if name.startswith("within/")} == {"within"}
    assert all(found[name] == value for name, value in tracked.items())
    truth = dict(zip(NAMES, 0.5 * np.log1p((SPREAD / NOISE) ** 2), strict=True))
    for name, value in truth.items():
        within = found[f"within/{name}/mi_x1"]
        error = found[f"within/{name}/mi_x1_err"]
        assert value - 0.15 - 3 * error < within < value + 3 * error
        assert abs(found[f"within/{name}/mi_x2"]) < 4 * found[f"within/{name}/mi_x2_err"] + 0.02
        assert found[f"within/{name}/redundant"] <= within + 1e-12
    parts = [found[f"within/{name}/mi_x1"] * found[f"within/{name}/galaxies"] for name in NAMES]
    assert found["within/mi_x1"] == pytest.approx(sum(parts) / found["within/galaxies"])
    parts = [found[f"{name}/mi_x1"] * found[f"{name}/galaxies"] for name in NAMES]
    assert found["mi_x1"] == pytest.approx(sum(parts) / found["galaxies"])
    assert "Within classes: I(Y; X | class) in nats" in outcome.out
    assert "where an input tells the class, its information may be 0.07 nats too low" in outcome.out
    assert all(one.verdict["mi_x2"] != "reliable" for one in Decomposition.read(folder).within)
    assert "classes: their part of the information of all" in outcome.out
    assert "x1 = photometry[r], with errors and E(B-V)" in outcome.out
    said = {text.get_text() for text in Decomposition.read(folder).plot("atoms_by_class").findobj(Text)}
    assert [text for text in said if "photometry[r] with errors and $E(B-V)$" in " ".join(text.split())]
    assert "of the spread" in outcome.out
    assert found["scatter_x1"] < found["scatter_prior"]
    assert found["width_x1"] == pytest.approx(np.exp(-found["mi_x1"]))
    again = str(Decomposition.read(folder))
    start = outcome.out.index("x1 = photometry[r], with")
    assert outcome.out[start:].startswith(again[again.index("x1 =") :].rstrip())


def check_lines(outcome):
    """No line has blanks at its end, and warnings stand apart."""
    assert [line for line in outcome.out.splitlines() if line != line.rstrip()] == []
    assert "warning" not in outcome.out
    assert "±" not in outcome.err


def check_galaxies(folder):
    """Each galaxy has what is known of it, with units."""
    rows = Table.read(folder / "galaxies.parquet")
    assert str(rows["magnitude"].unit) == str(rows["ebv"].unit) == "mag"
    assert rows["i_x1"].description.endswith("[nats], mean over realisations")
    assert pq.read_schema(folder / "galaxies.parquet").field("ebv").metadata[b"unit"] == b"mag"
    given = pd.read_parquet("t.parquet")
    for name, column in (("magnitude", "r"), ("redshift", "z"), ("ebv", "dust"), ("y", "mass")):
        np.testing.assert_allclose(rows[name], given[column].to_numpy()[rows["id"]], rtol=1e-6)
    assert "ra" not in rows.colnames
    again = Decomposition.read(folder).galaxies
    assert str(again["magnitude"].unit) == "mag"
    assert again["y"].description == rows["y"].description


def test_no_small_number_within_classes_is_called_reliable():
    value = {"mi_x1": 0.06, "mi_x2": 0.5, "mi_union": -0.03, "m/redundant": -0.02, "m/unique_1": 0.01}
    words = ["reliable", "reliable", "lower bound", "reliable", "too low"]
    found = _within_misfit(
        Summary("passive", 9, value, dict.fromkeys(value, 0.01), {}, {}, dict(zip(value, words, strict=True)))
    )
    assert [*found.verdict.values()] == [
        "lower bound",
        "reliable",
        "lower bound",
        "not to be trusted",
        "too low",
    ]
    assert found.value == value


def check_page(folder):
    """The page lists what the terminal tells, with its texts, and the numbers of each curve's points."""
    found = Decomposition.read(folder)
    content = found.content()
    tables = {one.title: one for one in content.tables}
    (informations,) = [one for title, one in tables.items() if title.startswith("Within classes: I(Y; X |")]
    assert [row[0] for row in informations.rows] == ["all classes", "star-forming", "passive"]
    column = [row[2].value for row in informations.rows]
    assert column == [one.value["mi_x1"] for one in found.within]
    (atoms,) = [one for title, one in tables.items() if title.startswith("Within classes: atoms")]
    last = [row[-1].value for row in atoms.rows]
    assert last == [one.value[f"{found.measure}/synergistic"] for one in found.within]
    estimates = tables["What that means for an estimate of Y (all galaxies)"]
    assert [row[0] for row in estimates.rows] == ["nothing", found.x1, found.x2, "both"]
    assert estimates.rows[1][1].value == found.meaning.numbers["scatter_x1"][0]
    terminal = str(found)
    assert all(cell.text in terminal for row in estimates.rows for cell in row[1:])
    charts = [panel for one in content.charts if one.title.startswith("Atoms along") for panel in one.panels]
    titles = [panel.title for panel in charts]
    assert len({*titles}) == len(titles) > 1
    folded = [one for one in content.tables if one.folded]
    assert sum(len(one.rows) for one in folded) == sum(len(panel.place) for panel in charts) > 0
    drawn = [value for panel in charts for value, _, _ in panel.lines.values()]
    listed = {cell.value for one in folded for row in one.rows for cell in row[3:]}
    assert {float(value) for line in drawn for value in line} <= listed
    for panel in next(one for one in content.charts if one.title == "Informations by class").panels:
        assert [*panel.doubtful] == [note not in ("", "reliable") for note in panel.notes]


def test_what_the_job_says_of_classes_and_galaxies(answer):
    """One run for all, for it trains three networks."""
    outcome, found, folder = answer
    check_informations(outcome, found, folder)
    check_lines(outcome)
    check_galaxies(folder)
    check_page(folder)
