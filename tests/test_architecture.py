import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_rooms_meet_only_in_jobs():
    lint = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([lint], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


def test_hardly_a_module_is_long():
    lengths = {file: len(file.read_text().splitlines()) for file in (ROOT / "galaxy_causal").rglob("*.py")}
    long = {file: length for file, length in lengths.items() if length > 260}
    assert len(long) <= 0.05 * len(lengths), long
    assert max(long.values(), default=0) <= 400, long
