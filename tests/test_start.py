"""A command begins without the packages that take seconds to import and that only some of its work needs."""

import subprocess
import sys

LIGHTNING = {"pytorch_lightning", "lightning_fabric"}
OTHERS = {"astropy", "matplotlib", "pandas", "scipy.stats", "sklearn", "torchmetrics"}
REFUSED = """
import sys
from galaxy_causal.cli import main
sys.argv[1:] = ["dataset=gaussian", "bands=signals", "dataset.n=-1"]
try:
    main()
finally:
    print(*sys.modules)
"""
ALL = """
import sys
from importlib import import_module
from pkgutil import walk_packages
import galaxy_causal
names = [found.name for found in walk_packages(galaxy_causal.__path__, "galaxy_causal.")]
for name in names:
    if not name.startswith("galaxy_causal.network.lightning.") and not name.endswith("__main__"):
        import_module(name)
print(*sys.modules)
"""


def run(code, folder):
    """What Python does with this code in a process of its own, and the modules that it prints at the end."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )
    return done, set(done.stdout.splitlines()[-1].split())


def test_a_wrong_option_is_refused_without_them(tmp_path):
    done, imported = run(REFUSED, tmp_path)
    assert done.returncode == 2, done.stderr
    assert "dataset.n=-1" in done.stderr
    assert "galaxy_causal.network.interface" in imported
    assert not imported & (LIGHTNING | OTHERS)


def test_lightning_comes_with_what_trains_alone(tmp_path):
    done, imported = run(ALL, tmp_path)
    assert done.returncode == 0, done.stderr
    assert {"galaxy_causal.network", "galaxy_causal.jobs.decompose.command"} <= imported
    assert not imported & LIGHTNING
    trains = "import sys, galaxy_causal.network.lightning.training; print(*sys.modules)"
    assert run(trains, tmp_path)[1] >= LIGHTNING
