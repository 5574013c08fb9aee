"""Commands whose processes torchrun or srun has started: what they cannot do beside."""

from __future__ import annotations

from collections.abc import Sequence

from galaxy_causal.crew import launched
from galaxy_causal.types import UserError

ALONE = ("launcher=basic", "hydra/launcher=basic")


def check_launch(arguments: Sequence[str]) -> None:
    """Refuse members of a sweep side by side where several processes make one fit after the other.

    Parameters
    ----------
    arguments
        Of the command line.

    Raises
    ------
    UserError
        It names the option and the remedy.
    """
    launch = launched()
    if launch is None:
        return
    for argument in arguments:
        if argument.partition("=")[0] in ("launcher", "hydra/launcher") and argument not in ALONE:
            raise UserError(
                f"{argument}: the {launch.world} processes that {launch.by} started make every fit together: "
                f"leave it out, or start the command without {launch.by}"
            )
