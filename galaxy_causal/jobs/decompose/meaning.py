"""What informations mean for an estimate of the target: scatter before and after, widths, accuracy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.decomposition import INFORMATIONS
from galaxy_causal.estimator import scatter
from galaxy_causal.types import (
    Catalogue,
    Fit,
    Floats,
    PairFits,
    Summary,
    between_realisations,
    one_sigma,
    unit_of,
)

PARTS = dict(zip(INFORMATIONS, ("x1", "x2", "union"), strict=True))
PRIOR = "prior"
MOST_DRAWS, MOST_GALAXIES = 200, 20_000
"""Of the bootstrap of a scatter: more of either takes time, and tells its error no better."""

Number = tuple[float, float]
"""With its one-sigma error."""


@dataclass(frozen=True)
class Meaning:
    """What informations of all held-out galaxies mean for an estimate of the target.

    Parameters
    ----------
    unit
        Of the scatter; empty where the target has none, or is a class.
    numbers
        With their errors, by name: ``scatter_prior``, the spread of the target; ``scatter_x1``,
        ``scatter_x2`` and ``scatter_union``, that of estimate less truth, in ``unit``; ``left_x1`` ...,
        their ratio to the spread; ``width_x1`` ..., exp(-I); of classes in their place ``accuracy_prior``,
        ``accuracy_x1`` ...
    """

    unit: str = ""
    numbers: Mapping[str, Number] = field(default_factory=dict)

    def metrics(self) -> dict[str, float]:
        """Names and values as tracked."""
        found = {name: value for name, (value, _) in self.numbers.items()}
        return found | {f"{name}_err": error for name, (_, error) in self.numbers.items()}


def meaning(
    catalogue: Catalogue,
    held_out: NDArray[np.bool_],
    fits: PairFits,
    everyone: Summary,
    draws: int,
    seed: int,
) -> Meaning:
    """What the informations of ``everyone``, who is ``held_out`` (n,), mean.

    Scatter is that of the fits' estimates, the mean over realisations; estimators without estimates, and one
    fit that gives all informations, have the widths alone.
    """
    if catalogue.target_classes:
        return Meaning(numbers=dict(_accuracies(fits, int(held_out.sum()))))
    widths = dict(_widths(everyone))
    y = catalogue.target[held_out]
    residuals = {
        PARTS[name]: _residuals(own, catalogue.target, held_out)
        for name, own in zip(INFORMATIONS, fits, strict=True)
        if not fits.shared
    }
    return Meaning(unit_of_target(catalogue), _scatters(y, residuals, min(draws, MOST_DRAWS), seed) | widths)


def shares_of(everyone: Summary) -> dict[str, Number]:
    """Each information's share of what there is to be known, where that is known."""
    value, error = everyone.value, everyone.error
    return {
        part: (value[f"{name}_share"], error[f"{name}_share"])
        for name, part in PARTS.items()
        if f"{name}_share" in value
    }


def of_what(y: NDArray[np.generic]) -> str:
    """Of what the shares are, of a target with these values."""
    return "H(Y)" if is_class(y) else "ceiling"


def is_class(y: NDArray[np.generic]) -> bool:
    """Whether a target with these values is a class."""
    return np.asarray(y).dtype.kind in "UO"


def unit_of_target(catalogue: Catalogue) -> str:
    """The unit of differences of the target: dex of a logarithm, else its kind's, else its label's."""
    kind, of_label = catalogue.target_kind, unit_of(catalogue.target_label)
    unit = "" if kind is None else kind.unit
    logarithm = "log10 of" in unit or "12 + log10" in unit or (kind is not None and kind.logarithm)
    return "dex" if logarithm or of_label == "dex" else unit or of_label


def _residuals(own: Sequence[Fit], target: Floats, held_out: NDArray[np.bool_]) -> list[Floats]:
    """Estimate less truth of held-out galaxies in each realisation that has estimates of all of them."""
    found = [fit.estimate[held_out] - target[held_out] for fit in own if fit.estimate is not None]
    return [one for one in found if np.isfinite(one).all()]


def _scatters(
    y: Floats, residuals: Mapping[str, Sequence[Floats]], draws: int, seed: int
) -> dict[str, Number]:
    """The spread of y (n,), the scatter of residuals, and their ratios, with errors of one bootstrap."""
    columns = [y, *(one for own in residuals.values() for one in own)]
    value = np.array([scatter(one) for one in columns])
    drawn = _bootstrap(columns, draws, seed)
    found = {f"scatter_{PRIOR}": (float(value[0]), float(drawn[:, 0].std(ddof=1)))}
    first = 1
    for name, own in residuals.items():
        here = slice(first, first + len(own))
        first += len(own)
        if own and value[0] > 0.0:
            found[f"scatter_{name}"] = _mean(value[here], drawn[:, here])
            found[f"left_{name}"] = _mean(value[here] / value[0], drawn[:, here] / drawn[:, :1])
    return found


def _mean(each: Floats, drawn: Floats) -> Number:
    sampling = drawn.mean(axis=1).var(ddof=1)
    return float(each.mean()), float(one_sigma(sampling, each))


def _bootstrap(columns: Sequence[Floats], draws: int, seed: int) -> Floats:
    """Scatters (draws, columns) of galaxies drawn again; of very many, fewer, about the whole's scatter."""
    rng, n = np.random.default_rng(seed), len(columns[0])
    size = min(n, MOST_GALAXIES)
    whole = np.array([scatter(one) for one in columns])
    drawn = np.empty((draws, len(columns)))
    for row in drawn:
        rows = rng.integers(0, n, size)
        row[:] = [scatter(one[rows]) for one in columns]
    result: Floats = whole + (drawn - whole) * np.sqrt(size / n)
    return result


def _widths(everyone: Summary) -> Iterator[tuple[str, Number]]:
    """exp(-I) of each information, with the error that follows from its own."""
    for name, part in PARTS.items():
        width = float(np.exp(-everyone.value[name]))
        yield f"width_{part}", (width, width * everyone.error[name])


def _accuracies(fits: PairFits, count: int) -> Iterator[tuple[str, Number]]:
    """Shares of galaxies whose most probable class is true; their errors are binomial."""
    for name, own in zip(INFORMATIONS, fits, strict=True):
        each = np.array([fit.metrics.get("accuracy", np.nan) for fit in own])
        if fits.shared or not np.isfinite(each).all():
            continue
        before = float(np.mean([fit.metrics["accuracy_prior"] for fit in own]))
        yield f"accuracy_{PRIOR}", (before, _binomial(before, count))
        share = float(each.mean())
        between = float(between_realisations(each))
        yield f"accuracy_{PARTS[name]}", (share, float(np.hypot(_binomial(share, count), np.sqrt(between))))


def _binomial(share: float, count: int) -> float:
    """Standard error of a share of so many galaxies; half a galaxy stands for none and for all."""
    inner = float(np.clip(share, 0.5 / count, 1.0 - 0.5 / count))
    return float(np.sqrt(inner * (1.0 - inner) / count))
