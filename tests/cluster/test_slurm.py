"""What SLURM is told, and what is made of what it says; a real one is asked in the cluster's own tests."""

import os
import re
import shutil
import sys
from dataclasses import replace

import pytest
from command import QUICK

from galaxy_causal.cluster import Slurm, SlurmWatch, Submission, Sweep, Todo
from galaxy_causal.cluster.slurm import job_name
from galaxy_causal.fitting.leases import Held, Holder
from galaxy_causal.types import UserError

VARIABLES = "discovery.variables=[x1,x2,{log M*: target}]"
TWO = ("-m", "launcher=slurm", *QUICK, "decomposition.bins=5,6")


def test_a_dry_run_prints_what_would_be_submitted_and_leaves_nothing(galaxy_causal, slurm, tmp_path):
    options = (
        "launcher.dry_run=true", "launcher.partition=gpu", "launcher.account=me", "launcher.minutes=90",
        "launcher.memory_gb=3.5", "launcher.cpus=4", "launcher.gpus=1", "launcher.setup=[module load cuda]",
        "launcher.more={qos: long}", "launcher.tasks=2",
    )  # fmt: skip
    said = galaxy_causal(*TWO, *options)
    assert said.code == 0, said.err
    assert "2 members, 0 of them done; they need 3 distinct fits (3 cross_entropy; 6 if none" in said.out
    for line in (
        "--partition=gpu", "--account=me", "--time=90", "--mem=3584M", "--cpus-per-task=4",
        "--gpus-per-node=1", "--qos=long", "--requeue", "--array=0-1%2", "--signal=USR2@120",
        "--dependency='afterany:<job of fits>'",
    ):  # fmt: skip
        assert f"#SBATCH {line}" in said.out, line
    assert said.out.index("module load cuda") < said.out.index("\nsrun ")
    assert f" {sys.executable} -u -m submitit" in said.out
    assert not slurm.scripts
    assert not list(tmp_path.glob("mlruns/sweeps/*"))


def test_without_slurm_one_is_told_where_to_go(galaxy_causal, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    said = galaxy_causal(*TWO)
    assert said.code == 2
    assert "there is no sbatch, srun, squeue, scancel on this machine" in said.err
    assert "launcher=local" in said.err


def test_what_slurm_refuses_is_told_in_its_words(galaxy_causal, slurm, tmp_path):
    slurm.answer("sinfo", "short", "gpu")
    slurm.refuse(
        "sbatch: error: invalid partition specified: gup\n"
        "sbatch: error: Batch job submission failed: Invalid partition name specified"
    )
    said = galaxy_causal(*TWO, "launcher.partition=gup")
    assert said.code == 2
    assert said.err.count("\n") == 1
    assert "invalid partition specified: gup; Batch job submission failed" in said.err
    assert "This cluster has the partitions gpu, short." in said.err
    assert "Nothing was submitted." in said.err
    assert not list(tmp_path.glob("mlruns/sweeps/*"))


def test_a_slurm_that_does_not_answer_is_no_refusal(galaxy_causal, slurm, tmp_path):
    slurm.write("sinfo", "\nexit 1\n")
    slurm.refuse("sbatch: error: Batch job submission failed: Unable to contact slurm controller")
    said = galaxy_causal(*TWO)
    assert said.code == 2
    assert "SLURM does not answer (Batch job submission failed: Unable to contact" in said.err
    assert "give the same command again once sinfo answers" in said.err
    assert not list(tmp_path.glob("mlruns/sweeps/*"))


def test_more_time_than_a_partition_allows_is_refused_at_once(galaxy_causal, slurm):
    slurm.answer("sinfo", "short*|1:30:00", "day|1-00:00:00", "week|infinite")
    said = galaxy_causal(*TWO)
    assert said.code == 2
    assert "launcher.minutes=240 is more than the 90 that the default partition allows" in said.err
    assert not slurm.scripts
    for partition in ("day", "short,day"):
        with pytest.raises(UserError, match=rf"more than the 1440 that the partition {partition} allows"):
            Slurm(partition=partition, minutes=1441).check()
        Slurm(partition=partition, minutes=1440).check()
    Slurm(partition="week", minutes=20_000).check()
    Slurm(partition="short,week", minutes=20_000).check()
    Slurm(more={"time": 30}).check()
    slurm.answer("sinfo")
    Slurm().check()


def test_members_that_cannot_run_are_all_named_and_none_is_submitted(galaxy_causal, slurm):
    said = galaxy_causal(*TWO[:-1], "decomposition.bins=5,0", "dataset.r1=0.7,0.99")
    assert said.code == 2
    assert "3 of 4 members cannot run, so nothing was submitted" in said.err
    assert "decomposition.bins=0 dataset.r1=0.7" in said.err
    assert "decomposition.bins=5 dataset.r1=0.99: no Gaussian has" in said.err
    assert not slurm.scripts


def test_a_server_of_runs_that_does_not_answer_is_noticed_before_anything_is_submitted(
    galaxy_causal, slurm, tmp_path
):
    for options, said in (
        (("tracking=server",), "tracking=server needs the server's address"),
        (("tracking=server", "tracking.uri=http://127.0.0.1:9"), "no MLflow server answers at"),
    ):
        refused = galaxy_causal(*TWO, *options)
        assert refused.code == 2
        assert said in refused.err
    assert not slurm.scripts
    assert not list(tmp_path.glob("mlruns/sweeps/*"))


def test_a_sweep_is_submitted_once_looked_at_and_ended(galaxy_causal, slurm, only_sweep):
    said = galaxy_causal(*TWO, "launcher.tasks=2")
    assert said.code == 0, said.err
    arrays = slurm.scripts.split("#!/bin/bash")[1:]
    assert ["--dependency=afterany:101" in one for one in arrays] == [False, True]
    assert all("--array=0-1%2" in one for one in arrays)
    sweep = only_sweep()
    assert [one.tasks for one in sweep.submissions()] == [("101_0", "101_1"), ("102_0", "102_1")]

    name = job_name(sweep)
    queued = ("101|0|RUNNING|None", "101|1|PENDING|QOSLimit", "102|0|PENDING|Dependency")
    slurm.answer("squeue", *(f"{line}|{name}" for line in queued), "102|1|RUNNING|None|another's")
    again = galaxy_causal(*TWO, "launcher.tasks=2")
    assert "is at work already, with 3 tasks: nothing to submit" in again.out
    assert slurm.scripts.count("#!/bin/bash") == 2
    status = galaxy_causal("job=status")
    assert re.search(
        rf"{sweep.id} .* running +1 running, 1 waiting \(QOSLimit\), 1 waiting, 1 ended", status.out
    )
    ended = galaxy_causal("job=cancel")
    assert "3 tasks ended" in ended.out
    assert f"scancel --name={name} 101 102" in slurm.calls

    slurm.answer("squeue")
    ends = ("101_0|OUT_OF_MEMORY", "101_1|CANCELLED by 0", "102_0|NODE_FAIL", "101.batch|FAILED")
    slurm.answer("sacct", *(f"{line}|{name}" for line in ends), "102_1|RUNNING|another's")
    status = galaxy_causal("job=status", f"sweep={sweep.id[:6]}", "wait=true")
    assert status.code == 2
    assert "stopped" in status.out
    assert "task 101_0: out_of_memory" in status.out
    assert f"sweep {sweep.id} stopped, 0 of 2 members done" in status.err
    assert "goes on by the same command, in " in status.out
    assert " ".join(("galaxy-causal", *TWO, "launcher.tasks=2")) in " ".join(status.out.split())


def test_what_another_prepares_meanwhile_is_left_to_it(galaxy_causal, slurm, monkeypatch):
    others = []

    def held(sweep):
        sweep.prepare()
        others.append(sweep)
        raise Held("the sweep", Holder())

    monkeypatch.setattr(Sweep, "alone", held)
    said = galaxy_causal(*TWO)
    assert said.code == 2
    assert f"submits sweep {others[0].id} just now" in said.err
    assert others[0].logs.is_dir()
    assert not slurm.scripts


def test_jobs_of_a_command_that_ended_before_it_noted_them_are_taken_up(galaxy_causal, slurm, only_sweep):
    assert galaxy_causal(*TWO, "launcher.tasks=2").code == 0
    sweep = only_sweep()
    (sweep.folder / "submitted.json").unlink()
    slurm.answer("squeue", *(f"101|{index}|RUNNING|None|{job_name(sweep)}" for index in (0, 1)))
    assert galaxy_causal(*TWO, "launcher.tasks=2").code == 0
    assert [one.tasks for one in sweep.submissions()] == [("101_0", "101_1"), ("103_0", "103_1")]
    assert "--dependency=afterany:101" in slurm.scripts.split("#!/bin/bash")[-1]
    (sweep.folder / "submitted.json").unlink()
    Slurm(tasks=2).submit(sweep, print, Todo(0, 2, 1))  # that of the fits goes on, though all are stored now
    assert [one.tasks for one in sweep.submissions()] == [("101_0", "101_1"), ("104_0", "104_1")]


def test_as_many_devices_as_there_are_is_refused_where_others_make_fits(galaxy_causal, slurm):
    said = galaxy_causal(*TWO, "trainer.devices=auto")
    assert said.code == 2
    assert "trainer.devices=auto: how many there are where the launcher has fits made" in said.err
    assert not slurm.scripts


def test_jobs_are_known_by_their_name_which_nobody_else_gives(slurm):
    with pytest.raises(UserError, match=r"launcher\.more: leave the job's name out"):
        Slurm(more={"job-name": "mine"}).check()


@pytest.mark.long
def test_fits_that_are_only_where_all_find_them_count_as_made(galaxy_causal, slurm, tmp_path):
    shared = (*TWO, f"tracking.fits={tmp_path / 'shared'}")
    assert galaxy_causal(*QUICK, "tracking.root=other", shared[-1]).code == 0
    assert "3 of them stored already" in galaxy_causal(*shared).out
    assert "3 of 3 done" in galaxy_causal("job=status").out
    shutil.rmtree(tmp_path / "shared")
    assert "0 of 3 done" in galaxy_causal("job=status").out


def test_what_is_done_is_so_only_of_the_data_that_there_are(galaxy_causal, slurm, only_sweep):
    discover = (
        "job=discover",
        "launcher=slurm",
        "dataset=gaussian",
        "dataset.n=100",
        "discovery=pc",
        VARIABLES,
    )
    assert galaxy_causal(*discover).code == 0
    plan, sweep = only_sweep().plan(), only_sweep()
    (member,) = plan.members
    assert not plan.fits
    sweep.finish(member.id, plan.made_of(member))
    assert "all members are done" in galaxy_causal(*discover).out
    sweep.finish(member.id, plan.made_of(replace(member, recipe="of other data")))
    assert "1 members, 0 of them done" in galaxy_causal(*discover).out
    assert not sweep.is_done(member.id)


def test_what_asks_nothing_of_galaxies_is_never_done_before(galaxy_causal, slurm, only_sweep):
    merge = ("job=merge", "from=elsewhere", "launcher=slurm")
    assert galaxy_causal(*merge).code == 0
    sweep, (member,) = only_sweep(), only_sweep().plan().members
    sweep.finish(member.id, only_sweep().plan().made_of(member))
    assert "1 members, 0 of them done" in galaxy_causal(*merge).out


def test_a_look_at_sweeps_is_no_sweep(galaxy_causal, slurm):
    for launcher in ("slurm", "local"):
        said = galaxy_causal("-m", "job=status", f"launcher={launcher}")
        assert said.code == 0, said.err
        assert "no sweep was submitted" in said.out
    assert not slurm.scripts


def test_a_cluster_that_does_not_answer_leaves_states_unknown(slurm):
    slurm.write("squeue", "\nexit 1\n")
    found = SlurmWatch().states([Submission("slurm", "fits", ("7_0", "7_1"))])
    assert found == {"7_0": "unknown", "7_1": "unknown"}


def test_options_are_refused_by_their_own_bounds():
    with pytest.raises(UserError, match=r"launcher\.minutes=0 must be a whole number, above 0"):
        Slurm(minutes=0)
    with pytest.raises(UserError, match=r"launcher\.cpus=5,000 must be at most 4,096: no node has them"):
        Slurm(cpus=5000)


def test_a_single_job_is_submitted_too(galaxy_causal, slurm, only_sweep):
    said = galaxy_causal("launcher=slurm", *QUICK)
    assert said.code == 0, said.err
    assert [one.tasks for one in only_sweep().submissions()] == [("101_0", "101_1", "101_2"), ("102",)]
    assert os.environ["PATH"].startswith(str(slurm.folder))
