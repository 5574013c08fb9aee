"""For all tests."""

import os
import shutil
import signal
import socket
import sqlite3
from contextlib import closing

import pytest
from command import runner
from matplotlib.figure import Figure
from PIL import Image

from galaxy_causal.tracking import database as databases
from galaxy_causal.types import COMMAND_LINE

os.environ.pop("COLUMNS", None)
"""Whoever runs the tests may have exported it; lines of a job are asked for as they are in a file."""


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
"""In the background of a shell tests are deaf to Ctrl-C, and the commands that they start would be too."""

os.environ[COMMAND_LINE] = "1"
"""Tests hear the words of the command line, but for those of the library's functions."""


@pytest.fixture(scope="session")
def make_database(tmp_path_factory):
    """As the package makes a database, but migrated once and then copied, for that takes most of a second."""
    root = tmp_path_factory.mktemp("empty")
    template, real = root / "mlflow.db", databases._make_database

    def make(folder, database):
        if not template.exists():
            real(root, template)
        shutil.copyfile(template, database)
        with closing(sqlite3.connect(database)) as connection, connection:
            place = (folder / "artifacts").as_uri()
            connection.execute("UPDATE experiments SET artifact_location = ? || '/0'", [place])

    return make


@pytest.fixture(autouse=True)
def quick_databases(monkeypatch, make_database):
    """Stores of the tests begin with a copy; tests of how a store is opened override this."""
    monkeypatch.setattr(databases, "_make_database", make_database)


@pytest.fixture
def unused_port():
    """A port on which nobody listens any more."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture
def full_figures():
    """For tests that look at figures: they are written as users have them."""


@pytest.fixture
def light_figures(request, monkeypatch):
    """Figures are drawn once and coarsely, and the PDF holds that picture; they take half of a quick job."""
    if "full_figures" in request.fixturenames:
        return
    savefig = Figure.savefig

    def light(figure, file, **options):
        if file.suffix == ".pdf" and file.with_suffix(".png").exists():
            with Image.open(file.with_suffix(".png")) as drawn:
                drawn.convert("RGB").save(file)
        else:
            savefig(figure, file, **{**options, "dpi": 40})

    monkeypatch.setattr(Figure, "savefig", light)


@pytest.fixture
def galaxy_causal(monkeypatch, capfd, tmp_path, light_figures):
    """``galaxy_causal("job=...")`` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return runner(monkeypatch, capfd)
