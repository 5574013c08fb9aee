"""Arguments as people type them: values that Hydra's grammar cannot read, such as paths, are quoted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException

from galaxy_causal.jobs.job import job_names
from galaxy_causal.types import UserError

KEY = re.compile(r"[+~]{0,2}[\w.@/:-]+")
STRUCTURED = re.compile(r"""['"$].*|\[.*\]|\{.*\}""", re.DOTALL)
"""Values that are quoted already, references, lists and mappings."""
TAKES_VALUE = (
    "--config-dir", "-cd", "--config-name", "-cn", "--config-path", "-cp", "--package", "-p", "--cfg", "-c",
    "--info", "-i", "--experimental-rerun",
)  # fmt: skip
"""Flags of Hydra's whose value is the next argument."""
SWEPT = ("-m", "--multirun")


def readable(arguments: Sequence[str]) -> list[str]:
    """The arguments of a command line, as Hydra can read them.

    Parameters
    ----------
    arguments
        Such as ``dataset.path=~/my (1).fits``.

    Returns
    -------
    list of str
        A value is quoted if Hydra's grammar has no reading of it, or would take commas in it for several
        values where there is no sweep, or where a file has that name. Lists, mappings
        and quoted values are left as they are.

    Examples
    --------
    >>> readable(["dataset.path=~/my (1).fits", "seeds=3", "bands.x1.photometry=ugriz"])
    ["dataset.path='~/my (1).fits'", 'seeds=3', 'bands.x1.photometry=ugriz']
    """
    sweeps = bool(set(SWEPT) & set(arguments))
    flags = ["", *arguments]
    return [
        one if before in TAKES_VALUE else _readable(one, sweeps)
        for before, one in zip(flags, arguments, strict=False)
    ]


def with_job(arguments: Sequence[str]) -> list[str]:
    """The arguments of a command line whose first word may be a job.

    Parameters
    ----------
    arguments
        Such as ``status``, ``wait=true``.

    Returns
    -------
    list of str
        With ``job=`` before such a word; all else as it was.

    Examples
    --------
    >>> with_job(["-m", "discover", "seed=0,1"])
    ['-m', 'job=discover', 'seed=0,1']
    """
    words, named = _words(arguments), list(arguments)
    if words and named[words[0]] in job_names():
        named[words[0]] = f"job={named[words[0]]}"
    return named


def check_words(arguments: Sequence[str]) -> None:
    """Refuse words that are no options, such as the misspelt name of a job.

    Parameters
    ----------
    arguments
        Of a command line, with ``job=`` before the name of a job.

    Raises
    ------
    UserError
        Naming the word, and the job that is meant, or all jobs.
    """
    for word in (arguments[number] for number in _words(arguments)):
        if "=" not in word and not word.startswith("~"):
            close = get_close_matches(word, job_names(), n=1)
            meant = f"did you mean {close[0]}? " if close else ""
            raise UserError(
                f"{word} is no job and no option; {meant}options are name=value, in quotes where they hold "
                f"blanks; jobs are {', '.join(job_names())}"
            )


def _words(arguments: Sequence[str]) -> list[int]:
    """The places of what is neither a flag nor the value of one."""
    flags = ["", *arguments]
    return [
        number
        for number, (before, one) in enumerate(zip(flags, arguments, strict=False))
        if before not in TAKES_VALUE and not one.startswith("-")
    ]


def _readable(argument: str, sweeps: bool) -> str:
    key, equals, value = argument.partition("=")
    if not equals or not KEY.fullmatch(key) or not value or STRUCTURED.fullmatch(value):
        return argument
    override = _parsed(argument)
    if override is None:
        return _quoted(key, value) if _parsed(f"{key}=x") else argument
    several = override.is_sweep_override() and "," in value
    return _quoted(key, value) if several and _is_path(value, sweeps) else argument


def _is_path(value: str, sweeps: bool) -> bool:
    """Whether a value with commas is one path: of what is there, or what can be nothing else."""
    alone = not sweeps and ("/" in value or "." in value.rpartition(",")[2]) and not _are_numbers(value)
    return alone or Path(value).expanduser().exists()


def _are_numbers(value: str) -> bool:
    return all(re.fullmatch(r"[\s\d.eE+-]+", part) for part in value.split(","))


def _parsed(argument: str) -> Override | None:
    try:
        return OverridesParser.create().parse_override(argument)
    except HydraException:
        return None


def _quoted(key: str, value: str) -> str:
    """In single quotes, where backslashes count only before a quote."""
    inner = re.sub(r"(\\*)'", r"\1\1\\'", value)
    inner = re.sub(r"(\\+)$", r"\1\1", inner)
    return f"{key}='{inner}'"
