"""Every option of a configuration, against the type that its target declares for it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from hydra.utils import get_object
from omegaconf import DictConfig, OmegaConf

from galaxy_causal.types import UserError, must_be

LIGHT = {"discover": ("dataset", "discovery", "tracking"), "cutouts": ("cutouts", "tracking")}
"""What jobs need that train nothing; of all others everything is looked at."""


def check_kinds(cfg: DictConfig) -> None:
    """Refuse the first option that its target does not take, or of another type than it declares.

    What is not known yet (``???``) passes, and so do types that no command line can set.
    """
    for group in LIGHT.get(cfg.job, tuple(map(str, cfg))):
        for key, node in _nodes(group, OmegaConf.select(cfg, group)):
            declared = inspect.signature(get_object(node._target_)).parameters
            for name in (str(k) for k in node if not str(k).startswith("_")):
                if name not in declared:
                    raise UserError(
                        f"{key} has no option {name}; it has {', '.join(n for n in declared if n in node)}"
                    )
                if OmegaConf.is_missing(node, name):
                    continue
                value = _plain(node[name])
                wrong = must_be(value, str(declared[name].annotation))
                if wrong is not None:
                    raise UserError(f"{key}.{name}={value} must be {wrong}")


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
