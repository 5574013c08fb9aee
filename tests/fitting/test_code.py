"""What a recipe knows of code that is not the package's own."""

import re
import sys
from importlib.metadata import version
from types import ModuleType

import pytest

from galaxy_causal.fitting import foreign_code
from galaxy_causal.fitting.code import versions


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A user's own module, a package that it imports, and something beside them that it does not."""
    monkeypatch.syspath_prepend(tmp_path)
    files = {
        "own_net.py": "import numpy\nfrom own_parts import layers\nclass Net: pass\n",
        "own_parts/__init__.py": "",
        "own_parts/layers.py": "from . import deep\nWIDTH = 3\n",
        "own_parts/deep.py": "def late():\n    import own_late\n",
        "own_late.py": "X = 1\n",
        "own_other.py": "Y = 1\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("own_")]:
        del sys.modules[name]


@pytest.mark.parametrize("file", ["own_net.py", "own_parts/layers.py", "own_parts/deep.py", "own_late.py"])
def test_what_a_module_is_made_of_counts(own, file):
    options = {"network": {"_target_": "own_net.Net", "width": 3}}
    before = foreign_code(options)
    assert list(before) == ["own_net.Net"]
    assert foreign_code(options) == before
    with (own / file).open("a") as opened:
        opened.write("# another line\n")
    assert foreign_code(options) != before


def test_what_it_does_not_import_does_not_count(own):
    before = foreign_code({"_target_": "own_net.Net"})
    (own / "own_other.py").write_text("Y = 2\n")
    assert foreign_code({"_target_": "own_net.Net"}) == before


def test_the_package_itself_is_known_by_its_revision_and_others_by_their_versions():
    import zuko

    assert foreign_code({"_target_": "galaxy_causal.network.Mlp"}) == {}
    nested = {"estimator": {"parts": [{"_target_": "zuko.flows.NSF"}]}}
    assert foreign_code(nested) == {"zuko.flows.NSF": f"zuko {zuko.__version__}"}
    assert foreign_code({"_target_": "math.sqrt"}) == {"math.sqrt": "math"}


def test_what_cannot_be_found_is_named_as_it_is():
    assert foreign_code({"_target_": "nowhere_at_all.Net"}) == {"nowhere_at_all.Net": "nowhere_at_all"}


def test_versions_name_the_package_torch_and_of_a_checkout_the_commit():
    import torch

    found = versions()
    assert found["torch"] == torch.__version__
    assert found["galaxy_causal"] == version("galaxy_causal")
    assert re.fullmatch(r"[0-9a-f]{40}\+?", found.get("commit", 40 * "0"))


SESSION = """
import math, own_parts.layers
from dataclasses import dataclass
from own_parts import layers as mine
DEPTH = 3
def scaled(x):
    return math.sqrt(2) * x
@dataclass(frozen=True)
class Net:
    width: int = 3
    def layers(self):
        return scaled(DEPTH), mine.WIDTH, self.width in {"a", "b"}
"""


@pytest.fixture
def of_session(own, monkeypatch):
    """What a recipe knows of a network that was written in a notebook."""

    def known(text):
        session = ModuleType("__main__")
        with monkeypatch.context() as patched:
            patched.setitem(sys.modules, "__main__", session)
            exec(compile(text, "<cell>", "exec"), vars(session))
            return foreign_code({"_target_": "__main__.Net"})["__main__.Net"]

    return known


@pytest.mark.parametrize(
    ("before", "after"),
    [("sqrt(2)", "sqrt(3)"), ("DEPTH = 3", "DEPTH = 4"), ("int = 3", "int = 4"), ("scaled(DEPTH)", "DEPTH")],
)
def test_code_of_a_notebook_or_a_script_counts(of_session, before, after):
    first = of_session(SESSION)
    assert re.fullmatch(r"[0-9a-f]{64}", first)
    assert of_session("# moved\n\n" + SESSION) == first
    assert of_session(SESSION.replace(before, after)) != first


def test_files_that_a_notebook_imports_count(own, of_session):
    first = of_session(SESSION)
    (own / "own_parts/layers.py").write_text("WIDTH = 4\n")
    assert of_session(SESSION) != first
