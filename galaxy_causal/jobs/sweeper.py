"""What Hydra calls for a sweep whose launcher is an engine."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

from hydra.core.config_loader import ConfigLoader
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.plugins import Plugins
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

PLUGIN = "hydra_plugins.galaxy_causal"
"""By what module Hydra knows the sweeper, for it takes plugins of that package alone."""


def members_of(
    loader: ConfigLoader, params: Mapping[str, object], arguments: Sequence[str]
) -> list[list[str]]:
    """The overrides of every member of a sweep, of a preset's ``params`` and of the command line."""
    from hydra._internal.core_plugins.basic_sweeper import BasicSweeper  # defined anew by Hydra's search

    given = [*(f"{name}={value}" for name, value in params.items()), *arguments]
    parsed = OverridesParser.create(config_loader=loader).parse_overrides(given)
    (members,) = BasicSweeper.split_arguments(parsed, None)
    return [list(member) for member in members]


class Submitting(Sweeper):
    """What ``-m`` does with the members of a sweep where the launcher is an engine.

    Hydra's own composes every member twice before any is launched, a quarter of a second each.

    Parameters
    ----------
    max_batch_size
        Of Hydra's own; not used.
    params
        The sweep of a preset of ``experiment=``.
    """

    __module__ = PLUGIN

    def __init__(self, max_batch_size: int | None = None, params: Mapping[str, str] | None = None) -> None:
        self.params = params or {}
        self.hydra_context: HydraContext | None = None
        self.config: DictConfig | None = None

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Remember what Hydra hands over; there is no launcher of its own."""
        self.hydra_context = hydra_context
        self.config = config

    def sweep(self, arguments: list[str]) -> None:
        """Submit the members that the arguments and the preset's sweep make together."""
        from galaxy_causal.jobs.job import job_names, job_of
        from galaxy_causal.jobs.submitting import run_here, submit
        from galaxy_causal.types import UserError

        if self.hydra_context is None or self.config is None:
            raise RuntimeError("a sweeper is set up before it sweeps")
        members = members_of(self.hydra_context.config_loader, self.params, arguments)
        job = str(self.config.job)
        if self.config.hydra.searchpath:
            raise UserError(
                f"hydra.searchpath={list(self.config.hydra.searchpath)} does not reach the workers of a "
                "sweep; name the folder by --config-dir, which does"
            )
        if job in job_names() and job_of(job).here:
            for member in members:
                run_here(member)
            return
        submit(self.config, members)


def register() -> None:
    """Let Hydra find the sweeper, also from a checkout, whose plugins it does not search for."""
    sys.modules.setdefault(PLUGIN, sys.modules[__name__])
    Plugins.instance().register(Submitting)
