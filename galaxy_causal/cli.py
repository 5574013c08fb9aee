"""The command line: compose the configuration, pick the job, run it."""

from __future__ import annotations

import difflib
import os
import re
import sys
import traceback
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from importlib import import_module

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from galaxy_causal.crew import crewed
from galaxy_causal.jobs.arguments import check_words, readable, with_job
from galaxy_causal.jobs.job import job_names
from galaxy_causal.jobs.launches import check_launch
from galaxy_causal.jobs.quoting import quoted
from galaxy_causal.jobs.sweeper import register
from galaxy_causal.processes.parents import at_work
from galaxy_causal.types import COMMAND_LINE, UserError

MULTIRUN = ("-m", "--multirun")
HELP = ("--help", "-h")
RENAMED = {"numbers": "tabular", "rest": "nuisance_dim"}
"""Options of networks: what they were called, and what they are called."""
OF_NETWORK = re.compile(r"(\w+@)?(network|causal\.network|causal\.probe)\.")
ABSENT = re.compile(r"Could not find '(?P<group>[^']+)/(?P<name>[^/']+)'")
"""What Hydra says of a name that no file of a group has, before it lists those that there are."""
CONFIG = {"version_base": "1.3", "config_path": "pkg://galaxy_causal.conf", "config_name": "config"}


_failure: list[Exception] = []
"""Of a single job: let through Hydra, it would come with a line about its overrides before the message."""


@hydra.main(**CONFIG)
def _app(cfg: DictConfig) -> None:
    try:
        if cfg.job not in job_names():
            raise UserError(f"job={cfg.job} is unknown; choose one of {', '.join(job_names())}")
        from galaxy_causal.jobs.checks import check_config

        check_config(cfg)
        if _submits(cfg):
            return
        with at_work():
            import_module(f"galaxy_causal.jobs.{cfg.job}.command").run(cfg)
    except Exception as failure:
        error = _told(failure, cfg)
        if HydraConfig.get().mode == RunMode.MULTIRUN:  # there the line tells which member failed
            if error is failure:  # which would be its own cause
                raise
            raise error from failure
        _failure.append(error)


def _submits(cfg: DictConfig) -> bool:
    """Hand a single job to an engine, where the launcher is one and the job is not about such jobs."""
    from galaxy_causal.jobs.job import job_of
    from galaxy_causal.jobs.submitting import submit, submits

    if not submits(cfg) or job_of(cfg.job).here:
        return False
    submit(cfg, [HydraConfig.get().overrides.task])
    return True


def _sweeping() -> AbstractContextManager[object]:
    """While a sweep runs: its members end with it, and it ends by SIGTERM once they have."""
    from galaxy_causal.jobs.life import sweeping
    from galaxy_causal.processes.pools import serve_sweeps
    from galaxy_causal.processes.stopping import stoppable

    serve_sweeps()
    found = ExitStack()
    found.enter_context(sweeping())
    found.enter_context(stoppable())
    return found


def _check_names(arguments: Sequence[str]) -> None:
    """Refuse options of networks under the names that they once had."""
    for argument in arguments:
        path = argument.lstrip("+~").partition("=")[0]
        if OF_NETWORK.match(path):
            now = ".".join(RENAMED.get(part, part) for part in path.split("."))
            if now != path:
                raise UserError(f"{path} is called {now} now")


def _told(error: Exception, cfg: DictConfig) -> Exception:
    """The error; where a disk is full, one that says so and where, from it."""
    from galaxy_causal.jobs.failures import full_disk, places_of

    message = full_disk(error, places_of(cfg))
    if message is None:
        return error
    told = UserError(message)
    told.__cause__ = error
    return told


def _helps(arguments: Sequence[str]) -> bool:
    """Print what can be given, where that is asked for."""
    if not set(HELP) & set(arguments):
        return False
    from galaxy_causal.jobs import usage

    usage.tell(arguments)
    return True


def main() -> None:
    """Run ``galaxy-causal``: exit code 0, or 2 with one message on the standard error.

    With HYDRA_FULL_ERROR=1 in the environment errors come with their traceback.
    """
    wants_traceback = os.environ.get("HYDRA_FULL_ERROR", "0") == "1"
    # Let exceptions through to here, where they become messages.
    os.environ["HYDRA_FULL_ERROR"] = "1"
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ[COMMAND_LINE] = "1"
    _failure.clear()
    # Hydra refuses overrides on both sides of a flag.
    arguments = readable(list(map(quoted, with_job(sys.argv[1:]))))
    sys.argv[1:] = sorted(arguments, key=lambda argument: argument not in MULTIRUN)
    if os.getcwd() not in sys.path:  # a console script does not look for modules where it is called
        sys.path.append(os.getcwd())
    try:
        if _helps(sys.argv[1:]):
            return
        with crewed():
            check_words(sys.argv[1:])
            check_launch(sys.argv[1:])
            _check_names(sys.argv[1:])
            register()
            with _sweeping() if set(MULTIRUN) & set(sys.argv[1:]) else nullcontext():
                _app()
            if _failure:
                raise _failure[0]
    except BrokenPipeError:  # whoever read what is printed has read enough, as head does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nor is the rest of it an error
        sys.exit(141)
    except KeyboardInterrupt:
        print("interrupted; run the same command again to go on", file=sys.stderr)  # noqa: T201
        sys.exit(130)
    except Exception as error:
        if wants_traceback:
            raise
        message = _message(error)
        if message is None:
            raise
        print(f"error: {message}", file=sys.stderr)  # noqa: T201
        sys.exit(2)


def _message(error: BaseException) -> str | None:
    """What to tell the user, or None for an error that is ours."""
    from galaxy_causal.jobs.failures import in_words

    told = in_words(error)
    if told is not None:
        return told
    no_name = str(error).startswith("Config group override must be")  # Hydra's, of network=1 or network=null
    if no_name or (
        isinstance(error, TypeError) and _raised_by(error).startswith("hydra.")
    ):  # of network=[1,2]
        remedy = "network=, dataset= and other groups take the name of one of their files, as network=mlp"
        return f"{error}; {remedy}"
    if not isinstance(error, (HydraException, OmegaConfBaseException)):
        return None
    absent = ABSENT.search(str(error))
    if absent:
        return _unknown(absent["group"], absent["name"], re.findall(r"^\t(\S+)$", str(error), re.MULTILINE))
    cause = error.__cause__
    key = getattr(cause, "full_key", None) or getattr(error, "full_key", None)
    text = str(error).split("\n")[0] if key else str(error).split("\nConfig search path")[0].rstrip()
    return f"{text}\n{_choices(str(key))}" if key else text


def _unknown(group: str, name: str, names: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, names, n=1)
    meant = f"did you mean {close[0]}? " if close else ""
    there = f"choose one of {', '.join(names)}" if names else "there is no such group"
    return f"{group}={name} is unknown; {meant}{there}"


def _raised_by(error: BaseException) -> str:
    """The module in whose code an error was raised."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    return str(frames[-1].f_globals.get("__name__", "")) if frames else ""


def _choices(key: str) -> str:
    """The options that stand beside an unknown key among the groups that were chosen, a close one first."""
    with hydra.initialize_config_module("galaxy_causal.conf", version_base="1.3"):
        cfg = hydra.compose("config")
        groups = {"experiment", "scale", *(str(k) for k in cfg if OmegaConf.is_dict(cfg[k]))}
        given = [arg.split(",")[0] for arg in sys.argv[1:] if arg.partition("=")[0] in groups]
        chosen = [arg for arg in given if not set("{[") & set(arg)]
        with suppress(HydraException):
            cfg = hydra.compose("config", overrides=chosen)
    parent, _, name = key.rpartition(".")
    node = OmegaConf.select(cfg, parent) if parent else cfg
    if not OmegaConf.is_dict(node):
        return f"{parent} has no options" if parent else ""
    names = sorted(str(k) for k in node if not str(k).startswith("_"))
    close = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    return f"{hint}{parent or 'the top level'} has: {', '.join(names)}"
