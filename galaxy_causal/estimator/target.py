"""The target of a sample divided, for a learner to learn and for densities to be scored."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.estimator.binning import Binning
from galaxy_causal.estimator.cells import Cells
from galaxy_causal.estimator.diagnostics import prior_mismatch
from galaxy_causal.estimator.prior import prior
from galaxy_causal.types import Floats, Labels, Sample, UserError, option

BLOCK = 1 << 18
"""Galaxies whose scores are computed together."""
MOST_OUTSIDE = 0.01
"""Share of targets that may lie outside given bins, where the end bins cannot tell them apart."""


@dataclass(frozen=True)
class Target:
    """A target in cells.

    Parameters
    ----------
    cells
        Of the target.
    prior
        Their probabilities, (cells,).
    label
        The cell of each galaxy, (n,).
    sample
        What a learner takes: its y is the normal score of the galaxy's cell, or with given bins the target
        itself, in the coordinate of ``edges``.
    """

    cells: Cells | Binning
    prior: Floats
    label: NDArray[np.int64]
    sample: Sample

    @property
    def edges(self) -> Floats:
        """Edges of the cells in the learner's coordinate, shape (cells + 1,)."""
        return self.cells.edges

    @property
    def log_prior(self) -> Floats:
        """log p of each galaxy's cell in nats, shape (n,)."""
        logs: Floats = np.log(self.prior)[self.label]
        return logs

    def mismatch(self, split: Labels) -> float:
        """``prior_mismatch`` of test galaxies, with each galaxy's split (n,), in nats."""
        return prior_mismatch(self.label[split == "test"], self.prior, int(np.sum(split == "train")))


def target_of(
    sample: Sample, bins: Binning | None, kind: str, published: tuple[float, float, int] | None = None
) -> Target:
    """The target of a sample in cells.

    Parameters
    ----------
    sample
        Of all galaxies; cells and prior are of those in training.
    bins
        Equal bins, if they were given.
    kind
        Of prior, for bins, as in ``prior``.
    published
        Low end, high end and number of the bins that a network was published with, which are taken where none
        were given; else ``Cells``. A class has one cell for each of its values, whatever bins there are.

    Returns
    -------
    Target

    Raises
    ------
    UserError
        Where more than a hundredth of the targets lie outside bins.
    """
    own = bins is None
    bins = None if sample.classes else bins_of(bins, published)
    train = sample.split == "train"
    if bins is None:
        of_train = sample.y[train]
        cells = Cells.of_classes(of_train, sample.classes) if sample.classes else Cells.of(of_train)
        label = cells.index(sample.y)
        scores = np.empty(len(sample.y))
        for start in range(0, len(scores), BLOCK):
            scores[start : start + BLOCK] = cells.score(sample.y[start : start + BLOCK])
        return Target(cells, cells.mass, label, replace(sample, y=scores, measured=sample.y))
    check_range(sample.y, bins, own)
    label = bins.index(sample.y)
    return Target(bins, prior(label[train], bins.count, kind), label, sample)


def bins_of(bins: Binning | None, published: tuple[float, float, int] | None) -> Binning | None:
    """The ``bins`` that were given, else those that a network was published with, else None."""
    return Binning(*published) if bins is None and published is not None else bins


def given_bins(low: float | None, high: float | None, bins: int | None) -> Binning | None:
    """The bins that a user gave, all three numbers or none."""
    given = {"low": low, "high": high, "bins": bins}
    missing = [f"estimator.{name}" for name, value in given.items() if value is None]
    if low is not None and high is not None and bins is not None:
        return Binning(low, high, bins)
    if len(missing) < len(given):
        raise UserError(
            f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing: equal bins of the target "
            "need estimator.low, estimator.high and estimator.bins; leave all three out for cells that "
            "follow the target"
        )
    return None


def check_range(y: Floats, binning: Binning, published: bool = False) -> None:
    """Refuse targets (n,) of which more than a hundredth lie outside bins, ``published`` ones or given."""
    outside = binning.outside(y)
    if outside > MOST_OUTSIDE * len(y):
        remedy = (
            "these are the bins that the network was published with: set estimator.low, estimator.high and "
            f"estimator.bins, or take {option('network', 'mlp')}"
            if published
            else "set estimator.low and estimator.high, or leave them, and estimator.bins, out for cells "
            "that follow the target"
        )
        raise UserError(
            f"{outside} of {len(y)} targets lie outside [{binning.low}, {binning.high}] "
            f"(they range over [{y.min():.4g}, {y.max():.4g}]); {remedy}"
        )
