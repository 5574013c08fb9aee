"""Summaries with known atoms."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from galaxy_causal.types import ATOMS, Summary

MEASURES = ("population_min", "pointwise_min")


@pytest.fixture
def summary() -> Callable[..., Summary]:
    """A summary from two informations, that of the union, and the pointwise redundancy."""

    def make(group="all", count=100, mi=(1.6, 0.8, 1.9), redundant=0.6, error=0.02) -> Summary:
        value = dict(zip(("mi_x1", "mi_x2", "mi_union"), mi, strict=True))
        for measure, shared in zip(MEASURES, (min(mi[:2]), redundant), strict=True):
            atoms = (shared, mi[0] - shared, mi[1] - shared, mi[2] - mi[0] - mi[1] + shared)
            value |= {f"{measure}/{atom}": x for atom, x in zip(ATOMS, atoms, strict=True)}
        # Every error differs from the others, so that a test sees which one was drawn.
        return Summary(group, count, value, {key: error * (1 + i / 10) for i, key in enumerate(value)})

    return make
