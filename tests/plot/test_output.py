from __future__ import annotations

import subprocess
import sys

from galaxy_causal.plot import atoms_by_class, save

PNG_START, PDF_START = b"\x89PNG", b"%PDF"


def test_the_same_numbers_give_the_same_bytes(summary, tmp_path) -> None:
    written = []
    for name in ("first", "second"):
        figure = atoms_by_class([summary()], "population_min", "photometry[ugriz]", "$z$")
        written.append([path.read_bytes() for path in save(figure, tmp_path / "deep" / name, "atoms")])
    assert written[0] == written[1]
    png, pdf = written[0]
    assert png.startswith(PNG_START)
    assert pdf.startswith(PDF_START)
    assert b"CreationDate" not in pdf
    assert b"Software" not in png


def test_a_saved_figure_can_be_saved_again(summary, tmp_path) -> None:
    figure = atoms_by_class([summary()], "population_min", "a", "b")
    paths = save(figure, tmp_path, "atoms")
    assert paths == (tmp_path / "atoms.png", tmp_path / "atoms.pdf")
    before = [path.read_bytes() for path in paths]
    assert [path.read_bytes() for path in save(figure, tmp_path, "atoms")] == before


def test_pyplot_is_never_needed() -> None:
    code = "import sys, galaxy_causal.plot; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
