from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from galaxy_causal.discovery import (
    BOSS,
    PC,
    LearnedGraph,
    Ranges,
    Setting,
    knowledge,
    pair_table,
    simulated_ranges,
    simulations,
    stability,
)
from galaxy_causal.discovery.marks import from_parents
from galaxy_causal.discovery.shares import BINS, SIMULATED, place

TABLES = simulations()["tables"]
ROWS = [(table, what) for table in TABLES for what in ("edge", "direction")]
USUAL = Setting(PC(), "subsample", 0.5, 100, 1_000, 6, knowledge=False)


@pytest.mark.parametrize(
    ("share", "bin_"), [(0.0, 0), (0.01, 1), (0.2, 2), (0.6, 3), (0.89, 3), (0.9, 4), (1.0, 4)]
)
def test_a_share_has_one_bin(share, bin_):
    assert place(share) == bin_


def test_every_simulated_search_has_tables_that_say_how_they_were_made():
    made = simulations()
    assert {table["search"] for table in TABLES} == set(SIMULATED)
    assert "benchmarks/discovery_shares.py" in made["command"]
    assert len(made["made"].split("-")) == 3
    assert len(made["bins"]) == len(BINS) + 1
    assert len(made["laws"]) >= 9


@pytest.mark.parametrize(("table", "what"), ROWS)
def test_ranges_lie_between_zero_and_one_and_rise_with_the_share(table, what):
    rows = [row for row in table[what] if row is not None]
    assert len(table[what]) == len(BINS) + 1
    assert table[what][0] is not None
    assert what == "direction" or table[what][-1] is not None
    assert all(0 <= row["low"] <= row["high"] <= 1 for row in rows)
    assert all(5 <= row["laws"] <= len(simulations()["laws"]) for row in rows)
    for end in ("low", "high"):
        values = [row[end] for row in rows]
        assert values[-1] > values[0]
        assert all(after > before - 0.25 for before, after in pairwise(values))


def test_the_ranges_of_a_setting_are_those_of_its_table():
    ranges, why = simulated_ranges(USUAL)
    assert why == ""
    table = next(t for t in TABLES if t["search"] == "PC, Fisher z" and t["galaxies"] == [300, 3000])
    last = table["edge"][-1]
    assert ranges.of_edge(1.0) == ranges.of_edge(0.9) == (last["low"], last["high"])
    assert ranges.of_direction(0.0) == (table["direction"][0]["low"], table["direction"][0]["high"])
    more, _ = simulated_ranges(replace(USUAL, galaxies=30_000))
    assert more != ranges


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"search": PC(alpha=0.05)}, "default settings"),
        ({"search": BOSS()}, "default settings"),
        ({"method": "bootstrap"}, "a subsample of 0.5"),
        ({"fraction": 0.8}, "a subsample of 0.5"),
        ({"replicates": 20}, "not 20"),
        ({"galaxies": 100_000}, "300 to 30,000 galaxies were simulated, not 100,000"),
        ({"galaxies": 200}, "not 200"),
        ({"variables": 20}, "4 to 12 variables were simulated, not 20"),
        ({"knowledge": True}, "nothing was known"),
    ],
)
def test_what_was_not_simulated_has_no_range_but_a_reason(changes, words):
    ranges, why = simulated_ranges(replace(USUAL, **changes))
    assert ranges is None
    assert words in why


def test_the_pair_table_gives_shares_beside_the_ranges_of_their_bins():
    forward = from_parents(np.array([[0, 1], [0, 0]], dtype=bool))
    backward = from_parents(np.array([[0, 0], [1, 0]], dtype=bool))
    none = np.zeros_like(forward)
    shares = stability([forward] * 7 + [backward] * 1 + [none] * 2, "cpdag")
    bins = tuple((0.1 * k, 0.1 * k + 0.05) for k in range(len(BINS) + 1))
    ranges = Ranges(edge=bins, direction=bins)
    known = knowledge(["a", "b"])
    (row,) = pair_table(LearnedGraph(forward), known, np.eye(2), shares, None, ranges)
    assert (row["share"], row["a_causes_b"], row["b_causes_a"]) == pytest.approx((0.8, 0.7, 0.1))
    assert (row["edge_true_low"], row["edge_true_high"]) == bins[3]
    assert (row["a_causes_b_true_low"], row["a_causes_b_true_high"]) == bins[3]
    assert (row["b_causes_a_true_low"], row["b_causes_a_true_high"]) == bins[1]
    (bare,) = pair_table(LearnedGraph(forward), known, np.eye(2), shares, None)
    assert np.isnan(bare["edge_true_low"])
    assert not [name for name in bare if "probab" in name or "confid" in name]
