"""Every option of ``conf/``: where it stands, what declares it, its type and bounds, what is said of it.

Knows nothing of Sphinx: `options_page` makes pages of what is found here, a test holds both to ``conf/``.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import yaml
from hydra.utils import get_object
from texts import of_parameters, summary_of
from words import in_words

from galaxy_causal.jobs.checks import SINGLE, TRAINER
from galaxy_causal.jobs.comments import of_yaml
from galaxy_causal.jobs.job import job_names, job_of
from galaxy_causal.types import annotations_of

CONF = Path(__file__).parents[2] / "conf"
PRESETS = ("experiment", "scale")
"""Groups whose choices have no options: each is a set of values for those of others."""
WITHIN = {"training": "network.training", "weights": "network.weights", "target": "dataset.target_kind"}
"""Groups that lie within another, and where."""
PARTS = {"network": ("training", "weights"), "causal": ("network", "probe"), "dataset": ("target_kind",)}
"""What lies within a group, and has a page of its own."""
OTHERS: Mapping[str, Any] = {
    "causal.inputs": Literal["x1", "x2", "union"],
    "cutouts.uncovered": Literal["error", "drop"],
    "cutouts.output": str,
    "discovery.estimate": Literal["x1", "x2", "union"] | None,
}
"""Types of options that are read one by one, and declared by no class."""
NAMED_BY = {"target": "galaxy_causal.types.TargetKind"}
"""What declares groups that name no target."""


@dataclass(frozen=True)
class Option:
    """One option.

    Parameters
    ----------
    path
        Its full name on the command line.
    type
        What it may be, in words.
    says
        What it does.
    default
        Its value in YAML, on one line.
    """

    path: str
    type: str
    says: str
    default: str


@dataclass(frozen=True)
class Choice:
    """One file of a group.

    Parameters
    ----------
    name
        As in ``estimator=ksg``.
    says
        What it is.
    target
        The public path of what it makes; empty where it makes nothing.
    options
        All that it has.
    sets
        Of a preset, the values that it gives; else empty.
    """

    name: str
    says: str
    target: str
    options: tuple[Option, ...]
    sets: str = ""


def groups() -> list[str]:
    """All groups of ``conf/``, by name."""
    return sorted(folder.name for folder in CONF.iterdir() if folder.is_dir() and any(folder.glob("*.yaml")))


def choices(group: str) -> list[Choice]:
    """All choices of a group.

    Parameters
    ----------
    group
        A folder of ``conf/``.

    Returns
    -------
    list of Choice
        By name.
    """
    return [_choice(group, file.stem) for file in sorted((CONF / group).glob("*.yaml"))]


def plain_options() -> list[Option]:
    """The options of ``conf/config.yaml`` that are in no group."""
    text = (CONF / "config.yaml").read_text()
    said, values = of_yaml(text), yaml.safe_load(text)
    said["job"] = "what is asked"
    own = {
        "job": Literal[tuple(job_names())],
        "studies": Sequence[str],
        "mock_galaxies": annotations_of(get_object("galaxy_causal.dataset.mock_survey"))["n"],
    }
    return [
        Option(name, in_words(own[name] if name in own else _single(name)), said.get(name, ""), _flow(value))
        for name, value in values.items()
        if name not in ("defaults", "hydra")
    ]


def readers(group: str) -> list[str]:
    """The jobs that read a group."""
    return [name for name in job_names() if group in _read_by(name)]


def _read_by(name: str) -> set[str]:
    from galaxy_causal.jobs.job import FITTING

    job = job_of(name)
    fits = FITTING if job.fits is not False else ()
    return {key.partition(".")[0] for key in (*job.options, *job.reads, *fits)}


def _single(name: str) -> Any:  # noqa: ANN401  (types of any kind)
    target, parameter = SINGLE[name]
    return annotations_of(get_object(target))[parameter]


@cache
def _declared() -> dict[str, str]:
    """What declares groups without a target, by their paths."""
    found = dict(TRAINER)
    for name in job_names():
        found |= job_of(name).options
    return found


def _choice(group: str, name: str) -> Choice:
    text = (CONF / group / f"{name}.yaml").read_text()
    if group in PRESETS:
        sets = "\n".join(line for line in text.splitlines() if not line.startswith("#")).strip()
        return Choice(name, summary_of(text), "", (), sets)
    values, said = _merged(group, name)
    path = WITHIN.get(group, group)
    target = str(values.get("_target_", ""))
    found = tuple(_options(group, path, values, said, NAMED_BY.get(group, "")))
    return Choice(name, summary_of(text), target, found)


def _merged(group: str, name: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Values and comments of a file, with those of the files of its group that it begins with."""
    text = (CONF / group / f"{name}.yaml").read_text()
    whole = yaml.safe_load(text) or {}
    values: dict[str, Any] = {}
    said: dict[str, str] = {}
    for base in whole.pop("defaults", []):
        if isinstance(base, str) and base != "_self_":
            more, comments = _merged(group, base.partition("@")[0])
            values, said = _over(values, more), said | comments
    comments = of_yaml(text)
    if text.startswith("# @package _global_"):
        whole = whole.get(group, {})
        comments = {key.removeprefix(f"{group}."): line for key, line in comments.items()}
    return _over(values, whole), said | comments


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Options of one mapping over those of another, group by group."""
    found = dict(below)
    for key, value in above.items():
        both = isinstance(value, Mapping) and isinstance(found.get(key), Mapping)
        other = both and "_target_" in value and value["_target_"] != found[key].get("_target_")
        found[key] = _over(found[key], value) if both and not other else value
    return found


def _options(
    group: str, path: str, values: Mapping[str, Any], said: Mapping[str, str], declared: str = ""
) -> Iterator[Option]:
    """The options of a mapping and of those within it that the file spells out line by line."""
    target = str(values.get("_target_", "")).replace("???", "") or declared or _declared().get(path, "")
    kind = get_object(target) if target else None
    annotations = annotations_of(kind) if kind is not None else {}
    docs = _parameters(kind) if kind is not None else {}
    for name, value in values.items():
        if name.startswith("_") or (path == group and name in PARTS.get(group, ())):
            continue
        full = f"{path}.{name}"
        inside = full.removeprefix(f"{WITHIN.get(group, group)}.")
        spelt = any(key.startswith(f"{inside}.") and line for key, line in said.items())
        if isinstance(value, Mapping) and (spelt or full in _declared()):
            yield from _options(group, full, value, said)
            continue
        kinds = annotations | ({name: _single(full)} if full in SINGLE else {})
        kinds |= {name: OTHERS[full]} if full in OTHERS else {}
        words = in_words(kinds[name]) if name in kinds else f"an entry of `{path}`"
        says = said.get(inside, "") or docs.get(name, "")
        if not says and name not in kinds:
            alike = (line for key, line in said.items() if key.endswith(f".{name}") and line)
            says = next(alike, "") or _of_columns().get(f"columns.{name}", "")
        yield Option(full, words, says, _flow(value))


@cache
def _of_columns() -> dict[str, str]:
    """What is said of the columns of a table, which other readers have too."""
    return of_yaml((CONF / "dataset" / "table.yaml").read_text())


def _parameters(kind: Callable[..., Any]) -> dict[str, str]:
    """What docstrings say of the parameters of a class or function, and of those that it extends."""
    found: dict[str, str] = {}
    for one in reversed(inspect.getmro(kind)) if inspect.isclass(kind) else [kind]:
        found |= of_parameters(inspect.getdoc(one) or "")
    for name, says in found.items():
        other = re.match(r"(?:As of|See) `+(\w+)`+", says)
        room = import_module(".".join(kind.__module__.split(".")[:2]))
        if other and hasattr(room, other[1]):  # the other one says it
            found[name] = of_parameters(inspect.getdoc(getattr(room, other[1])) or "").get(name, says)
    return found


def _flow(value: object) -> str:
    """A value as one line of YAML."""
    text = yaml.safe_dump(value, default_flow_style=True, width=10_000, sort_keys=False)
    return re.sub(r"\n\.\.\.\n$|\n$", "", text)
