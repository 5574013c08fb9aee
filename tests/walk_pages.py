"""Do what pages of the documents show, from top to bottom, in one process: ``python walk_pages.py page.md``.

Modules go into files of the current folder, commands to the command line, and the rest is typed as in a
notebook. Only what makes it long is made short.
"""

import ast
import os
import re
import shlex
import sys
from functools import partial
from pathlib import Path

from matplotlib.figure import Figure

import galaxy_causal as gc
from galaxy_causal import cli

BLOCK = re.compile(r"^```(python|sh)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = (
    "seeds=1",
    "fits_at_once=1",
    "trainer.max_epochs=1",
    "decomposition.referee=false",
    "decomposition.draws=20",
)
SHORT = {"trainer": {"max_epochs": 1}}
SHORTER = {
    "fit": SHORT,
    "decompose": SHORT | {"seeds": 1, "referee": False, "draws": 20},
    "subsets": SHORT | {"seeds": 1, "referee": False, "draws": 20},
    "causal_analysis": SHORT | {"seeds": 1, "k": 30, "permutations": 19, "sufficiency": False},
    "discover": SHORT | {"stability": {"replicates": 5}},
}


SAVE = Figure.savefig


def sketch(figure, file, **options):
    """Save a figure coarsely, and once: that takes half of a quick job."""
    if file.suffix == ".png":
        SAVE(figure, file, **{**options, "dpi": 40})
    else:
        file.touch()


def blocks(page):
    """Language and text of every block of code."""
    return BLOCK.findall(page.read_text())


def is_module(text):
    """Whether a block is a file, which its first line names."""
    return re.match(r"# \w+\.py\n", text) is not None


def command(text):
    """Call the command line as a shell would, line by line."""
    for line in text.replace("\\\n", " ").splitlines():
        name, _, value = line.partition("=")
        if name.isidentifier():
            (os.environ[name],) = shlex.split(value)
            continue
        program, *arguments = shlex.split(os.path.expandvars(line))
        assert program == "galaxy-causal"
        sys.argv = [program, *arguments, *COMMAND]
        cli.main()


def typed(text, names):
    """Run Python as a notebook does: what an expression gives is shown."""
    for statement in ast.parse(text).body:
        exec(compile(ast.Interactive([statement]), "page", "single"), names)


def walk(page):
    """All blocks of a page in their order."""
    names = {}
    for language, text in blocks(page):
        if is_module(text):
            Path(text.split()[1]).write_text(text)
        elif language == "sh":
            command(text)
        else:
            typed(text, names)


if __name__ == "__main__":
    for function, options in SHORTER.items():
        setattr(gc, function, partial(getattr(gc, function), **options))
    Figure.savefig = sketch
    for given in sys.argv[1:].copy():
        walk(Path(given))
        print(f"{given} with {gc.__file__}")  # noqa: T201
