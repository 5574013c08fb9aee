"""The tutorials: whole notebooks, of which the cheapest run here. The site's build runs all of them."""

import ast
import os
import re
import subprocess
import sys

import pytest
import yaml
from tutorials import TUTORIALS, cells, pages

PAGES = pages()
CHEAP = {
    "graph": ([("n = 2000", "n = 1000"), ('"replicates": 50', '"replicates": 10')], r"fci: circle at stars"),
    "bands": (
        [("n = 6000", "n = 1000"), ("max_epochs=40", "max_epochs=3"), ("draws=200", "draws=20")],
        r"synergy of z and redshift: truth 1\.\d\d, found -?\d\.\d\d ± 0\.\d\d",
    ),
}
"""Those that run here: what is made smaller, and what they then say."""


def test_every_notebook_is_in_the_index():
    index = (TUTORIALS / "index.md").read_text()
    listed = re.search(r"```\{toctree\}\n(.*?)```", index, re.DOTALL)[1].split()
    assert {page.stem for page in PAGES} <= set(listed)
    assert {page.stem for page in PAGES} == set(re.findall(r"\]\((\w+)\.md\)", index))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_notebook_is_whole(page):
    text = page.read_text()
    front = yaml.safe_load(text.split("---\n")[1])
    assert front["file_format"] == "mystnb"
    assert front["kernelspec"]["name"] == "python3"
    assert re.search(r"^# .*\n\n\*\*.*\?\*\*$", text, re.MULTILINE)  # a question at the top
    assert "## Next" in text
    assert "](../guide/" in text
    assert "default_rng(" in text  # what is drawn is drawn again
    assert text.count("{code-cell}") == len(cells(page)) > 5
    for cell in cells(page):
        ast.parse(cell)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_questions_show_no_progress(page):
    asked = [node for node in ast.walk(ast.parse("\n".join(cells(page)))) if isinstance(node, ast.Call)]
    questions = {"decompose", "subsets", "causal_analysis", "discover", "fit"}
    found = 0
    for call in asked:
        if isinstance(call.func, ast.Attribute) and call.func.attr in questions:
            found += 1
            names = [keyword.arg for keyword in call.keywords]
            assert "progress" in names or None in names  # or among options that are shared
    assert found


@pytest.mark.parametrize("name", CHEAP)
@pytest.mark.long
def test_a_cheap_notebook_runs(name, tmp_path):
    code = "\n".join(cells(TUTORIALS / f"{name}.md"))
    changes, says = CHEAP[name]
    for given, smaller in changes:
        assert given in code
        code = code.replace(given, smaller)
    (tmp_path / "notebook.py").write_text(code)
    command = [sys.executable, "-W", "error::UserWarning", "notebook.py"]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "MPLBACKEND": "agg"}
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert re.search(says, run.stdout)
