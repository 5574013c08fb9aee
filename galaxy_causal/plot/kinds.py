"""What figures of single galaxies have in common: names of their kinds, values, and densities."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from galaxy_causal.plot import labels, style
from galaxy_causal.types import Examples, Floats

PRIOR = "#DDDDDD"
INPUTS = ("mi_x1", "mi_x2", "mi_union")
DASHES = ("solid", (0, (4, 1.4)), "solid")
FLOOR = 1e-5
"""Of the prior's peak, the lowest density that is drawn."""
NAME = 30
"""Letters of the name of an input that fit into a heading."""


def short(name: str, width: int = NAME) -> str:
    """The name of an input as people read it, its middle left out where it is long."""
    if len(name) > width:
        half = (width - 3) // 2
        name = f"{name[:half]}...{name[-half:]}"
    return style.readable(labels.people(name))


def headings(examples: Examples) -> dict[str, str]:
    """What people call each kind of galaxies."""
    x1, x2 = short(examples.x1), short(examples.x2)
    return {
        "typical": "typical galaxies",
        "redundant": "both tell the same",
        "unique_1": f"only {x1} tells",
        "unique_2": f"only {x2} tells",
        "synergistic": "only both together tell",
        "added_2": f"{x2} adds most",
        "misled_1": f"{x1} misleads",
        "misled_2": f"{x2} misleads",
    }


def value_text(examples: Examples, value: float) -> str:
    """A target, with as many digits as tell galaxies apart; the name of a class."""
    if not np.isfinite(value):
        return "?"
    numbers = tuple(f"{one:g}" for one in examples.grid)
    if examples.classes and examples.classes != numbers:
        return examples.classes[round(value)]
    spread = float(np.std(examples.y)) or 1.0
    return f"{value:.{int(np.clip(1 - np.floor(np.log10(spread)), 0, 6))}f}"


def told(examples: Examples, row: int) -> tuple[str, list[str]]:
    """The true target, and its estimates from x1, x2 and both.

    Of a target of few values or classes, where probabilities are known, that of the true one in per cent.
    """
    true = value_text(examples, float(examples.y[row]))
    if examples.classes and examples.has_densities:
        place = int(np.abs(examples.grid - examples.y[row]).argmin())
        return true, [f"{100 * p:.0f}%" for p in examples.density[row, :, place]]
    return true, [value_text(examples, float(value)) for value in examples.estimate[row]]


def signed(value: float) -> str:
    """An information with its sign, zero without one."""
    text = f"{value:+.1f}".replace("-", "\N{MINUS SIGN}")
    return "0.0" if text[1:] == "0.0" else text


def draw_densities(axes: Axes, examples: Examples, row: int, *, marks: bool = True) -> None:
    """The prior and the three densities of a galaxy on a logarithmic axis, and its true target.

    On such an axis the height of a curve above the prior, at the true target, is its pointwise information.
    """
    densities, prior = examples.density[row].astype(np.float64), examples.prior
    if examples.classes:
        _bars(axes, examples, row)
        return
    low, high = _limits(examples, row)
    rock = low / 10
    if marks:
        axes.set_yscale("log")
    else:  # the logarithms themselves: ticks of such an axis take long to make
        prior, densities = np.log(np.maximum(prior, rock)), np.log(np.maximum(densities, rock))
        rock, low, high = float(np.log(rock)), float(np.log(low)), float(np.log(high))
    axes.fill_between(examples.grid, np.maximum(prior, low), low, color=PRIOR, linewidth=0)
    for name, dashes, curve in zip(INPUTS, DASHES, densities, strict=True):
        axes.plot(
            examples.grid, np.maximum(curve, rock), color=style.LINES[name],
            linestyle=dashes, linewidth=1.5 if marks else 1.1,
        )  # fmt: skip
    axes.axvline(examples.y[row], color=style.INK, linewidth=0.9, linestyle=(0, (1, 1.5)))
    if marks:
        for name, at in zip(INPUTS, _at(examples, row), strict=True):
            axes.plot(examples.y[row], max(at, low), "o", markersize=5, color=style.LINES[name], zorder=5)
    axes.set_ylim(low, high)
    axes.set_xlim(examples.grid[0], examples.grid[-1])


def _at(examples: Examples, row: int) -> Floats:
    """The three densities at the true target."""
    return np.array([np.interp(examples.y[row], examples.grid, one) for one in examples.density[row]])


def _limits(examples: Examples, row: int) -> tuple[float, float]:
    """Of the axis of densities: the prior's bulk, all at the true target, and the highest peak."""
    peak = float(examples.prior.max())
    at = np.append(_at(examples, row), np.interp(examples.y[row], examples.grid, examples.prior))
    lowest = float(np.where(at > 0, at, peak).min())
    return max(min(0.02 * peak, lowest / 3), FLOOR * peak), 2.0 * max(
        peak, float(examples.density[row].max())
    )


def _bars(axes: Axes, examples: Examples, row: int) -> None:
    """Probabilities of classes: the prior as a wide bar, the three others side by side before it."""
    place = np.arange(len(examples.grid), dtype=np.float64)
    axes.bar(place, examples.prior, 0.86, color=PRIOR)
    for k, (name, p) in enumerate(zip(INPUTS, examples.density[row], strict=True)):
        axes.bar(place + 0.25 * (k - 1), p, 0.2, color=style.LINES[name])
    truth = int(np.abs(examples.grid - examples.y[row]).argmin())
    names = [style.group_label(name, 40) for name in examples.classes]
    axes.set_xticks(place, names, rotation=90 if sum(map(len, names)) > 30 else 0)
    if len(names) <= 12:
        axes.get_xticklabels()[truth].set_fontweight("bold")
    axes.axvline(truth, color=style.INK, linewidth=0.9, linestyle=(0, (1, 1.5)), zorder=0)
    axes.set_ylim(0.0, 1.05)
