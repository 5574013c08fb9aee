"""What the targets of a configuration name: found before anything else, or refused in one line."""

from __future__ import annotations

import difflib
import importlib
import inspect
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from importlib.util import find_spec
from typing import Any

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from galaxy_causal.types import TARGET, UserError, spec_of

OWN = f"{__name__.partition('.')[0]}."


def check_targets(cfg: DictConfig, groups: list[str]) -> None:
    """Refuse targets that cannot be found; a network of one's own gets the options of its class."""
    for group in groups:
        for key, node in nodes(group, OmegaConf.select(cfg, group)):
            found = target_at(key, str(node[TARGET]))
            if not str(node[TARGET]).startswith(OWN) and is_dataclass(found) and inspect.isclass(found):
                _give_own_options(cfg, key, node, found)


def target_at(key: str, path: str) -> Any:  # noqa: ANN401  (a class or function of any kind)
    """What the ``_target_`` of a group names.

    Raises
    ------
    UserError
        With how to be found, where there is no such module or name in it, and where importing it fails.
    """
    name = f"{key}.{TARGET}={path}"
    module, _, attribute = path.rpartition(".")
    if not module:
        raise UserError(f"{name} must be a path of a module and a name in it, such as my_nets.Net")
    if not _is_there(module.partition(".")[0]):
        top = module.partition(".")[0]
        raise UserError(
            f"{name}: there is no module {top} here; run from the folder that holds {top}.py, or put that "
            "folder on PYTHONPATH"
        )
    try:
        found = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name and (module + ".").startswith(error.name + "."):
            parent = error.name.rpartition(".")[0]
            raise UserError(
                f"{name}: {parent} has no module {error.name.removeprefix(parent + '.')}"
            ) from error
        raise UserError(f"{name}: {module} cannot be imported: {error}") from error
    except Exception as error:  # whatever a module of one's own does
        raise UserError(f"{name}: {module} cannot be imported: {type(error).__name__}: {error}") from error
    if not hasattr(found, attribute):
        close = difflib.get_close_matches(attribute, dir(found), n=1)
        hint = f"; did you mean {module}.{close[0]}?" if close else ""
        raise UserError(f"{name}: {module} has no {attribute}{hint}")
    return getattr(found, attribute)


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ValueError:  # of a module that was made, not found
        return True


def nodes(key: str, node: object) -> Iterator[tuple[str, DictConfig]]:
    """All groups with a target from this one downwards, with their names."""
    if isinstance(node, DictConfig):
        if TARGET in node:
            yield key, node
        for name in map(str, node):
            if not (OmegaConf.is_missing(node, name) or OmegaConf.is_interpolation(node, name)):
                yield from nodes(f"{key}.{name}", node[name])


def _give_own_options(cfg: DictConfig, key: str, node: DictConfig, found: type) -> None:
    """Where a class lacks options of the preset it stands in for, its own count, and what was given.

    One that takes all of them, as one that extends the preset's class, begins with the preset's.
    """
    known = inspect.signature(found).parameters
    if {str(name) for name in node} - {TARGET} <= set(known) or not HydraConfig.initialized():
        return
    from galaxy_causal.network import Network, preset

    if not issubclass(found, Network):
        return
    chosen = HydraConfig.get().runtime.choices
    name = chosen.get(f"network@{key}", chosen.get(key))
    before = dict(_leaves(spec_of(preset(str(name)))))
    overrides = {one.lstrip("+").partition("=")[0] for one in HydraConfig.get().overrides.task}
    made = OmegaConf.create(spec_of(found()))
    now = dict(_leaves(OmegaConf.to_container(node, resolve=True)))
    for path, value in now.items():
        if f"{key}.{path}" in overrides or (path in before and before[path] != value) or path == TARGET:
            OmegaConf.update(made, path, value, force_add=True)
    OmegaConf.update(cfg, key, made, merge=False, force_add=True)


def _leaves(options: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    """Options that are no groups, by their paths."""
    for name, value in options.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
