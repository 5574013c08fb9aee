"""Commands of SLURM that remember what they were told, and answer what a test wants."""

import os
import stat
import sys

SBATCH = """
cat "$1" >> {folder}/scripts
if [ -e {folder}/refusal ]; then cat {folder}/refusal >&2; exit 1; fi
number=$(( $(cat {folder}/number 2>/dev/null || echo 100) + 1 ))
echo $number > {folder}/number
echo "Submitted batch job $number"
"""
ANSWER = """
echo "$0 $*" >> {folder}/calls
cat {folder}/{name} 2>/dev/null || true
"""


class FakeSlurm:
    """In a folder, which is put on the path."""

    def __init__(self, folder):
        self.folder = folder
        self.write("sbatch", SBATCH)
        for name in ("srun", "squeue", "sacct", "scancel", "sinfo"):
            self.write(name, ANSWER.replace("{name}", f"{name}.answer"))

    def write(self, name, text):
        file = self.folder / name
        file.write_text("#!/bin/sh" + text.replace("{folder}", str(self.folder)))
        file.chmod(file.stat().st_mode | stat.S_IXUSR)

    def refuse(self, text):
        (self.folder / "refusal").write_text(text)

    def answer(self, name, *lines):
        (self.folder / f"{name}.answer").write_text("".join(f"{line}\n" for line in lines))

    @property
    def scripts(self):
        file = self.folder / "scripts"
        return file.read_text() if file.exists() else ""

    @property
    def calls(self):
        file = self.folder / "calls"
        return file.read_text() if file.exists() else ""


def path_with(folder):
    """A path of this Python's folder, the system's and this one, first."""
    return os.pathsep.join((str(folder), os.path.dirname(sys.executable), "/usr/bin", "/bin"))
