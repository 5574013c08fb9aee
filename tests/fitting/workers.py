"""Run as a script by the tests: processes of their own that use a store. Writes JSON."""

import json
import sys
import time
from multiprocessing import get_context
from pathlib import Path

from galaxy_causal.fitting import FitStore


def share(root: str) -> list[list[bool | str]]:
    found: list[list[bool | str]] = []
    for number in range(3):

        def make(folder: Path, number: int = number) -> dict[str, float]:
            with (Path(root) / f"made{number}").open("a") as file:
                file.write("x")
            time.sleep(0.2)
            (folder / "weights").write_text(str(number))
            return {"loss": float(number)}

        fit, reused = FitStore(root).get_or_make({"fit": number}, f"fit {number}", {}, make)
        found.append([reused, (fit.folder / "weights").read_text()])
    return found


def all_at_once(root: str) -> None:
    with get_context("fork").Pool(16) as pool:
        sys.stdout.write(json.dumps(pool.map(share, [root] * 16, chunksize=1)))


def hang(root: str) -> None:
    def make(folder: Path) -> dict[str, float]:
        (folder / "half").write_text("half")
        sys.stdout.write("making\n")
        sys.stdout.flush()
        time.sleep(60)
        return {}

    FitStore(root).get_or_make({"a": 1}, "fit", {}, make)


if __name__ == "__main__":
    {"share": all_at_once, "hang": hang}[sys.argv[1]](sys.argv[2])
