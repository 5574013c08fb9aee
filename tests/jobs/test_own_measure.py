"""A decomposition of one's own, in one's own file, by both doors."""

import subprocess
import sys

import numpy as np
import pytest
from command import QUICK
from stored import artifacts, runs

import galaxy_causal as gc
from galaxy_causal.dataset import gaussian
from galaxy_causal.decomposition import MEASURES, FunctionMeasure, Measures, measure_of, measure_spec
from galaxy_causal.estimator import Gaussian
from galaxy_causal.fitting import foreign_code
from galaxy_causal.jobs.decompose.options import DecomposeOptions
from galaxy_causal.types import UserError, Values

SPLIT = {"train": 0.7, "validation": 0.15, "test": 0.15, "seed": 0}

MEASURES_FILE = """
import numpy as np

def half(i1, i2, union):
    "redundancy is half of the smaller information"
    return 0.5 * np.minimum(i1, i2)
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "my_measures.py").write_text(MEASURES_FILE)
    return tmp_path


def command(folder, *overrides):
    call = [
        sys.executable, "-m", "galaxy_causal", "dataset=gaussian", "bands=signals", "dataset.n=2000",
        "estimator=gaussian", "decomposition.draws=20", "decomposition.curve_draws=5",
        "decomposition.referee=false", *overrides,
    ]  # fmt: skip
    return subprocess.run(call, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.long
def test_a_function_in_a_file_is_a_measure_by_both_doors(folder, monkeypatch):
    done = command(folder, "decomposition.measure=my_measures.half")
    assert done.returncode == 0, done.stderr
    assert "Headline, half: redundancy is half of the smaller information" in done.stdout
    (run,) = runs(folder, "decompose")
    found = run.data.metrics
    assert found["redundant"] == pytest.approx(0.5 * found["pointwise/redundant"])
    assert found["redundant_err"] == pytest.approx(0.5 * found["pointwise/redundant_err"], rel=1e-6)
    total = sum(found[atom] for atom in ("redundant", "unique_1", "unique_2", "synergistic"))
    assert total == pytest.approx(found["mi_union"])
    assert (artifacts(folder, run) / "galaxies.parquet").exists()
    monkeypatch.syspath_prepend(folder)
    import my_measures

    galaxies = gaussian(2000, 0.7, 0.5, 0.3, 0, split=SPLIT)
    in_python = gc.decompose(
        galaxies, {"signal": ["x1"]}, {"signal": ["x2"]}, estimator=Gaussian(), measure=my_measures.half,
        referee=False, draws=20, store=folder / "mlruns", progress=False,
    )  # fmt: skip
    assert all(fit.reused for fit in in_python.fits)
    assert in_python.summaries[0].value["half/synergistic"] == found["synergistic"]
    assert in_python.summaries[0].error["half/synergistic"] == found["synergistic_err"]
    assert "half/unique_1" in in_python.galaxies.colnames
    by_name, itself = DecomposeOptions("my_measures.half").spec(), DecomposeOptions(my_measures.half).spec()
    assert by_name == itself
    assert by_name["measure"] == {"_target_": "my_measures.half", "name": "half"}
    (code,) = foreign_code(by_name).values()
    (folder / "my_measures.py").write_text(MEASURES_FILE.replace("0.5", "0.4"))
    assert foreign_code(by_name) != {"my_measures.half": code}


def test_a_measure_that_cannot_be_found_is_told_in_one_line(folder, galaxy_causal):
    told = galaxy_causal(*QUICK, "decomposition.also=[no_file.half]")
    assert told.code == 2
    assert told.err.strip() == (
        "error: decomposition.also=no_file.half: there is no module no_file here; run from the folder that "
        "holds no_file.py, or put that folder on PYTHONPATH"
    )
    told = galaxy_causal(*QUICK, "decomposition.measure=my_measures.third")
    assert "my_measures has no third" in told.err


def test_what_is_no_measure_is_refused():
    with pytest.raises(UserError, match="measure=3 is unknown"):
        measure_of(3)
    with pytest.raises(UserError, match="cannot have the name i_min"):
        measure_of(FunctionMeasure("i_min", lambda i1, i2, union: i1))
    with pytest.raises(UserError, match="for anything between extend Measure"):
        FunctionMeasure("mine", lambda i1, i2, union: i1, Values.OF_PARTS)
    with pytest.raises(UserError, match=r"each of 5 galaxies; it gives 0 NaN in the shape \(\)"):
        FunctionMeasure("mean", lambda i1, i2, union: i1.mean()).columns(*np.ones((4, 5)))
    mine = FunctionMeasure("mine", lambda i1, i2, union: i1)
    with pytest.raises(UserError, match="mine needs the information of each galaxy"):
        Measures.of([mine], "ksg", Values.OF_PARTS, predicts=False)


def test_measures_of_the_package_are_known_by_their_names_alone():
    assert {measure_spec(one) for one in MEASURES.values()} == set(MEASURES)
    assert all(one.name == name and one.meaning for name, one in MEASURES.items())
