"""Local tests of every query in every realisation of a latent, and their averages."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from galaxy_causal.causal import LocalQuestion, LocalTestOptions, local_tests, pooled_tests
from galaxy_causal.jobs.causal.queries import Query
from galaxy_causal.jobs.causal.sufficiency import calibration
from galaxy_causal.jobs.life import class_order
from galaxy_causal.types import (
    Answer,
    Catalogue,
    Dependence,
    DependenceCurve,
    Floats,
    LocalTests,
    Neighbours,
    Pooled,
    one_sigma,
    option,
)

Mask = NDArray[np.bool_]
ALL = "all"
MEANS = (
    "galaxies", "independent", "corr", "corr_null", "pred_eff", "pred_eff_null", "significant",
    "gradient_bound",
)  # fmt: skip


@dataclass(frozen=True)
class Realisation:
    """One seed: latent (n, l), estimate (n,) and numerical inputs (n, p) of all galaxies, neighbours used."""

    seed: int
    latent: NDArray[np.float32]
    estimate: Floats
    inputs: Floats
    neighbours: Neighbours


@dataclass(frozen=True)
class Tested:
    """The local tests of one query, with its conditions or without, in one realisation."""

    query: str
    given: tuple[str, ...]
    seed: int
    local: LocalTests
    pooled: tuple[Pooled, ...]

    @property
    def suffix(self) -> str:
        """How names of its metrics end, as of an `Answer`."""
        return f"/given_{','.join(self.given)}" if self.given else ""


@dataclass(frozen=True)
class Bins:
    """Galaxies of one class in consecutive bins of one quantity: masks over the tested galaxies."""

    group: str
    label: str
    centre: Floats
    masks: tuple[Mask, ...]

    @property
    def names(self) -> list[str]:
        """One for each bin, that no other bin has."""
        return [f"{self.group} {self.label} {number}" for number in range(len(self.masks))]


def groups_of(catalogue: Catalogue, tested: NDArray[np.int64]) -> dict[str, Mask]:
    """All tested galaxies and those of each class: masks (n,) by name, star-forming and passive first."""
    groups = {ALL: np.ones(len(tested), dtype=np.bool_)}
    if catalogue.galaxy_class is not None:
        classes = catalogue.galaxy_class[tested]
        groups |= {name: classes == name for name in class_order(classes.used())}
    return groups


def bins_of(
    catalogue: Catalogue, tested: NDArray[np.int64], groups: Mapping[str, Mask], count: int, least: int
) -> list[Bins]:
    """Equally filled bins of target and magnitude in each group, each of at least ``least`` galaxies."""
    axes = [] if catalogue.target_classes else [(catalogue.target_label, catalogue.target[tested])]
    if catalogue.magnitude is not None:
        axes.append((catalogue.magnitude_label, catalogue.magnitude[tested].astype(np.float64)))
    found = []
    for group, mask in groups.items():
        for label, quantity in axes:
            rows = np.flatnonzero(mask & np.isfinite(quantity))
            rows = rows[np.argsort(quantity[rows], kind="stable")]
            parts = np.array_split(rows, min(count, len(rows) // least)) if len(rows) >= least else []
            masks = tuple(np.isin(np.arange(len(tested)), part) for part in parts)
            centre = np.array([np.median(quantity[part]) for part in parts])
            found.append(Bins(group, label, centre, masks))
    return [bins for bins in found if bins.masks]


def ask(
    catalogue: Catalogue,
    training: NDArray[np.int64],
    queries: Sequence[Query],
    realisation: Realisation,
    options: LocalTestOptions,
    masks: Mapping[str, Mask],
    groups: Container[str],
    advance: Callable[[int, int], None],
) -> list[Tested]:
    """Every query without conditions and, where there are any, with them; kernel tests of ``groups``."""
    found = []
    for query in queries:
        for given in ((), query.given) if query.given else ((),):
            question = LocalQuestion(
                target=catalogue.target[training],
                query=query.value[training],
                given=query.conditions[training] if given else None,
                latent=realisation.latent[training].astype(np.float64),
                estimate=realisation.estimate[training],
                inputs=realisation.inputs[training],
                name=option("causal.query", query.name),
            )
            near, seed = realisation.neighbours, realisation.seed
            local = local_tests(question, near, options, seed, advance)
            pooled = pooled_tests(question, near, local, masks, options, seed, groups)
            found.append(Tested(query.name, given, seed, local, pooled))
    return found


def answers(tested: Sequence[Tested], groups: Mapping[str, Mask], bins: Sequence[Bins]) -> list[Answer]:
    """One answer for each query and its conditions, averaged over realisations."""
    found = []
    for query, given in dict.fromkeys((one.query, one.given) for one in tested):
        same = [one for one in tested if (one.query, one.given) == (query, given)]
        means = {
            p.group: average([q for one in same for q in one.pooled if q.group == p.group])
            for p in same[0].pooled
        }
        curves = tuple(
            DependenceCurve(
                b.group, b.label, b.centre, tuple(replace(means[name], group=b.group) for name in b.names)
            )
            for b in bins
        )
        found.append(Answer(query, given, tuple(means[group] for group in groups), curves))
    return found


def table_of(
    catalogue: Catalogue,
    training: NDArray[np.int64],
    rows: NDArray[np.int64],
    realisations: Sequence[Realisation],
    tested: Sequence[Tested],
) -> dict[str, NDArray[Any]]:
    """Columns with a row for every galaxy of ``rows``, query, condition and seed."""
    of_galaxy: dict[str, NDArray[Any]] = {"id": catalogue.id[rows], "y": catalogue.target[rows]}
    if catalogue.galaxy_class is not None:
        of_galaxy["class"] = np.asarray(catalogue.galaxy_class[rows])
    if catalogue.magnitude is not None:
        of_galaxy["magnitude"] = catalogue.magnitude[rows].astype(np.float64)
    of_galaxy["split"] = np.asarray(catalogue.split[rows])
    known = {
        one.seed: calibration(catalogue, training, rows, one.neighbours, one.seed) for one in realisations
    }
    parts = []
    for one in tested:
        of_test = {"seed": one.seed, "query": one.query, "given": ",".join(one.given)}
        parts.append(
            of_galaxy
            | {name: np.full(len(rows), value) for name, value in of_test.items()}
            | {**one.local.columns(), **known[one.seed]}
        )
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def average(pooled: Sequence[Pooled]) -> Dependence:
    """Means over realisations of one group.

    The realisations share their galaxies, so that a squared error is the mean of theirs plus the variance
    between them over their number; the correlation's p-value is that of the mean over such an error where
    nothing depends. Those of efficiency and kernel test are twice the median, at most one, which holds
    however the realisations depend (Meinshausen, Meier & Buehlmann 2009, JASA 104, 1671). P-values of a
    single realisation stay as they are.
    """
    one, several = pooled[0], len(pooled) > 1

    def values(name: str) -> Floats:
        return np.array([getattr(one, name) for one in pooled], dtype=np.float64)

    def error(name: str, of: str) -> float:
        return float(one_sigma((values(name) ** 2).mean(), values(of)))

    def median_p(name: str) -> float:
        return float(np.minimum(1.0, 2 * np.median(values(name)))) if several else getattr(one, name)

    corr, null_error = float(values("corr").mean()), error("corr_null_error", "corr")
    return Dependence(
        group=one.group,
        corr_error=error("corr_error", "corr"),
        corr_null_error=null_error,
        corr_p=float(2 * ndtr(-abs(corr) / null_error)) if several else one.corr_p,
        pred_eff_error=error("pred_eff_error", "pred_eff"),
        pred_eff_null_error=error("pred_eff_null_error", "pred_eff_null"),
        pred_eff_p=median_p("pred_eff_p"),
        kernel_p=median_p("kernel_p"),
        **{name: float(values(name).mean()) for name in MEANS},
    )
