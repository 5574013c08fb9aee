"""The page of a run: made by both doors, with the numbers of the result, and with code that asks again."""

import csv
import errno
import html
import json
import re
from dataclasses import replace

import numpy as np
import pytest
from command import QUICK
from stored import runs

import galaxy_causal as gc
from galaxy_causal import plot
from galaxy_causal.jobs import keeping
from galaxy_causal.jobs.decompose.result import Decomposition
from galaxy_causal.jobs.page import REPORT


@pytest.fixture
def page(galaxy_causal, tmp_path):
    """Run a job and give what it printed, and its page."""

    def run(*overrides):
        outcome = galaxy_causal(*overrides)
        assert outcome.code == 0, outcome.err
        (file,) = tmp_path.glob(f"mlruns/artifacts/*/artifacts/{REPORT}")
        return outcome, file

    return run


def code(text, name):
    """What stands on a page under a heading of how to repeat it."""
    found = re.search(rf"<h3>{name}</h3>\s*<pre[^>]*>(.*?)</pre>", text, re.DOTALL)
    return html.unescape(found[1])


def test_a_decomposition_says_its_answer_first_and_has_a_page_with_its_numbers(page, galaxy_causal):
    outcome, file = page(*QUICK)
    text = file.read_text()
    assert len(text.encode()) < 5_000_000
    found = gc.load("mlruns", file.parents[1].name)
    lines = outcome.out.splitlines()
    assert found.answer in lines
    assert lines.index(found.answer) < next(k for k, one in enumerate(lines) if one.startswith("x1 = "))
    assert f"a page for your browser: {file}" in outcome.out
    assert html.escape(found.answer, quote=False) in text
    assert str(found).startswith(found.answer)
    for row in found.to_pandas().query("quantity.str.startswith('mi_')").itertuples():
        assert f'data-order="{row.value!r}"' in text
    numbers = json.loads(re.search(r'id="numbers">(.*?)</script>', text)[1])
    assert numbers[0]["value"] == [found.summaries[0].value["mi_x1"]]
    assert html.unescape(text).count("draws: 20") >= 1  # of the configuration
    assert code(text, "In a shell") == "galaxy-causal " + " ".join(QUICK)
    before = len(gc.runs("mlruns"))
    again = galaxy_causal(*code(text, "In a shell").split()[1:])
    assert "3 reused" in again.out
    there = {}
    exec(code(text, "In Python"), there)
    assert there["result"].answer == found.answer
    assert all(fit.reused for fit in there["result"].fits)
    assert len(gc.runs("mlruns")) == before


EVIL = "age <script>x</script>"


def test_a_table_of_ones_own_with_a_name_that_is_code(page, tmp_path):
    rng = np.random.default_rng(0)
    age = rng.normal(10, 0.5, 300)
    values = zip(age, age + rng.normal(0, 0.3, 300), age + rng.normal(0, 0.4, 300), strict=True)
    lines = [f"{EVIL},one,two", *(",".join(map(repr, map(float, row))) for row in values)]
    (tmp_path / "t.csv").write_text("\n".join(lines))
    outcome, file = page(
        "dataset=table", "dataset.path=t.csv", f"dataset.columns.target='{EVIL}'",
        "dataset.columns.other={a: one, b: two}", "bands=pair", "bands.x1.other=[a]", "bands.x2.other=[b]",
        "seeds=1", "estimator=gaussian", "decomposition.draws=20", "decomposition.referee=false",
    )  # fmt: skip
    text = file.read_text()
    assert "<script>x" not in text
    assert "&lt;script&gt;x&lt;/script&gt;" in text
    assert f"nats of {EVIL}" in outcome.out
    there = {}
    asks = code(text, "In Python")
    exec(asks, there)
    assert all(fit.reused for fit in there["result"].fits)
    assert max(map(len, asks.splitlines())) <= 100
    assert "\n    't.csv',\n" in asks


def broken(*_, **__):
    raise RuntimeError("no ink\nat all")


def described(tmp_path):
    (run,) = runs(tmp_path, "decompose")
    return run.data.tags["mlflow.note.content"]


def test_a_page_that_cannot_be_made_loses_nothing(page, galaxy_causal, tmp_path, monkeypatch):
    """Nor does one of a run of before stay beside new numbers, and nobody is sent to it."""
    outcome, file = page(*QUICK)
    link = f"[{REPORT}](#/experiments"
    assert link in described(tmp_path)
    monkeypatch.setattr(keeping, "write_page", broken)
    outcome = galaxy_causal(*QUICK)
    assert outcome.code == 0
    assert f"warning: {REPORT} could not be made (RuntimeError: no ink); all else is kept" in outcome.out
    assert not file.exists()
    assert "a page for your browser" not in outcome.out
    assert f"figures and tables: {file.parent}" in outcome.out
    assert link not in described(tmp_path)
    assert "nats" in described(tmp_path)
    assert (file.parent / "atoms_by_class.png").exists()


def test_content_that_cannot_be_gathered_loses_nothing(galaxy_causal, tmp_path, monkeypatch):
    monkeypatch.setattr(Decomposition, "content", broken)
    outcome = galaxy_causal(*QUICK)
    assert outcome.code == 0
    assert f"warning: {REPORT} could not be made (RuntimeError: no ink); all else is kept" in outcome.out
    assert "a page for your browser" not in outcome.out
    assert gc.load("mlruns", runs(tmp_path, "decompose")[0].info.run_id).answer in outcome.out


def test_a_figure_that_cannot_be_made_loses_nothing_else(page, galaxy_causal, monkeypatch):
    _, file = page(*QUICK)
    drawn = file.parent / "atoms_by_class.png"
    assert drawn.exists()
    assert 'alt="' in file.read_text()
    monkeypatch.setattr(plot, "atoms_by_class", broken)
    outcome = galaxy_causal(*QUICK)
    assert outcome.code == 0
    said = "warning: figure atoms_by_class could not be made (RuntimeError: no ink); all else is kept"
    assert said in outcome.out
    assert not drawn.exists()
    assert not drawn.with_suffix(".pdf").exists()
    found = gc.load("mlruns", file.parents[1].name)
    assert found.answer in outcome.out
    assert f"a page for your browser: {file}" in outcome.out
    assert (file.parent / "one_galaxy.png").exists()


@pytest.mark.parametrize("lack", [MemoryError(), OSError(errno.ENOSPC, "No space left on device")])
def test_a_lack_of_memory_or_disk_is_no_fault_of_a_figure(galaxy_causal, tmp_path, monkeypatch, lack):
    def lacking(*_, **__):
        raise lack

    monkeypatch.setattr(plot, "atoms_by_class", lacking)
    outcome = galaxy_causal(*QUICK)
    assert outcome.code != 0
    assert "could not be made" not in outcome.out
    assert [run.info.status for run in runs(tmp_path, "decompose")] == ["FAILED"]


def test_planes_without_a_known_galaxy_have_no_map(galaxy_causal, tmp_path):
    assert galaxy_causal(*QUICK, "dataset.n=1600").code == 0
    found = gc.load("mlruns", runs(tmp_path, "decompose")[0].info.run_id)
    rows = len(found.columns["y"])
    rng, nothing = np.random.default_rng(0), np.full(rows, np.nan)
    labels = {"redshift": "redshift", "magnitude": "r [mag]", "colour": "g - r [mag]"}
    seen = {"magnitude": rng.normal(size=rows), "colour": rng.normal(size=rows)}
    some = replace(found, columns={**found.columns, **seen, "redshift": nothing}, quantities=labels)
    along = {axes.get_xlabel() for axes in some.figures()["maps"].axes}
    assert "r [mag]" in along
    assert "redshift" not in along
    none = replace(found, columns={**found.columns, "redshift": nothing}, quantities={"redshift": "redshift"})
    assert "maps" not in none.figures()


def test_a_password_in_an_address_stands_nowhere(page):
    address = "https://me:secret@host/runs"
    _, file = page(*QUICK, f"tracking.experiment={address}")
    text = html.unescape(file.read_text())
    assert "tracking.experiment=https://***@host/runs" in code(text, "In a shell")
    assert "experiment: https://***@host/runs" in text
    folder = file.parent
    texts = [one for one in folder.iterdir() if one.suffix in (".html", ".yaml", ".json", ".csv")]
    assert {"config.yaml", REPORT, "params.json"} <= {one.name for one in texts}
    assert [one.name for one in texts if "secret" in one.read_text()] == []


def test_numbers_are_written_as_any_reader_of_csv_takes_them(tmp_path):
    class Odd(Decomposition):
        def __init__(self):
            pass

        def metrics(self):
            return {'of "one", two': np.float64(0.5), "three": 2.0}

    keeping._write_metrics(Odd(), tmp_path)
    with (tmp_path / keeping.METRICS).open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [["metric", "value"], ['of "one", two', "0.5"], ["three", "2.0"]]


def test_what_a_page_holds_is_gathered_once(galaxy_causal, monkeypatch):
    calls = []
    gather = Decomposition.content
    monkeypatch.setattr(Decomposition, "content", lambda found: calls.append(1) or gather(found))
    assert galaxy_causal(*QUICK).code == 0
    assert len(calls) == 1


def test_a_result_writes_its_page_anywhere(galaxy_causal, tmp_path):
    columns = {"m": range(200), "z": [k % 7 for k in range(200)], "g": [k % 11 for k in range(200)]}
    galaxies = gc.from_table(columns, "m", other={"z": "z", "g": "g"})
    found = gc.decompose(
        galaxies,
        {"other": ["z"]},
        {"other": ["g"]},
        estimator="gaussian",
        draws=20,
        referee=False,
        progress=False,
    )
    file = found.report(tmp_path / "new" / "page.html")
    assert file == tmp_path / "new" / "page.html"
    text = file.read_text()
    assert html.escape(found.answer, quote=False) in text
    assert "How to repeat it" not in text
