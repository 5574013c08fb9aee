"""From a configuration to calls of the library."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any, TypeVar

from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

from galaxy_causal.fitting import FitMaker, FitStore, Fitting, TrainerOptions
from galaxy_causal.jobs.keeping import CONFIG
from galaxy_causal.jobs.life import live
from galaxy_causal.jobs.once import forget, once
from galaxy_causal.jobs.progress import standard_output
from galaxy_causal.jobs.question import Question
from galaxy_causal.jobs.result import Result
from galaxy_causal.jobs.twin import store_code, twin
from galaxy_causal.tracking import check_place
from galaxy_causal.types import Catalogue, InputPair, UserError, group_of

R = TypeVar("R", bound=Result)


def fit_maker(cfg: DictConfig, catalogue: Catalogue, network: DictConfig | None = None) -> FitMaker:
    """What makes the fits of a configuration on a catalogue, with another ``network`` if that is given."""
    chosen = cfg.network if network is None else network
    parts = (
        cfg.estimator, chosen, cfg.trainer, cfg.compute, cfg.seed, cfg.seeds, cfg.tracking, cfg.dataset,
        cfg.fits_at_once, cfg.launcher, catalogue,
    )  # fmt: skip
    return once("maker", parts, lambda: _fit_maker(cfg, catalogue, chosen))


def _fit_maker(cfg: DictConfig, catalogue: Catalogue, chosen: DictConfig) -> FitMaker:
    fitting = Fitting(
        estimator=once("made", (cfg.estimator,), lambda: instantiate(cfg.estimator)),
        network=once("made", (chosen,), lambda: instantiate(plain(chosen))),
        trainer=once(
            "trainer", (cfg.trainer,), lambda: group_of(TrainerOptions, "trainer", plain(cfg.trainer))
        ),
        compute=once("made", (cfg.compute,), lambda: instantiate(cfg.compute)),
        seed=cfg.seed,
        seeds=cfg.seeds,
    )
    maker = FitMaker(
        fitting,
        catalogue,
        opened=once("store", (cfg.tracking,), lambda: partial(_store, plain(cfg.tracking))),
        galaxies=once("galaxies", (cfg.dataset,), lambda: partial(_galaxies, plain(cfg.dataset))),
        at_once=cfg.fits_at_once,
        members=int(cfg.launcher.workers),
    )
    return maker.knowing(once("first", (catalogue,), lambda: maker))


def store_of(cfg: DictConfig) -> FitStore:
    """Where the fits and runs of a configuration are kept."""
    return _store(plain(cfg.tracking))


def _store(options: Mapping[str, Any]) -> FitStore:
    opened: FitStore = instantiate(options)
    return opened


def _galaxies(options: Mapping[str, Any]) -> Catalogue:
    made: Catalogue = instantiate(options)
    return made


_read: ContextVar[dict[str, Catalogue] | None] = ContextVar("catalogues by their options", default=None)


@contextmanager
def read_once() -> Iterator[None]:
    """Within it a catalogue that is asked for again, directly after itself, is not read again."""
    token = _read.set({})
    try:
        yield
    finally:
        _read.reset(token)


def catalogue_of(cfg: DictConfig) -> Catalogue:
    """The galaxies of ``dataset=``."""
    kept = _read.get()
    if kept is None:
        return _galaxies(plain(cfg.dataset))
    options = once("options", (cfg.dataset,), lambda: plain(cfg.dataset))
    key = once("text", (cfg.dataset,), lambda: str(options))
    if key not in kept:
        kept.clear()  # two at once may be more than there is memory
        forget()
        kept[key] = _galaxies(options)
    return kept[key]


def input_pair(cfg: DictConfig, catalogue: Catalogue) -> InputPair:
    """The two inputs that ``bands=`` chooses of a catalogue, and their union."""

    def chosen() -> InputPair:
        pair: InputPair = instantiate(cfg.bands)(
            features=catalogue.features, dataset=catalogue.name, images=catalogue.image_bands
        )
        return pair

    return once("pair", (cfg.bands, catalogue), chosen)


def check_early(cfg: DictConfig) -> None:
    """Refuse what can be refused before anything is read."""
    check_place(cfg.tracking.root)


def lived(cfg: DictConfig, question: Question[R], groups: Sequence[str] = ("dataset", "bands")) -> R:
    """The answer to a question, shown on the terminal; its run keeps the configuration."""
    shown = {name: plain(cfg[name]) for name in groups}
    files = {CONFIG: OmegaConf.to_yaml(cfg, resolve=True)}
    return live(standard_output(), question, shown, files, repeat=lambda: _repeated(cfg, question))


def command_line() -> str:
    """The command that is under way, or the member of a sweep, as a shell takes it."""
    return shlex.join(["galaxy-causal", *HydraConfig.get().overrides.task])


def _repeated(cfg: DictConfig, question: Question[Any]) -> dict[str, str]:
    """A question as it is asked by the command line, and in Python."""
    found = {"In a shell": command_line()} if HydraConfig.initialized() else {}
    call = question.call()
    if call is None:
        return found | {"In Python": "# these inputs come with errors or columns that no function takes"}
    shared = {name: cfg.tracking.get(key) for name, key in (("fits", "fits"), ("server", "uri"))}
    return found | {"In Python": twin(call, plain(cfg.dataset), store_code(str(cfg.tracking.root), shared))}


def plain(node: DictConfig) -> dict[str, Any]:
    """A configuration as plain dictionaries and lists, interpolations resolved."""
    container = OmegaConf.to_container(node, resolve=True)
    if not isinstance(container, dict):
        raise TypeError(f"a group of options is a mapping, not {type(container).__name__}")
    return {str(key): value for key, value in container.items()}


def made_of(node: DictConfig, **more: object) -> Any:  # noqa: ANN401  (whatever its target makes)
    """What a group with a ``_target_`` makes; what this refuses is refused in its own words."""
    try:
        return instantiate(node, **more)
    except HydraException as error:
        if isinstance(error.__cause__, UserError):
            raise error.__cause__ from error
        raise
