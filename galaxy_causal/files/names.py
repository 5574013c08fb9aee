"""Names that a user gives, and those that a file has."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from galaxy_causal.types import UserError


def check_names(what: str, wanted: Sequence[str], there: Sequence[str], remedy: str = "") -> None:
    """Refuse names that a file does not have.

    Parameters
    ----------
    what
        What has the names, such as ``sdss.npz, labels``.
    wanted
        Names that are to be read.
    there
        All that there are.
    remedy
        What the message says to do.

    Raises
    ------
    UserError
        It lists those that lack and all that are there, similar ones first.
    """
    lacking = [name for name in dict.fromkeys(wanted) if name not in there]
    if not lacking:
        return
    lower = {name.lower(): name for name in there}
    close = [lower[c] for name in lacking for c in difflib.get_close_matches(name.lower(), lower, n=3)]
    close = list(dict.fromkeys(close))
    hint = f"did you mean {', '.join(close)}? " if close else ""
    shown = ", ".join(dict.fromkeys([*close, *there])) or "nothing"
    raise UserError(
        f"{what} has no column {', '.join(map(repr, lacking))}; {hint}it has: {shown}"
        f"{'; ' if remedy else ''}{remedy}"
    )
