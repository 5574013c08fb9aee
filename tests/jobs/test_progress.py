"""Bars where they can be drawn, and nothing else where they cannot."""

import io
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

import pytest
from rich.console import Console

from galaxy_causal.jobs.progress import counting, standard_output


class Output:
    """A widget of Jupyter, as far as bars need one."""

    shown = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def clear_output(self, wait):
        assert wait
        type(self).shown += 1

    def close(self):
        pass


@pytest.fixture
def notebook(monkeypatch):
    """A console as in a notebook, and whether its libraries are there."""

    def made(with_widgets):
        for name in ("ipywidgets", "IPython", "IPython.display"):
            module = ModuleType(name)
            module.__spec__ = ModuleSpec(name, None)
            module.Output, module.display = Output, lambda *_, **__: None
            there = with_widgets or name != "ipywidgets"
            monkeypatch.setitem(sys.modules, name, module if there else None)
        monkeypatch.setattr(Output, "shown", 0)
        return Console(force_jupyter=True, file=io.StringIO())

    return made


def counted(console):
    with counting(console, "steps", 3) as count:
        count.advance(1)
        count.reach(3, 3)


def test_bars_are_widgets_in_a_notebook(notebook):
    counted(notebook(with_widgets=True))
    assert Output.shown > 0


def test_a_notebook_without_widgets_has_no_bars_and_no_warnings(notebook):
    console = notebook(with_widgets=False)
    counted(console)  # warnings are errors here
    assert Output.shown == 0


@pytest.mark.parametrize(("terminal", "drawn"), [(True, True), (False, False)])
def test_bars_on_a_terminal_and_not_in_a_file(terminal, drawn):
    file = io.StringIO()
    counted(Console(force_terminal=terminal, file=file))
    assert ("steps" in file.getvalue()) is drawn


def test_a_notebook_keeps_its_width(monkeypatch):
    monkeypatch.setattr("rich.console._is_jupyter", lambda: True)
    assert standard_output().width == Console().width < 200
