"""Every option of a configuration, against the type that its target declares for it."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import get_args

from hydra.errors import HydraException
from hydra.utils import get_object, instantiate
from omegaconf import DictConfig, OmegaConf

from galaxy_causal.jobs.bounds import check_bounds
from galaxy_causal.jobs.targets import check_targets, nodes
from galaxy_causal.types import UserError, annotations_of, check_option, must_be

LIGHT = {"discover": ("dataset", "discovery", "tracking"), "cutouts": ("cutouts", "tracking")}
"""What jobs need that train nothing; ``discover`` does for an estimate."""
OWN = {"causal": "causal", "neighbours": "causal", "discovery": "discover", "cutouts": "cutouts"}
"""Groups that one job alone needs."""

NETWORK = ("network.training", "network.weights", "network")
"""What a network's training, its weights and the network itself call themselves."""

PLAIN: Mapping[str, Mapping[str, str]] = {
    "causal": {
        **dict.fromkeys(("test", "gradient", "galaxies", "inputs"), "str"),
        **dict.fromkeys(("network", "probe"), "Mapping[str, object]"),
    },
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
    "trainer": {
        **dict.fromkeys(("accelerator", "strategy"), "str"),
        **dict.fromkeys(("gradient_clip_algorithm", "profiler", "default_root_dir"), "str | None"),
        **dict.fromkeys(("num_nodes", "max_steps", "accumulate_grad_batches"), "int"),
        **dict.fromkeys(("max_epochs", "min_epochs", "min_steps", "num_sanity_val_steps"), "int | None"),
        **dict.fromkeys(("check_val_every_n_epoch", "log_every_n_steps"), "int | None"),
        **dict.fromkeys(("limit_train_batches", "limit_val_batches", "val_check_interval"), "float | None"),
        "gradient_clip_val": "float | None",
        "overfit_batches": "float",
        **dict.fromkeys(("detect_anomaly", "barebones", "sync_batchnorm"), "bool"),
        "use_distributed_sampler": "bool",
        **dict.fromkeys(("enable_progress_bar", "enable_model_summary", "benchmark"), "bool | None"),
        "devices": "int | str | Sequence[int]",
        "precision": "int | str | None",
        "deterministic": "bool | str | None",
        "fast_dev_run": "bool | int",
        "max_time": "str | Mapping[str, object] | None",
    },
    "launcher": {"workers": "int"},
    "decomposition": {"measure": "str", "quantised": "Mapping[str, object]"},
    "decomposition.quantised": dict.fromkeys(("bins", "draws"), "int"),
}
"""Types of options of groups without a target that are not looked at where they are used."""


def check_kinds(cfg: DictConfig) -> None:
    """Refuse the first option that its target does not take, or of another type than it declares.

    What is not known yet (``???``) passes, and so do types that no command line can set.
    """
    groups = [str(k) for k in cfg if OWN.get(str(k), cfg.job) == cfg.job]
    if cfg.job in LIGHT and OmegaConf.select(cfg, "discovery.estimate") is None:
        groups = [group for group in groups if group in LIGHT[cfg.job]]
    check_targets(cfg, groups)
    for group in groups:
        found = list(nodes(group, OmegaConf.select(cfg, group)))
        for key, node in found:
            _check_target(key, node)
        for key, node in reversed(found):  # the innermost first: errors are then of the node's own
            if str(node._target_).startswith("galaxy_causal.network."):
                _check_network(key, node)
    for key, kinds in PLAIN.items():
        if key.partition(".")[0] in groups:
            _check_plain(key, OmegaConf.select(cfg, key), kinds)
    check_bounds(cfg, groups)


def _check_plain(key: str, node: object, kinds: Mapping[str, str]) -> None:
    """Options of a group without a target, all of which must be given."""
    if not isinstance(node, DictConfig):
        raise UserError(f"{key}={node} must be a group of options")
    for name, kind in kinds.items():
        if OmegaConf.is_missing(node, name):
            raise UserError(f"{key}.{name}=??? must be given")
        value = _plain(node[name])
        wrong = must_be(value, kind)
        if wrong is not None:
            raise UserError(_with_remedy(f"{key}.{name}", value, f"{key}.{name}={value} must be {wrong}"))


def _check_target(key: str, node: DictConfig) -> None:
    target = get_object(node._target_)
    try:
        parameters: Mapping[str, inspect.Parameter] = inspect.signature(target).parameters
    except (TypeError, ValueError):  # of one that does not tell
        return
    annotations = annotations_of(target)
    takes_all = not parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    for name in (str(k) for k in node if not str(k).startswith("_")):
        if name in parameters:
            _check(key, node, name, annotations.get(name))
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


def _check(key: str, node: DictConfig, name: str, annotation: object) -> None:
    if OmegaConf.is_missing(node, name) or annotation is None:
        return
    value = _plain(node[name])
    kinds = get_args(annotation) or (annotation,)
    group = next((kind for kind in kinds if inspect.isclass(kind) and is_dataclass(kind)), None)
    if group is None:
        _check_value(f"{key}.{name}", value, annotation)
    elif not (isinstance(value, dict) and "_target_" in value) and not (
        value is None and type(None) in kinds
    ):
        if group.__name__ == "Network":
            wanted = value if isinstance(value, str) else "mlp"
            raise UserError(
                f"{key}.{name}={value} is no network; choose one by network@{key}.{name}={wanted}"
            )
        raise UserError(f"{key}.{name}={value} must be a group of options; override those in it one by one")


def _check_value(key: str, value: object, annotation: object) -> None:
    """A value that is no group, with how to write it where its kind alone is wrong."""
    try:
        check_option(key, value, annotation)
    except UserError as error:
        raise UserError(_with_remedy(key, value, str(error))) from error


def _with_remedy(key: str, value: object, message: str) -> str:
    """The message, and how to write the value where its kind alone is wrong."""
    if "a word" in message and isinstance(value, int | float):
        return f"""{message}; as a word it is {key}="'{value}'\""""
    if "a whole number" in message and isinstance(value, float) and value.is_integer():
        return f"{message}; write {int(value)}"
    return message


def _plain(value: object) -> object:
    return OmegaConf.to_container(value) if OmegaConf.is_config(value) else value
