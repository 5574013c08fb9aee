"""What a share of resamples was worth in simulations with faults: how often such an edge was true."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from galaxy_causal.discovery.fci import FCI
from galaxy_causal.discovery.pc import PC
from galaxy_causal.discovery.permutation import BOSS
from galaxy_causal.discovery.search import Algorithm

SIMULATED: Mapping[str, Algorithm] = {
    "PC, Fisher z": PC(),
    "PC, rank correlation": PC(test="rank_correlation"),
    "FCI, Fisher z": FCI(),
    "BOSS, additive BIC": BOSS(score="additive_bic", least=0.03),
}
"""The searches that ``benchmarks/discovery_shares.py`` simulates, with these very settings."""
BINS = (0.0, 0.2, 0.6, 0.9)
"""Lower ends of the bins of shares; before them stands a bin for a share of zero."""
Range = tuple[float, float]
UNKNOWN: Range = (float("nan"), float("nan"))


@dataclass(frozen=True)
class Ranges:
    """Lowest and highest share of true edges over the simulated faults, by bin of the share of resamples.

    Parameters
    ----------
    edge, direction : tuple of (low, high)
        Of pairs with an edge, and of i -> j; NaN where too few pairs fell into a bin.
    """

    edge: tuple[Range, ...]
    direction: tuple[Range, ...]

    def of_edge(self, share: float) -> Range:
        """For an edge in this share of the resamples."""
        return self.edge[place(share)]

    def of_direction(self, share: float) -> Range:
        """For a direction in this share of the resamples."""
        return self.direction[place(share)]


@dataclass(frozen=True)
class Setting:
    """What a share of resamples rests on.

    Parameters
    ----------
    search : Algorithm
        With its settings.
    method, fraction, replicates
        How galaxies were drawn again, and how often.
    galaxies, variables : int
        Size of the table.
    knowledge : bool
        Whether anything was known beforehand.
    """

    search: Algorithm
    method: str
    fraction: float
    replicates: int
    galaxies: int
    variables: int
    knowledge: bool


def place(share: float, bins: Sequence[float] = BINS) -> int:
    """The bin of a share; 0 is for none at all."""
    return 0 if share <= 0 else bisect_right(bins, share)


@lru_cache(maxsize=1)
def simulations() -> Mapping[str, Any]:
    """The file that ``benchmarks/discovery_shares.py`` made.

    Returns
    -------
    mapping
        How it was made, when, and its tables.
    """
    import yaml

    found: Mapping[str, Any] = yaml.safe_load((files(__package__) / "shares.yaml").read_text())
    return found


def simulated_ranges(setting: Setting) -> tuple[Ranges | None, str]:
    """The ranges that simulations of this setting gave.

    Parameters
    ----------
    setting : Setting
        What the shares rest on.

    Returns
    -------
    (Ranges or None, str)
        None where it was not simulated, and why.
    """
    name = next((name for name, search in SIMULATED.items() if search == setting.search), None)
    if name is None:
        return None, f"only {'; '.join(SIMULATED)} were simulated, with their default settings"
    tables = [table for table in simulations()["tables"] if table["search"] == name]
    why = _other(setting) or _other_size(setting.galaxies, [table["galaxies"] for table in tables])
    if why:
        return None, why
    table = next(t for t in tables if t["galaxies"][0] <= setting.galaxies <= t["galaxies"][1])
    return Ranges(_ranges(table["edge"]), _ranges(table["direction"])), ""


def _other(setting: Setting) -> str:
    """In what the simulations differ, if in anything but the number of galaxies."""
    made = simulations()
    drawn, (least, most) = made["resamples"], made["variables"]
    if setting.knowledge:
        return "nothing was known beforehand in the simulations"
    if (setting.method, setting.fraction) != (drawn["method"], drawn["fraction"]):
        return f"simulated resamples were each a {drawn['method']} of {drawn['fraction']:g} of the galaxies"
    if setting.replicates < drawn["replicates"]:
        return f"{drawn['replicates']} resamples were simulated, not {setting.replicates}"
    if not least <= setting.variables <= most:
        return f"{least} to {most} variables were simulated, not {setting.variables}"
    return ""


def _other_size(galaxies: int, sizes: Sequence[tuple[int, int]]) -> str:
    least, most = min(low for low, _ in sizes), max(high for _, high in sizes)
    if least <= galaxies <= most:
        return ""
    return f"{least:,} to {most:,} galaxies were simulated, not {galaxies:,}"


def _ranges(rows: Sequence[Mapping[str, float] | None]) -> tuple[Range, ...]:
    return tuple(UNKNOWN if row is None else (float(row["low"]), float(row["high"])) for row in rows)
