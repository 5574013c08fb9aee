"""``--help``: the jobs and groups on one screen; with a job, its own options, each with what it may be."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import hydra
from hydra.utils import get_object
from omegaconf import DictConfig, OmegaConf
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

import galaxy_causal.jobs as room
from galaxy_causal.jobs import comments
from galaxy_causal.jobs.arguments import TAKES_VALUE
from galaxy_causal.jobs.checks import SINGLE, groups_read
from galaxy_causal.jobs.job import job_names, job_of
from galaxy_causal.types import TARGET, annotations_of, in_words

JOB = "job="
DEFAULT = "decompose"
"""The job that is run where none is named."""
USAGE = "galaxy-causal [JOB] [GROUP=NAME ...] [OPTION=VALUE ...]"
MORE = (
    ("galaxy-causal JOB --help", "the options of a job"),
    ("galaxy-causal ... --cfg job", "the whole configuration, without running it"),
    ("galaxy-causal -m ... OPTION=A,B", "a sweep: every combination of the values"),
    ("galaxy-causal --hydra-help", "Hydra's flags, such as --shell-completion"),
)


class Option(NamedTuple):
    """An option as people read it.

    Attributes
    ----------
    path
        Its full name.
    value
        What it is where nothing else is given.
    allowed
        What it may be, in words; empty where nothing declares it.
    comment
        What it is for.
    """

    path: str
    value: str
    allowed: str
    comment: str


def tell(arguments: Sequence[str]) -> None:
    """Print what a command line can be given; nothing heavy is loaded for it."""
    console = Console()
    for line in shown(arguments):
        console.print(line, highlight=False, markup=False)


def shown(arguments: Sequence[str]) -> Iterator[RenderableType]:
    """Say what a command line without its flags can be given.

    Parameters
    ----------
    arguments
        Such as ``--help`` and ``job=causal``, of several jobs the first; other groups that are chosen count
        too.

    Yields
    ------
    rich.console.RenderableType
        Tables and lines.
    """
    flags = ["", *arguments]
    words = [
        one
        for before, one in zip(flags, arguments, strict=False)
        if not one.startswith("-") and before not in TAKES_VALUE
    ]
    jobs = [one.removeprefix(JOB).partition(",")[0] for one in words if one.startswith(JOB)]
    given = [one for one in words if not one.startswith(JOB)]
    if jobs or given:
        job = jobs[0] if jobs else DEFAULT
        yield from _of_job(job, [*given, *(f"{JOB}{one}" for one in jobs[:1])])
    else:
        yield from _overview()


def summary(job: str) -> str:
    """What a job is for, as the first line of its package says, without making it load anything."""
    spec = find_spec(f"{room.__name__}.{job}")
    text = Path(str(spec.origin)).read_text("utf-8") if spec is not None else ""
    return (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]


def options(cfg: DictConfig, job: str, chosen: dict[str, str]) -> list[Option]:
    """The options that a job declares itself.

    Parameters
    ----------
    cfg
        A configuration of the job.
    job
        Its name.
    chosen
        The file of each group, by the group's name.

    Returns
    -------
    list of Option
        In the order of the configuration.
    """
    found: list[Option] = []
    own = job_of(job).options
    for group, target in own.items():
        found += (one for one in _declared(cfg, group, target, chosen) if one.path not in own)
    return [*found, *_single(cfg, job)]


def _of_groups(cfg: DictConfig, given: Sequence[str], chosen: Mapping[str, str]) -> Iterator[Option]:
    """The options of the groups that were chosen on the command line."""
    names = {one.partition("=")[0] for one in given}
    for group in (name for name in chosen if name in names and TARGET in (cfg.get(name) or {})):
        yield from _declared(cfg, group, str(cfg[group][TARGET]), chosen)


def _declared(cfg: DictConfig, group: str, target: str, chosen: Mapping[str, str]) -> Iterator[Option]:
    """The options of a group that a class declares, and those of the objects among them."""
    room_, _, inner = group.partition(".")
    said = comments.comments(room_, chosen[room_])
    allowed = annotations_of(get_object(target))
    node = OmegaConf.select(cfg, group)
    for name in (str(key) for key in node if str(key) in allowed):
        path = f"{inner}.{name}" if inner else name
        made = _plain_value(node, name)
        if not isinstance(made, dict):
            yield Option(f"{group}.{name}", _shown(made), in_words(allowed[name]), said.get(path, ""))
        elif TARGET in made and f"{room_}@{group}.{name}" not in chosen and room_ in chosen:
            yield from _declared(cfg, f"{group}.{name}", made[TARGET], chosen)


def _single(cfg: DictConfig, job: str) -> Iterator[Option]:
    """The plain options that a job reads, which are in no group."""
    said, read = comments.of_config(), set(groups_read(OmegaConf.merge(cfg, {"job": job})))
    for path, (target, name) in SINGLE.items():
        if path in read:
            allowed = in_words(annotations_of(get_object(target))[name])
            yield Option(path, _shown(_plain_value(cfg, path)), allowed, said.get(path, ""))


def _plain_value(node: DictConfig, name: str) -> object:
    """A value as the files have it, references and all."""
    return OmegaConf.to_container(node, resolve=False)[name]  # type: ignore[call-overload, index]


def _shown(value: object) -> str:
    """A value as a command line takes it."""
    if isinstance(value, list):
        return f"[{', '.join(map(_shown, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name}: {_shown(one)}' for name, one in value.items())}}}"
    return {"None": "null", "True": "true", "False": "false"}.get(str(value), str(value))


def _overview() -> Iterator[RenderableType]:
    yield Text.assemble((USAGE, "bold"))
    yield Text("")
    yield from _rows(
        "jobs, of which the first is run where none is named", [(job, summary(job)) for job in _ordered()]
    )
    yield Text("")
    rows = [(f"{name}={choice}", said) for name, (choice, said) in comments.groups().items()]
    yield from _rows("groups, as they are where nothing else is given", rows)
    yield Text("")
    yield from _rows("more", list(MORE))


def _ordered() -> list[str]:
    return [DEFAULT, *(job for job in job_names() if job != DEFAULT)]


def _of_job(job: str, given: Sequence[str]) -> Iterator[RenderableType]:
    if job not in job_names():
        yield Text(f"job={job} is unknown; there are {', '.join(job_names())}", style="yellow")
        return
    with hydra.initialize_config_module(comments.CONF, version_base="1.3"):
        cfg = hydra.compose("config", overrides=list(given), return_hydra_config=True)
    chosen = {str(name): str(choice) for name, choice in cfg.hydra.runtime.choices.items()}
    yield Text.assemble((f"galaxy-causal {job}", "bold"), f"  {summary(job)}")
    yield Text("")
    for one in (*options(cfg, job, chosen), *_of_groups(cfg, given, chosen)):
        yield Text.assemble((one.path, "bold"), f"={one.value}")
        yield Padding("; ".join(part for part in (one.comment, one.allowed) if part), (0, 0, 0, 4))
    groups = comments.groups()
    read = [name for name in groups_read(OmegaConf.merge(cfg, {"job": job})) if name in groups]
    if read:
        yield Text("")
        rows = [(f"{name}={chosen.get(name, '')}", ", ".join(comments.choices(name))) for name in read]
        yield from _rows("groups that it reads, and their names", rows)


def _rows(heading: str, rows: Sequence[tuple[str, str]]) -> Iterator[RenderableType]:
    """A heading, and lines of two columns."""
    yield Text(heading, "bold")
    table = Table(box=None, show_header=False, padding=(0, 0, 0, 2))
    table.add_column(no_wrap=True)
    table.add_column()
    for row in rows:
        table.add_row(*row)
    yield table
