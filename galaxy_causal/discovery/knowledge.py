"""What is known before the data speak: tiers, required and forbidden edges, and who says so."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.discovery.marks import NONE, Marks, directed, meek, orient, topological, undirected
from galaxy_causal.files import read_text
from galaxy_causal.types import UserError, option

Pair = tuple[str, str]
VERDICTS = ("required", "forbidden")
CONFIGURED = "configuration"


@dataclass(frozen=True)
class Knowledge:
    """Background knowledge on named variables, free of contradictions.

    Parameters
    ----------
    variables : tuple of str
        All of them.
    tiers : tuple of tuple of str
        Groups in the order in which they can come about: no variable causes one of an earlier tier;
        variables in none are free.
    required, forbidden : mapping of (cause, effect) to str
        The source that says so.

    Raises
    ------
    UserError
        For unknown variables, contradictions and cycles.

    Examples
    --------
    >>> known = Knowledge(("z", "mass"), tiers=(("z",), ("mass",)))
    >>> known.may.tolist()
    [[False, True], [False, False]]
    """

    variables: tuple[str, ...]
    tiers: tuple[tuple[str, ...], ...] = ()
    required: Mapping[Pair, str] = field(default_factory=dict)
    forbidden: Mapping[Pair, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        known = set(self.variables)
        for name in [n for tier in self.tiers for n in tier]:
            if name not in known:
                raise UserError(
                    f"{option('discovery.knowledge.tiers')} names {name!r}; the variables are "
                    f"{', '.join(self.variables)}"
                )
        listed = [n for tier in self.tiers for n in tier]
        twice = sorted({n for n in listed if listed.count(n) > 1})
        if twice:
            raise UserError(
                f"{option('discovery.knowledge.tiers')} has {', '.join(twice)} more than once; keep one place"
            )
        for verdict in VERDICTS:
            for (cause, effect), source in getattr(self, verdict).items():
                self._check_pair(verdict, cause, effect, source)
        self._check_required()

    def _check_pair(self, verdict: str, cause: str, effect: str, source: str) -> None:
        for name in (cause, effect):
            if name not in self.variables:
                raise UserError(
                    f"knowledge: the {verdict} edge {cause} -> {effect} ({source}) names {name!r}; the "
                    f"variables are {', '.join(self.variables)}"
                )
        if cause == effect:
            raise UserError(
                f"knowledge: the {verdict} edge {cause} -> {effect} ({source}) is a loop; drop it"
            )

    def _check_required(self) -> None:
        tier = {name: number for number, names in enumerate(self.tiers) for name in names}
        for (cause, effect), source in self.required.items():
            if (cause, effect) in self.forbidden:
                raise UserError(
                    f"knowledge contradicts itself: {cause} -> {effect} is required ({source}) and forbidden "
                    f"({self.forbidden[cause, effect]}); drop one"
                )
            if tier.get(cause, -1) > tier.get(effect, len(tier)):
                raise UserError(
                    f"knowledge contradicts itself: {cause} -> {effect} is required ({source}), but "
                    f"{cause} is in tier {tier[cause]}, after {effect} in tier {tier[effect]}; change one"
                )
        parents = np.zeros((len(self.variables),) * 2, dtype=bool)
        place = {name: number for number, name in enumerate(self.variables)}
        for cause, effect in self.required:
            parents[place[cause], place[effect]] = True
        if topological(parents) is None:
            shown = ", ".join(f"{cause} -> {effect}" for cause, effect in self.required)
            raise UserError(
                f"knowledge contradicts itself: the required edges {shown} make a cycle; drop one"
            )

    @property
    def empty(self) -> bool:
        """Whether nothing is known."""
        return not (self.tiers or self.required or self.forbidden)

    @property
    def must(self) -> NDArray[np.bool_]:
        """Where i is known to cause j; (p, p)."""
        return self._matrix(self.required)

    @property
    def may(self) -> NDArray[np.bool_]:
        """Where i may cause j; (p, p), the diagonal false."""
        may = ~self._matrix(self.forbidden) & ~self.must.T & ~np.eye(len(self.variables), dtype=bool)
        tier = {name: number for number, names in enumerate(self.tiers) for name in names}
        for i, cause in enumerate(self.variables):
            for j, effect in enumerate(self.variables):
                if cause in tier and effect in tier and tier[cause] > tier[effect]:
                    may[i, j] = False
        return may

    def source(self, a: str, b: str) -> str:
        """Who says something of this pair, as a phrase; empty where nobody does."""
        said = [
            f"{verdict} {cause} -> {effect}: {getattr(self, verdict)[cause, effect]}"
            for verdict in VERDICTS
            for cause, effect in ((a, b), (b, a))
            if (cause, effect) in getattr(self, verdict)
        ]
        tier = {name: number for number, names in enumerate(self.tiers) for name in names}
        if a in tier and b in tier and tier[a] != tier[b]:
            said.append("tiers")
        return "; ".join(said)

    def _matrix(self, pairs: Mapping[Pair, str]) -> NDArray[np.bool_]:
        place = {name: number for number, name in enumerate(self.variables)}
        matrix = np.zeros((len(place), len(place)), dtype=bool)
        for cause, effect in pairs:
            matrix[place[cause], place[effect]] = True
        return matrix


def knowledge(
    variables: Sequence[str],
    tiers: Sequence[Sequence[str]] | None = None,
    required: Sequence[Sequence[str]] | None = None,
    forbidden: Sequence[Sequence[str]] | None = None,
    proposals: str | None = None,
) -> Knowledge:
    """Knowledge from options and from a file of proposed edges.

    Parameters
    ----------
    variables : sequence of str
        All of them.
    tiers : sequence of sequences of str, optional
        Nothing causes what is in an earlier group.
    required, forbidden : sequence of [cause, effect], optional
        Edges that there must or cannot be.
    proposals : str, optional
        A YAML file, a list of ``{cause, effect, verdict: required or forbidden, source}``, by which the
        literature, local tests or a language model can be entered; what comes from it is reported with its
        source.

    Returns
    -------
    Knowledge
        All of it, free of contradictions.

    Raises
    ------
    UserError
        For unknown variables, contradictions, cycles and malformed entries.
    """
    found: dict[str, dict[Pair, str]] = {verdict: {} for verdict in VERDICTS}
    for verdict, pairs in zip(VERDICTS, (required, forbidden), strict=True):
        for pair in pairs or ():
            if isinstance(pair, str) or not isinstance(pair, Sequence) or len(pair) != 2:
                raise UserError(
                    f"{option(f'discovery.knowledge.{verdict}')}: {pair!r} is no pair; write "
                    "[[cause, effect], ...]"
                )
            found[verdict][str(pair[0]), str(pair[1])] = CONFIGURED
    for tier in tiers or ():
        if isinstance(tier, str) or not isinstance(tier, Sequence):
            name = option("discovery.knowledge.tiers")
            raise UserError(f"{name}: {tier!r} is no list; write [[a], [b, c], ...]")
    for cause, effect, verdict, source in _proposed(proposals):
        earlier = found[verdict].get((cause, effect))
        found[verdict][cause, effect] = f"{earlier}, {source}" if earlier else source
    return Knowledge(
        tuple(variables),
        tuple(tuple(map(str, t)) for t in tiers or ()),
        found["required"],
        found["forbidden"],
    )


def _proposed(path: str | None) -> list[tuple[str, str, str, str]]:
    if path is None:
        return []
    import yaml

    text = read_text(Path(path), "give a YAML file", option("discovery.knowledge.proposals", path))
    try:
        entries = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        raise UserError(f"{path} is not YAML: {error}") from error
    if not isinstance(entries, list):
        raise UserError(f"{path} must hold a list of {{cause, effect, verdict, source}}")
    proposed = []
    for number, entry in enumerate(entries):
        keys = {"cause", "effect", "verdict", "source"}
        plain = isinstance(entry, dict) and not any(isinstance(v, dict | list) for v in entry.values())
        if not plain or set(entry) != keys or entry["verdict"] not in VERDICTS:
            # Of lists that name each other, a few lines of YAML, the whole text may be endless.
            raise UserError(
                f"{path}, entry {number}: {reprlib.repr(entry)}; give exactly {', '.join(sorted(keys))}, the "
                f"verdict being one of {', '.join(VERDICTS)}"
            )
        if not str(entry["source"] or "").strip():
            raise UserError(f"{path}, entry {number}: {entry!r} has no source; say who proposes it")
        proposed.append(tuple(str(entry[k]) for k in ("cause", "effect", "verdict", "source")))
    return proposed  # type: ignore[return-value]


def impose(marks: Marks, known: Knowledge) -> tuple[Marks, list[tuple[int, int]]]:
    """A CPDAG with the orientations that are known and those that follow from them.

    Undirected edges take the direction that is allowed; where the data point the other way knowledge wins,
    and the pair (cause, effect) is listed. Required edges that the data lack are put in and listed; edges
    that are forbidden both ways are taken out and listed.
    """
    marks, must, may = marks.copy(), known.must, known.may
    imposed = []
    for i, j in np.argwhere(np.triu(marks != NONE, 1)):
        if not may[i, j] and not may[j, i]:
            marks[i, j] = marks[j, i] = NONE
            imposed.append((int(i), int(j)))
    for i, j in np.argwhere(must | (~may.T & (marks != NONE) & ~np.eye(len(marks), dtype=bool))):
        if directed(marks)[i, j]:
            continue
        if not undirected(marks)[i, j]:
            imposed.append((int(i), int(j)))
        orient(marks, i, j)
    return meek(marks), imposed
