"""Seconds of a core that each tutorial takes: ``python benchmarks/tutorials.py``."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

TUTORIALS = Path(__file__).parents[1] / "docs" / "tutorials"
CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def pages() -> list[Path]:
    """Every notebook."""
    return sorted(page for page in TUTORIALS.glob("*.md") if page.stem != "index")


def cells(page: Path) -> list[str]:
    """The code of its cells, in their order."""
    return CELL.findall(page.read_text())


def seconds() -> float:
    """What ended processes have used, user and system time together."""
    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Run all cells of each notebook as a program of its own; figures are made, not shown."""
    environment = os.environ | {"MPLBACKEND": "agg"}
    for page in pages():
        before, code = seconds(), "\n".join(cells(page))
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-c", code]
            subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
        print(f"| [{page.stem}](../tutorials/{page.name}) | {seconds() - before:.0f} |", flush=True)


if __name__ == "__main__":
    main()
