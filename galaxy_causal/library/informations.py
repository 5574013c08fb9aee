"""How much inputs tell of the target: decompositions, subsets, and single fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Literal

from galaxy_causal.crew import crewed
from galaxy_causal.decomposition import Measure, Redundancy, TableMeasure
from galaxy_causal.estimator import Estimator
from galaxy_causal.fitting import FitMaker, FittedDensity, one_density
from galaxy_causal.jobs.decompose.options import DecomposeOptions
from galaxy_causal.jobs.decompose.question import DecomposeQuestion
from galaxy_causal.jobs.decompose.result import Decomposition
from galaxy_causal.jobs.side_by_side import Task, make_fits
from galaxy_causal.jobs.subsets.question import SubsetsOptions, SubsetsQuestion
from galaxy_causal.jobs.subsets.result import Subsets
from galaxy_causal.library.asking import (
    Chosen,
    Galaxies,
    answered,
    asked,
    console_of,
    fitting_of,
    inputs_of,
)
from galaxy_causal.library.store import Place, opening
from galaxy_causal.network import Network


@asked
def decompose(
    galaxies: Galaxies,
    x1: Chosen,
    x2: Chosen,
    *,
    network: str | Network = "mlp",
    estimator: str | Estimator = "cross_entropy",
    measure: str | Redundancy | Measure = "population_min",
    also: Sequence[str | Redundancy | Measure | TableMeasure] = (),
    seed: int = 0,
    seeds: int = 3,
    referee: bool = True,
    draws: int = 1000,
    curve_draws: int = 200,
    bins: int = 10,
    least: int = 20,
    quantised: Mapping[str, int] | None = None,
    store: Place | None = None,
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
        What estimates informations, by its name on the command line or made by yourself.
    measure, also
        The headline's measure of redundancy, and further ones: names, or your own, such as a function from
        the pointwise informations of x1, x2 and both, each (n,), to the redundancy (n,) [nats].
    seed, seeds
        Of the first realisation of the fits, and how many there are.
    referee
        Whether boosted trees give a second opinion on every information.
    draws, curve_draws
        Bootstrap draws over test galaxies, of averages and of curves.
    bins, least
        Of curves along target and magnitude: how many, and galaxies in each at least.
    quantised
        Of measures of classes of galaxies: ``bins`` of each quantity (3) and bootstrap ``draws`` (20).
    store
        A folder where fits are kept and found again, also by the command line (``tracking.root``), which
        finds the same ones, or a `Store` that others share; None keeps nothing.
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
    options = DecomposeOptions(
        measure=measure, also=also, quantised={"bins": 3, "draws": 20} | dict(quantised or {}),
        referee=referee, draws=draws, curve_draws=curve_draws, bins=bins, least=least,
    )  # fmt: skip
    fitting = fitting_of(network, estimator, seed, seeds, trainer)
    inputs = inputs_of(galaxies, x1, x2)
    ask = partial(DecomposeQuestion, pair=inputs, options=options)
    return answered(ask, galaxies, fitting, {"x1": dict(x1), "x2": dict(x2)}, store, progress)


@asked
def subsets(
    galaxies: Galaxies,
    x1: Chosen,
    x2: Chosen,
    *,
    network: str | Network = "amortised",
    estimator: str | Estimator = "amortised",
    method: Literal["exact", "sampled"] = "exact",
    permutations: int = 256,
    tolerance: float = 0.05,
    sources: Sequence[object] | None = None,
    seed: int = 0,
    seeds: int = 3,
    referee: bool = True,
    draws: int = 400,
    store: Place | None = None,
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
        What estimates informations of all subsets from one fit.
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
    fitting = fitting_of(network, estimator, seed, seeds, trainer)
    inputs = inputs_of(galaxies, x1, x2)
    ask = partial(SubsetsQuestion, pair=inputs, options=options)
    return answered(ask, galaxies, fitting, {"x1": dict(x1), "x2": dict(x2)}, store, progress)


@asked
def fit(
    galaxies: Galaxies,
    x: Chosen,
    *,
    network: str | Network = "mlp",
    estimator: str | Estimator = "cross_entropy",
    seed: int = 0,
    store: Place | None = None,
    trainer: Mapping[str, object] | None = None,
    progress: bool = True,
) -> FittedDensity:
    """What does one input tell of each galaxy's target? A single fit, which can be asked of new galaxies.

    Parameters
    ----------
    galaxies
        Of `read_table` or `from_table`.
    x
        The input, as in `decompose`.
    network, estimator, seed, store, trainer, progress
        As in `decompose`, which finds this fit again. The estimator must learn one density.

    Returns
    -------
    FittedDensity
        It has ``predict``, ``sample`` and ``log_prob`` of galaxies, and ``fit``, with the pointwise
        informations of those that it was made of.

    Raises
    ------
    UserError
        For an input that the galaxies lack, and options that cannot be.
    """
    fitting = fitting_of(network, estimator, seed, 1, trainer)
    one_density(fitting.estimator)
    maker = FitMaker(fitting, galaxies, opening(store))
    inputs = inputs_of(galaxies, x, x).x1
    maker.check([inputs])
    with crewed(adopts=False):
        (made,) = make_fits(console_of(progress), maker, [Task(inputs, seed)], "")
    return FittedDensity(maker, inputs, seed, made)
