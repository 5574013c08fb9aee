"""Run as a script by the tests: a process with workers, each of which tells its number, and how it ended."""

import os
import sys
import time
from pathlib import Path

from joblib import Parallel, delayed

from galaxy_causal.processes.parents import at_work
from galaxy_causal.processes.pools import helpers, parallel, serve_sweeps, stop

FOR_EVER = 10_000


def nothing():
    pass


def sleep(folder):
    """What cannot be told to end, and so is killed."""
    (Path(folder) / f"began-{os.getpid()}").touch()
    time.sleep(FOR_EVER)


def work(folder):
    """What writes how it ends."""
    with at_work():
        (Path(folder) / f"began-{os.getpid()}").touch()
        try:
            time.sleep(FOR_EVER)
        finally:
            time.sleep(1)  # it takes a while
            (Path(folder) / f"ended-{os.getpid()}").touch()


def pool(folder):
    """As those of mock galaxies and of discovery."""
    parallel(2)(delayed(sleep)(folder) for _ in range(2))


def side_by_side(folder):
    """As helpers of a job."""
    workers = helpers(2, nothing)
    tasks = [workers.submit(work, folder) for _ in range(2)]
    try:
        tasks[0].result()
    except BaseException:
        stop(list(workers._processes.values()), tasks)
        raise
    finally:
        os._exit(1)


def sweep(folder):
    """As members of a sweep that joblib runs."""
    serve_sweeps()
    Parallel(n_jobs=2, backend="loky")(delayed(work)(folder) for _ in range(4))


if __name__ == "__main__":
    {"pool": pool, "side_by_side": side_by_side, "sweep": sweep}[sys.argv[1]](sys.argv[2])
