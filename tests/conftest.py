import pytest
from command import runner


@pytest.fixture
def galaxy_causal(monkeypatch, capfd, tmp_path):
    """``galaxy_causal("job=...")`` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return runner(monkeypatch, capfd)
