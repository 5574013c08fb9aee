"""What the targets of a configuration name: found before anything else, or refused in one line."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import is_dataclass
from typing import Any

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf, open_dict

from galaxy_causal.types import TARGET, imported, spec_of

OWN = f"{__name__.partition('.')[0]}."


def check_targets(cfg: DictConfig, groups: list[str]) -> None:
    """Refuse targets that cannot be found; what is one's own gets its own options."""
    for group in groups:
        for key, node in nodes(group, OmegaConf.select(cfg, group)):
            found = imported(str(node[TARGET]), f"{key}.{TARGET}")
            if str(node[TARGET]).startswith(OWN) or not HydraConfig.initialized():
                continue
            if _is_network(found):
                _give_own_options(cfg, key, node, found)
            else:
                _leave_out_others(key, node, parameters_of(found))


def nodes(key: str, node: object) -> Iterator[tuple[str, DictConfig]]:
    """All groups with a target from this one downwards, with their names."""
    if isinstance(node, DictConfig):
        if TARGET in node:
            yield key, node
        names: list[Any] = list(node)  # some are numbers, as those of names of classes
        for name in names:
            if not (OmegaConf.is_missing(node, name) or OmegaConf.is_interpolation(node, name)):
                yield from nodes(f"{key}.{name}", node[name])


def parameters_of(target: Callable[..., object]) -> Mapping[str, inspect.Parameter] | None:
    """What a target takes, by name; None where it takes anything, or does not tell."""
    try:
        found = inspect.signature(target).parameters
    except (TypeError, ValueError):
        return None
    return None if any(one.kind is one.VAR_KEYWORD for one in found.values()) else found


def _is_network(found: object) -> bool:
    if not (inspect.isclass(found) and is_dataclass(found)):
        return False
    from galaxy_causal.network import Network

    return issubclass(found, Network)


def _give_own_options(cfg: DictConfig, key: str, node: DictConfig, found: type) -> None:
    """Where a class lacks options of the preset it stands in for, its own count, and what was given.

    One that takes all of them, as one that extends the preset's class, begins with the preset's.
    """
    known = inspect.signature(found).parameters
    if {str(name) for name in node} - {TARGET} <= set(known):
        return
    from galaxy_causal.network import preset

    chosen = HydraConfig.get().runtime.choices
    name = chosen.get(f"network@{key}", chosen.get(key))
    before = dict(_leaves(spec_of(preset(str(name)))))
    overrides = _given()
    made = OmegaConf.create(spec_of(found()))
    now = dict(_leaves(OmegaConf.to_container(node, resolve=True)))
    for path, value in now.items():
        if f"{key}.{path}" in overrides or (path in before and before[path] != value) or path == TARGET:
            OmegaConf.update(made, path, value, force_add=True)
    OmegaConf.update(cfg, key, made, merge=False, force_add=True)


def _leave_out_others(key: str, node: DictConfig, takes: Mapping[str, object] | None) -> None:
    """Options of the preset that its stand-in does not take go with it, but for those that were given."""
    if takes is None:
        return
    given = _given()
    with open_dict(node):
        for name in [str(k) for k in node if k not in takes and not str(k).startswith("_")]:
            if not any(f"{one}.".startswith(f"{key}.{name}.") for one in given):
                del node[name]


def _given() -> set[str]:
    """Options of the command line, by their paths."""
    return {one.lstrip("+").partition("=")[0] for one in HydraConfig.get().overrides.task}


def _leaves(options: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    """Options that are no groups, by their paths."""
    for name, value in options.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
