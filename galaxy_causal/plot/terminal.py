"""Tables for the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import numpy as np
from rich import box
from rich.table import Table
from rich.text import Text

from galaxy_causal.plot.values import INFORMATIONS, collect, describe, group_name, measures
from galaxy_causal.types import ATOMS, Estimate, Floats, Summary, UserError

_FEWEST, _MOST = 3, 5  # decimals
_MISSING = "-"
MARKS = {"reliable": ("", ""), "lower bound": ("≥", ""), "not to be trusted": ("", "(?)")}
"""What stands before and after a number of each verdict."""


def atoms_table(
    summaries: Sequence[Summary],
    headline: str,
    x1: str,
    x2: str,
    meanings: Mapping[str, str] = MappingProxyType({}),
) -> Table:
    """Informations and atoms of each group with one-sigma errors, within 80 columns.

    Parameters
    ----------
    summaries
        Of each group [nats].
    headline
        The name of the measure that comes first.
    x1, x2
        What people call the two inputs.
    meanings
        What each measure takes as redundancy, by name.

    Returns
    -------
    Table
        Three blocks under one another: the informations with the numbers of galaxies; the atoms of the
        measure ``headline``; the atoms of every other measure, each in a block of its own, so that measures
        are never mixed; of measures of classes the information that their atoms sum to. Three decimals, more
        where the median error of a column needs them to show two digits; a missing number is a dash. Beside
        an edge the end of the one-sided interval stands in place of number and error. Marks tell what was
        judged a lower bound or not to be trusted.

    Raises
    ------
    UserError
        Where there is no group, or no such measure.
    """
    if not summaries:
        raise UserError("no group of galaxies to show: give at least one summary")
    found = measures(summaries)
    if headline not in found:
        raise UserError(f"no measure {headline!r} in the summaries: they have {', '.join(found) or 'none'}")
    page = Table.grid()
    page.add_row(Text.assemble(("x1", "bold"), f" = {x1}\n", ("x2", "bold"), f" = {x2}"))
    page.add_row(Text("\nInformation about the target Y in nats", style="bold"))
    page.add_row(_informations(summaries))
    for measure in (headline, *(name for name in found if name != headline)):
        rank = "Headline" if measure == headline else "For comparison"
        page.add_row(
            Text(f"\n{rank}, {describe(measure, meanings)}{_of_classes(summaries, measure)}", style="bold")
        )
        page.add_row(_atoms(summaries, measure))
    page.add_row(Text(_legend(summaries, found), style="dim"))
    return page


def _informations(summaries: Sequence[Summary]) -> Table:
    columns = {"galaxies": [f"{summary.count:,}" for summary in summaries]}
    for name, heading in zip(INFORMATIONS, ("I(Y; x1)", "I(Y; x2)", "I(Y; both)"), strict=True):
        columns[heading] = _judged(summaries, name)
    return _block(summaries, columns)


def _atoms(summaries: Sequence[Summary], measure: str) -> Table:
    columns = {
        heading: _judged(summaries, f"{measure}/{atom}")
        for atom, heading in zip(ATOMS, ("redundant", "unique: x1", "unique: x2", "synergistic"), strict=True)
    }
    return _block(summaries, columns)


def _of_classes(summaries: Sequence[Summary], measure: str) -> str:
    """What the atoms sum to in the first group, where that is not the information in the first block."""
    value = summaries[0].value.get(f"{measure}/mi_union")
    return "" if value is None else f";\nof classes of galaxies, of which I(Y; both) = {value:.3f}"


def _block(summaries: Sequence[Summary], columns: Mapping[str, Sequence[str]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True)
    table.add_column("group", overflow="fold")
    for heading in columns:
        table.add_column(heading, justify="right", no_wrap=True)
    for summary, cells in zip(summaries, zip(*columns.values(), strict=True), strict=True):
        table.add_row(Text(group_name(summary.group)), *cells)
    return table


def cells(value: Floats, error: Floats) -> list[str]:
    """Numbers of one column with as many decimals as its typical error asks for."""
    known = error[np.isfinite(error) & (error > 0.0)]
    decimals = _FEWEST
    if known.size:
        decimals = int(np.clip(1 - np.floor(np.log10(np.median(known))), _FEWEST, _MOST))
    return [_cell(v, e, decimals) for v, e in zip(value, error, strict=True)]


def judged_cells(of: Estimate) -> list[str]:
    """Numbers of one column with the marks of their verdicts, where they were judged.

    Parameters
    ----------
    of
        The numbers and their errors.

    Returns
    -------
    list of str
    """
    texts = cells(of.value, of.error)
    return [marked(text, word) for text, word in zip(texts, of.verdict or [""] * len(texts), strict=True)]


def marked(text: str, verdict: str) -> str:
    """A number between the marks of its verdict; none where it was not judged."""
    before, after = MARKS.get(verdict, ("", ""))
    return f"{before}{text}{after}"


def marks_legend(verdicts: Iterable[str]) -> str:
    """What the marks of verdicts mean, of those that are there.

    Parameters
    ----------
    verdicts
        Of any numbers.

    Returns
    -------
    str

    Examples
    --------
    >>> marks_legend(["reliable", "lower bound"])
    '≥: lower bound'
    """
    there = set(verdicts)
    kinds = (("lower bound", "≥"), ("not to be trusted", "(?)"))
    return "; ".join(f"{mark}: {verdict}" for verdict, mark in kinds if verdict in there)


def _judged(summaries: Sequence[Summary], key: str) -> list[str]:
    """Cells of one key, with intervals that are one-sided and marks of verdicts."""
    value, error = collect(summaries, key)
    texts = []
    for summary, plain in zip(summaries, cells(value, error), strict=True):
        text = plain
        if _at_edge(summary, key):
            high = summary.high[key]
            text = "0" if high == 0.0 else f"< {max(high, 0.001):.{_FEWEST}f}"
        texts.append(marked(text, summary.verdict.get(key, "")))
    return texts


def _at_edge(summary: Summary, key: str) -> bool:
    """Whether a number is zero because it cannot be less."""
    return summary.value.get(key) == 0.0 and summary.low.get(key) == 0.0


def _legend(summaries: Sequence[Summary], found: Sequence[str]) -> str:
    """What the marks in the table mean, of those that are there."""
    marks = marks_legend(verdict for summary in summaries for verdict in summary.verdict.values())
    lines = [marks] if marks else []
    keys = [*INFORMATIONS, *(f"{measure}/{atom}" for measure in found for atom in ATOMS)]
    ends = {summary.high[key] > 0.0 for summary in summaries for key in keys if _at_edge(summary, key)}
    if True in ends:
        lines.append("< : the end of a one-sided interval (84%)")
    if False in ends:
        lines.append("0: in at least 84% of the bootstrap samples")
    return "\n" + "; ".join(lines) if lines else ""


def _cell(value: float, error: float, decimals: int) -> str:
    if np.isnan(value):
        return _MISSING
    # With more digits the parts move together, so that five columns still fit.
    between = " ± " if decimals == _FEWEST else "±"
    number = f"{round(value, decimals) + 0.0:.{decimals}f}"  # zero has no sign
    return number + between + (_MISSING if np.isnan(error) else f"{error:.{decimals}f}")
