"""Numbers, names and lists as they stand in sentences, in the terminal as on a page."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from galaxy_causal.types.rounding import DECIMALS, MISSING, decimals_of, with_error

UNIT = re.compile(r"\s*\[([^\]]*)\]\s*$")
LOGARITHM = re.compile(r"\s*(12\s*\+\s*)?\\?[Ll]og(?![a-z])")
SIGNS = {
    r"\star": "⋆",
    r"\ast": "*",
    r"\odot": "⊙",
    r"\oplus": "⊕",
    r"\,": " ",
    r"\;": " ",
    r"\!": "",
    r"\ ": " ",
}
"""Of LaTeX."""
LOW = str.maketrans("0123456789+-", "₀₁₂₃₄₅₆₇₈₉₊₋")
HIGH = str.maketrans("0123456789+-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")
MOST = 4
"""Decimals of a share; what still reads as none or all of it is said to be less, or more."""


def plain(label: str) -> str:
    """A label without LaTeX.

    Parameters
    ----------
    label
        In which LaTeX stands between dollars.

    Returns
    -------
    str
        The same in letters alone; a command that has no sign here stands by its name.

    Examples
    --------
    >>> plain(r"$\\log_{10} M_\\star/M_\\odot$"), plain("redshift"), plain(r"$x^{-1}$ [\\$]")
    ('log₁₀ M⋆/M⊙', 'redshift', 'x⁻¹ [$]')
    """
    parts = re.split(r"(?<!\\)\$", label)
    return "".join(_letters(part) if k % 2 else part.replace(r"\$", "$") for k, part in enumerate(parts))


def _letters(text: str) -> str:
    text = re.sub(r"\\(?:mathrm|mathit|mathbf|text|rm|it)\s*\{([^{}]*)\}", r"\1", text)
    for sign, letter in SIGNS.items():
        text = re.sub(re.escape(sign) + (r"(?![A-Za-z])\s?" if sign[-1].isalpha() else ""), letter, text)
    text = re.sub(r"_\{([\d+-]+)\}|_(\d)", lambda m: (m[1] or m[2]).translate(LOW), text)
    text = re.sub(r"\^\{([\d+-]+)\}|\^(\d)", lambda m: (m[1] or m[2]).translate(HIGH), text)
    text = re.sub(r"\\([A-Za-z]+)", r"\1", text)
    text = re.sub(r"_\{?([⋆⊙⊕*])\}?", r"\1", text)
    return re.sub(r"\s+", " ", text.replace("{", "").replace("}", "")).strip()


def quantity(label: str) -> str:
    """A label without LaTeX and without the unit in brackets behind it.

    Parameters
    ----------
    label
        In which LaTeX stands between dollars.

    Returns
    -------
    str

    Examples
    --------
    >>> quantity("age [Gyr]"), quantity("y")
    ('age', 'y')
    """
    return without_unit(plain(label))


def without_unit(label: str) -> str:
    """A label without the unit in brackets behind it; LaTeX stays.

    Parameters
    ----------
    label
        As people read it.

    Returns
    -------
    str

    Examples
    --------
    >>> without_unit("age [Gyr]"), without_unit(r"$M_\\star$ [$M_\\odot$]"), without_unit("[Gyr]")
    ('age', '$M_\\\\star$', '[Gyr]')
    """
    return UNIT.sub("", label) or label


def unit_of(label: str) -> str:
    """The unit of differences: ``dex`` of a logarithm, else that in brackets behind a label, else nothing.

    Parameters
    ----------
    label
        In which LaTeX stands between dollars; it is a logarithm where it begins with log, log10 or 12 + log.

    Returns
    -------
    str

    Examples
    --------
    >>> unit_of("log10 SFR [Msun/yr]"), unit_of("logical depth [m]")
    ('dex', 'm')
    >>> unit_of("age [Gyr]"), unit_of(r"$\\log_{10} M_\\star/M_\\odot$"), unit_of("redshift")
    ('Gyr', 'dex', '')
    """
    text = plain(label)
    if LOGARITHM.match(text):
        return "dex"
    found = UNIT.search(text)
    return found[1] if found else ""


def amount(value: float, error: float = math.nan, decimals: int | None = None) -> str:
    """A number with its error as tables have it, where it may be unknown and the error too.

    Parameters
    ----------
    value
        NaN: unknown.
    error
        One sigma; NaN: none is known.
    decimals
        Of both; None: as the error asks for.

    Returns
    -------
    str

    Examples
    --------
    >>> amount(2.6049, 0.031), amount(-0.0912, 0.0041), amount(0.5), amount(float("nan"), 1.0)
    ('2.605 ± 0.031', '-0.0912 ± 0.0041', '0.500', 'unknown')
    """
    if math.isnan(value):
        return "unknown"
    if not math.isfinite(error):
        return f"{round(value, DECIMALS) + 0.0:.{DECIMALS}f}"
    return with_error(value, error, decimals_of([error]) if decimals is None else decimals)


def share(value: float) -> str:
    """A fraction in percent, which is none and whole only where it is.

    Parameters
    ----------
    value
        Between 0 and 1, as a rule; NaN: unknown.

    Returns
    -------
    str

    Examples
    --------
    >>> share(0.5), share(0.004), share(0.9999), share(1.0)
    ('50 %', '0.4 %', '99.99 %', '100 %')
    >>> share(1 - 1e-10), share(1e-10), share(float("nan"))
    ('> 99.9999 %', '< 0.0001 %', '-')
    """
    if math.isnan(value):
        return MISSING
    decimals = 0
    while decimals < MOST and round(100 * value, decimals) in (0, 100) and value not in (0, 1):
        decimals += 1
    end = round(100 * value, decimals)
    if end in (0, 100) and value not in (0, 1):
        least = 10.0**-MOST
        return f"> {100 - least:.{MOST}f} %" if end else f"< {least:.{MOST}f} %"
    return f"{100 * value:.{decimals}f} %"


def chance(p: float) -> str:
    """A p-value.

    Parameters
    ----------
    p
        Between 0 and 1.

    Returns
    -------
    str

    Examples
    --------
    >>> chance(0.034), chance(2e-7), chance(0.0)
    ('p = 0.034', 'p = 2e-07', 'p < 1e-300')
    """
    if p == 0:
        return "p < 1e-300"
    return f"p = {p:.3f}" if p >= 0.001 else f"p = {p:.0e}"


def listed(names: Sequence[str], last: str = "and", most: int = 8) -> str:
    """Names in a row.

    Parameters
    ----------
    names
        At least one.
    last
        Before the last of them.
    most
        How many are named.

    Returns
    -------
    str

    Examples
    --------
    >>> listed(["u"]), listed(["u", "g", "r"]), listed(list("abcde"), most=3)
    ('u', 'u, g and r', 'a, b, c and 2 more')
    """
    shown = [*names[:most], *([f"{len(names) - most} more"] if len(names) > most else [])]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} {last} {shown[-1]}"


def sentence(text: str) -> str:
    """With a capital, where it begins with a word, and a full stop.

    Parameters
    ----------
    text
        Without its full stop, as a rule.

    Returns
    -------
    str

    Examples
    --------
    >>> sentence("all is well"), sentence("g-r is well")
    ('All is well.', 'g-r is well.')
    """
    word = re.match(r"[a-z]{2,}\s", text) or re.match(r"a\s", text)
    first = text[:1].upper() if word else text[:1]
    return f"{first}{text[1:]}" + ("" if text.endswith((".", "?", "!")) else ".")
