"""What very many training galaxies would teach, from fits to fewer (``estimator.fractions``)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from galaxy_causal.decomposition import INFORMATIONS
from galaxy_causal.types import PairFits, between_realisations, with_error


def limits(fits: PairFits) -> dict[str, tuple[float, float]]:
    """Limit and error in nats of both inputs and their union, from their fits; or none.

    The mean over seeds. The scatter of limits between seeds and that of fits about each line are two
    estimates of one variance; the larger, over the number of seeds, is the error's. It holds nothing of the
    finite number of test galaxies.
    """
    if any("mi_extrapolated" not in fit.metrics for fit in fits.each):
        return {}
    found = {}
    for name, own in zip(INFORMATIONS, fits, strict=True):
        values = np.array([fit.metrics["mi_extrapolated"] for fit in own])
        errors = np.array([fit.metrics["mi_extrapolated_err"] for fit in own])
        variance = max(float(between_realisations(values)), float(np.mean(errors**2)) / len(own))
        found[name] = (float(values.mean()), float(np.sqrt(variance)))
    return found


def in_words(found: Mapping[str, tuple[float, float]], estimates: Mapping[str, float]) -> str:
    """One line: the limits, and by how much the estimates are lower."""
    labels = ("I(Y; x1)", "I(Y; x2)", "I(Y; both)")
    parts = [
        f"{label} {with_error(value, error)} ({estimates[name] - value:+.3f})"
        for label, (name, (value, error)) in zip(labels, found.items(), strict=True)
    ]
    return "of very many training galaxies (in brackets: the finite sample's bias): " + ", ".join(parts)


def metrics(found: Mapping[str, tuple[float, float]]) -> dict[str, float]:
    """Names and values as tracked."""
    limits = {f"{name}_extrapolated": value for name, (value, _) in found.items()}
    return limits | {f"{name}_extrapolated_err": error for name, (_, error) in found.items()}
