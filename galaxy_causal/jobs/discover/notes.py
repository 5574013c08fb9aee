"""What job=discover says of its shares of resamples, and of outliers."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from galaxy_causal import plot
from galaxy_causal.discovery import (
    Algorithm,
    Ranges,
    Setting,
    Stability,
    Tails,
    simulated_ranges,
    simulations,
)
from galaxy_causal.discovery.outliers import DEVIATIONS
from galaxy_causal.jobs.discover.question import Plan
from galaxy_causal.jobs.discover.result import Result


def simulated(plan: Plan, repeated: Stability | None, galaxies: int) -> tuple[Ranges | None, str]:
    """What simulations say of the shares, or why they say nothing."""
    if repeated is None:
        return None, "there are no resamples"
    setting = Setting(
        search=plan.search,
        method=plan.how.method,
        fraction=plan.how.fraction,
        replicates=repeated.replicates,
        galaxies=galaxies,
        variables=len(plan.labels),
        knowledge=not plan.known.empty,
    )
    return simulated_ranges(setting)


def warn_of_tails(console: Console, search: Algorithm, heavy: Sequence[Tails]) -> None:
    """Name variables with outliers, and the option that bears them."""
    if not heavy or not search.robust:
        return
    console.print(
        f"warning: values more than {DEVIATIONS:g} robust standard deviations out, or heavy tails: "
        f"{'; '.join(map(str, heavy))}. Where they are errors, this search may miss true edges and arrows "
        f"that {search.robust} (monotonic dependence alone) finds; where they are true values, ranks may "
        "add false ones (docs/discovery_shares.md)",
        style="yellow", highlight=False, markup=False, soft_wrap=True,
    )  # fmt: skip


def explain_shares(console: Console, result: Result) -> None:
    """Say what the shares in the table mean, where there are any."""
    if result.stability is None:
        return
    said = f"share of {result.stability.replicates} resamples with the edge or direction: no probability."
    if result.simulated is None:
        said += f" No simulation says what it is worth: {result.unsimulated}"
    else:
        said += " How often edges of such a share were true, from the worst fault to the best:"
    console.print(said, highlight=False, markup=False, soft_wrap=True)
    if result.simulated is not None:
        bins = simulations()["bins"]
        console.print(plot.ranges_table(bins, result.simulated.edge, result.simulated.direction))
