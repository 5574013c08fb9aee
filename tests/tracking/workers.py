"""Run as a script by the tests: a process of its own with a job."""

import sys
import time

from galaxy_causal.tracking import open_store

if __name__ == "__main__":
    with open_store(root=sys.argv[1], experiment=sys.argv[2]).tracker.job({"job": 1}, "job", {}, {}):
        sys.stdout.write("running\n")
        sys.stdout.flush()
        time.sleep(60)
