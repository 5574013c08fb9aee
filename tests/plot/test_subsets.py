from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.container import BarContainer
from rich.console import Console

from galaxy_causal.plot import (
    information_by_size,
    input_values,
    inputs_table,
    lattice_table,
    pair_matrix,
    pairs_table,
    sizes_table,
)
from galaxy_causal.types import Estimate, SizeSummary, UserError


def estimate(*values: float) -> Estimate:
    return Estimate(np.array(values), np.full(len(values), 0.01))


SIZES = [
    SizeSummary(1, np.array([True, False, False]), 0.5, 0.01, 0.97, 0.3, 0.1),
    SizeSummary(2, np.array([True, False, True]), 0.8, 0.02, 0.66, 0.5, 0.2),
    SizeSummary(3, np.array([True, True, True]), 0.9, 0.02, 1.0, 0.9, 0.9),
]
LABELS = ["u", "u+redshift", "ug+redshift"]


def printed(table) -> str:
    console = Console(width=80)
    with console.capture() as capture:
        console.print(table)
    return capture.get()


def test_bars_are_shapley_values_between_alone_and_last() -> None:
    figure = input_values("ugr", estimate(0.5, 0.1, 0.0), estimate(0.4, 0.3, -0.05), estimate(0.2, 0.3, 0.1))
    (axes,) = figure.axes
    (bars,) = [c for c in axes.containers if isinstance(c, BarContainer)]
    np.testing.assert_allclose([bar.get_height() for bar in bars], [0.4, 0.3, -0.05])
    marks = [c.lines[0].get_ydata().tolist() for c in axes.containers if c is not bars]
    assert [0.5, 0.1, 0.0] in marks
    assert [0.2, 0.3, 0.1] in marks
    with pytest.raises(UserError, match="no input"):
        input_values([], estimate(), estimate(), estimate())


def test_the_matrix_has_synergy_below_its_diagonal_and_single_inputs_on_it() -> None:
    (axes,) = pair_matrix("ugr", estimate(0.11, 0.22, 0.33), estimate(0.44, 0.55, -0.001)).axes
    cells = {tuple(map(int, t.get_position())): t.get_text() for t in axes.texts}
    assert cells == {
        (0, 1): "0.11", (0, 2): "0.22", (1, 2): "0.33", (0, 0): "0.44", (1, 1): "0.55", (2, 2): "0.00",
    }  # fmt: skip
    with pytest.raises(UserError, match="3 inputs have 3 pairs; got 1"):
        pair_matrix("ugr", estimate(0.1), estimate(0.1, 0.2, 0.3))


def test_the_curve_goes_through_the_best_and_names_them() -> None:
    (axes,) = information_by_size(SIZES, LABELS, 0.05).axes
    (best,) = axes.containers
    np.testing.assert_allclose(best.lines[0].get_ydata(), [0.5, 0.8, 0.9])
    assert [t.get_text() for t in axes.get_xticklabels()] == ["1\nu", "2\nu\n+ redshift", "3\nug\n+ redshift"]
    assert any(np.allclose(line.get_ydata(), 0.85) for line in axes.lines)
    with pytest.raises(UserError, match="no sizes"):
        information_by_size([], [], 0.1)


def test_long_names_are_cut_to_three_lines() -> None:
    (axes,) = information_by_size(SIZES[:1], ["a+bb+ccc+dddd"], 0.0).axes
    assert axes.get_xticklabels()[0].get_text() == "1\na\n+ bb\n+ 2 more"


def test_tables_fit_a_terminal_and_hold_the_numbers() -> None:
    some = estimate(0.5, 0.25, 0.125)
    text = printed(inputs_table("ugr", some, some, some, estimate(0.01), estimate(0.9)))
    assert "0.125 ± 0.010" in text
    assert "0.875" in text  # the sum of the Shapley values
    text = printed(sizes_table(SIZES, LABELS))
    assert "66%" in text
    assert "u+redshift" in text
    many = Estimate(np.arange(12) / 10, np.full(12, 0.01))
    text = printed(pairs_table([f"p{i}" for i in range(12)], many, many))
    assert "the 10 of 12 with most synergy" in text
    assert "p11" in text
    assert "p0 " not in text
    atoms = Estimate(np.array([0.3, 0.0, 0.1]), np.array([0.01, 0.0, 0.01]))
    text = printed(lattice_table(["{1}", "{2}", "{12}"], ["ugriz", "JHK", "z"], atoms))
    assert "1 others" in text
    assert "1 = ugriz, 2 = JHK, 3 = z" in text


def test_what_is_not_reliable_is_marked() -> None:
    def of(*verdicts: str) -> Estimate:
        return Estimate(np.array([0.5, 0.25, 0.125]), np.full(3, 0.01), verdicts)

    doubtful = of("reliable", "lower bound", "not to be trusted")
    text = printed(inputs_table("ugr", doubtful, doubtful, doubtful, estimate(0.0), estimate(0.9)))
    assert text.count("≥0.250 ± 0.010") == 3
    assert text.count("0.125 ± 0.010(?)") == 3
    assert "0.500 ± 0.010 " in text
    whole = Estimate(np.array([0.9]), np.array([0.01]), ("lower bound",))
    total = printed(inputs_table("ugr", doubtful, doubtful, doubtful, estimate(0.0), whole))
    assert "≥0.875" in total  # of the Shapley values, which is what all tell
    bars = input_values("ugr", doubtful, doubtful, doubtful).axes[0]
    (drawn,) = [c for c in bars.containers if isinstance(c, BarContainer)]
    assert [bar.get_hatch() for bar in drawn] == [None, "///", "xxx"]
    (words,) = (text.get_text() for text in bars.texts)
    assert words == "striped: lower bounds; crossed: not to be trusted; open marks: not reliable"
    *cells, words = [t.get_text() for t in pair_matrix("ugr", doubtful, doubtful).axes[0].texts]
    assert cells == ["0.50", "≥0.25", "0.12?"] * 2
    assert words == "≥: lower bound; ?: not to be trusted"
    sizes = [replace(SIZES[0], verdict="lower bound"), *SIZES[1:]]
    assert "≥0.500 ± 0.010" in printed(sizes_table(sizes, LABELS))
    axes = information_by_size(sizes, LABELS, 0.05).axes[0]
    (opened,) = [line for line in axes.lines if line.get_markerfacecolor() == "white"]
    assert opened.get_xydata().tolist() == [[1.0, 0.5]]
    assert not input_values("ugr", estimate(1, 2, 3), estimate(1, 2, 3), estimate(1, 2, 3)).axes[0].texts
