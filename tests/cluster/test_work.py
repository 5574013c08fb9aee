"""What a task does, in this process: fits once, then members; failures are kept and tried again."""

import signal
from unittest.mock import Mock

import pytest
from command import QUICK

from galaxy_causal.cluster import Begun
from galaxy_causal.fitting import FitMaker, Lease, LeaseLost
from galaxy_causal.jobs import work as working
from galaxy_causal.processes import parents
from galaxy_causal.types import UserError

TWO = ("-m", "launcher=slurm", *QUICK, "decomposition.bins=5,6")


@pytest.fixture
def made(monkeypatch):
    """Names of fits that are made, and what makes one fail."""
    fit, names, wrong = FitMaker.fit, [], set()

    def noting(maker, inputs, seed, *args, **options):
        found = maker.find(inputs, seed) if options.get("blocking", True) else None
        if inputs.label in wrong:
            raise UserError(f"{inputs.label} does not want")
        found = fit(maker, inputs, seed, *args, **options)
        if not found.reused:
            names.append(inputs.label)
        return found

    monkeypatch.setattr(FitMaker, "fit", noting)
    return names, wrong


def test_a_sweep_gives_what_one_machine_gives(galaxy_causal, slurm, task, tmp_path, made):
    names, _ = made
    assert galaxy_causal(*TWO).code == 0
    task("fits")
    assert sorted(names) == ["signal[x1]", "signal[x1x2]", "signal[x2]"]
    status = galaxy_causal("job=status")
    assert "3 of 3 done" in status.out
    assert "0 of 2 done, 2 waiting" in status.out
    sweep = task("members", "102_0")
    assert len(names) == 3
    status = galaxy_causal("job=status", "wait=true")
    assert status.code == 0
    assert "2 of 2 done" in status.out
    there = sorted(one.name for one in (tmp_path / "mlruns" / "artifacts").iterdir())
    here = galaxy_causal("-m", *QUICK, "decomposition.bins=5,6")  # goes on in the same runs
    assert here.out.count("3 fits: 0 trained, 3 reused") == 2
    assert sorted(one.name for one in (tmp_path / "mlruns" / "artifacts").iterdir()) == there
    again = galaxy_causal(*TWO)
    assert "all members are done: nothing to submit" in again.out
    assert sweep.id in again.out


def test_workers_find_configurations_of_ones_own(galaxy_causal, slurm, task, tmp_path, made):
    (tmp_path / "mine" / "network").mkdir(parents=True)
    preset = "defaults: [mlp, _self_]\nblocks: 2\n"
    (tmp_path / "mine" / "network" / "small.yaml").write_text(preset)
    own = ("--config-dir", "mine", "launcher=slurm", *QUICK[:-1], "network=small", QUICK[-1])
    said = galaxy_causal(*(one for one in own if one != "network.blocks=1"))
    assert said.code == 0, said.err
    sweep = task("fits")
    assert len(made[0]) == 3, [sweep.failure(name) for name in sweep.names("failed")]


def test_a_search_path_of_hydras_own_is_refused_for_it_does_not_reach_workers(galaxy_causal, slurm, tmp_path):
    (tmp_path / "mine").mkdir()
    said = galaxy_causal(*TWO, f"hydra.searchpath=['file://{tmp_path}/mine']")
    assert said.code == 2
    assert "name the folder by --config-dir, which does" in said.err
    assert not slurm.scripts


@pytest.mark.long
def test_what_fails_is_kept_and_tried_again_by_the_same_command(galaxy_causal, slurm, task, made):
    names, wrong = made
    wrong.add("signal[x2]")
    assert galaxy_causal(*TWO).code == 0
    task("fits")
    sweep = task("members")
    status = galaxy_causal("job=status", "wait=true")
    assert status.code == 2
    assert "2 of 3 done, 1 failed" in status.out
    assert "signal[x2] seed 0: signal[x2] does not want" in status.out
    assert "decomposition.bins=5: its fit signal[x2] seed 0 failed: signal[x2] does not want" in status.out
    wrong.clear()
    again = galaxy_causal(*TWO)
    assert "3 failures are tried again" in again.out
    task("fits")
    task("members")
    assert galaxy_causal("job=status", "wait=true").code == 0
    assert sorted(names) == ["signal[x1]", "signal[x1x2]", "signal[x2]"]
    assert sweep.names("running") == set()


@pytest.mark.long
def test_a_fit_at_which_workers_die_is_taken_up_and_in_the_end_left_alone(
    galaxy_causal, slurm, task, only_sweep, made
):
    names, _ = made
    assert galaxy_causal(*TWO).code == 0
    sweep = only_sweep()
    once, often, _ = sweep.plan().fits
    sweep.begin(once.key, Begun("99_0", "gone.err", 0.0))
    sweep.begin(often.key, Begun("99_1", "gone.err", 0.0, working.PATIENCE - 1))
    task("fits")
    assert len(names) == 2
    assert sweep.failure(once.key) is None
    assert "3 workers died at it" in sweep.failure(often.key).message


def test_data_that_changed_since_planning_are_not_taken_for_the_planned(
    galaxy_causal, slurm, task, only_sweep, tmp_path
):
    assert galaxy_causal(*TWO).code == 0
    plan = only_sweep().folder / "plan.json"
    key = only_sweep().plan().fits[0].key
    plan.write_text(plan.read_text().replace(key, "0" * len(key)))
    sweep = task("fits")
    assert "have changed since the sweep was planned" in sweep.failure("0" * len(key)).message


def test_a_damaged_folder_is_said_with_the_remedy(galaxy_causal, slurm, only_sweep):
    assert galaxy_causal(*TWO).code == 0
    plan = only_sweep().folder / "plan.json"
    plan.write_text(plan.read_text()[:100])
    said = galaxy_causal("job=status")
    assert said.code == 2
    assert "plan.json of sweep" in said.err
    assert "Delete the folder" in said.err


def test_a_note_of_who_took_it_over_stays(galaxy_causal, slurm, task, only_sweep, monkeypatch):
    """A task that stood still for long finds its lease taken, and another at work."""
    assert galaxy_causal(*TWO).code == 0
    other = Begun("99_0", "other.err", 0.0)

    def stands_still(work, fit):
        work.sweep.begin(fit.key, other)
        monkeypatch.setattr(Lease, "fence", Mock(side_effect=LeaseLost("taken over")))
        raise LeaseLost("taken over")

    with monkeypatch.context() as patched:
        patched.setattr(working.Work, "_make", stands_still)
        sweep = task("fits")
    assert [sweep.begun(fit.key) for fit in sweep.plan().fits] == [other] * 3


def test_one_whose_controller_dies_has_time_for_its_checkpoint(galaxy_causal, slurm, task, monkeypatch):
    assert galaxy_causal(*TWO).code == 0
    busy = []
    monkeypatch.setattr(working.Work, "run", lambda work: busy.append(parents._worker.busy))
    monkeypatch.setattr(parents._worker, "parent", 1)
    task("fits")
    assert (busy, parents._worker.busy) == ([True], False)


@pytest.mark.parametrize(("cluster", "waits"), [("slurm", [working.GRACE]), ("local", [])])
def test_one_that_slurm_ends_waits_to_be_killed(cluster, waits, monkeypatch):
    """A job that ends by itself once it is told to make room is not begun again."""
    before, waited = signal.getsignal(signal.SIGTERM), []
    monkeypatch.setenv("SUBMITIT_EXECUTOR", cluster)
    monkeypatch.setattr(working.time, "sleep", waited.append)
    try:
        with pytest.raises(SystemExit), working._ended_by_slurm():
            raise SystemExit(128 + signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert waited == waits
