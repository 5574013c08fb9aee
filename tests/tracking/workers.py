"""Run as a script by the tests: a process of its own that uses the store. Writes JSON."""

import json
import sys
import time
from pathlib import Path

from galaxy_causal.tracking import open_store


def share(root: str) -> None:
    store = open_store(root=root)
    found = []
    for number in range(3):

        def make(folder: Path, number: int = number) -> dict[str, float]:
            with (Path(root) / f"made{number}").open("a") as file:
                file.write("x")
            time.sleep(0.2)
            (folder / "weights").write_text(str(number))
            return {"loss": float(number)}

        run, reused = store.get_or_make({"fit": number}, f"fit {number}", {}, make)
        found.append([run.run_id, reused, (run.artifacts / "weights").read_text()])
    sys.stdout.write(json.dumps(found))


def hang(root: str) -> None:
    store = open_store(root=root)

    def make(folder: Path) -> dict[str, float]:
        (folder / "half").write_text("half")
        sys.stdout.write("making\n")
        sys.stdout.flush()
        time.sleep(60)
        return {}

    with store.job({"job": 1}, "job", {}, {}) as job:
        store.get_or_make({"fit": 1}, "fit", {}, make, job.run_id)


if __name__ == "__main__":
    {"share": share, "hang": hang}[sys.argv[1]](sys.argv[2])
