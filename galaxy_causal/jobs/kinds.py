"""Every option of a configuration, against the type that its target declares for it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping

from hydra.utils import get_object
from omegaconf import DictConfig, OmegaConf

from galaxy_causal.types import UserError, must_be

LIGHT = {"discover": ("dataset", "discovery", "tracking"), "cutouts": ("cutouts", "tracking")}
"""What jobs need that train nothing."""
OTHERS = ("causal", "discovery", "cutouts", "subsets")
"""What only the job of that name needs, or one of ``LIGHT``."""

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
    groups = LIGHT.get(cfg.job, tuple(str(k) for k in cfg if k == cfg.job or k not in OTHERS))
    for group in groups:
        for key, node in _nodes(group, OmegaConf.select(cfg, group)):
            parameters = inspect.signature(get_object(node._target_)).parameters
            declared = {name: str(parameter.annotation) for name, parameter in parameters.items()}
            for name in (str(k) for k in node if not str(k).startswith("_")):
                if name not in declared:
                    has = ", ".join(n for n in declared if n in node)
                    raise UserError(f"{key} has no option {name}; it has {has}")
                _check(key, node, name, declared[name])
    for key, kinds in PLAIN.items():
        if key.partition(".")[0] in groups:
            node = OmegaConf.select(cfg, key)
            if not isinstance(node, DictConfig):
                raise UserError(f"{key}={node} must be a group of options")
            for name, kind in kinds.items():
                _check(key, node, name, kind)


def _check(key: str, node: DictConfig, name: str, declared: str) -> None:
    if not OmegaConf.is_missing(node, name):
        value = _plain(node[name])
        wrong = must_be(value, declared)
        if wrong is not None:
            quoted = f"""; as a word it is {key}.{name}="'{value}'\"""" if "a word" in wrong else ""
            raise UserError(f"{key}.{name}={value} must be {wrong}{quoted}")


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
