"""What people call inputs, targets and columns, as figures set it."""

from __future__ import annotations

import re
import textwrap
from functools import partial

from matplotlib.cbook import is_math_text

from galaxy_causal.types import without_unit

DRAWN = 9
"""Letters that a symbol takes, about."""
SYMBOLS = (
    (r"\bE\(B-V\)", r"$E(B-V)$"),
    (r"\blog(?:10)?_ssfr\b", r"$\log_{10}\,\mathrm{sSFR}$"),
    (r"\blog(?:10)?_sfr\b", r"$\log_{10}\,\mathrm{SFR}$"),
    (r"\blog(?:10)?_?mass\b", r"$\log_{10} M_\star$"),
    (r"\blog M\*", r"$\log\,M_\star$"),
    (r"(?<![A-Za-z0-9_$])M_([A-Za-z]|FUV|NUV|W[1-4])(?![A-Za-z0-9_])", r"$M_{\1}$"),
)
"""How names of columns are set: absolute magnitudes, extinction, logarithms of mass and star formation."""


def symbols(label: str) -> str:
    """A label whose quantities are symbols, such as M_r; one with mathematics of its own is as it is."""
    if is_math_text(label):
        return label
    for pattern, symbol in SYMBOLS:
        label = re.sub(pattern, partial(_symbol, symbol), label)
    return label


def _symbol(symbol: str, match: re.Match[str]) -> str:
    return symbol.replace(r"\1", match[1]) if match.groups() else symbol


def filled(text: str, width: int) -> str:
    """A text in lines of some ``width`` letters; mathematics, which is short when drawn, is kept whole."""
    if not is_math_text(text):
        return textwrap.fill(text, width, break_on_hyphens=False, break_long_words=False)
    lines, used = [""], 0
    for word in re.findall(r"(?:\$[^$]*\$|[^\s$])+", text):
        size = len(re.sub(r"\$[^$]*\$", "M" * DRAWN, word))
        if used and used + size > width:
            lines, used = [*lines, ""], 0
        lines[-1] += f"{' ' if lines[-1] else ''}{word}"
        used += size + 1
    return "\n".join(lines)


def told_title(x1: str, x2: str, target: str) -> str:
    """What a figure of two inputs shows.

    Parameters
    ----------
    x1, x2, target
        What people call the inputs and the target; the unit of the target in brackets is left out.

    Returns
    -------
    str

    Examples
    --------
    >>> told_title("photometry[gr]", "normalised_images[gr]", "age [Gyr]")
    'What photometry[gr] and normalised images[gr] tell of age'
    """
    return f"What {people(x1)} and {people(x2)} tell of {without_unit(target)}"


def people(name: str) -> str:
    """The name of an input as people read it: columns as symbols, blanks for underscores."""
    parts = re.split(r"(\$[^$]*\$)", symbols(name))
    return "".join(part if place % 2 else part.replace("_", " ") for place, part in enumerate(parts))
