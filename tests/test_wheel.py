"""What a wheel holds, and what it does outside the checkout: pages of the documents that show code."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from astropy.table import Table
from stored import runs
from walk_pages import blocks, is_module

from galaxy_causal.types import COMMAND_LINE

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "docs" / "guide"
SOURCES = {"galaxy_causal": "galaxy_causal", "conf": "galaxy_causal/conf"}
"""Folders of the checkout, and where they are in a wheel."""


def run(*command, cwd, **environment):
    call = [sys.executable, *map(str, command)]
    own = {name: value for name, value in os.environ.items() if name != COMMAND_LINE} | environment
    done = subprocess.run(call, cwd=cwd, env=own, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    source, made = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in SOURCES:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    run("-m", "build", "--wheel", "--no-isolation", "--outdir", made, source, cwd=source)
    (file,) = made.glob("*.whl")
    return file


@pytest.fixture(scope="session")
def installed(wheel, tmp_path_factory):
    folder = tmp_path_factory.mktemp("installed")
    quiet = ("--quiet", "--disable-pip-version-check")
    run("-m", "pip", "install", *quiet, "--no-index", "--no-deps", "--target", folder, wheel, cwd=folder)
    return folder


def galaxies(count):
    """Columns and images of galaxies whose light tells of their mass once the redshift is known."""
    rng = np.random.default_rng(0)
    mass, z = rng.normal(10.5, 0.5, count), rng.uniform(0.02, 0.2, count)
    r = 20 - 2.5 * (mass - 10) + 5 * np.log10(z / 0.05) + rng.normal(0, 0.1, count)
    g = r + rng.normal(0.8, 0.1, count)
    images = rng.normal(size=(count, 2, 8, 8)).astype(np.float32)
    return {"mass": mass, "z": z, "g": g, "r": r, "images": images}


def write_tables(folder, data):
    """The tables of the notebook's page: with the target and without."""
    g, r = (10 ** (0.4 * (22.5 - data[band])) for band in ("g", "r"))
    table = Table({"FLUX_G": g, "FLUX_R": r, "FLUX_W1": 1.3 * r**0.9 * data["z"]})
    table.write(folder / "new.fits")
    table["objid"], table["logmass"], table["z"] = np.arange(len(g)) + 7, data["mass"], data["z"]
    table.write(folder / "my.fits")


def test_a_wheel_holds_every_module_and_every_option(wheel):
    there = {
        f"{place}/{file.relative_to(ROOT / folder)}"
        for folder, place in SOURCES.items()
        for file in (ROOT / folder).rglob("*")
        if file.suffix in (".py", ".yaml", ".typed", ".html", ".css", ".js")
    }
    held = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert held == there
    own = {"galaxy_causal/page/templates/page.html", "galaxy_causal/conf/config.yaml"}
    assert own | {"galaxy_causal/py.typed"} <= held


def test_examples_of_ones_own_are_short():
    modules = [text for _, text in blocks(GUIDE / "own.md") if is_module(text)]
    assert len(modules) == 5
    for text in modules:
        lines = [line for line in text.splitlines() if line and not line.startswith("#")]
        assert len(lines) <= 15, text


@pytest.mark.long
def test_pages_that_show_code_do_what_they_say(installed, tmp_path):
    """In an empty folder: what is one's own by the command line, then in Python, where its fits are found."""
    data = galaxies(400)
    np.savez(tmp_path / "my.npz", **data)
    write_tables(tmp_path, data)
    pages = (GUIDE / "own.md", GUIDE / "notebook.md", ROOT / "README.md")
    path = os.pathsep.join(map(str, (installed, tmp_path)))
    script = Path(__file__).with_name("walk_pages.py")
    said = run("-P", script, *pages, cwd=tmp_path, PYTHONPATH=path, OMP_NUM_THREADS="1")
    own, notebook, readme, end = re.split(r"\S+\.md with ", said)
    assert all(Path(part.split("\n")[0]).is_relative_to(installed) for part in (notebook, readme, end))
    found = [tuple(map(int, pair)) for pair in re.findall(r"(\d+) trained, (\d+) reused", own)]
    table, network, images, estimator, measure = [(3, 0), (3, 0), (2, 1), (3, 0), (0, 3)]
    assert found == [
        table, (0, 3), network, (0, 3), images, (0, 3), estimator, (0, 3), measure, (0, 3),
    ]  # fmt: skip
    assert own.count("Headline, common_change: redundancy is the common change in surprisal") == 2
    assert notebook.count("Headline, population_min") == 3
    assert readme.count("Headline, population_min") == 1
    kept = {job: len(runs(tmp_path, job)) for job in ("decompose", "subsets", "causal", "discover")}
    assert kept["decompose"] == len(found) / 2 + 2  # both doors go on in one run
    assert min(kept.values()) > 0
