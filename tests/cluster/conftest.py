import signal

import pytest
from fake_slurm import FakeSlurm, path_with

from galaxy_causal.cluster import sweeps
from galaxy_causal.jobs.work import work
from galaxy_causal.processes import SIGNALS


@pytest.fixture
def slurm(tmp_path_factory, monkeypatch):
    """SLURM's commands, none of which does anything."""
    folder = tmp_path_factory.mktemp("slurm")
    monkeypatch.setenv("PATH", path_with(folder))
    return FakeSlurm(folder)


@pytest.fixture
def only_sweep(tmp_path):
    """The sweep that was submitted last."""
    return lambda: next(sweeps(tmp_path / "mlruns"))


@pytest.fixture
def task(monkeypatch, only_sweep):
    """What a task does, in this process: ``task("fits")`` of the sweep that was submitted last."""
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def run(what, name="101_0"):
        sweep = only_sweep()
        monkeypatch.setenv("SUBMITIT_EXECUTOR", "local")
        monkeypatch.setenv("SUBMITIT_LOCAL_JOB_ID", name)
        monkeypatch.setenv("SUBMITIT_FOLDER", str(sweep.logs))
        monkeypatch.setattr("galaxy_causal.jobs.work.end_with", lambda parent: None)  # the tests' own parent
        work(sweep.folder, what)
        return sweep

    yield run
    for number, handler in before.items():
        signal.signal(number, handler)
