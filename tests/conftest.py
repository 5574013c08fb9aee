import os

import pytest
from command import runner

os.environ.pop("COLUMNS", None)
"""Whoever runs the tests may have exported it; lines of a job are asked for as they are in a file."""


@pytest.fixture
def galaxy_causal(monkeypatch, capfd, tmp_path):
    """``galaxy_causal("job=...")`` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return runner(monkeypatch, capfd)
