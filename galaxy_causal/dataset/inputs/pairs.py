"""The two inputs of a decomposition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from galaxy_causal.types import IMAGES, Feature, Input, InputPair, InputSet, UserError, option

Features = Mapping[str, Mapping[str, Feature]]
Names = Mapping[str, Sequence[str]]
AVAILABLE = "available"
MANY = 8  # names of a modality, above which a label does not list them all


def pair(
    features: Features,
    dataset: str,
    x1: Mapping[str, object],
    x2: Mapping[str, object],
    *,
    errors: bool | str,
    accompany: Mapping[str, object] | None,
    images: Sequence[str] = (),
) -> InputPair:
    """Two inputs and their union.

    Parameters
    ----------
    features
        Of the catalogue.
    dataset
        Its name, for messages.
    x1, x2
        Of a modality the names in it: ``ugriz``, ``grzW1W2`` (names one after the other), a list, or true for
        all.
    errors
        True demands the error of every magnitude, false leaves errors out, ``available`` takes those that the
        dataset has.
    accompany
        What joins both inputs, written alike; ``available`` means: where the dataset has it.
    images
        The bands of the dataset's images, for the modalities ``images`` and ``normalised_images`` (divided by
        the Petrosian flux, so that the band's photometry must be there).

    Returns
    -------
    InputPair
        Labelled by what is not in both.

    Raises
    ------
    UserError
        For what the dataset lacks, naming what it has, and for an input without anything of its own.
    """
    if not isinstance(errors, bool) and errors != AVAILABLE:
        raise UserError(f"{option('bands.errors', errors)}: choose true, false or {AVAILABLE}")
    names = _names(features, images)
    company = _chosen(features, names, dataset, _resolved(accompany or {}, names), errors, "bands.accompany")
    first, second = (
        _chosen(features, names, dataset, wanted or {}, errors, named)
        for named, wanted in (("bands.x1", x1), ("bands.x2", x2))
    )
    for named, chosen in ((option("bands.x1"), first), (option("bands.x2"), second)):
        if not chosen:
            raise UserError(f"{named} is empty; dataset {dataset} has {_offer(names)}")
    both = list(dict.fromkeys(first + second))
    return InputPair(*(_input_set(names, own, company) for own in (first, second, both)))


def split_photometry(
    features: Features,
    dataset: str,
    take: str | Sequence[str],
    of: object,
    *,
    errors: bool | str,
    accompany: Mapping[str, object] | None,
    images: Sequence[str] = (),
) -> InputPair:
    """One band, or two adjacent ones, against the other bands.

    Parameters
    ----------
    features, dataset, errors, accompany, images
        As in ``pair``.
    take
        ``g``, ``gr`` or a list.
    of
        The bands, written as in ``pair``; their order says which are adjacent.

    Returns
    -------
    InputPair
        The bands taken, and the rest.

    Raises
    ------
    UserError
        For bands that are not in ``of`` or not adjacent, and if none would remain.

    References
    ----------
    Zhang et al. 2025 (arXiv:2509.23901), the photometric pairs.
    """
    x1, x2 = _split(_names(features, images), dataset, "photometry", take, of)
    return pair(features, dataset, x1, x2, errors=errors, accompany=accompany, images=images)


def split_images(
    features: Features,
    dataset: str,
    take: str | Sequence[str],
    of: object,
    *,
    normalised: bool,
    errors: bool | str,
    accompany: Mapping[str, object] | None,
    images: Sequence[str] = (),
) -> InputPair:
    """Images in one band, or in two adjacent ones, against images in the other bands.

    Parameters
    ----------
    features, dataset, take, of, errors, accompany, images
        As in ``split_photometry``.
    normalised
        Whether each band is divided by its Petrosian flux.

    Returns
    -------
    InputPair
        The bands taken, and the rest.

    Raises
    ------
    UserError
        As ``split_photometry``.

    References
    ----------
    Zhang et al. 2025 (arXiv:2509.23901), the image pairs, which are not normalised.
    """
    modality = IMAGES[1] if normalised else IMAGES[0]
    x1, x2 = _split(_names(features, images), dataset, modality, take, of)
    return pair(features, dataset, x1, x2, errors=errors, accompany=accompany, images=images)


def _split(
    names: Names, dataset: str, modality: str, take: str | Sequence[str], of: object
) -> tuple[dict[str, object], dict[str, object]]:
    known = list(names.get(modality, ()))
    bands = selected(of, known, modality, dataset, "bands.of") if known else ()
    taken = set(spelled(take, bands) or () if isinstance(take, str) else map(str, take))
    if not bands:
        raise UserError(
            f"{option('bands.of', of)}: there is nothing to split; dataset {dataset} has {_offer(names)}"
        )
    if not taken or not taken <= set(bands) or len(taken) > min(2, len(bands) - 1):
        raise UserError(
            f"{option('bands.take', take)}: take one band, or two adjacent ones, of {', '.join(bands)}, and "
            "leave at least one"
        )
    places = sorted(bands.index(band) for band in taken)
    if len(places) == 2 and places[1] != places[0] + 1:
        adjacent = ", ".join(a + b for a, b in pairwise(bands))
        raise UserError(f"{option('bands.take', take)}: these are not adjacent; choose one of {adjacent}")
    rest = [band for band in bands if band not in taken]
    return {modality: [bands[p] for p in places]}, {modality: rest}


def _names(features: Features, images: Sequence[str]) -> dict[str, list[str]]:
    """What can be chosen, by modality."""
    names = {modality: list(named) for modality, named in features.items()}
    photometry = names.get("photometry", [])
    return names | {IMAGES[0]: list(images), IMAGES[1]: [band for band in images if band in photometry]}


def _chosen(
    features: Features,
    names: Names,
    dataset: str,
    wanted: Mapping[str, object],
    errors: bool | str,
    named: str,
) -> list[Input]:
    """The inputs that a mapping from modality to names stands for."""
    items: list[Input] = []
    for modality, value in wanted.items():
        known = features.get(modality, {})
        if value is None or value is False:
            continue
        if not names.get(modality):
            raise UserError(
                f"{option(f'{named}.{modality}', value)}: dataset {dataset} has no {modality}; it has "
                f"{_offer(names)}. Choose among these: {option('bands.x1.MODALITY')}=NAMES "
                f"{option('bands.x2.MODALITY')}=NAMES"
            )
        chosen = selected(value, names[modality], modality, dataset, f"{named}.{modality}")
        lacking = [name for name in chosen if name not in known or known[name].error is None]
        if errors is True and modality == "photometry" and lacking:
            raise UserError(
                f"{option('bands.errors', True)}, but dataset {dataset} has no errors of "
                f"{', '.join(lacking)}; use {option('bands.errors', AVAILABLE)} or false"
            )
        flagged = {name for name in chosen if name in known and known[name].limit is not None}
        for name in chosen:
            items.append(Input(modality, name, errors is not False and name not in lacking, name in flagged))
    return items


def _resolved(accompany: Mapping[str, object], names: Names) -> dict[str, object]:
    """``accompany`` with ``available`` replaced by true or false."""
    return {m: bool(names.get(m)) if value == AVAILABLE else value for m, value in accompany.items()}


def _input_set(names: Names, own: list[Input], company: list[Input]) -> InputSet:
    parts = []
    for modality in dict.fromkeys(item.modality for item in own):
        order = list(names[modality])
        chosen = sorted((i.name for i in own if i.modality == modality), key=order.index)
        alone = chosen == [modality]
        shown = f"all {len(order)}" if chosen == order and len(order) > MANY else _joined(chosen)
        parts.append(modality if alone else f"{modality}[{shown}]")
    return InputSet("+".join(parts), tuple(sorted(set(own + company))))


def _joined(names: Sequence[str]) -> str:
    """``ugriz`` where that can be read back, else a list."""
    text = "".join(names)
    return text if max(map(len, names)) <= 3 and spelled(text, names) == tuple(names) else ",".join(names)


def _offer(names: Names) -> str:
    return "; ".join(f"{modality}: {', '.join(named)}" for modality, named in names.items() if named)


def spelled(text: str, known: Iterable[str]) -> tuple[str, ...] | None:
    """``text`` as known names put one after the other, or None; longer names first."""
    names = sorted(known, key=len, reverse=True)
    if text in names:
        return (text,)
    for name in names:
        if name and text.startswith(name):
            rest = spelled(text[len(name) :], names)
            if rest is not None:
                return (name, *rest)
    return None


def selected(value: object, known: Sequence[str], modality: str, dataset: str, named: str) -> tuple[str, ...]:
    """The names that a configuration value stands for, in the order given.

    None or false: none; true or ``all``: all; text: concatenated names; a list: its names. ``named`` is
    the option that has the value.
    Raises UserError for a name that the dataset lacks, naming those it has, and for repetitions.
    """
    if value is None or value is False or value == "":
        return ()
    if value is True or value == "all":
        return tuple(known)
    if isinstance(value, Iterable) and not isinstance(value, str):
        listed = [str(v) for v in value]
        lacking = [v for v in listed if v not in known]
        given = None if lacking else tuple(listed)
    else:
        lacking = [str(value)]
        given = spelled(str(value), known)
    if given is None:
        raise UserError(
            f"{option(named, value)}: dataset {dataset} has no {modality} {', '.join(lacking)}; it has "
            f"{', '.join(known)}"
        )
    if len(set(given)) < len(given):
        raise UserError(f"{option(named, value)} names {', '.join(given)}: each may stand once")
    return given
