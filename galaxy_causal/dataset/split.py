"""Which galaxies train, validate and test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.ids import comparable, lines_of_ids, repeated, some
from galaxy_causal.files import read_text
from galaxy_causal.types import SPLITS, Labels, UserError, Whole, check_option, option

NAMES = {"train": "train", "training": "train", "val": "validation", "valid": "validation",
         "validation": "validation", "test": "test", "": ""}  # fmt: skip
NONE, WIDTH = "", 10
"""No split, and letters of the longest name of one."""
BLOCK = 1 << 16
"""Names that are hashed together."""
FEWEST = 3
"""Galaxies that every split needs at least."""


def assign_splits(
    ids: NDArray[np.generic],
    options: Mapping[str, Any],
    given: NDArray[np.str_] | Labels | None = None,
    groups: NDArray[np.generic] | None = None,
    *,
    by_id: bool = False,
    listed: NDArray[np.generic] | None = None,
) -> Labels:
    """The split of each galaxy.

    Parameters
    ----------
    ids
        (n,)
    options
        ``train``, ``validation`` and ``test``, each a fraction or the path of a text file of ids, one a line
        (lines that begin with # are comments), and ``seed``. Fractions beside files are of the galaxies that
        no file lists.
    given
        (n,), a table's own split names, which then count alone.
    groups
        (n,), which stay whole, so that fractions are of groups.
    by_id
        Galaxies, and groups always, are drawn in the order of ``hashed_order``; else by a draw that depends
        on the seed and their number alone. Fractions are exact either way.
    listed
        Ids of the whole table, as files may list galaxies that were left out; None: none was.

    Returns
    -------
    Labels
        ``train``, ``validation``, ``test``, or empty for none; (n,).

    Raises
    ------
    UserError
        For splits that overlap, hold fewer than three galaxies, part a group, or name galaxies that are not
        there.
    """
    if given is not None:
        split = _named(given)
    else:
        check_option(option("dataset.split"), options, Mapping[str, object])
        unknown = sorted(set(map(str, options)) - {*SPLITS, "seed"})
        if unknown:
            whole = option("dataset.split")
            raise UserError(f"{whole} has no {', '.join(unknown)}; it has {', '.join(SPLITS)} and seed")
        wanted = {name: options.get(name) for name in SPLITS}
        files = {name: w for name, w in wanted.items() if isinstance(w, str)}
        fractions = {name: _fraction(name, w) for name, w in wanted.items() if name not in files}
        split = _listed(ids, files, ids if listed is None else listed)
        seed = options.get("seed", 0)
        check_option(option("dataset.split.seed"), seed, Whole)
        split = _draw(split, fractions, seed, ids if by_id else None, groups)
    if groups is not None:
        _check_groups(split, groups)
    for name in SPLITS:
        count = int(np.sum(split == name))
        if count < FEWEST:
            raise UserError(
                f"the {name} split holds {count} of {len(ids)} galaxies, at least {FEWEST} are needed; "
                f"enlarge {option(f'dataset.split.{name}')} or use more galaxies"
            )
    return split


def _named(given: NDArray[np.str_] | Labels) -> Labels:
    spelled = given if isinstance(given, Labels) else None
    spellings = np.unique(given).tolist() if spelled is None else spelled.used()
    cleaned = [s.strip().lower() for s in spellings]
    unknown = [str(s) for s, c in zip(spellings, cleaned, strict=True) if c not in NAMES]
    if unknown:
        raise UserError(
            f"the split column holds {', '.join(unknown[:5])}; it may hold {', '.join(filter(None, NAMES))} "
            "or nothing"
        )
    named = Labels.of(given).renamed(lambda name: NAMES.get(name.strip().lower(), NONE))
    return Labels(named.names, named.codes, WIDTH)


def _fraction(name: str, value: Any) -> float:  # noqa: ANN401
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        where = option(f"dataset.split.{name}", value)
        raise UserError(f"{where}: give a fraction from 0 to 1, or the path of a file of ids")
    return float(value)


def hashed_order(names: NDArray[np.generic], seed: int) -> NDArray[np.int64]:
    """The order (n,) of different names by the BLAKE2b hash of the seed and their text.

    It is as good as random, and two names stand in the same order whatever others there are. So a table has
    the same splits in any order of its rows; where galaxies join or leave, only some near the borders between
    splits change theirs.
    """
    first = np.empty(len(names), dtype=np.uint64)
    for start in range(0, len(names), BLOCK):
        hashes = b"".join(_hashes(names[start : start + BLOCK], seed))
        first[start : start + BLOCK] = np.frombuffer(hashes, dtype=">u8")[::2]
    order = np.argsort(first, kind="stable")
    ordered = first[order]
    if (ordered[1:] > ordered[:-1]).all():  # else the second half of a hash decides, once in a blue moon
        return order
    return np.argsort(np.array(list(_hashes(names, seed)), dtype="V16"), kind="stable")


def _hashes(names: NDArray[np.generic], seed: int) -> Iterator[bytes]:
    return (blake2b(f"{seed} {name}".encode(), digest_size=16).digest() for name in names.tolist())


def _draw(
    split: Labels,
    fractions: Mapping[str, float],
    seed: int,
    ids: NDArray[np.generic] | None,
    groups: NDArray[np.generic] | None,
) -> Labels:
    """``split`` (n,) filled where it is empty, by seeded fractions of what is empty: by ids or by place."""
    if sum(fractions.values()) > 1 + 1e-9:
        shown = ", ".join(f"{name}={fraction:g}" for name, fraction in fractions.items())
        raise UserError(
            f"the splits overlap: {option('dataset.split')} has {shown}, together "
            f"{sum(fractions.values()):.4g}; at most 1 is possible"
        )
    free = split == NONE
    if groups is not None:
        free &= ~np.isin(groups, groups[~free])
    names, member = (None if ids is None else ids[free], None)
    if groups is not None:
        names, member = np.unique(groups[free], return_inverse=True)
    count = int(free.sum()) if names is None else len(names)
    order = np.random.default_rng(seed).permutation(count) if names is None else hashed_order(names, seed)
    ends = np.round(np.cumsum([0.0, *fractions.values()]) * count).astype(int)
    every = (*split.names, *(name for name in (*SPLITS, NONE) if name not in split.names))
    of_unit = np.full(count, every.index(NONE), dtype=np.int8)
    for name, (start, end) in zip(fractions, pairwise(ends), strict=True):
        of_unit[order[start:end]] = every.index(name)
    codes = split.codes.copy()
    codes[free] = of_unit if member is None else of_unit[member]
    return Labels(every, codes, WIDTH)


def _check_groups(split: Labels, groups: NDArray[np.generic]) -> None:
    used = split != NONE
    pairs = np.unique(np.rec.fromarrays([groups[used], split.codes[used]]))
    names, counts = np.unique(pairs["f0"], return_counts=True)
    if (counts > 1).any():
        parted = ", ".join(str(g) for g in names[counts > 1][:5])
        raise UserError(
            f"the splits overlap: they part {int((counts > 1).sum())} groups, such as {parted}; give every "
            f"galaxy of a group the same split, or leave {option('dataset.columns.group')} out"
        )


def _listed(ids: NDArray[np.generic], files: Mapping[str, str], table: NDArray[np.generic]) -> Labels:
    """The split of each galaxy (n,) by files of ids, which may name others of the table's ids too."""
    split = Labels.filled(NONE, len(ids), WIDTH)
    for name, file in files.items():
        listed = _ids_of(name, file, table)
        known, wanted = comparable(table, listed)
        unknown = listed[~np.isin(wanted, known)]
        if len(unknown):
            raise UserError(
                f"{file}: {len(unknown)} ids are not in the table, such as {some(unknown)}"
                f"{_zeros(unknown, table)}"
            )
        mine, wanted = comparable(ids, listed)
        twice = repeated(mine[np.isin(mine, wanted)])
        if len(twice):
            raise UserError(
                f"{file}: {some(twice)} may be several galaxies of the table, which differ in blanks"
            )
        rows = np.flatnonzero(np.isin(mine, wanted))
        taken = rows[split[rows] != NONE]
        if len(taken):
            raise UserError(
                f"the splits overlap: {len(taken)} ids of {file} are in the {split[taken[0]]} split too, "
                f"such as {', '.join(str(i) for i in ids[taken[:5]])}"
            )
        split = split.replaced(rows, name)
    return split


def _ids_of(name: str, file: str, table: NDArray[np.generic]) -> NDArray[np.str_]:
    """The ids that the file of a split lists, as texts; each once."""
    remedy = "give a file of ids, one a line (a fraction works too)"
    text = read_text(Path(file), remedy, f"{option(f'dataset.split.{name}', file)}")
    marked = frozenset(str(i) for i in table if str(i).startswith("#")) if table.dtype.kind == "U" else None
    return np.array(list(dict.fromkeys(lines_of_ids(text, marked))), dtype=np.str_)


def _zeros(unknown: NDArray[np.str_], table: NDArray[np.generic]) -> str:
    """What to say where ids would be the table's but for zeros before them."""
    whole = unknown[np.char.isdecimal(unknown)]
    if table.dtype.kind != "U" or not len(whole):
        return ""
    bare, wanted = (np.char.lstrip(np.char.strip(one), "0") for one in (table.astype(np.str_), whole))
    alike = table[np.isin(bare, wanted)]
    return f"; the table has {alike[0]}: write ids with as many zeros" if len(alike) else ""


def left_out(
    ids: NDArray[np.generic], options: Mapping[str, Any], listed: NDArray[np.generic]
) -> dict[str, str]:
    """Of each split by a file, in words, how many of its galaxies were left out of the table.

    Parameters as of ``assign_splits``, which has accepted them.
    """
    told = {}
    for name in SPLITS:
        file = options.get(name)
        if isinstance(file, str) and len(ids) < len(listed):
            named = _ids_of(name, file, listed)
            mine, wanted = comparable(ids, named)
            lost = int(np.sum(~np.isin(wanted, mine)))
            if lost:
                told[f"split_{name}"] = (
                    f"{lost} of {len(named)} galaxies of {Path(file).name} were left out of the table"
                )
    return told
