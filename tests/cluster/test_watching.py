"""What is told of a sweep that stopped."""

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
