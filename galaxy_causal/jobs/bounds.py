"""Numbers beyond which an option is a slip of the hand: they would fill the memory, or never end."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypeGuard

from omegaconf import DictConfig, OmegaConf

from galaxy_causal.types import UserError

ERRORS = "memory and time grow with it, and an error bar is known to a percent from 10,000 draws"
NULL = "memory and time grow with it, and p-values are known to 1e-5"
PROCESSES = "each is a process with a memory of its own"
THREADS = "no machine has more processors"
DECIMALS = "generators of random numbers take 32 bits"
TRAININGS = "each trains every network anew"
POINTS = "a figure shows no more"

MOST: Mapping[str, tuple[float, str]] = {
    "seed": (4_000_000_000, DECIMALS),
    "seeds": (1_000, TRAININGS),
    "fits_at_once": (1_024, PROCESSES),
    "launcher.workers": (1_024, PROCESSES),
    "decomposition.draws": (100_000, ERRORS),
    "decomposition.curve_draws": (100_000, ERRORS),
    "decomposition.bins": (1_000, POINTS),
    "decomposition.quantised.draws": (100_000, ERRORS),
    "decomposition.quantised.bins": (100, "tables have the cube of it as cells"),
    "subsets.draws": (100_000, ERRORS),
    "subsets.permutations": (100_000, "each is as many subsets as there are inputs"),
    "causal.permutations": (100_000, NULL),
    "causal.basis": (1000, "every function is a coefficient to fit in each fold"),
    "causal.folds": (100, "each fits all splines anew"),
    "causal.kernel_galaxies": (100_000, "memory grows with it"),
    "causal.bins": (1_000, POINTS),
    "neighbours.block": (1_000_000, "memory grows with it times the training galaxies"),
    "neighbours.threads": (1_024, THREADS),
    "neighbours.cells": (1_000_000, "each needs galaxies of its own"),
    "estimator.folds": (100, TRAININGS),
    "estimator.bins": (10_000, "memory grows with it times the galaxies"),
    "discovery.stability.replicates": (100_000, "each is a search of its own"),
    "discovery.stability.workers": (1_024, PROCESSES),
    "discovery.algorithm.basis": (1000, "every function is a coefficient to fit"),
    "cutouts.grid.size": (100_000, "memory grows with its square"),
    "trainer.num_nodes": (1, "a fit runs on one machine; share out the members of a sweep among several"),
    "trainer.devices": (1_024, PROCESSES),
}
"""The most that an option can be, and why."""

LEAST: Mapping[str, float] = {
    "trainer.check_val_every_n_epoch": 1,
    "trainer.num_sanity_val_steps": -1,
    "trainer.accumulate_grad_batches": 1,
    "trainer.gradient_clip_val": 0,
    "trainer.log_every_n_steps": 0,
    "trainer.min_epochs": 0,
    "trainer.min_steps": 0,
    "trainer.max_epochs": -1,
    "trainer.max_steps": -1,
    "trainer.fast_dev_run": 0,
    "launcher.workers": 1,
}
"""The least that an option can be, where that is not looked at where it is used."""


def check_bounds(cfg: DictConfig, groups: Collection[str]) -> None:
    """Refuse numbers of these groups that are out of bounds."""
    for key, (most, why) in MOST.items():
        value = OmegaConf.select(cfg, key, throw_on_missing=False)
        if key.partition(".")[0] in groups and _number(value) and value > most:
            raise UserError(f"{key}={value:,} must be at most {most:,}: {why}")
    for key, least in LEAST.items():
        value = OmegaConf.select(cfg, key, throw_on_missing=False)
        if key.partition(".")[0] in groups and _number(value) and value < least:
            raise UserError(f"{key}={value} must be at least {least}")


def _number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
