"""``job=doctor``: versions, devices, store and disk, and what is slow here."""

from __future__ import annotations

from omegaconf import DictConfig
from rich.text import Text

from galaxy_causal.jobs.doctor.findings import WRONG, Finding, findings
from galaxy_causal.jobs.progress import standard_output
from galaxy_causal.types import UserError

COLOURS = {"": "", "slow": "yellow", "missing": "yellow", WRONG: "red"}


def run(cfg: DictConfig) -> None:
    """Print what is found, a line each, the remedy below it; refuse what no job can do with."""
    console, found = standard_output(), []
    for one in findings(cfg.tracking):
        found.append(one)
        for line in lines(one):
            console.print(line, highlight=False, soft_wrap=True)
    wrong = [one for one in found if one.state == WRONG]
    if wrong:
        raise UserError("; ".join(f"{one.name}: {one.remedy}" for one in wrong))


def lines(one: Finding) -> list[Text]:
    """A finding as people read it."""
    mark = f"  ({one.state})" if one.state else ""
    first = Text.assemble((f"{one.name:<14}", "bold"), one.value, (mark, COLOURS[one.state]))
    return [first, *([Text(f"{'':14}{one.remedy}", "dim")] if one.remedy else [])]
