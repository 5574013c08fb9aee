"""Numbers beyond which an option is a slip of the hand: they would fill the memory, or never end."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypeGuard

from omegaconf import DictConfig, OmegaConf

from galaxy_causal.types import UserError

THREADS = "no machine has more processors"

MOST: Mapping[str, tuple[float, str]] = {
    "cutouts.grid.size": (100_000, "memory grows with its square"),
}
"""The most that an option can be, and why."""


def check_bounds(cfg: DictConfig, groups: Collection[str]) -> None:
    """Refuse numbers of these groups that are out of bounds."""
    for key, (most, why) in MOST.items():
        value = OmegaConf.select(cfg, key, throw_on_missing=False)
        if key.partition(".")[0] in groups and _number(value) and value > most:
            raise UserError(f"{key}={value:,} must be at most {most:,}: {why}")


def _number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
