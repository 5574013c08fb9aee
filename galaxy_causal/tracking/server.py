"""A server of MLflow: whether it is there, and what it means when it refuses."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from galaxy_causal.types import UserError, by_door, option

if TYPE_CHECKING:
    from requests.exceptions import RequestException

PROBE_TIMEOUT = 5.0  # seconds
CREDENTIALS = (
    "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD (or MLFLOW_TRACKING_TOKEN) in the environment, or "
    "both of a user in ~/.mlflow/credentials"
)
UNKNOWN, FORBIDDEN, FAILING = 401, 403, 500
CODES = {"UNAUTHENTICATED": UNKNOWN, "PERMISSION_DENIED": FORBIDDEN, "TEMPORARILY_UNAVAILABLE": 503}
"""What MLflow makes of answers of a server, and what those were."""


def probe(uri: str) -> None:
    """Ask once: MLflow itself would retry for minutes before saying that nobody is there.

    Raises
    ------
    UserError
        For what is no address of a server, or has a password in it; where none answers.
    """
    _check_address(uri)
    # MLflow's own request: it takes certificates, tokens and proxies from where all others of it do
    from mlflow.exceptions import MlflowException
    from mlflow.utils.credentials import get_default_host_creds
    from mlflow.utils.rest_utils import http_request

    remedy = f"Check {option('tracking.uri')} and that `mlflow server` runs there, or {_without()}."
    try:
        creds = get_default_host_creds(uri)  # type: ignore[no-untyped-call]
        answer = http_request(  # type: ignore[no-untyped-call]
            creds, "/health", "GET", 0, timeout=PROBE_TIMEOUT, raise_on_status=False
        )
    except MlflowException as error:
        raise UserError(f"no MLflow server answers at {uri} ({_reason(error)}). {remedy}") from error
    # One that asks who is there is there: whether it knows us is seen when it is asked something
    if not answer.ok and answer.status_code not in (UNKNOWN, FORBIDDEN):
        raise UserError(f"{uri} answers {answer.status_code}, not as an MLflow server. {remedy}")


def _without() -> str:
    return by_door("use tracking=local", "leave it out")


def _check_address(uri: str) -> None:
    if not uri.startswith(("http://", "https://")):
        raise UserError(
            f"{option('tracking.uri')}={uri} is no server; give http://host:port, or {_without()}"
        )
    host = urlsplit(uri).netloc
    if "@" in host:  # it would be shown, stored with every run, and never sent
        raise UserError(
            f"{option('tracking.uri')}=...@{host.rpartition('@')[2]} has a name or password in it, which "
            f"others would see. Leave it out, and give {CREDENTIALS}."
        )


def refusal(error: Exception) -> UserError | None:
    """What to tell of an error of MLflow or of its requests: of a log-in, or of a server that is not there.

    Parameters
    ----------
    error
        As MLflow raised it.

    Returns
    -------
    UserError or None
        None for an error that is of another kind.
    """
    status = _status(error)
    if status == UNKNOWN:
        return UserError(f"the MLflow server {_who()} (401). Give {CREDENTIALS}.")
    if status == FORBIDDEN:
        other = by_door("tracking.experiment=<name>", "experiment=<name>")
        return UserError(
            f"the MLflow server does not permit that to {_name()} (403). Ask whoever keeps it for the "
            f"permission to edit the experiment, or choose another with {other}."
        )
    if status is not None and status < FAILING:
        return None
    if status is None and _failed_request(error) is None:
        return None
    return UserError(
        f"the MLflow server does not answer any more ({_reason(error)}). Finished fits are kept: when it is "
        f"back, {by_door('run the same command again', 'ask the same again')}."
    )


@contextmanager
def refusals() -> Iterator[None]:
    """Errors that are a server's refusal are told as such; others pass."""
    from mlflow.exceptions import MlflowException
    from requests.exceptions import RequestException

    try:
        yield
    except (MlflowException, RequestException) as error:
        told = refusal(error)
        if told is None:
            raise
        raise told from error


def _status(error: Exception) -> int | None:
    """Which answer of the server the error is, None where there was no answer or it is none of ours."""
    failed = _failed_request(error)
    if failed is not None:
        return None if failed.response is None else int(failed.response.status_code)
    return CODES.get(getattr(error, "error_code", ""))


def _failed_request(error: Exception) -> RequestException | None:
    """MLflow raises its own error while it handles one of requests, of which alone the kind can be known."""
    from requests.exceptions import RequestException

    return next((one for one in (error, error.__context__) if isinstance(one, RequestException)), None)


def _reason(error: Exception) -> str:
    """The last cause in a chain of them, without the objects in memory that urllib3 names."""
    failed = _failed_request(error)
    inner = failed.args[0] if failed is not None and failed.args else error
    said = str(getattr(inner, "reason", None) or inner)
    return said.rpartition("object at 0x")[2].partition(": ")[2] or said


def _name() -> str:
    from mlflow.utils.credentials import read_mlflow_creds

    return read_mlflow_creds().username or "those who give no name"


def _who() -> str:
    """How the server took what it was told."""
    from mlflow.utils.credentials import read_mlflow_creds

    known = read_mlflow_creds()
    if known.username and known.password:
        return f"does not know the user {known.username} with this password"
    if os.environ.get("MLFLOW_TRACKING_TOKEN"):
        return "does not accept the token in MLFLOW_TRACKING_TOKEN"
    half = known.username or known.password
    return "asks who you are" + (", and name or password alone is not sent" if half else "")
