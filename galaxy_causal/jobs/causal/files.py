"""Answers as rows of tables and as JSON, and back."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

import numpy as np

from galaxy_causal.types import Answer, Dependence, DependenceCurve

NUMBERS = [item.name for item in fields(Dependence) if item.name != "group"]


def bins_as_rows(answers: Sequence[Answer]) -> list[dict[str, object]]:
    """A row for every query, condition, class, quantity and bin of it, averaged over realisations."""
    return [
        {
            "query": answer.query,
            "given": ",".join(answer.given),
            "quantity": curve.label,
            "centre": float(centre),
        }
        | asdict(point)
        for answer in answers
        for curve in answer.curves
        for centre, point in zip(curve.centre, curve.points, strict=True)
    ]


def read_answer(given: Mapping[str, Any], bins: Sequence[Mapping[str, Any]]) -> Answer:
    """One of the summary's answers, with curves from the rows of ``bins_as_rows``."""
    query, conditions = given["query"], tuple(given["given"])
    mine = [row for row in bins if (row["query"], row["given"]) == (query, ",".join(conditions))]
    curves = []
    for group, label in dict.fromkeys((row["group"], row["quantity"]) for row in mine):
        rows = [row for row in mine if (row["group"], row["quantity"]) == (group, label)]
        points = tuple(_dependence(row) for row in rows)
        curves.append(DependenceCurve(group, label, np.array([row["centre"] for row in rows]), points))
    return Answer(query, conditions, tuple(_dependence(group) for group in given["groups"]), tuple(curves))


def _dependence(given: Mapping[str, Any]) -> Dependence:
    return Dependence(group=given["group"], **numbers({name: given[name] for name in NUMBERS}))


def with_nulls(values: Mapping[str, Any]) -> dict[str, Any]:
    """With null for NaN, which JSON lacks."""
    return {k: None if isinstance(v, float) and math.isnan(v) else v for k, v in values.items()}


def numbers(values: Mapping[str, float | None]) -> dict[str, float]:
    """With NaN for null."""
    return {name: math.nan if value is None else value for name, value in values.items()}
