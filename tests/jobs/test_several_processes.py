"""Commands of several processes: their own, those of torchrun, and of srun, played by what it sets."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from command import QUICK
from gaussian_samples import gaussian_sample
from image_learners import BINS, learner, quick

from galaxy_causal.crew import Launch, current
from galaxy_causal.network import Mlp

COMMAND = [sys.executable, "-m", "galaxy_causal"]
ENDLESS = ("network.training.max_epochs=1000000", "network.training.patience=null", "trainer.accelerator=cpu")
LATE = 200
TESTS = str(Path(__file__).parents[1])


def port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def srun(command, rank, where, **options):
    """A task of two, on a machine of its own; both are this one."""
    env = {
        "SLURM_JOB_ID": "77", "SLURM_STEP_ID": "0", "SLURM_NTASKS": "2", "SLURM_STEP_NUM_TASKS": "2",
        "SLURM_NNODES": "2", "SLURM_STEP_NUM_NODES": "2", "SLURM_NTASKS_PER_NODE": "1", "SLURM_LOCALID": "0",
        "SLURM_STEP_TASKS_PER_NODE": "1(x2)", "SLURM_STEP_NODELIST": "localhost,x", "MASTER_PORT": str(where),
        "SLURM_PROCID": str(rank), "SLURM_NODEID": str(rank), "GLOO_SOCKET_IFNAME": "lo",
    }  # fmt: skip
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, env={**os.environ, **env}, stdout=pipe, stderr=pipe, text=True, **options
    )


def until(what, *jobs):
    late = time.monotonic() + LATE
    while not what():
        assert time.monotonic() < late
        assert all(job.poll() is None for job in jobs), [job.communicate() for job in jobs]
        time.sleep(0.1)


NETWORK = """
import os
from pathlib import Path
from galaxy_causal.network import Mlp

class Mine(Mlp):
    def build(self, train, edges):
        Path(f"began-{os.getpid()}").touch()
        return super().build(train, edges)
"""
"""One of a user's own, by which a test knows that all processes have come to a training."""
FIT = """
import sys
from galaxy_causal.crew import crewed
with crewed():
    sys.path.insert(0, sys.argv[1])
    from gaussian_samples import gaussian_sample
    from image_learners import BINS, TRAINER, learner, quick
    from galaxy_causal.network import Mlp, NetworkLearner
    epochs = int(sys.argv[2])
    network, trainer = Mlp(quick(2), width=16), {**TRAINER, "max_epochs": epochs}
    made = NetworkLearner(network, trainer, 0, lambda *_: print("epoch", flush=True))
    print(BINS.information(gaussian_sample(0.8, 1000, 0), made, 0).metrics["mi_test"])
"""


@pytest.fixture
def endless(tmp_path):
    """A command whose fit never ends, and how many of its processes have begun."""
    (tmp_path / "mynet.py").write_text(NETWORK)
    command = [*COMMAND, *QUICK, *ENDLESS, "network._target_=mynet.Mine"]
    return command, lambda: len(list(tmp_path.glob("began-*")))


def told(job):
    """What a job that has ended printed."""
    out, err = job.communicate(timeout=LATE)
    assert "Traceback" not in out + err, out + err
    return err.strip().splitlines()


@pytest.mark.long
def test_ctrl_c_ends_all_processes_of_a_job(endless, tmp_path):
    command, begun = endless
    pipe = subprocess.PIPE
    job = subprocess.Popen(
        [*command, "trainer.devices=2"], cwd=tmp_path, stdout=pipe, stderr=pipe, text=True,
        start_new_session=True,
    )  # fmt: skip
    try:
        until(lambda: begun() == 2, job)
        children = psutil.Process(job.pid).children()
        os.killpg(job.pid, signal.SIGINT)
        assert told(job)[-1].startswith("interrupted")
        assert job.returncode == 130
        assert children
        until(lambda: not any(child.is_running() for child in children))
    finally:
        job.kill()
        job.communicate()


@pytest.mark.long
def test_a_killed_task_of_srun_ends_the_job_with_one_message(endless, tmp_path):
    command, begun = endless
    where = port()
    first, second = (srun(command, rank, where, cwd=tmp_path) for rank in (0, 1))
    try:
        until(lambda: begun() == 2, first, second)
        second.kill()
        (line,) = told(first)
        assert first.returncode == 2
        assert f"process 1 of 2 (pid {second.pid} on {socket.gethostname()}) has not been heard of" in line
    finally:
        for job in (first, second):
            job.kill()
            job.communicate()


@pytest.mark.long
def test_tasks_of_srun_end_with_one_message_where_the_first_is_killed():
    where = port()
    command = [sys.executable, "-c", FIT, TESTS, "1000000"]
    first, second = (srun(command, rank, where) for rank in (0, 1))
    try:
        assert first.stdout.readline() == "epoch\n"
        first.kill()
        (line,) = told(second)
        assert second.returncode == 2
        assert line.startswith("error: the first of 2 processes is gone")
    finally:
        for job in (first, second):
            job.kill()
            job.communicate()


def test_torchrun_on_two_machines_gives_the_numbers_of_one_device():
    command = [sys.executable, "-m", "torch.distributed.run", "--nnodes=2", "--nproc-per-node=1"]
    command += ["--rdzv-backend=c10d", f"--rdzv-endpoint=127.0.0.1:{port()}", "--rdzv-id=7", "--no-python"]
    command += [sys.executable, "-c", FIT, TESTS, "2"]
    pipe = subprocess.PIPE
    env = {**os.environ, "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}
    both = [subprocess.Popen(command, env=env, stdout=pipe, stderr=pipe, text=True) for _ in range(2)]
    try:
        found = [job.communicate(timeout=LATE) for job in both]
    finally:
        for job in both:
            job.kill()
            job.communicate()
    assert [job.returncode for job in both] == [0, 0], found
    (said,) = (out for out, _ in found if out)
    one = BINS.information(gaussian_sample(0.8, 1000, 0), learner(2, Mlp(quick(2), width=16)), 0)
    assert said.split()[:2] == ["epoch", "epoch"]
    assert float(said.split()[2]) == pytest.approx(one.metrics["mi_test"], abs=1e-4)  # rounding of float32


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("launcher=joblib", "launcher=joblib: the 4 processes that srun started make every fit together"),
        ("trainer.devices=3", "srun has started 2 processes on each of 2 machines; leave it out"),
        ("trainer.num_nodes=3", "srun has started 2 processes on each of 2 machines; leave it out"),
        ("fits_at_once=2", "fits_at_once=2: fits that 4 devices make together are made one after the other"),
    ],
)
def test_options_that_contradict_how_processes_were_started_are_refused(
    galaxy_causal, monkeypatch, option, words
):
    monkeypatch.setattr(current._current(), "launch", Launch(0, 4, 0, 2, 2, "gpu1", 15000, "srun"))
    given = [one for one in QUICK if not one.startswith(option.partition("=")[0])]
    done = galaxy_causal(*given, "trainer.accelerator=cpu", option)
    assert done.code == 2
    assert words in done.err
