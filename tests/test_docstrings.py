"""Every public name says what it takes and gives, in the sections of numpydoc."""

import inspect
import re
from importlib import import_module
from pathlib import Path

import pytest

import galaxy_causal
from galaxy_causal.jobs.life import live, track
from galaxy_causal.jobs.question import Question
from galaxy_causal.jobs.result import Result, StoredResult

ROOT = Path(__file__).parents[1]
ROOMS = sorted(
    ".".join(file.parent.relative_to(ROOT).parts)
    for file in (ROOT / "galaxy_causal").rglob("__init__.py")
    if "jobs" not in file.parts
)
SECTION = "^{}\n-+$"
ANSWERS = [
    thing
    for thing in (getattr(galaxy_causal, name) for name in galaxy_causal.__all__)
    if inspect.isclass(thing) and issubclass(thing, Result)
]
"""What users are given in a notebook."""


def named_in_yaml():
    """What options name as ``_target_``, by its room."""
    texts = [file.read_text() for file in (ROOT / "conf").rglob("*.yaml")]
    return sorted(set(re.findall(r"_target_: (galaxy_causal[\w.]+)", "\n".join(texts))))


def public(room):
    """What a room exports, and what options name in it, each with its name."""
    module = import_module(room)
    names = [
        *getattr(module, "__all__", ()),
        *(n.rpartition(".")[2] for n in named_in_yaml() if n.rpartition(".")[0] == room),
    ]
    for name in dict.fromkeys(names):
        thing = getattr(module, name)
        if inspect.isroutine(inspect.unwrap(thing)) or inspect.isclass(thing):
            yield name, thing


def taken(thing):
    """The names of what a class or a function takes."""
    if inspect.isclass(thing) and thing.__init__ is object.__init__:
        return []
    if inspect.isclass(thing) and issubclass(thing, Exception | int):
        return []
    parameters = inspect.signature(thing).parameters.values()
    return [one.name for one in parameters if one.name not in ("self", "args", "kwargs")]


def refuses(thing):
    """Whether a function, or the making of a class, refuses in its own body what a user gives."""
    made = [vars(thing).get(n) for n in ("__init__", "__post_init__")] if inspect.isclass(thing) else [thing]
    written = [inspect.unwrap(one) for one in made if one is not None]
    return any("UserError" in f.__code__.co_names for f in written if inspect.isroutine(f))


def missing(thing):
    """What its docstring lacks: sections, and parameters that it does not tell of."""
    text = inspect.getdoc(thing) or ""
    names = taken(thing)
    if names:
        told = re.split(SECTION.format("Parameters"), text, flags=re.M)
        if len(told) < 2:
            yield "Parameters"
        else:
            listed = re.split(r"^\w+\n-+$", told[1], flags=re.M)[0]
            entries = re.findall(r"^[*\w].*$", listed, flags=re.M)
            known = {name.strip(" *") for entry in entries for name in entry.partition(" : ")[0].split(",")}
            yield from (f"the parameter {name}" for name in names if name not in known)
    if not inspect.isclass(thing):
        returned = inspect.signature(thing).return_annotation
        gives = next(
            (s for s in ("Returns", "Yields") if re.search(SECTION.format(s), text, flags=re.M)), None
        )
        if returned not in (None, "None", inspect.Signature.empty) and gives is None:
            yield "Returns"
    if refuses(thing) and not re.search(SECTION.format("Raises"), text, flags=re.M):
        yield "Raises"


@pytest.mark.parametrize("room", ROOMS)
def test_public_names_say_what_they_take_and_give(room):
    found = {name: lacks for name, thing in public(room) if (lacks := list(missing(thing)))}
    assert not found


def methods(kind):
    """The public methods of a class that this package wrote, by name."""
    for name, method in inspect.getmembers(kind, inspect.isroutine):
        if not name.startswith("_") and method.__module__.startswith("galaxy_causal."):
            yield name, method


def test_there_are_answers():
    assert {kind.__name__ for kind in ANSWERS} == {"CausalAnalysis", "Decomposition", "Discovery", "Subsets"}


def test_sections_stand_on_lines_of_their_own():
    sources = [file.read_text() for file in (ROOT / "galaxy_causal").rglob("*.py")]
    assert re.findall(r"\S +-{4,}(?: .*|$)", "\n".join(sources), flags=re.M) == []


@pytest.mark.parametrize("kind", [Question, Result, StoredResult, *ANSWERS], ids=lambda kind: kind.__name__)
def test_methods_that_users_meet_say_what_they_take_and_give(kind):
    found = {name: lacks for name, method in methods(kind) if (lacks := list(missing(method)))}
    found |= {kind.__name__: lacks} if (lacks := list(missing(kind))) else {}
    assert not found


@pytest.mark.parametrize("function", [live, track])
def test_the_life_of_jobs_says_what_it_takes_and_gives(function):
    assert not list(missing(function))
