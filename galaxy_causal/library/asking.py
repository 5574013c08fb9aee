"""What all questions of the library have in common: networks and estimators by name, inputs, stores."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Annotated, TypeVar, cast

from pydantic import Field
from rich.console import Console

from galaxy_causal.crew import crewed
from galaxy_causal.dataset import pair
from galaxy_causal.estimator import ESTIMATORS, Estimator
from galaxy_causal.fitting import FitMaker, Fitting, TrainerOptions
from galaxy_causal.jobs.life import live
from galaxy_causal.jobs.progress import standard_output
from galaxy_causal.jobs.question import Question
from galaxy_causal.jobs.result import Result
from galaxy_causal.jobs.twin import store_code, twin
from galaxy_causal.library.store import Place, Store, opening
from galaxy_causal.network import Network, preset
from galaxy_causal.types import Catalogue, InputPair, UserError, by_name, checked, group_of, in_python
from galaxy_causal.types.extras import remedy

R = TypeVar("R", bound=Result)
F = TypeVar("F", bound=Callable[..., object])
Galaxies = Annotated[Catalogue, Field(description="made by gc.read_table or gc.from_table")]
Chosen = Annotated[Mapping[str, object], Field(description='such as {"photometry": "ugriz"}')]
"""Of a modality the names in it."""


def asked(function: F) -> F:
    """Let a function refuse arguments that it does not take, or not so, in words of Python."""
    signature, checking = inspect.signature(function), in_python()(checked()(function))

    @wraps(function)
    def ask(*args: object, **kwargs: object) -> object:
        try:
            signature.bind(*args, **kwargs)
        except TypeError as error:
            takes = ", ".join(signature.parameters)
            raise UserError(f"gc.{function.__name__}: {error}; it takes {takes}") from None
        try:
            return checking(*args, **kwargs)
        except ModuleNotFoundError as error:
            told = remedy(error.name or "")
            if told is None:
                raise
            raise UserError(told) from error

    return cast(F, ask)


def fitting_of(
    network: str | Network,
    estimator: str | Estimator,
    seed: int,
    seeds: int,
    trainer: Mapping[str, object] | None,
) -> Fitting:
    """How fits are made; see `decompose`."""
    return Fitting(
        estimator=estimator_of(estimator),
        network=network_of(network),
        trainer=group_of(TrainerOptions, "trainer", trainer or {}),
        seed=seed,
        seeds=seeds,
    )


def network_of(network: str | Network) -> Network:
    """A network, or the one of a name."""
    return preset(network) if isinstance(network, str) else network


def estimator_of(estimator: str | Estimator) -> Estimator:
    """An estimator, or the one of a name."""
    return by_name("estimator", estimator, ESTIMATORS) if isinstance(estimator, str) else estimator


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
    store: Place | None,
    progress: bool,
) -> R:
    """The answer to a question, tracked in a store; ``shown`` stands among the run's parameters."""
    question = ask(FitMaker(fitting, galaxies, opening(store)))
    with crewed(adopts=False):
        return live(
            console_of(progress), question, shown, prints=False, repeat=lambda: _repeated(question, store)
        )


def _repeated(question: Question[R], store: Place | None) -> dict[str, str]:
    """A question as it is asked in Python, but for the galaxies, of which it is not known how they came."""
    one = store if isinstance(store, Store) else Store(store or "mlruns")
    kept = None if store is None else str(one.folder)
    call = question.call()
    if call is None:
        return {}
    return {"In Python": twin(call, None, store_code(kept, {"fits": one.fits, "server": one.server}))}


def console_of(progress: bool) -> Console:
    """Where to show progress, if anywhere."""
    return standard_output() if progress else Console(quiet=True)
