"""Tables for the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from rich.console import Group
from rich.text import Text

from galaxy_causal.plot.blocks import Block, Column
from galaxy_causal.plot.values import INFORMATIONS, collect, describe, group_name, measures
from galaxy_causal.types import ATOMS, Estimate, Floats, Summary, UserError, decimals_of, with_error

HEADINGS = dict(zip(INFORMATIONS, ("I(Y; x1)", "I(Y; x2)", "I(Y; both)"), strict=True))
"""Of informations in columns."""
MARKS = {
    "reliable": ("", ""),
    "lower bound": ("≥", ""),
    "too low": ("↑", ""),
    "not to be trusted": ("", "(?)"),
}
"""What stands before and after a number of each verdict."""
SAID = {
    "lower bound": "≥: lower bound",
    "too low": "↑: probably too low",
    "not to be trusted": "(?): not to be trusted",
}
"""What a legend says of them."""
OF_ALL = "classes: their part of the information of all, against the p(y) of all galaxies"


def atoms_table(
    summaries: Sequence[Summary],
    headline: str,
    x1: str,
    x2: str,
    meanings: Mapping[str, str] = MappingProxyType({}),
    beside: Mapping[str, str] = MappingProxyType({}),
) -> Group:
    """Informations and atoms of each group with one-sigma errors.

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
    beside
        What comes along with ``x1`` and ``x2``, such as errors and E(B-V), in words.

    Returns
    -------
    Group
        Three blocks under one another: the informations with the numbers of galaxies; the atoms of the
        measure ``headline``; the atoms of every other measure, each in a block of its own, so that measures
        are never mixed; of measures of classes the information that their atoms sum to. All numbers have the
        same decimals, see ``decimals_of``; a missing number is a dash. Beside an edge the end of the
        one-sided interval stands in place of number and error. Marks tell what was judged a lower bound, too
        low or not to be trusted.

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
    decimals = _decimals(summaries, found)
    names = [
        Text.assemble((name, "bold"), f" = {label}{_along(beside.get(name, ''))}")
        for name, label in (("x1", x1), ("x2", x2))
    ]
    page: list[Text | Block] = [*names, Text("\nInformation about the target Y in nats", style="bold")]
    if len(summaries) > 1:
        page.append(Text(OF_ALL, style="dim"))
    page.append(informations_block(summaries, decimals))
    for measure in (headline, *(name for name in found if name != headline)):
        rank = "Headline" if measure == headline else "For comparison"
        of_classes = _of_classes(summaries, measure, decimals)
        page.append(Text(f"\n{rank}, {describe(measure, meanings)}{of_classes}", style="bold"))
        page.append(atoms_block(summaries, measure, decimals))
    legend = _legend(summaries, found)
    return Group(*page, *([Text("")] if legend else []), *(Text(line, style="dim") for line in legend))


def _along(beside: str) -> str:
    return f", {beside}" if beside else ""


def _decimals(summaries: Sequence[Summary], found: Sequence[str]) -> int:
    """Of all numbers of the page."""
    keys = [*INFORMATIONS, *(f"{measure}/{atom}" for measure in found for atom in ATOMS)]
    return decimals_of(one.error[key] for one in summaries for key in keys if key in one.error)


def informations_block(summaries: Sequence[Summary], decimals: int) -> Block:
    """Informations of groups, with the numbers of their galaxies.

    Parameters
    ----------
    summaries
        Of each group [nats].
    decimals
        Of numbers and errors.

    Returns
    -------
    Block
    """
    counts = ("galaxies", [f"{summary.count:,}" for summary in summaries])
    columns = [(heading, _judged(summaries, name, decimals)) for name, heading in HEADINGS.items()]
    return _block(summaries, [counts, *columns])


def atoms_block(summaries: Sequence[Summary], measure: str, decimals: int) -> Block:
    """The four atoms of groups.

    Parameters
    ----------
    summaries
        Of each group [nats].
    measure
        Of redundancy.
    decimals
        Of numbers and errors.

    Returns
    -------
    Block
    """
    headings = ("redundant", "unique: x1", "unique: x2", "synergistic")
    columns = [
        (heading, _judged(summaries, f"{measure}/{atom}", decimals))
        for atom, heading in zip(ATOMS, headings, strict=True)
    ]
    return _block(summaries, columns)


def _of_classes(summaries: Sequence[Summary], measure: str, decimals: int) -> str:
    """What the atoms sum to in the first group, where that is not the information in the first block."""
    value = summaries[0].value.get(f"{measure}/mi_union")
    return "" if value is None else f";\nof classes of galaxies, of which I(Y; both) = {value:.{decimals}f}"


def _block(summaries: Sequence[Summary], columns: Sequence[Column]) -> Block:
    return Block("group", [group_name(summary.group) for summary in summaries], columns)


def cells(value: Floats, error: Floats, decimals: int | None = None) -> list[str]:
    """Numbers of one column, with these decimals or those that its errors ask for."""
    count = decimals_of(error) if decimals is None else decimals
    return [with_error(float(v), float(e), count) for v, e in zip(value, error, strict=True)]


def judged_cells(of: Estimate, decimals: int | None = None) -> list[str]:
    """Numbers of one column with the marks of their verdicts, where they were judged.

    Parameters
    ----------
    of
        The numbers and their errors.
    decimals
        Of all of them; None: as their errors ask for.

    Returns
    -------
    list of str
    """
    texts = cells(of.value, of.error, decimals)
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
    >>> marks_legend(["reliable", "lower bound", "too low"])
    '≥: lower bound; ↑: probably too low'
    """
    there = set(verdicts)
    return "; ".join(said for verdict, said in SAID.items() if verdict in there)


def _judged(summaries: Sequence[Summary], key: str, decimals: int) -> list[str]:
    """Cells of one key, with intervals that are one-sided and marks of verdicts."""
    value, error = collect(summaries, key)
    texts = []
    for summary, plain in zip(summaries, cells(value, error, decimals), strict=True):
        text = plain
        if _at_edge(summary, key):
            high = summary.high[key]
            text = "0" if high == 0.0 else f"< {max(high, 10.0**-decimals):.{decimals}f}"
        texts.append(marked(text, summary.verdict.get(key, "")))
    return texts


def _at_edge(summary: Summary, key: str) -> bool:
    """Whether a number is zero because it cannot be less."""
    return summary.value.get(key) == 0.0 and summary.low.get(key) == 0.0


def _legend(summaries: Sequence[Summary], found: Sequence[str]) -> list[str]:
    """What the marks in the table mean, of those that are there, in lines."""
    marks = marks_legend(verdict for summary in summaries for verdict in summary.verdict.values())
    keys = [*INFORMATIONS, *(f"{measure}/{atom}" for measure in found for atom in ATOMS)]
    ends = {summary.high[key] > 0.0 for summary in summaries for key in keys if _at_edge(summary, key)}
    edges = ["< : the end of a one-sided interval (84%)"] * (True in ends)
    edges += ["0: in at least 84% of the bootstrap samples"] * (False in ends)
    return [line for line in (marks, *edges) if line]
