from __future__ import annotations

import io

import pytest
from rich.console import Console

from galaxy_causal.plot import atoms_table
from galaxy_causal.types import Summary, UserError


def printed(table, width: int = 80) -> list[str]:
    console = Console(width=width, file=io.StringIO(), color_system=None)
    console.print(table)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


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


@pytest.mark.parametrize("error", [0.02, 0.0043])
def test_it_fits_80_columns_whole(summary, error) -> None:
    groups = [summary("star_forming", 654321, (-0.5, -0.3, -0.1), -0.4, error) for _ in range(6)]
    lines = printed(atoms_table(groups, "population_min", "photometry[ugriz]+infrared[W1W2W3]", "redshift"))
    text = "\n".join(lines)
    assert "…" not in text
    assert text.count("star-forming") == 18
    assert "x1 = photometry[ugriz]+infrared[W1W2W3]" in lines
    assert lines == printed(
        atoms_table(groups, "population_min", "photometry[ugriz]+infrared[W1W2W3]", "redshift"), 100
    )


@pytest.mark.parametrize(
    ("error", "shown"), [(0.5, "1.600±0.500"), (0.0043, "1.6000±0.0043"), (1e-9, "1.60000±0.00000")]
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
