"""Numbers beyond which an option is a slip of the hand: they would fill the memory, or never end."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TypeGuard

from omegaconf import DictConfig, OmegaConf

from galaxy_causal.types import UserError

THREADS = "no machine has more processors"
TRAININGS = "each trains every network anew"

MOST: Mapping[str, tuple[float, str]] = {
    "estimator.folds": (100, TRAININGS),
    "estimator.bins": (10_000, "memory grows with it times the galaxies"),
    "cutouts.grid.size": (100_000, "memory grows with its square"),
}
"""The most that an option can be, and why."""

NETWORK: Mapping[str, tuple[float, str]] = {
    "width": (65_536, "memory grows with its square"),
    "hidden": (65_536, "memory grows with its square"),
    "embedding": (65_536, "memory grows with its square"),
    "depth": (1_000, "memory grows with it"),
    "blocks": (1_000, "memory grows with it"),
    "components": (10_000, "memory grows with it times the batch"),
    "latent": (65_536, "memory grows with it times the galaxies"),
    "rest": (65_536, "memory grows with it times the galaxies"),
    "subsets": (1_000, "memory grows with it times the batch"),
    "validated": (1_000, "time grows with it"),
    "threads": (1_024, THREADS),
    "steps_per_epoch": (10_000_000, "no epoch would end, and none is validated before"),
    "average": (1_000_000, "no training has as many epochs"),
}
"""The same for options of any network and its training, by their own names."""


def check_bounds(cfg: DictConfig, groups: Collection[str]) -> None:
    """Refuse numbers of these groups that are out of bounds."""
    for key, most, why in _bounds():
        value = OmegaConf.select(cfg, key, throw_on_missing=False)
        if key.partition(".")[0] in groups and _number(value) and value > most:
            raise UserError(f"{key}={value:,} must be at most {most:,}: {why}")


def _bounds() -> Iterator[tuple[str, float, str]]:
    for key, (most, why) in MOST.items():
        yield key, most, why
    for group in ("network", "causal.network", "causal.probe"):
        for part in ("", ".training", ".numbers", ".numbers.training"):
            for name, (most, why) in NETWORK.items():
                yield f"{group}{part}.{name}", most, why


def _number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
