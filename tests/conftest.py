"""For all tests."""

import os
import shutil
import signal
import socket
import sqlite3
from contextlib import closing
from io import BytesIO

import pytest
from command import runner
from PIL import Image

from galaxy_causal import plot
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


@pytest.fixture(scope="session")
def blank():
    """A small picture without anything on it, as PNG and as PDF."""
    files = {kind: BytesIO() for kind in ("png", "pdf")}
    for kind, file in files.items():
        Image.new("RGB", (8, 8)).save(file, kind)
    return {kind: file.getvalue() for kind, file in files.items()}


@pytest.fixture
def light_figures(request, monkeypatch, blank):
    """Figures are made, but files hold blank pictures: to draw them takes half of a quick job.

    ``full_figures`` has them drawn.
    """
    if "full_figures" in request.fixturenames:
        return

    def light(figure, folder, name):
        files = [folder / f"{name}.{kind}" for kind in blank]
        for file, content in zip(files, blank.values(), strict=True):
            file.write_bytes(content)
        return tuple(files)

    monkeypatch.setattr(plot, "save", light)


@pytest.fixture
def galaxy_causal(monkeypatch, capfd, tmp_path, light_figures):
    """``galaxy_causal("job=...")`` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return runner(monkeypatch, capfd)
