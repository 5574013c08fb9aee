"""Packages that only some jobs need, and what is said without them."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import galaxy_causal
from galaxy_causal.types import extras

MODULES = ("causallearn", "dit", "dust_extinction", "faiss", "galsim", "pgmpy", "pyvo", "reproject", "zarr")
BARE = f"""
import sys
sys.modules.update(dict.fromkeys({MODULES}))
sys.argv[0] = "galaxy-causal"
from galaxy_causal.cli import main
main()
"""
QUICK = ("dataset=gaussian", "dataset.n=400", "bands=signals", "estimator=gaussian", "decomposition.draws=10")


@pytest.fixture
def without_extras(tmp_path):
    """A command of an environment that has none of the modules."""

    def run(*arguments):
        command = [sys.executable, "-c", BARE, *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    return run


def test_a_decomposition_needs_no_extra(without_extras):
    done = without_extras(*QUICK, "decomposition.referee=false")
    assert done.returncode == 0, done.stderr
    assert "synergistic" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "package", "extra"),
    [
        pytest.param(("dataset=mock", "dataset.n=200"), "galsim", "mock", marks=pytest.mark.long),
        pytest.param(("discover", "dataset=sdss"), "pgmpy", "discovery", marks=pytest.mark.long),
        pytest.param((*QUICK, "decomposition.also=[broja]"), "dit", "measures", marks=pytest.mark.long),
    ],
)
def test_a_missing_package_is_named_with_its_extra(without_extras, arguments, package, extra):
    done = without_extras(*arguments)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert f"needs the package {package}" in done.stderr or "dust-extinction" in done.stderr
    assert f"pip install 'galaxy_causal[{extra}]'" in done.stderr


def test_in_python_too(monkeypatch):
    monkeypatch.setitem(sys.modules, "pgmpy", None)
    for name in [one for one in sys.modules if one.startswith("galaxy_causal.discovery.pc")]:
        monkeypatch.delitem(sys.modules, name)
    told = extras.remedy("pgmpy.estimators")
    assert told is not None
    assert "galaxy_causal[discovery]" in told
    assert extras.remedy("numpy") is None


def test_extras_are_those_of_the_project_and_all_takes_every_one():
    project = tomllib.loads((Path(galaxy_causal.__file__).parents[1] / "pyproject.toml").read_text())[
        "project"
    ]
    declared = project["optional-dependencies"]
    assert set(extras.OF_JOBS) <= set(declared)
    assert all(name in declared["all"][0] for name in extras.OF_JOBS)
    assert {name: len(declared[name]) for name in extras.OF_JOBS} == {
        name: len(packages) for name, packages in extras.extras().items()
    }
    assert extras.missing() == {}  # the tests need all of them
