"""What is told of a sweep that stopped."""

import shutil
from collections import namedtuple

import pytest

from galaxy_causal.cluster import Member, Plan, Sweep
from galaxy_causal.jobs.status.table import details
from galaxy_causal.jobs.watching import Counts, Overview


def test_of_tasks_that_ended_those_are_shown_first_that_said_something_and_the_newest(tmp_path):
    sweep = Sweep(tmp_path)
    sweep.prepare()
    names = [f"1_{number}" for number in range(8)]
    for said in ("1_0", "1_2"):
        (sweep.logs / f"{said}_0_log.err").write_text("out of memory")
    plan = Plan((Member(("seed=1",)),), (), "", ())
    none = Counts(0, 0, 0, 1)
    one = Overview(sweep, plan, dict.fromkeys(names, "ended"), none, none, (), {})
    assert one.state == "stopped"
    shown = [text.plain for text in details(one)]
    tasks = [line.split()[2] for line in shown if " task " in line]
    assert tasks == ["1_2:", "1_0:", "1_7:", "1_6:", "1_5:"]
    assert shown[-1] == f"{sweep.id}: 3 more tasks; see {sweep.logs}"


@pytest.mark.parametrize(("free", "said"), [(2**20, ": the disk is full, 1 MiB are free"), (2**40, "")])
def test_of_a_task_without_a_word_it_is_told_where_the_disk_is_full(tmp_path, monkeypatch, free, said):
    sweep = Sweep(tmp_path)
    sweep.prepare()
    usage = namedtuple("usage", "total used free")(2**41, 0, free)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    plan, none = Plan((Member(("seed=1",)),), (), "", ()), Counts(0, 0, 0, 1)
    one = Overview(sweep, plan, {"1_0": "ended"}, none, none, (), {})
    assert one.lost()["task 1_0"].message == f"ended without a word{said}"
