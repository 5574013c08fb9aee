"""What is to be known of a class, H(Y), beside what inputs tell of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.decomposition import INFORMATIONS
from galaxy_causal.estimator import entropy
from galaxy_causal.jobs.decompose.ceiling import NAME
from galaxy_causal.jobs.decompose.verdict import LABELS
from galaxy_causal.types import (
    Catalogue,
    Floats,
    PairInformations,
    Summary,
    one_sigma,
    share_with_error,
    with_error,
)


def added(
    catalogue: Catalogue,
    held_out: NDArray[np.bool_],
    informations: PairInformations,
    summaries: Sequence[Summary],
) -> tuple[tuple[Summary, ...], tuple[str, ...]]:
    """The summaries with H(Y) as ``mi_ceiling``, and each information's share of it; what to print of them.

    The prior is that of the training galaxies (`galaxy_causal.estimator.entropy`), H(Y) and the shares are of
    those ``held_out`` (n,) of each group. ``informations`` are of all galaxies.
    """
    label = catalogue.target.astype(np.int64)
    count = len(catalogue.target_classes)
    taught = np.bincount(label[catalogue.split == "train"], minlength=count)
    prior = taught / taught.sum()
    found = []
    for summary in summaries:
        rows = held_out.copy()
        if summary.group != "all":
            rows &= catalogue.galaxy_class == summary.group
        found.append(_with(summary, label[rows], prior, informations.of(rows)) if rows.any() else summary)
    return tuple(found), (_words(found[0]),)


def _with(
    summary: Summary, label: NDArray[np.int64], prior: Floats, informations: PairInformations
) -> Summary:
    value, error = entropy(label, prior)
    values, errors, surprise = {NAME: value}, {NAME: error}, -np.log(prior)[label]
    for name, each in zip(INFORMATIONS, informations, strict=True):
        share = each.mean() / value
        left = each.mean(axis=0) - share * surprise  # of a ratio of means, to first order
        values[f"{name}_share"] = float(share)
        sampling = float(left.var()) / len(label) / value**2
        errors[f"{name}_share"] = float(one_sigma(sampling, each.mean(axis=1) / value))
    return replace(summary, value={**summary.value, **values}, error={**summary.error, **errors})


def _words(everyone: Summary) -> str:
    shares = ", ".join(
        f"{label} {share_with_error(everyone.value[f'{name}_share'], everyone.error[f'{name}_share'])}"
        for name, label in LABELS.items()
    )
    return (
        "H(Y), all that there is to know of the class: "
        f"{with_error(everyone.value[NAME], everyone.error[NAME])} nats; of it {shares}"
    )
