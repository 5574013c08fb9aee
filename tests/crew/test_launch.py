"""Which of several processes one is, by what torchrun and srun set."""

import pytest

from galaxy_causal.crew import found
from galaxy_causal.types import UserError

TORCHRUN = {
    "TORCHELASTIC_RUN_ID": "7", "TORCHELASTIC_USE_AGENT_STORE": "True", "TORCHELASTIC_RESTART_COUNT": "1",
    "RANK": "5", "WORLD_SIZE": "8", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "4", "GROUP_WORLD_SIZE": "2",
    "MASTER_ADDR": "node1", "MASTER_PORT": "29400",
}  # fmt: skip
BATCH = {
    "SLURM_JOB_ID": "123456", "SLURM_NTASKS": "4", "SLURM_NNODES": "2", "SLURM_NTASKS_PER_NODE": "2",
    "SLURM_PROCID": "0", "SLURM_LOCALID": "0", "SLURM_NODEID": "0", "SLURM_JOB_NODELIST": "gpu[017-018]",
}  # fmt: skip
"""In a script of sbatch, which itself is no task of srun."""
SRUN = BATCH | {
    "SLURM_STEP_ID": "0", "SLURM_STEP_NUM_TASKS": "4", "SLURM_STEP_NUM_NODES": "2", "SLURM_PROCID": "3",
    "SLURM_LOCALID": "1", "SLURM_NODEID": "1", "SLURM_STEP_TASKS_PER_NODE": "2(x2)",
    "SLURM_STEP_NODELIST": "gpu[017-018]",
}  # fmt: skip
ONE = {"SLURM_NTASKS": "1", "SLURM_STEP_NUM_TASKS": "1", "SLURM_STEP_NUM_NODES": "1", "SLURM_PROCID": "0"}


def test_of_torchrun():
    place = found(TORCHRUN)
    assert (place.rank, place.world, place.local_rank, place.local_world, place.nodes) == (5, 8, 1, 4, 2)
    assert (place.address, place.port, place.kept, place.attempt) == ("node1", 29400, True, "1")
    assert place.follows
    assert place.node == 1


def test_of_srun_which_meet_on_the_first_machine_at_a_port_of_the_job():
    place = found(SRUN)
    assert (place.rank, place.world, place.local_rank, place.local_world, place.nodes) == (3, 4, 1, 2, 2)
    assert (place.address, place.port, place.kept) == ("gpu017", 15000 + 3456, False)
    assert found(SRUN | {"SLURM_STEP_ID": "1"}).port != place.port  # steps may run side by side
    assert found(SRUN | {"MASTER_ADDR": "ib1", "MASTER_PORT": "5000"}).address == "ib1"
    assert found(SRUN | {"MASTER_PORT": "5000"}).port == 5000


@pytest.mark.parametrize(
    "env",
    [
        {},
        BATCH,
        SRUN | ONE,
        TORCHRUN | {"WORLD_SIZE": "1", "LOCAL_WORLD_SIZE": "1", "RANK": "0", "LOCAL_RANK": "0"},
        SRUN | TORCHRUN | {"WORLD_SIZE": "1", "LOCAL_WORLD_SIZE": "1", "RANK": "0", "LOCAL_RANK": "0"},
        {"RANK": "1", "WORLD_SIZE": "4"},
    ],
    ids=[
        "nothing",
        "sbatch",
        "one task",
        "torchrun of one",
        "torchrun of one in each task",
        "other launchers",
    ],
)
def test_whoever_is_alone_remains_so(env):
    assert found(env) is None


def test_torchrun_within_srun_counts():
    assert found(SRUN | TORCHRUN).by == "torchrun"


@pytest.mark.parametrize(
    ("env", "words"),
    [
        (
            SRUN | {"SLURM_STEP_NUM_TASKS": "3", "SLURM_STEP_TASKS_PER_NODE": "2,1"},
            "3 processes on 2 machines",
        ),
        (SRUN | {"SLURM_STEP_TASKS_PER_NODE": "3,1"}, "srun, which placed 3,1"),
        (TORCHRUN | {"WORLD_SIZE": "6"}, r"6 processes on 2 machines \(torchrun --nproc-per-node=4\)"),
        (SRUN | {"SLURM_PROCID": "two"}, "SLURM_PROCID=two in the environment must be a whole number"),
        (TORCHRUN | {"MASTER_ADDR": ""}, "MASTER_ADDR is not set"),
    ],
)
def test_what_cannot_be_is_refused(env, words):
    with pytest.raises(UserError, match=words):
        found(env)
