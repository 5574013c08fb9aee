from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from rich.console import Console

from galaxy_causal.plot import Trimmed, atoms_table
from galaxy_causal.types import Summary, UserError


def printed(table, width: int = 80) -> list[str]:
    console = Console(width=width, file=io.StringIO(), color_system=None)
    console.print(Trimmed(table))
    return console.file.getvalue().splitlines()


def row(lines: list[str], block: str, group: str) -> list[str]:
    start = next(i for i, line in enumerate(lines) if line.startswith(block))
    return next(line for line in lines[start:] if line.startswith(group)).replace(" ± ", "±").split()[1:]


def test_numbers_stand_under_their_measure(summary) -> None:
    lines = printed(atoms_table([summary(), summary("passive", 1234)], "population_min", "g", "redshift"))
    assert row(lines, "Information", "passive") == ["1,234", "1.600±0.020", "0.800±0.022", "1.900±0.024"]
    population = ["0.800±0.026", "0.800±0.028", "0.000±0.030", "0.300±0.032"]
    pointwise = ["0.600±0.034", "1.000±0.036", "0.200±0.038", "0.100±0.040"]
    assert row(lines, "Headline, population_min", "all") == population
    assert row(lines, "For comparison, pointwise_min", "all") == pointwise
    swapped = printed(atoms_table([summary()], "pointwise_min", "g", "redshift"))
    assert row(swapped, "Headline, pointwise_min", "all") == pointwise
    assert row(swapped, "For comparison, population_min", "all") == population


@pytest.mark.parametrize(("error", "tables"), [(0.02, 3), (0.0004, 6)])
def test_it_fits_80_columns_whole(summary, error, tables) -> None:
    """With five decimals blocks are wider than 80 columns: they come in two tables each, and none is cut."""
    groups = [summary("star_forming", 654321, (-0.5, -0.3, -0.1), -0.4, error) for _ in range(6)]
    lines = printed(atoms_table(groups, "population_min", "photometry[ugriz]+infrared[W1W2W3]", "redshift"))
    text = "\n".join(lines)
    assert "…" not in text
    assert text.count("star-forming") == 6 * tables
    assert max(map(len, lines)) <= 80
    assert "x1 = photometry[ugriz]+infrared[W1W2W3]" in lines


def test_marks_do_not_cut_numbers(summary) -> None:
    """Four doubtful atoms of negative signs are wider than 80 columns."""
    one = summary("star_forming", 654321, (-0.5, -0.3, -0.1), -0.4)
    doubtful = replace(one, verdict=dict.fromkeys(one.value, "not to be trusted"))
    lines = printed(atoms_table([one, doubtful], "population_min", "g", "redshift"))
    assert max(map(len, lines)) <= 80
    assert "\n".join(lines).count("(?)") == 3 + 4 + 4 + 1  # and the legend's
    assert "(?): not to be trusted" in lines


def test_lines_have_no_blanks_at_their_ends_and_the_table_one_style(summary) -> None:
    groups = [summary(error=0.02), summary("passive", error=0.0002)]
    for width in (60, 80, 200):
        lines = printed(atoms_table(groups, "population_min", "g", "z", beside={"x1": "with E(B-V)"}), width)
        assert lines == [line.rstrip() for line in lines]
    text = "\n".join(lines)
    assert lines[0] == "x1 = g, with E(B-V)"
    assert text.count("±") == 2 * 11
    assert re.findall(r"\S+ ± \S+", text) == re.findall(r"-?\d\.\d{3} ± <?\d\.\d{3}", text)


def test_rows_of_classes_are_said_to_be_parts(summary) -> None:
    said = "classes: their part of the information of all"
    assert any(
        line.startswith(said)
        for line in printed(atoms_table([summary(), summary("passive")], "population_min", "g", "z"))
    )
    assert not any(
        line.startswith(said) for line in printed(atoms_table([summary()], "population_min", "g", "z"))
    )


@pytest.mark.parametrize(
    ("error", "shown"), [(0.5, "1.600±0.500"), (0.0043, "1.6000±0.0043"), (1e-9, "1.60000±<0.00001")]
)
def test_small_errors_ask_for_more_decimals(summary, error, shown) -> None:
    assert (
        row(printed(atoms_table([summary(error=error)], "population_min", "a", "b")), "Info", "all")[1]
        == shown
    )


def test_missing_numbers_are_dashes(summary) -> None:
    unsure = Summary("all", 9, summary().value, {})
    lines = printed(atoms_table([unsure, Summary("other", 2, {}, {})], "population_min", "a", "b"))
    assert row(lines, "Information", "other") == ["2", "-", "-", "-"]
    assert row(lines, "Headline", "all")[0] == "0.800±-"


def test_brackets_are_not_taken_for_markup(summary) -> None:
    lines = printed(atoms_table([summary("[bold]")], "population_min", "photometry[u]", "[red]x"))
    assert lines[0] == "x1 = photometry[u]"
    assert lines[1] == "x2 = [red]x"
    assert any(line.startswith("[bold]") for line in lines)


def test_nothing_to_show_and_an_unknown_measure_are_refused(summary) -> None:
    with pytest.raises(UserError, match="at least one"):
        atoms_table([], "population_min", "a", "b")
    with pytest.raises(UserError, match="population_min, pointwise_min"):
        atoms_table([summary()], "imin", "a", "b")
