"""Members of a sweep from their overrides: configurations, and the questions that they ask."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from importlib import import_module
from typing import Any, cast

import hydra
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.hydra import Hydra
from hydra._internal.utils import create_config_search_path
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, OverrideType
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf, open_dict, read_write

from galaxy_causal.jobs.checks import check_config, check_groups, groups_read
from galaxy_causal.jobs.job import job_of
from galaxy_causal.jobs.question import Question
from galaxy_causal.jobs.settings import catalogue_of

LAUNCHER = "launcher"
REFERENCE = re.compile(r"\$\{\s*(\w+)")
"""Of an interpolation, the group that it refers to; one that begins with a dot stays within its group."""


def own(overrides: Sequence[str]) -> tuple[str, ...]:
    """The overrides of a member that say what it is, not where it runs."""
    return tuple(one for one in overrides if _group(one) != LAUNCHER)


def _group(override: str) -> str:
    """The group of an override's option, or its name."""
    return override.lstrip("+~").partition("=")[0].partition(".")[0]


@contextmanager
def composing(folders: Sequence[str] = ()) -> Iterator[None]:
    """Let configurations be composed within, also where no command line has begun.

    Parameters
    ----------
    folders
        Of configurations of one's own, as of ``--config-dir``.
    """
    if GlobalHydra.instance().is_initialized():
        yield
        return
    with hydra.initialize_config_module("galaxy_causal.conf", version_base="1.3"):
        if folders:
            search = create_config_search_path("pkg://galaxy_causal.conf")
            for folder in folders:
                search.prepend("command-line", f"file://{folder}", anchor="schema")
            GlobalHydra.instance().clear()
            Hydra.create_main_hydra2("app", search)
        yield


def config_folders() -> tuple[str, ...]:
    """Folders of configurations of one's own, which the command line has named."""
    sources = GlobalHydra.instance().config_loader().get_sources()
    return tuple(os.path.abspath(one.path) for one in sources if one.scheme() == "file")


def composed(overrides: Sequence[str], alone: bool) -> DictConfig:
    """The configuration of a member, checked; Hydra knows it as that of the job under way."""
    cfg = _unchecked(overrides, alone)
    HydraConfig.instance().set_config(cfg)
    with open_dict(cfg):
        del cfg["hydra"]
    check_config(cfg)
    return cfg


def _unchecked(overrides: Sequence[str], alone: bool) -> DictConfig:
    """With ``hydra``, as its own sweeper would compose it."""
    cfg = hydra.compose("config", [*own(overrides), f"{LAUNCHER}=basic"], return_hydra_config=True)
    with open_dict(cfg):
        cfg.fits_at_once = 1  # workers are side by side instead
        cfg.hydra.mode = RunMode.RUN if alone else RunMode.MULTIRUN
        cfg.hydra.overrides.task = list(own(overrides))
    return cfg


def question_of(cfg: DictConfig | Parts) -> Question[Any] | None:
    """What a member asks; None of a job that makes no fits."""
    command = import_module(f"galaxy_causal.jobs.{cfg.job}.command")
    posed = getattr(command, "posed", None)
    if posed is None or posed.__module__ != command.__name__:  # as of the report, which borrows it
        return None
    asked: Question[Any] = posed(cfg, catalogue_of(cast(DictConfig, cfg)))
    return asked


class Parts:
    """A member's configuration by its groups; those of members that agree in one are the same object."""

    def __init__(self, groups: Mapping[str, Any]) -> None:
        self._groups = groups

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  (a group, or a plain value)
        return self._groups[name]

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401
        return self._groups[name]

    def alike(self, without: Sequence[str] = ()) -> tuple[object, ...]:
        """What is the same for members that agree in all groups but some."""
        return tuple(node for name, node in self._groups.items() if name not in without)


class _Base:
    """All members that choose the same groups."""

    def __init__(self, choices: tuple[str, ...], alone: bool) -> None:
        cfg = _unchecked(choices, alone)
        self.choices = choices
        HydraConfig.instance().set_config(cfg)
        self._known: Any = HydraConfig.instance().cfg
        with open_dict(cfg):
            del cfg["hydra"]
        self.cfg = cfg

    @cached_property
    def names(self) -> list[str]:
        """Of groups and plain options."""
        return [str(name) for name in self.cfg]

    @cached_property
    def reach(self) -> dict[str, frozenset[str]]:
        """Of every group those whose values it can depend on, itself among them."""
        raw = OmegaConf.to_container(self.cfg, resolve=False)
        every = cast(dict[str, Any], raw)
        found = {name: {name, *REFERENCE.findall(str(every[name]))} & set(self.names) for name in self.names}
        for _ in self.names:  # what they refer to may refer to more
            found = {name: set().union(*(found[one] for one in reached)) for name, reached in found.items()}
        return {name: frozenset(reached) for name, reached in found.items()}

    def under(self, overrides: Sequence[str]) -> None:
        """Let Hydra know these overrides as those of the job under way."""
        HydraConfig.instance().cfg = self._known
        with read_write(self._known.hydra):
            self._known.hydra.overrides.task = list(overrides)

    def of(self, group: str, values: Sequence[Override]) -> DictConfig:
        """A configuration of the groups that a group depends on, with these values."""
        made = OmegaConf.create({name: self.cfg._get_node(name) for name in sorted(self.reach[group])})
        OmegaConf.set_struct(made, True)
        ConfigLoaderImpl._apply_overrides_to_config(list(values), made)
        return made


class Composer:
    """Composes many members quickly: once for each choice of groups, and each group once for its values.

    Hydra takes a quarter of a second for one. What it would refuse is refused alike.

    Parameters
    ----------
    alone
        Whether there is but one.
    """

    def __init__(self, alone: bool) -> None:
        self._alone = alone
        self._bases: dict[tuple[str, ...], _Base] = {}
        self._groups: dict[tuple[tuple[str, ...], str, tuple[str, ...]], DictConfig] = {}
        self._checked: set[tuple[int, str]] = set()
        self._parsed: dict[str, tuple[Override, bool]] = {}
        self._loader = cast(ConfigLoaderImpl, GlobalHydra.instance().config_loader())
        self._parser = OverridesParser.create(config_loader=self._loader)

    def member(self, overrides: Sequence[str]) -> Parts:
        """The configuration of a member, checked; Hydra knows it as that of the job under way."""
        given = own(overrides)
        base = self._base(tuple(one for one in given if not self._read(one)[1]))
        values = [one for one in given if self._read(one)[1]]
        if any(_group(one) not in base.reach for one in values):
            _unchecked(given, self._alone)  # where Hydra refuses it
        of = {name: [v for v in values if _group(v) in base.reach[name]] for name in base.names}
        made = {name: self._made(base, name, own_values) for name, own_values in of.items()}
        parts = Parts({name: cfg[name] for name, cfg in made.items()})
        for name in groups_read(parts):
            if (id(made[name]), parts.job) not in self._checked:
                base.under(given)
                check_groups(made[name], job_of(parts.job), [name])
                self._checked.add((id(made[name]), parts.job))
        if job_of(parts.job).asks_given:
            base.under(given)
        return Parts({name: cfg[name] for name, cfg in made.items()})

    def _base(self, choices: tuple[str, ...]) -> _Base:
        if choices not in self._bases:
            self._bases[choices] = _Base(choices, self._alone)
        return self._bases[choices]

    def _made(self, base: _Base, group: str, values: Sequence[str]) -> DictConfig:
        key = base.choices, group, tuple(values)
        if key not in self._groups:
            self._groups[key] = base.of(group, [self._read(one)[0] for one in values])
        return self._groups[key]

    def _read(self, override: str) -> tuple[Override, bool]:
        """An override, and whether it sets a value; others choose, add or remove."""
        if override not in self._parsed:
            (parsed,) = self._parser.parse_overrides([override])
            plain = parsed.type == OverrideType.CHANGE and parsed.package is None
            group = self._loader.repository.group_exists(parsed.key_or_group)
            self._parsed[override] = parsed, plain and not group
        return self._parsed[override]
