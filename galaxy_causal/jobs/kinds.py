"""Every option of a configuration, against the type that its target declares for it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping

from hydra.errors import HydraException
from hydra.utils import get_object, instantiate
from omegaconf import DictConfig, OmegaConf

from galaxy_causal.jobs.bounds import check_bounds
from galaxy_causal.types import KINDS, UserError, annotations_of, check_option, must_be

LIGHT = {"discover": ("dataset", "discovery", "tracking"), "cutouts": ("cutouts", "tracking")}
"""What jobs need that train nothing; ``discover`` does for an estimate."""
OWN = {"causal": "causal", "neighbours": "causal", "discovery": "discover", "cutouts": "cutouts"}
"""Groups that one job alone needs."""

NETWORK = ("network.training", "network.weights", "network")
"""What a network's training, its weights and the network itself call themselves."""

GROUP = re.compile("[A-Z][A-Za-z]+")
"""Declared types that are a class: its options are a group with a target."""

PLAIN: Mapping[str, Mapping[str, str]] = {
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
    for group in groups:
        nodes = list(_nodes(group, OmegaConf.select(cfg, group)))
        for key, node in nodes:
            _check_target(key, node)
        for key, node in reversed(nodes):  # the innermost first: errors are then of the node's own
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
        _check(key, node, name, kind)


def _check_target(key: str, node: DictConfig) -> None:
    parameters = _parameters(node)
    takes_all = not parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    hints = annotations_of(get_object(node._target_)) if parameters else {}
    for name in (str(k) for k in node if not str(k).startswith("_")):
        if name in parameters:
            declared = str(parameters[name].annotation)
            if declared.startswith("Network") or inspect.isclass(hints.get(name)) or _is_plain(declared):
                _check(key, node, name, declared)
            elif not OmegaConf.is_missing(node, name) and not OmegaConf.is_dict(node[name]):
                check_option(f"{key}.{name}", _plain(node[name]), hints.get(name))
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
        if GROUP.fullmatch(declared) and declared not in KINDS and not is_group:
            raise UserError(
                f"{key}.{name}={value} must be a group of options; override those in it one by one"
            )
        wrong = must_be(value, declared)
        if wrong is not None:
            remedy = ""
            if "a word" in wrong and isinstance(value, int | float):
                remedy = f"""; as a word it is {key}.{name}="'{value}'\""""
            elif "a whole number" in wrong and isinstance(value, float) and value.is_integer():
                remedy = f"; write {int(value)}"
            raise UserError(f"{key}.{name}={value} must be {wrong}{remedy}")


def _is_plain(declared: str) -> bool:
    return set(declared.split(" | ")) <= set(KINDS)


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
