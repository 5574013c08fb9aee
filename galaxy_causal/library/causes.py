"""Causes: what the target still depends on, and which graph the variables support."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Literal

from galaxy_causal.causal import Gradient, TestKind
from galaxy_causal.discovery import ALGORITHMS, Algorithm
from galaxy_causal.estimator import Estimator
from galaxy_causal.jobs.causal.options import CausalOptions
from galaxy_causal.jobs.causal.question import CausalQuestion
from galaxy_causal.jobs.causal.result import CausalAnalysis
from galaxy_causal.jobs.discover.options import DiscoverOptions
from galaxy_causal.jobs.discover.question import DiscoverQuestion
from galaxy_causal.jobs.discover.result import Discovery
from galaxy_causal.library.asking import Chosen, Galaxies, answered, asked, fitting_of, inputs_of, network_of
from galaxy_causal.library.store import Place
from galaxy_causal.neighbours import SEARCHES, NeighbourSearch
from galaxy_causal.network import Network
from galaxy_causal.types import by_name


@asked
def causal_analysis(
    galaxies: Galaxies,
    x1: Chosen,
    x2: Chosen | None = None,
    *,
    query: str | Sequence[str],
    given: str | Sequence[str] = (),
    network: str | Network = "scl_image",
    probe: str | Network = "image",
    neighbours: str | NeighbourSearch = "exact",
    tested: Literal["test", "all"] = "test",
    k: int = 100,
    test: TestKind = "gcm",
    gradient: Gradient = "both",
    permutations: int = 200,
    fdr: float = 0.05,
    basis: int = 10,
    folds: int = 5,
    kernel_galaxies: int = 2000,
    sufficiency: bool = True,
    bins: int = 8,
    least: int = 30,
    seed: int = 0,
    seeds: int = 3,
    store: Place | None = None,
    trainer: Mapping[str, object] | None = None,
    progress: bool = True,
) -> CausalAnalysis:
    """Does the target still depend on a query among galaxies that a network cannot tell apart?

    Parameters
    ----------
    galaxies
        Of `read_table` or `from_table`.
    x1, x2
        The inputs of the network, as in `decompose`; both together, where there are two.
    query
        What may tell more of the target than the inputs: one or several of ``"redshift"``, any feature,
        ``"g-r"``, ``"absolute(r)"``.
    given
        What to condition on, named likewise.
    network
        What has the latent in which neighbours are sought, by its name on the command line or made by
        yourself; of ``"scl_image"`` that is ``"scl"`` where the inputs have no images.
    probe
        What measures how much the inputs tell beyond the latent.
    neighbours
        ``"exact"``, ``"approximate"``, or a search made by yourself.
    tested
        Whose neighbourhoods are tested: those of ``"test"`` galaxies or of ``"all"``.
    k
        Training galaxies of a neighbourhood.
    test, gradient, permutations, fdr, basis, folds, kernel_galaxies
        How dependence in neighbourhoods is tested; see `galaxy_causal.causal.LocalTestOptions`.
    sufficiency
        Whether to measure what the inputs tell beyond the latent.
    bins, least
        Of target and of magnitude, in figures: how many, and galaxies in each at least.
    seed, seeds, store, trainer, progress
        As in `decompose`.

    Returns
    -------
    CausalAnalysis
        It prints as tables, and has ``to_pandas()``, ``to_table()``, ``plot()`` and ``galaxies``.

    Raises
    ------
    UserError
        For queries that make no sense, inputs that the galaxies lack, and options that cannot be.

    References
    ----------
    Zhang et al. 2025 (arXiv:2509.23901), section 2; Shah & Peters 2020 (Ann. Stat. 48, 1514) for the
    default test.
    """
    options = CausalOptions(
        query=query, given=given, galaxies=tested, k=k, test=test, gradient=gradient,
        permutations=permutations, fdr=fdr, basis=basis, folds=folds, kernel_galaxies=kernel_galaxies,
        sufficiency=sufficiency, bins=bins, least=least,
    )  # fmt: skip
    if isinstance(neighbours, str):
        neighbours = by_name("neighbours", neighbours, SEARCHES)(seed)
    inputs = inputs_of(galaxies, x1, x1 if x2 is None else x2)
    ask = partial(
        CausalQuestion,
        probe=network_of(probe),
        inputs=inputs.x1 if x2 is None else inputs.union,
        options=options,
        search=neighbours,
    )
    fitting = fitting_of(network, "cross_entropy", seed, seeds, trainer)
    return answered(ask, galaxies, fitting, {"x1": dict(x1), "x2": x2 and dict(x2)}, store, progress)


@asked
def discover(
    galaxies: Galaxies,
    variables: Sequence[str | Mapping[str, str]],
    algorithm: str | Algorithm = "pc",
    *,
    split: Literal["all", "train", "validation", "test"] = "all",
    nulls: Literal["error", "drop"] = "error",
    knowledge: Mapping[str, object] | None = None,
    stability: Mapping[str, object] | None = None,
    sweep: Sequence[float] | None = None,
    truth: str | Path | None = None,
    selected: Sequence[str] | None = None,
    estimate: Chosen | None = None,
    network: str | Network = "mlp",
    estimator: str | Estimator = "cross_entropy",
    seed: int = 0,
    store: Place | None = None,
    trainer: Mapping[str, object] | None = None,
    progress: bool = True,
) -> Discovery:
    """Which graph of causes do variables of the galaxies support?

    Parameters
    ----------
    galaxies
        Of `read_table` or `from_table`.
    variables
        Features by name, ``"target"``, ``"magnitude"``, ``"estimate"``, differences such as ``"g-r"``,
        ``"absolute(r)"``, or ``{"log M*": "target"}``, which gives a variable another name.
    algorithm
        ``"pc"``, ``"fci"``, ``"ges"``, ``"hill_climbing"``, ``"boss"``, ``"grasp"``, ``"exact"``, or one made
        by yourself, such as ``galaxy_causal.discovery.PC(alpha=0.001)``.
    split
        Whether all galaxies are taken, or those of one split.
    nulls
        Whether galaxies that lack a variable are an ``"error"``, or to ``"drop"``.
    knowledge
        What is known beforehand: ``tiers``, ``required``, ``forbidden`` and ``proposals``, as on the command
        line, for example ``{"tiers": [["redshift"], ["target", "g-r"]]}``.
    stability
        How the graph is learned anew: ``replicates``, ``method``, ``fraction``, ``threshold``, ``flip`` and
        ``workers``, as on the command line.
    sweep
        Values of the algorithm's level or penalty at which the graph is learned too.
    truth, selected
        A JSON file of the true DAG, and those of its variables by which the galaxies were selected.
    estimate
        The inputs, as in `decompose`, of a network whose estimate of the target is the variable
        ``"estimate"``.
    network, estimator, trainer
        How that network learns, as in `decompose`.
    seed, store, progress
        As in `decompose`.

    Returns
    -------
    Discovery
        It prints as a table, and has ``graph``, ``to_networkx()``, ``to_pandas()`` and ``plot()``.

    Raises
    ------
    UserError
        For variables that the galaxies lack, contradictions, and options that cannot be.

    References
    ----------
    Spirtes, Glymour & Scheines 2000 (Causation, Prediction, and Search) for the default algorithm.
    """
    if isinstance(algorithm, str):
        algorithm = by_name("algorithm", algorithm, ALGORITHMS)
    options = DiscoverOptions.of(
        {
            "algorithm": algorithm,
            "variables": variables,
            "galaxies": split,
            "nulls": nulls,
            "knowledge": knowledge or {},
            "stability": stability or {},
            "sweep": sweep,
            "truth": None if truth is None else str(truth),
            "selected": selected,
        }
    )
    inputs = None if estimate is None else inputs_of(galaxies, estimate, estimate).x1
    fitting = fitting_of(network, estimator, seed, 1, trainer)
    ask = partial(DiscoverQuestion, options=options, inputs=inputs)
    return answered(ask, galaxies, fitting, {}, store, progress)
