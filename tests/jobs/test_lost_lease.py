"""A job whose lease another process takes over ends, rather than training what that one trains too."""

import threading
from dataclasses import replace
from pathlib import Path

from command import QUICK
from stored import runs

from galaxy_causal.fitting.leases import FolderPlace, Holder
from galaxy_causal.processes import ProcessIdentity

ENDLESS = ("network.training.max_epochs=100000", "network.training.patience=null")


def take_over(root: Path, stop: threading.Event) -> None:
    """Take the lease of a fit that is being made, as another machine does after a long silence."""
    place = FolderPlace(root)
    thief = Holder("thief", replace(ProcessIdentity.own(), host="elsewhere"), 600.0)
    while not stop.wait(0.2):
        for folder in root.glob("fit-*"):
            numbers = place.numbers(folder.name)
            if numbers and place.create(f"{folder.name}/{numbers[-1] + 1}", thief.content):
                return


def test_a_training_whose_lease_is_lost_ends_with_one_message(galaxy_causal, tmp_path):
    stop = threading.Event()
    thread = threading.Thread(target=take_over, args=[tmp_path / "mlruns" / "leases", stop])
    thread.start()
    try:
        outcome = galaxy_causal(*QUICK, *ENDLESS, "fits_at_once=1", "tracking.lease_seconds=9")
    finally:
        stop.set()
        thread.join()
    assert outcome.code == 2
    assert len(outcome.err.splitlines()) == 1
    assert outcome.err.startswith("error: signal[x1] seed 0: the lease that keeps others from making it too")
    assert "on elsewhere has taken it over" in outcome.err
    assert not list(tmp_path.glob("mlruns/fits/*/*"))
    assert not list(tmp_path.glob("mlruns/partial/*"))
    assert [run.info.status for run in runs(tmp_path)] == ["FAILED"]
