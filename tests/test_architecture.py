import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_rooms_meet_only_in_jobs():
    lint = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([lint], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


def test_no_module_is_long():
    for file in (ROOT / "galaxy_causal").rglob("*.py"):
        assert len(file.read_text().splitlines()) <= 260, file
