"""What Hydra calls when a sweep begins, and when its members are done."""

from __future__ import annotations

import os
import shlex
import sys
from typing import Any

from hydra.core.global_hydra import GlobalHydra
from hydra.experimental.callback import Callback
from omegaconf import DictConfig


class SideBySide(Callback):
    """Names a sweep before its members run, and sets them side by side when they have.

    Of sweeps that an engine runs, its workers do so.
    """

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:  # noqa: ANN401  (of Hydra's)
        """Name the sweep in the environment, which its processes share."""
        from galaxy_causal.jobs.comparing import named
        from galaxy_causal.jobs.life import SWEEP
        from galaxy_causal.jobs.submitting import submits
        from galaxy_causal.jobs.sweeper import members_of

        if submits(config):
            return
        swept = {str(name): value for name, value in (config.hydra.sweeper.get("params") or {}).items()}
        loader = GlobalHydra.instance().config_loader()
        os.environ[SWEEP] = named(members_of(loader, swept, [*config.hydra.overrides.task]))

    def on_multirun_end(self, config: DictConfig, **kwargs: Any) -> None:  # noqa: ANN401  (of Hydra's)
        """Set the members side by side; where that cannot be done, what they found is kept all the same."""
        from galaxy_causal.jobs.comparing import READ, compare
        from galaxy_causal.jobs.life import SWEEP
        from galaxy_causal.jobs.progress import standard_output
        from galaxy_causal.jobs.settings import store_of

        sweep = os.environ.pop(SWEEP, "")
        if not sweep or str(config.job) not in READ:
            return
        command = shlex.join(["galaxy-causal", *sys.argv[1:]])
        compare(standard_output(), store_of(config), sweep, command)
