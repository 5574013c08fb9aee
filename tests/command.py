"""Run the command line as a user would, but in this process, for its imports take seconds."""

import os
import sys
from dataclasses import dataclass

from galaxy_causal import cli

QUICK = (
    "dataset=gaussian", "bands=signals", "dataset.n=400", "seeds=1", "fits_at_once=1",
    "network.width=16", "network.blocks=1",
    "network.training.max_epochs=3", "decomposition.draws=20", "decomposition.curve_draws=5",
    "decomposition.referee=false",
)  # fmt: skip
"""Overrides that make the main job take a second or two."""


@dataclass(frozen=True)
class Outcome:
    """What a command gave back."""

    code: int
    out: str
    err: str


def runner(monkeypatch, capfd):
    """A function that runs ``galaxy-causal`` with these arguments in the current folder."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["galaxy-causal", *arguments])
        monkeypatch.setitem(os.environ, "HYDRA_FULL_ERROR", "0")
        monkeypatch.setitem(os.environ, "MLFLOW_DISABLE_TELEMETRY", "true")
        capfd.readouterr()
        try:
            cli.main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capfd.readouterr()
        return Outcome(code, out, err)

    return run
