"""How a network is trained, and the bounds that options of networks have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal

from annotated_types import Ge
from pydantic import Field

from galaxy_causal.types import Count, Positive, UserError, Whole, at_most, checked, option

Width = Annotated[int, Ge(1), at_most(65_536, "memory grows with its square")]
Blocks = Annotated[int, Ge(0), at_most(1_000, "memory grows with it")]
Depth = Annotated[int, Ge(1), at_most(1_000, "memory grows with it")]
Components = Annotated[int, Ge(1), at_most(10_000, "memory grows with it times the batch")]
Latent = Annotated[int, Ge(1), at_most(65_536, "memory grows with it times the galaxies")]
Nuisance = Annotated[int, Ge(0), at_most(65_536, "memory grows with it times the galaxies")]
Dropout = Annotated[float, Ge(0), Field(lt=1, description="it is the share of numbers that are left out")]
Correlation = Annotated[float, Ge(0), at_most(1, "it is a correlation")]


@checked("network.training")
@dataclass(frozen=True)
class Training:
    """How a network is trained; steps are steps of the optimiser.

    Parameters
    ----------
    batch_size
        Galaxies in a mini-batch.
    least_steps
        Steps that an epoch has at least, in smaller batches where galaxies are few.
    learning_rate, weight_decay
        Of AdamW.
    replacement
        Whether mini-batches are drawn with replacement and an epoch is ``steps_per_epoch`` steps; otherwise
        an epoch is one pass in random order.
    steps_per_epoch
        With replacement alone.
    patience
        Validations without improvement before training stops and the best weights return; None trains to
        the end and keeps the last weights.
    average
        Epochs over which weights are averaged, which are then validated and kept; 0: none.
    schedule
        Of the learning rate: a cosine over ``max_epochs``, or steps: times ``decay`` at each milestone.
    milestones, decay
        Steps of the second schedule, and the factor at each.
    max_epochs, max_steps
        The length; -1 means no limit.
    threads
        CPU threads (they change the rounding, hence belong to the recipe); None: all.

    Raises
    ------
    UserError
        For values out of bounds, and for a cosine without an end.
    """

    batch_size: Count = 256
    least_steps: Count = 1
    learning_rate: Positive = 1e-3
    weight_decay: Annotated[float, Ge(0)] = 0.0
    replacement: bool = False
    steps_per_epoch: (
        Annotated[int, Ge(1), at_most(10_000_000, "no epoch would end, and none is validated before")] | None
    ) = None
    patience: Count | None = None
    average: Annotated[float, Ge(0), at_most(1_000_000, "no training has as many epochs")] = 0.0
    schedule: Literal["cosine", "steps"] = "cosine"
    milestones: Sequence[Whole] = field(default_factory=tuple)
    decay: Annotated[float, Ge(0)] = 0.2
    max_epochs: int = 100
    max_steps: int = -1
    threads: Annotated[int, Ge(1), at_most(1_024, "no machine has more processors")] | None = None

    def __post_init__(self) -> None:
        name = "network.training"
        if self.schedule == "cosine" and self.max_epochs < 1 and self.max_steps < 1:
            raise UserError(
                f"{option(f'{name}.schedule')}=cosine needs an end: set {option(f'{name}.max_epochs')} or "
                f"{option(f'{name}.max_steps')}, or take {option(f'{name}.schedule')}=steps"
            )
        if self.replacement and not self.steps_per_epoch:
            raise UserError(f"{name}.replacement=true needs {name}.steps_per_epoch")


OF_NUMBERS = Training(
    batch_size=512, least_steps=16, learning_rate=2e-3, weight_decay=1e-2, patience=30, average=2,
    max_epochs=200, threads=1,
)  # fmt: skip
"""How the default network for tables is trained."""
OF_IMAGES = Training(batch_size=128, learning_rate=2e-3, weight_decay=1e-2, patience=10, max_epochs=40)
"""How the default networks for images are trained."""
