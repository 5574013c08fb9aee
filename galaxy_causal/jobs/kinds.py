"""Every option of a configuration, against the type that its target declares for it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping

from hydra.errors import HydraException
from hydra.utils import get_object, instantiate
from omegaconf import DictConfig, OmegaConf

from galaxy_causal.types import UserError, must_be

LIGHT = {"discover": ("dataset", "discovery", "tracking"), "cutouts": ("cutouts", "tracking")}
"""What jobs need that train nothing; ``discover`` does for an estimate."""
OWN = {"causal": "causal", "neighbours": "causal", "discovery": "discover", "cutouts": "cutouts"}
"""Groups that one job alone needs."""

NETWORK = ("network.training", "network.weights", "network")
"""What a network's training, its weights and the network itself call themselves."""

PLAIN: Mapping[str, Mapping[str, str]] = {
    "causal": dict.fromkeys(("test", "gradient", "galaxies", "inputs"), "str"),
    "discovery": {
        **dict.fromkeys(("galaxies", "nulls"), "str"),
        **dict.fromkeys(("estimate", "truth"), "str | None"),
        "variables": "Sequence[object]",
        "sweep": "Sequence[float] | None",
        "selected": "Sequence[str] | None",
    },
    "discovery.knowledge": {
        **dict.fromkeys(("tiers", "required", "forbidden"), "Sequence[object] | None"),
        "proposals": "str | None",
    },
    "discovery.stability": {**dict.fromkeys(("fraction", "threshold", "flip"), "float"), "method": "str"},
}
"""Types of options of groups without a target that are not looked at where they are used."""


def check_kinds(cfg: DictConfig) -> None:
    """Refuse the first option that its target does not take, or of another type than it declares.

    What is not known yet (``???``) passes, and so do types that no command line can set.
    """
    groups = [str(k) for k in cfg if OWN.get(str(k), cfg.job) == cfg.job]
    if cfg.job in LIGHT and OmegaConf.select(cfg, "discovery.estimate") is None:
        groups = [group for group in groups if group in LIGHT[cfg.job]]
    for group in groups:
        nodes = list(_nodes(group, OmegaConf.select(cfg, group)))
        for key, node in nodes:
            _check_target(key, node)
        for key, node in reversed(nodes):  # the innermost first: errors are then of the node's own
            if str(node._target_).startswith("galaxy_causal.network."):
                _check_network(key, node)
    for key, kinds in PLAIN.items():
        if key.partition(".")[0] in groups:
            node = OmegaConf.select(cfg, key)
            if not isinstance(node, DictConfig):
                raise UserError(f"{key}={node} must be a group of options")
            for name, kind in kinds.items():
                _check(key, node, name, kind)


def _check_target(key: str, node: DictConfig) -> None:
    parameters = _parameters(node)
    takes_all = not parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    for name in (str(k) for k in node if not str(k).startswith("_")):
        if name in parameters:
            _check(key, node, name, str(parameters[name].annotation))
        elif not takes_all:
            has = ", ".join(n for n in parameters if n in node)
            raise UserError(f"{key} has no option {name}; it has {has}")


def _check_network(key: str, node: DictConfig) -> None:
    """Let a network, its training or its weights refuse what it does not take, under the full name here."""
    try:
        instantiate(node)
    except HydraException as error:
        if not isinstance(error.__cause__, UserError):
            raise
        text = str(error.__cause__)
        own = next((name for name in NETWORK if text.startswith(f"{name}.")), "")
        raise UserError(key + text.removeprefix(own) if own else text) from error


def _parameters(node: DictConfig) -> Mapping[str, inspect.Parameter]:
    """What the target takes; nothing of one that Hydra will not find, or that does not tell."""
    try:
        return inspect.signature(get_object(node._target_)).parameters
    except (ImportError, AttributeError, TypeError, ValueError):
        return {}


def _check(key: str, node: DictConfig, name: str, declared: str) -> None:
    if not OmegaConf.is_missing(node, name):
        value = _plain(node[name])
        is_group = isinstance(value, dict) and "_target_" in value
        if declared.startswith("Network") and not (value is None or is_group):
            wanted = value if isinstance(value, str) else "mlp"
            raise UserError(
                f"{key}.{name}={value} is no network; choose one by network@{key}.{name}={wanted}"
            )
        wrong = must_be(value, declared)
        if wrong is not None:
            remedy = ""
            if "a word" in wrong and isinstance(value, int | float):
                remedy = f"""; as a word it is {key}.{name}="'{value}'\""""
            elif "a whole number" in wrong and isinstance(value, float) and value.is_integer():
                remedy = f"; write {int(value)}"
            raise UserError(f"{key}.{name}={value} must be {wrong}{remedy}")


def _plain(value: object) -> object:
    return OmegaConf.to_container(value) if OmegaConf.is_config(value) else value


def _nodes(key: str, node: object) -> Iterator[tuple[str, DictConfig]]:
    """All groups with a target from this one downwards, with their names."""
    if isinstance(node, DictConfig):
        if "_target_" in node:
            yield key, node
        for name in map(str, node):
            if not OmegaConf.is_missing(node, name):
                yield from _nodes(f"{key}.{name}", node[name])
