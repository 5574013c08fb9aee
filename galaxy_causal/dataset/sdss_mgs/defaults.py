"""What columns of the labels and of the usual tables are called, as in ``conf/dataset/sdss_mgs.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from galaxy_causal.types import UserError, option

BANDS = tuple("ugriz")
LABELS: Mapping[str, Any] = {
    "id": "specObjID",
    "ra": "ra",
    "dec": "dec",
    "target": None,
    "redshift": "z",
    "ebv": "EBV",
    "group": None,
    "photometry": {band: f"dered_petro_{band}" for band in BANDS},
    "photometry_error": {band: f"petroMagErr_{band}" for band in BANDS},
    "extinction": {band: f"extinction_{band}" for band in BANDS},
    "morphology": None,
    "other": None,
}
"""Roles of columns of the labels. ``id``, ``ra`` and ``dec`` are those by which tables are matched."""
TABLE: Mapping[str, Any] = {
    "path": None,
    "id": None,
    "ra": None,
    "dec": None,
    "target": None,
    "target_error": None,
    "target_draws": None,
    "target_limit": None,
    "ssfr": None,
    "class": None,
    "photometry": None,
    "photometry_error": None,
    "photometry_limit": None,
    "morphology": None,
    "other": None,
    "where": None,
}
"""What can be said of a table that is joined."""
MORPHOLOGY = ("Sersic_n", "expAB", "petroR50", "petroR90")
TABLES: Mapping[str, Mapping[str, Any]] = {
    "masses": {
        "id": "specObjID",
        "target": "lgm_tot_p50",
        "target_error": {"low": "lgm_tot_p16", "high": "lgm_tot_p84"},
        "ssfr": "specsfr_tot_p50",
    },
    "wise": {
        "ra": "ra",
        "dec": "dec",
        "photometry": {"W1": "w1mpro", "W2": "w2mpro", "W3": "w3mpro"},
        "photometry_error": {"W1": "w1sigmpro", "W2": "w2sigmpro"},
    },
    "morphology": {
        "id": "specObjID",
        "morphology": {f"{name}_{band}": f"{name}_{band}" for name in MORPHOLOGY for band in BANDS},
    },
}
"""Of each table, what differs from ``TABLE``."""


SPLIT: Mapping[str, object] = {"train": 0.7, "validation": 0.15, "test": 0.15, "seed": 0}


def labels_of(given: Mapping[str, Any] | None) -> dict[str, Any]:
    """Roles of the labels' columns, completed; UserError for a role that there is not."""
    _check_known(option("dataset.labels"), given or {}, LABELS)
    return _completed(given or {}, LABELS)


def tables_of(given: Mapping[str, Any] | None) -> dict[str, dict[str, Any]]:
    """The options of each table that has a path, completed; UserError for options that there are not."""
    found = {}
    for name, options in (given or {}).items():
        own = options if isinstance(options, Mapping) else {"path": options}
        _check_known(option(f"dataset.tables.{name}"), own, TABLE)
        if own.get("path") is not None:
            found[str(name)] = _completed(own, {**TABLE, **TABLES.get(str(name), {})})
    return found


def _check_known(where: str, given: Mapping[str, Any], known: Mapping[str, Any]) -> None:
    unknown = sorted(set(map(str, given)) - set(known))
    if unknown:
        raise UserError(f"{where} has no {', '.join(unknown)}; it has {', '.join(known)}")


def _completed(given: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The defaults, with what was given in their place; within mappings None takes a name out."""
    found = dict(defaults)
    for name, value in given.items():
        before = defaults.get(str(name))
        inside = before if isinstance(before, Mapping) else {}
        found[str(name)] = {**inside, **value} if isinstance(value, Mapping) else value
    return {name: _without_none(value) for name, value in found.items()}


def _without_none(value: Any) -> Any:  # noqa: ANN401  (of any option)
    return {k: v for k, v in value.items() if v is not None} if isinstance(value, Mapping) else value
