"""Local tests for the terminal."""

from __future__ import annotations

import math
from collections.abc import Callable

from rich.console import Group
from rich.text import Text

from galaxy_causal.plot.blocks import Block
from galaxy_causal.plot.values import group_name
from galaxy_causal.types import Answer, Dependence, with_error


def dependence_table(answer: Answer) -> Group:
    """Groups of one answer: mean local correlation, predictive efficiency, p-values, share of discoveries.

    Parameters
    ----------
    answer
        To one query.

    Returns
    -------
    Group
        Numbers of galaxies are means over realisations; a group without neighbourhoods has dashes. A kernel
        test has its column where one was made, in place of the values after a permutation: 80 columns hold
        no more.
    """
    kernel = any(not math.isnan(one.kernel_p) for one in answer.groups)
    left_out = "null" if kernel else "kernel p"
    columns = [
        (heading, [text(one) for one in answer.groups]) for heading, text in COLUMNS if heading != left_out
    ]
    title = Text(f"\n{answer.title} and the target, given the latent", style="bold")
    return Group(title, Block("group", [group_name(one.group) for one in answer.groups], columns))


def _corr(one: Dependence) -> str:
    return with_error(one.corr, one.corr_error, sign=True)


def _cell(value: float, how: str) -> str:
    return "-" if math.isnan(value) else format(value, how)


def _p(value: float) -> str:
    if math.isnan(value):
        return "-"
    if value == 0:
        return "<1e-300"
    return f"{value:.3f}" if value >= 0.001 else f"{value:.0e}"


COLUMNS: tuple[tuple[str, Callable[[Dependence], str]], ...] = (
    ("count", lambda one: f"{one.galaxies:,.0f}"),
    ("corr", _corr),
    ("null", lambda one: _cell(one.corr_null, "+.3f")),
    ("p", lambda one: _p(one.corr_p)),
    ("eff.", lambda one: _cell(one.pred_eff, ".3f")),
    ("null", lambda one: _cell(one.pred_eff_null, ".3f")),
    ("p", lambda one: _p(one.pred_eff_p)),
    ("sig.", lambda one: _cell(one.significant, ".0%")),
    ("kernel p", lambda one: _p(one.kernel_p)),
)
"""Headings, and what stands below them."""
