"""Names of bands as people write them: ``ugriz``, ``grzW1W2``, ``all`` or a list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from galaxy_causal.types import UserError


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


def selected(
    value: object, known: Sequence[str], modality: str, dataset: str, option: str
) -> tuple[str, ...]:
    """The names that a configuration value stands for, in the order given.

    None or false: none; true or ``all``: all; text: concatenated names; a list: its names. ``option`` is
    what was set to the value.
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
            f"{option}={value}: dataset {dataset} has no {modality} {', '.join(lacking)}; it has "
            f"{', '.join(known)}"
        )
    if len(set(given)) < len(given):
        raise UserError(f"{option}={value} names {', '.join(given)}: each may stand once")
    return given
