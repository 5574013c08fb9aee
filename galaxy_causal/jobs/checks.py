"""Every option of a configuration, against the annotation that declares it, by its full name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, get_args

from hydra.errors import HydraException
from hydra.utils import get_object, instantiate
from omegaconf import DictConfig, OmegaConf

from galaxy_causal.jobs.job import FITTING, Job, job_of
from galaxy_causal.jobs.targets import check_targets, nodes, parameters_of
from galaxy_causal.types import TARGET, UserError, annotations_of, check_option, in_words

TRAINER = {"trainer": "galaxy_causal.fitting.TrainerOptions"}
"""What declares the options of the trainer, which names no target."""
SINGLE = {
    "seed": ("galaxy_causal.fitting.Fitting", "seed"),
    "seeds": ("galaxy_causal.fitting.Fitting", "seeds"),
    "fits_at_once": ("galaxy_causal.fitting.FitMaker", "at_once"),
    "from": ("galaxy_causal.jobs.merge.merging.merge", "source"),
    "sweep": ("galaxy_causal.jobs.watching.Asked", "sweep"),
    "wait": ("galaxy_causal.jobs.watching.Asked", "wait"),
    "launcher.workers": ("galaxy_causal.fitting.FitMaker", "members"),
}
"""What declares options that are in no group of their own."""
NETWORK = ("network.training", "network.weights", "network")
"""What a network's training, its weights and the network itself call themselves."""


def check_config(cfg: DictConfig) -> None:
    """Refuse the first option that its target does not take, or that its annotation does not allow.

    What is not known yet (``???``) passes, but for groups without a target, whose options must all be given.
    Where a target is not this package's, options of the preset that it does not take are taken out.
    """
    check_groups(cfg, job_of(cfg.job), groups_read(cfg))


def groups_read(cfg: Any) -> list[str]:  # noqa: ANN401  (a configuration, or what has its groups)
    """The groups and plain options that the job of a configuration reads."""
    job = job_of(cfg.job)
    if isinstance(job.fits, bool):
        fits = job.fits
    else:
        group, _, name = job.fits.partition(".")
        fits = cfg[group][name] is not None
    return [
        *dict.fromkeys(
            key.partition(".")[0] for key in (*job.options, *job.reads, *(FITTING if fits else ()))
        )
    ]


def check_groups(cfg: DictConfig, job: Job, groups: Collection[str]) -> None:
    """The same of some groups and plain options of a job."""
    check_targets(cfg, [group for group in groups if group in cfg])
    for key, (target, name) in SINGLE.items():
        if key.partition(".")[0] in groups:
            _check(cfg, key, annotations_of(get_object(target))[name])
    declared = {key: kind for key, kind in (job.options | TRAINER).items() if key.partition(".")[0] in groups}
    for key, target in declared.items():
        _check_group(cfg, key, get_object(target), declared)
    for group in groups:
        found = list(nodes(group, OmegaConf.select(cfg, group)))
        for key, node in found:
            _check_target(cfg, key, node)
        for key, node in reversed(found):  # the innermost first: errors are then of the node's own
            if str(node._target_).startswith("galaxy_causal.network."):
                _check_network(key, node)


def _check_group(cfg: DictConfig, key: str, kind: type, declared: Mapping[str, str]) -> None:
    """Options of a group without a target, all of which must be given; ``declared`` ones have their turn."""
    node = OmegaConf.select(cfg, key)
    if not isinstance(node, DictConfig):
        raise UserError(f"{key}={node} must be a group of options")
    for name, annotation in annotations_of(kind).items():
        if OmegaConf.is_missing(node, name):
            raise UserError(f"{key}.{name}=??? must be given")
        if f"{key}.{name}" not in declared:
            _check(cfg, f"{key}.{name}", annotation)


def _check_target(cfg: DictConfig, key: str, node: DictConfig) -> None:
    target = get_object(node._target_)
    parameters, annotations = parameters_of(target), annotations_of(target)
    for name in (str(k) for k in node if not str(k).startswith("_")):
        if name in annotations:
            _check(cfg, f"{key}.{name}", annotations[name])
        elif parameters and name not in parameters:
            has = ", ".join(n for n in parameters if n in node)
            own = "; target= is of tables, sdss and mock" if name == "target_kind" else ""
            raise UserError(f"{key} has no option {name}; it has {has}{own}")


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


def _check(cfg: DictConfig, key: str, annotation: Any) -> None:  # noqa: ANN401  (types of any kind)
    """One option, by its full name, with what to write on a command line instead.

    A group passes whose own options are each looked at.
    """
    value = _value(cfg, key)
    if value is ... or (isinstance(value, dict) and TARGET in value):
        return
    try:
        check_option(key, value, annotation)
    except UserError as error:
        wanted, remedy = in_words(annotation), ""
        if "Network" in {getattr(one, "__name__", "") for one in (annotation, *get_args(annotation))}:
            name = value if isinstance(value, str) else "mlp"
            wrong = f"{key}={value} is no network; choose one by network@{key}={name}"
            raise UserError(wrong) from None
        if wanted not in str(error):  # it is beyond a bound
            pass
        elif wanted == "a group of options" and not isinstance(value, dict):
            remedy = "; override those in it one by one"
        elif "a word" in wanted and isinstance(value, int | float):
            remedy = f"""; as a word it is {key}="'{value}'\""""
        elif "a whole number" in wanted and isinstance(value, float) and value.is_integer():
            remedy = f"; write {int(value)}"
        raise UserError(f"{error}{remedy}") from None


def _value(cfg: DictConfig, key: str) -> Any:  # noqa: ANN401  (values of any kind)
    """The value of an option, plain; an ellipsis where it is not known yet."""
    found = OmegaConf.select(cfg, key, throw_on_missing=False, default=...)
    parent, _, name = key.rpartition(".")
    node = OmegaConf.select(cfg, parent) if parent else cfg
    if isinstance(node, DictConfig) and name in node and OmegaConf.is_missing(node, name):
        return ...
    return OmegaConf.to_container(found) if OmegaConf.is_config(found) else found
