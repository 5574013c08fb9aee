"""A user's own code in a job."""

import sys

import pytest
from command import QUICK

NETWORK = """
from dataclasses import dataclass
from galaxy_causal.network import Mlp

@dataclass(frozen=True)
class Own(Mlp):
    pass
"""


@pytest.mark.long
def test_an_edited_network_is_another_network(galaxy_causal, tmp_path, monkeypatch):
    """Its name and options are the same: what it does need not be."""
    monkeypatch.syspath_prepend(tmp_path)
    file = tmp_path / "own_network_of_a_test.py"
    file.write_text(NETWORK)
    own = (*QUICK, f"network._target_={file.stem}.Own")
    try:
        assert "3 fits: 3 trained" in galaxy_causal(*own).out
        assert "3 fits: 0 trained, 3 reused" in galaxy_causal(*own).out
        file.write_text(NETWORK.replace("pass", "depth: int = 1"))
        assert "3 fits: 3 trained" in galaxy_causal(*own).out
    finally:
        sys.modules.pop(file.stem, None)
