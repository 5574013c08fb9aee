"""The library's door: what ``import galaxy_causal as gc`` offers, for notebooks and programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Literal, TypeVar

import pandas as pd
from rich.console import Console

from galaxy_causal.dataset import pair
from galaxy_causal.decomposition import Measure, Redundancy, TableMeasure
from galaxy_causal.estimator import Amortised, CrossEntropy, Estimator
from galaxy_causal.fitting import FitMaker, FitStore, Fitting, TrainerOptions
from galaxy_causal.jobs.decompose.options import DecomposeOptions
from galaxy_causal.jobs.decompose.question import DecomposeQuestion
from galaxy_causal.jobs.decompose.result import Decomposition
from galaxy_causal.jobs.life import Question, Result, live
from galaxy_causal.jobs.progress import standard_output
from galaxy_causal.jobs.subsets.question import SubsetsOptions, SubsetsQuestion
from galaxy_causal.jobs.subsets.result import Subsets
from galaxy_causal.network import Network, preset
from galaxy_causal.tracking import open_store
from galaxy_causal.types import Catalogue, InputPair, group_of, in_python

R = TypeVar("R", bound=Result)


@in_python()
def decompose(
    galaxies: Catalogue,
    x1: Mapping[str, object],
    x2: Mapping[str, object],
    *,
    network: str | Network = "mlp",
    estimator: Estimator | None = None,
    measure: str | Redundancy | Measure = "population_min",
    also: Sequence[str | Redundancy | Measure | TableMeasure] = (),
    seed: int = 0,
    seeds: int = 3,
    referee: bool = True,
    draws: int = 1000,
    store: str | Path | None = None,
    trainer: Mapping[str, object] | None = None,
    progress: bool = True,
) -> Decomposition:
    """How much do two inputs each tell of the target: redundant, unique and synergistic, in nats?

    Parameters
    ----------
    galaxies
        Of `read_table` or `from_table`.
    x1, x2
        The inputs: of a modality the names in it, for example ``{"photometry": "ugriz"}``,
        ``{"photometry": ["u", "W1"]}`` or ``{"redshift": True}``.
    network
        What learns, by its name on the command line or made by yourself.
    estimator
        What estimates informations; the default is that of the command line.
    measure, also
        The headline's measure of redundancy, and further ones: names, or your own, such as a function from
        the pointwise informations of x1, x2 and both, each (n,), to the redundancy (n,) [nats].
    seed, seeds
        Of the first realisation of the fits, and how many there are.
    referee
        Whether boosted trees give a second opinion on every information.
    draws
        Bootstrap draws over test galaxies.
    store
        A folder where fits are kept and found again, also by the command line (``tracking.root``), which
        finds the same ones; None keeps nothing.
    trainer
        Options of ``pytorch_lightning.Trainer``, for example ``{"accelerator": "gpu"}``.
    progress
        Whether to show what is being done.

    Returns
    -------
    Decomposition
        It prints as a table, and has ``to_pandas()``, ``to_table()``, ``plot()`` and ``galaxies``.

    Raises
    ------
    UserError
        For inputs that the galaxies lack, and options that cannot be.

    References
    ----------
    Barrett 2015 (Phys. Rev. E 91, 052802) for the default measure; Zhang et al. 2025 (arXiv:2509.23901).
    """
    options = DecomposeOptions(measure=measure, also=tuple(also), referee=referee, draws=draws)
    fitting = fitting_of(network, estimator or CrossEntropy(), seed, seeds, trainer)
    inputs = inputs_of(galaxies, x1, x2)
    ask = partial(DecomposeQuestion, pair=inputs, options=options)
    return answered(ask, galaxies, fitting, {"x1": dict(x1), "x2": dict(x2)}, store, progress)


@in_python()
def subsets(
    galaxies: Catalogue,
    x1: Mapping[str, object],
    x2: Mapping[str, object],
    *,
    network: str | Network = "amortised",
    estimator: Estimator | None = None,
    method: Literal["exact", "sampled"] = "exact",
    permutations: int = 256,
    tolerance: float = 0.05,
    sources: Sequence[object] | None = None,
    seed: int = 0,
    seeds: int = 3,
    referee: bool = True,
    draws: int = 400,
    store: str | Path | None = None,
    trainer: Mapping[str, object] | None = None,
    progress: bool = True,
) -> Subsets:
    """What does every subset of the inputs tell of the target, and what is each input worth, in nats?

    Parameters
    ----------
    galaxies
        Of `read_table` or `from_table`.
    x1, x2
        The inputs, as in `decompose`; they are taken together, and what both hold is always shown.
    network
        What learns of subsets, by its name on the command line or made by yourself.
    estimator
        What estimates informations of all subsets from one fit; the default is ``Amortised()``.
    method
        ``exact``: all subsets, of at most 20 inputs; ``sampled``: random orders of the inputs.
    permutations
        Random orders of ``sampled``, an even number.
    tolerance
        What the smallest subset that is good enough may tell less than all inputs [nats].
    sources
        Three groups of inputs for the redundancy lattice, for example ``["ugriz", "JHK", "redshift"]``.
    seed, seeds, referee, draws, store, trainer, progress
        As in `decompose`.

    Returns
    -------
    Subsets
        It prints as tables, and has ``to_pandas()``, ``inputs``, ``pairs``, ``plot()`` and ``galaxies``.

    Raises
    ------
    UserError
        For inputs that the galaxies lack, and options that cannot be.

    References
    ----------
    Shapley 1953 for the shares; Mitchell et al. 2022 (JMLR 23, 43) for sampled orders.
    """
    options = SubsetsOptions(method, permutations, tolerance, sources, referee, draws)
    fitting = fitting_of(network, estimator or Amortised(), seed, seeds, trainer)
    inputs = inputs_of(galaxies, x1, x2)
    ask = partial(SubsetsQuestion, pair=inputs, options=options)
    return answered(ask, galaxies, fitting, {"x1": dict(x1), "x2": dict(x2)}, store, progress)


def fitting_of(
    network: str | Network,
    estimator: Estimator,
    seed: int,
    seeds: int,
    trainer: Mapping[str, object] | None,
) -> Fitting:
    """How fits are made; see `decompose`."""
    return Fitting(
        estimator=estimator,
        network=network_of(network),
        trainer=group_of(TrainerOptions, "trainer", trainer or {}),
        seed=seed,
        seeds=seeds,
    )


def network_of(network: str | Network) -> Network:
    """A network, or the one of a name."""
    return preset(network) if isinstance(network, str) else network


def inputs_of(galaxies: Catalogue, x1: Mapping[str, object], x2: Mapping[str, object]) -> InputPair:
    """Two inputs, with errors and E(B-V) where there are any."""
    return pair(
        galaxies.features, galaxies.name, x1, x2,
        errors="available", accompany={"ebv": "available"}, images=galaxies.image_bands,
    )  # fmt: skip


def answered(
    ask: Callable[[FitMaker], Question[R]],
    galaxies: Catalogue,
    fitting: Fitting,
    shown: Mapping[str, object],
    store: str | Path | None,
    progress: bool,
) -> R:
    """The answer to a question, tracked in a store; ``shown`` stands among the run's parameters."""
    opened = FitStore.temporary if store is None else partial(open_store, root=store)
    console = standard_output() if progress else Console(quiet=True)
    return live(console, ask(FitMaker(fitting, galaxies, opened)), shown)


def runs(store: str | Path) -> pd.DataFrame:
    """Finished runs of a folder of fits, the newest first.

    Parameters
    ----------
    store
        As in `decompose`, or ``tracking.root`` of the command line.

    Returns
    -------
    pandas.DataFrame
        A row for each: ``run_id``, ``name``, its tags, such as ``job``, ``x1`` and ``verdict_mi_union``, and
        its metrics [nats], such as ``redundant``.
    """
    return pd.DataFrame(open_store(root=store).tracker.finished())
