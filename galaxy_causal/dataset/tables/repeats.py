"""Rows of a table that stand more than once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.types import UserError, option

SHOWN = 5
FEW, MANIFOLD = 100, 4
"""A table of fewer different rows, that stand more often on average, is one of few values, not of copies."""
EXCESS = 3
"""So many times as many repeats as independent columns would have are no chance."""
Codes = NDArray[np.int64]
BLOCK = 1 << 16
"""Rows that are hashed together."""


def check_repeats(
    file: Path, columns: Sequence[NDArray[Any]], rows: Codes, group: NDArray[np.str_] | None, by_id: bool
) -> None:
    """Refuse galaxies that repeat others in every one of the ``columns`` (n,), unless that is mere chance.

    ``rows`` (n,) are their numbers in the file. Tables of few values repeat themselves: see
    ``chance_repeats``. With ids (``by_id``, which are no column) repeats may be one galaxy under two, or two
    that are alike: they are welcome if each shares its ``group`` (n,), and so its split, with its original.
    """
    if all_differ(columns):
        return
    codes = [np.unique(column, return_inverse=True)[1].astype(np.int64) for column in columns]
    whole = _joined(codes)
    _, first, member = np.unique(whole, return_index=True, return_inverse=True)
    again = np.flatnonzero(first[member] != np.arange(len(whole)))
    if not len(again) or chance_repeats(codes):
        return
    original = first[member[again]]
    if by_id and group is not None and bool((group[again] == group[original]).all()):
        return
    but, remedy = (
        (
            "id, split and group",
            f"give each and its repeats the same name in {option('dataset.columns.group')}",
        )
        if by_id
        else ("split and group", f"name {option('dataset.columns.id')} if these are different galaxies")
    )
    raise UserError(
        f"{file}: {len(again)} of {len(rows)} galaxies repeat another in every mapped column but {but}: rows "
        f"{_some(rows[again])} repeat rows {_some(rows[original])}; a galaxy that both trains and tests "
        f"would spoil the test: remove the repeats, or {remedy}"
    )


def all_differ(columns: Sequence[NDArray[Any]]) -> bool:
    """Whether no two rows agree in all columns, by a hash of each row: eight bytes a row.

    Rows of different hashes are different. Others most likely agree, but may not: False says nothing.
    """
    count = len(columns[0])
    hashes = np.zeros(count, dtype=np.uint64)
    for start in range(0, count, BLOCK):
        here = slice(start, start + BLOCK)
        for column in columns:
            value = column[here].astype(np.float64) + 0.0  # of minus zero, too, plus zero
            value[np.isnan(value)] = np.nan
            hashes[here] = _mixed(hashes[here] ^ value.view(np.uint64))
    hashes.sort()
    return not bool((hashes[1:] == hashes[:-1]).any())


def _mixed(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Every bit of a hash, of all bits of x (Steele, Lea & Flood 2014: SplitMix)."""
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def chance_repeats(codes: Sequence[Codes]) -> bool:
    """Whether rows that agree in all columns, whole numbers (n,) each, agree by chance.

    Where full agreement is chance, agreement in part of the columns is more frequent still. So repeats are
    no chance if different rows that agree in all columns but one are fewer than half the rows that repeat,
    whichever that one is, unless columns are functions of each other (see ``_expected``); or if different
    rows that agree in one column, in which at least half of the rows differ, are as few.
    """
    whole = _joined(codes)
    _, first, counts = np.unique(whole, return_index=True, return_counts=True)
    if len(codes) == 1 or len(first) < min(FEW, len(whole) / MANIFOLD):
        return True
    repeated = int(np.sum(counts > 1))
    few = repeated / 2
    different = [code[first] for code in codes]
    if max(map(_shared, _without_each(different))) < few:
        return _expected(different) >= repeated / EXCESS
    fine = [code for code in different if len(np.unique(code)) >= len(whole) / 2]
    return not any(_shared(code) < few for code in fine)


def _without_each(codes: Sequence[Codes]) -> list[Codes]:
    """The columns joined without the first, without the second, and so on."""
    return [_joined(pair) for pair in zip(_before_each(codes), _after_each(codes), strict=True)]


def _before_each(codes: Sequence[Codes]) -> list[Codes]:
    """The columns joined that stand before the first (none), before the second, and so on."""
    nothing = np.zeros(len(codes[0]), dtype=np.int64)
    return list(accumulate(codes[:-1], lambda one, more: _joined([one, more]), initial=nothing))


def _after_each(codes: Sequence[Codes]) -> list[Codes]:
    return _before_each(codes[::-1])[::-1]


def _expected(codes: Sequence[Codes]) -> float:
    """How many pairs of rows would agree by chance if columns (m,) of different rows were independent.

    The finest columns that are not needed to tell the rows apart are left out: a colour beside its two bands
    adds nothing, but it would make repeats look less probable than they are.
    """
    finest_first = sorted(codes, key=lambda code: len(np.unique(code)))[::-1]
    kept: list[Codes] = []
    told = np.zeros(len(codes[0]), dtype=np.int64)
    for code, coarser in zip(finest_first, _after_each(finest_first), strict=True):
        if _shared(_joined([told, coarser])):
            kept.append(code)
            told = _joined([told, code])
    pairs = len(codes[0]) * (len(codes[0]) - 1) / 2
    for code in kept:
        counts = np.unique(code, return_counts=True)[1].astype(np.float64)
        pairs *= float((counts * (counts - 1)).sum()) / max(len(code) * (len(code) - 1), 1)
    return pairs


def _joined(codes: Sequence[Codes]) -> Codes:
    """One whole number for each row, equal where all columns are."""
    whole = np.zeros(len(codes[0]), dtype=np.int64)
    for code in codes:
        pairs = whole * (int(code.max(initial=0)) + 1) + code
        whole = np.unique(pairs, return_inverse=True)[1].astype(np.int64)
    return whole


def _shared(codes: Codes) -> int:
    """How many rows have a number that another row has too."""
    counts = np.unique(codes, return_counts=True)[1]
    return int(counts[counts > 1].sum())


def _some(rows: Codes) -> str:
    return f"{', '.join(map(str, rows[:SHOWN]))}{', ...' if len(rows) > SHOWN else ''}"
