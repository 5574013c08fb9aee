"""The library's door: what ``import galaxy_causal as gc`` offers, for notebooks and programs."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pandas as pd
from rich.console import Console

from galaxy_causal.dataset import pair
from galaxy_causal.estimator import CrossEntropy, Estimator
from galaxy_causal.fitting import FitMaker, Fitting, TrainerOptions
from galaxy_causal.jobs.decompose.question import DecomposeOptions, DecomposeQuestion
from galaxy_causal.jobs.decompose.result import Decomposition
from galaxy_causal.jobs.life import live
from galaxy_causal.jobs.progress import standard_output
from galaxy_causal.network import Network, preset
from galaxy_causal.tracking import open_store
from galaxy_causal.types import Catalogue, group_of


def decompose(
    galaxies: Catalogue,
    x1: Mapping[str, object],
    x2: Mapping[str, object],
    *,
    network: str | Network = "mlp",
    estimator: Estimator | None = None,
    measure: str = "population_min",
    also: Sequence[str] = (),
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
        The headline's measure of redundancy, and further ones.
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
    inputs = pair(
        galaxies.features, galaxies.name, x1, x2,
        errors="available", accompany={"ebv": "available"}, images=galaxies.image_bands,
    )  # fmt: skip
    fitting = Fitting(
        estimator=CrossEntropy() if estimator is None else estimator,
        network=preset(network) if isinstance(network, str) else network,
        trainer=group_of(TrainerOptions, "trainer", trainer or {}),
        seed=seed,
        seeds=seeds,
    )
    with ExitStack() as stack:
        root = stack.enter_context(tempfile.TemporaryDirectory()) if store is None else store
        maker = FitMaker(fitting, galaxies, partial(open_store, root=root))
        question = DecomposeQuestion(maker, inputs, options)
        console = standard_output() if progress else Console(quiet=True)
        return live(console, question, {"x1": dict(x1), "x2": dict(x2)})


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
    return pd.DataFrame(open_store(root=store).finished())
