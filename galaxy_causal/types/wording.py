"""How each door spells an option: messages name it as a user of that door would write it."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

GROUPS = ("acquire", "dataset", "bands", "decomposition", "subsets", "causal", "neighbours", "discovery")
"""Groups of the command line whose options are arguments of functions in Python."""
IN_PYTHON = {
    "tracking.root": "store",
    "tracking.fits": "fits",
    "tracking.uri": "server",
    "tracking.lease_seconds": "lease_seconds",
    "from": "source",
    "dataset.columns.class": "galaxy_class",
    "dataset.columns.split": "split_column",
    "bands.accompany": "ebv",
    "bands.errors=false": "photometry_error=None",
    "causal.galaxies": "tested",
    "causal.network.tabular.training.learning_rate": "network.training.learning_rate",
    "causal.network.training.learning_rate": "network.training.learning_rate",
    "discovery": "algorithm",
    "discovery=common": "algorithm=None",
    "discovery.galaxies": "split",
}
"""Options that have another name in Python, where a table's errors and E(B-V) come along with inputs."""
MAPPINGS = (
    *("x1", "x2", "split", "images", "cone", "labels", "tables", "cuts", "null_values", "extinction"),
    *("knowledge", "stability", "photometry", "photometry_limit", "quantised", "target_kind"),
)
"""Arguments of functions that are mappings of options to values."""
PASSWORD = re.compile(r"""([A-Za-z][\w+.-]*://)[^\s/'"]*:[^\s/'"]*@""")
"""How an address begins that has a name and a password in it."""
COMMAND_LINE_NAME = "galaxy-causal"
"""What people type."""
COMMAND_LINE = "GALAXY_CAUSAL_COMMAND_LINE"
"""In the environment of the command line's processes, and of those that they start: ``1``."""
_in_python: ContextVar[bool | None] = ContextVar("whether the library's door is in use", default=None)


def _python() -> bool:
    """Whether messages are to be in Python's words, as they are wherever no command line began."""
    chosen = _in_python.get()
    return os.environ.get(COMMAND_LINE) != "1" if chosen is None else chosen


@contextmanager
def in_python() -> Iterator[None]:
    """Spell options in messages as Python does, within a ``with`` or in a function.

    Returns
    -------
    context manager
        It can be a decorator.
    """
    token = _in_python.set(True)
    try:
        yield
    finally:
        _in_python.reset(token)


def option(name: str, value: object = ...) -> str:
    """An option, and a value for it, as the door in use spells it.

    Parameters
    ----------
    name
        As on the command line: ``decomposition.draws``, ``network.training.patience``, ``estimator``.
    value
        What it is or may be set to.

    Returns
    -------
    str
        On the command line ``decomposition.draws=2``, quoted where a shell needs it; in Python ``draws=2``.

    Examples
    --------
    >>> with in_python():
    ...     option("network", "scl"), option("decomposition.draws"), option("tracking.root")
    ('network="scl"', 'draws', 'store')
    >>> with in_python():
    ...     option("dataset.split.train", 0.7), option("bands.x1.photometry", "ugr")
    ('split["train"]=0.7', 'x1["photometry"]="ugr"')
    """
    whole = name if value is ... else f"{name}={_plain(value)}"
    if not _python():
        return whole if value is ... else shlex.quote(whole)
    if whole in IN_PYTHON:
        return IN_PYTHON[whole]
    name = name.rpartition("@")[2]
    group, _, own = name.partition(".")
    if name in IN_PYTHON:
        name = IN_PYTHON[name]
    elif group in GROUPS and own:
        name = own.removeprefix("columns.")
        argument, _, inside = name.partition(".")
        if inside and argument in MAPPINGS:
            within = inside.split(".") if argument == "tables" else [inside]
            name = argument + "".join(f'["{one}"]' for one in within)
    return name if value is ... else f"{name}={_as_argument(value)}"


def _plain(value: object) -> str:
    """A value as the command line takes it, once a shell has taken the quotes."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}: {_plain(one)}' for key, one in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_plain, value))}]"
    return nothing() if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _as_argument(value: object) -> object:
    """A value as Python takes it; texts in the quotes that messages have, unless these are in them."""
    if not isinstance(value, str | Path):
        return value
    text = str(value)
    return repr(text) if '"' in text or "\\" in text or not text.isprintable() else f'"{text}"'


def by_door(command_line: str, python: str) -> str:
    """Of two ways to say the same, that of the door in use.

    Parameters
    ----------
    command_line, python
        Words of either.

    Returns
    -------
    str
    """
    return python if _python() else command_line


def nothing() -> str:
    """How the door in use spells that there is no value."""
    return "None" if _python() else "null"


def without_passwords(text: str) -> str:
    """A text in which addresses have neither names nor passwords, for others to see.

    Parameters
    ----------
    text
        Such as a configuration, or a command.

    Returns
    -------
    str
        With ``***`` in their place.

    Examples
    --------
    >>> without_passwords("tracking.uri=https://me:secret@host/runs")
    'tracking.uri=https://***@host/runs'
    """
    return PASSWORD.sub(r"\1***@", text)
