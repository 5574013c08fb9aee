"""The two inputs of a decomposition, and their columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from galaxy_causal.dataset.names import selected, spelled
from galaxy_causal.types import Catalogue, Feature, Input, InputPair, InputSet, Sample, UserError

Features = Mapping[str, Mapping[str, Feature]]
AVAILABLE = "available"


def pair(
    features: Features,
    dataset: str,
    x1: Mapping[str, object],
    x2: Mapping[str, object],
    *,
    errors: bool | str,
    accompany: Mapping[str, object],
) -> InputPair:
    """Two inputs and their union.

    ``x1`` and ``x2`` map a modality to names in it: ``ugriz``, ``grzW1W2`` (names one after the
    other), a list, or true for all. ``errors``: true demands the error of every magnitude, false
    leaves errors out, ``available`` takes those that the dataset has. ``accompany`` names what joins both
    inputs; there ``available`` means: where the dataset has it. Raises UserError for what the
    dataset lacks, naming what it has, and for an input without anything of its own.
    """
    if not isinstance(errors, bool) and errors != AVAILABLE:
        raise UserError(f"bands.errors={errors!r}: choose true, false or {AVAILABLE}")
    company = _chosen(features, dataset, _resolved(accompany or {}, features), errors, "bands.accompany")
    first, second = (
        _chosen(features, dataset, wanted or {}, errors, name)
        for name, wanted in (("bands.x1", x1), ("bands.x2", x2))
    )
    for name, chosen in (("bands.x1", first), ("bands.x2", second)):
        if not chosen:
            raise UserError(f"{name} is empty; dataset {dataset} has {_offer(features)}")
    both = list(dict.fromkeys(first + second))
    return InputPair(*(_input_set(features, own, company) for own in (first, second, both)))


def split_photometry(
    features: Features,
    dataset: str,
    take: str | Sequence[str],
    of: object,
    *,
    errors: bool | str,
    accompany: Mapping[str, object],
) -> InputPair:
    """One band, or two adjacent ones, against the other bands of ``of``.

    These are the photometric pairs of Zhang et al. (2025, arXiv:2509.23901). ``of`` is written as in
    ``pair``, true for all bands, and its order says which are adjacent; ``take`` is ``g``, ``gr`` or a list.
    The other arguments are those of ``pair``. Raises UserError for bands that are not in ``of`` or not
    adjacent, and if none would remain.
    """
    known = list(features.get("photometry", {}))
    bands = selected(of, known, "photometry", dataset) if known else ()
    taken = set(spelled(take, bands) or () if isinstance(take, str) else map(str, take))
    if not bands:
        raise UserError(f"bands.of={of}: there is nothing to split; dataset {dataset} has {_offer(features)}")
    if not taken or not taken <= set(bands) or len(taken) > min(2, len(bands) - 1):
        raise UserError(
            f"bands.take={take}: take one band, or two adjacent ones, of {', '.join(bands)}, and leave at "
            "least one"
        )
    places = sorted(bands.index(band) for band in taken)
    if len(places) == 2 and places[1] != places[0] + 1:
        adjacent = ", ".join(a + b for a, b in pairwise(bands))
        raise UserError(f"bands.take={take}: these are not adjacent; choose one of {adjacent}")
    rest = [band for band in bands if band not in taken]
    inputs = ({"photometry": [bands[p] for p in places]}, {"photometry": rest})
    return pair(features, dataset, *inputs, errors=errors, accompany=accompany)


def sample(catalogue: Catalogue, inputs: InputSet) -> Sample:
    """The matrix (n, d) of these inputs; columns such as ``photometry/g`` and ``photometry/g/error``.

    Values are float64 in the units of their features, in the order of ``inputs.items``, not scaled.
    Raises UserError where a column holds missing values (NaN), naming it and the remedy.
    """
    columns, names = [], []
    for item in inputs.items:
        feature = catalogue.features[item.modality][item.name]
        columns.append(feature.value)
        names.append(f"{item.modality}/{item.name}")
        if item.error and feature.error is not None:
            columns.append(feature.error)
            names.append(f"{item.modality}/{item.name}/error")
    x = np.column_stack(columns).astype(np.float64)
    for name, column in zip(names, x.T, strict=True):
        missing = np.flatnonzero(~np.isfinite(column))
        if len(missing):
            examples = ", ".join(str(i) for i in catalogue.id[missing[:5]])
            raise UserError(
                f"dataset {catalogue.name}: input {name} is missing for {len(missing)} of {len(catalogue)} "
                f"galaxies (ids {examples}{', ...' if len(missing) > 5 else ''}); set dataset.nulls=drop to "
                "leave such galaxies out, or choose other bands (bands.errors=false leaves errors out)"
            )
    modalities = frozenset(item.modality for item in inputs.items)
    return Sample(x, catalogue.target, catalogue.split, tuple(names), modalities)


def _chosen(
    features: Features, dataset: str, wanted: Mapping[str, object], errors: bool | str, option: str
) -> list[Input]:
    """The inputs that a mapping from modality to names stands for."""
    items: list[Input] = []
    for modality, value in wanted.items():
        known = features.get(modality, {})
        if value is None or value is False:
            continue
        if not known:
            raise UserError(
                f"{option}.{modality}={value}: dataset {dataset} has no {modality}; it has {_offer(features)}"
            )
        names = selected(value, list(known), modality, dataset)
        lacking = [name for name in names if known[name].error is None]
        if errors is True and modality == "photometry" and lacking:
            raise UserError(
                f"bands.errors=true, but dataset {dataset} has no errors of {', '.join(lacking)}; use "
                f"bands.errors={AVAILABLE} or false"
            )
        items += [Input(modality, name, errors is not False and name not in lacking) for name in names]
    return items


def _resolved(accompany: Mapping[str, object], features: Features) -> dict[str, object]:
    """``accompany`` with ``available`` replaced by true or false."""
    return {m: bool(features.get(m)) if value == AVAILABLE else value for m, value in accompany.items()}


def _input_set(features: Features, own: list[Input], company: list[Input]) -> InputSet:
    parts = []
    for modality in dict.fromkeys(item.modality for item in own):
        order = list(features[modality])
        names = sorted((i.name for i in own if i.modality == modality), key=order.index)
        alone = names == [modality]
        parts.append(modality if alone else f"{modality}[{_joined(names)}]")
    return InputSet("+".join(parts), tuple(sorted(set(own + company))))


def _joined(names: list[str]) -> str:
    """``ugriz`` where that can be read back, else a list."""
    text = "".join(names)
    return text if max(map(len, names)) <= 3 and spelled(text, names) == tuple(names) else ",".join(names)


def _offer(features: Features) -> str:
    return "; ".join(f"{modality}: {', '.join(names)}" for modality, names in features.items() if names)
