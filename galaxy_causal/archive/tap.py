"""ADQL to a TAP service, by pyvo."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from galaxy_causal.archive.answers import Arrow
from galaxy_causal.archive.faults import PassingError, TimedOutError, waited_too_long
from galaxy_causal.archive.http import REQUEST_TIMED_OUT, TOO_MANY
from galaxy_causal.archive.service import TEN, QueryService
from galaxy_causal.archive.slices import Slice
from galaxy_causal.archive.tables import named
from galaxy_causal.types import UserError


class Tap(QueryService):
    """A service of the Table Access Protocol.

    Parameters
    ----------
    recipe, client, address
        As of `Service`.

    Raises
    ------
    UserError
        Where pyvo is not installed.

    References
    ----------
    Dowler, Rixon, Tody & Demleitner 2019 (IVOA Recommendation, Table Access Protocol 1.1).
    """

    def ask(self, one: Slice, folder: Path) -> Arrow:
        """One asynchronous job."""
        return self._asked(self.query(one), one.told, quick=False)

    def sample(self, one: Slice) -> Arrow:
        """TOP 10, synchronously."""
        return self._asked(self.query(one, TEN), "ten rows", quick=True)

    def _asked(self, query: str, what: str, quick: bool) -> Arrow:
        vo = _pyvo()
        return self.client.retried(what, lambda: self._once(vo, query, quick))

    def _once(self, vo: Any, query: str, quick: bool) -> Arrow:  # noqa: ANN401  (a module)
        self.client.wait_turn()
        import requests.exceptions

        limits = self.recipe.own_limits
        try:
            service = vo.dal.TAPService(self.address, session=self.client.session())
            if quick:
                answer = service.run_sync(query, maxrec=limits.rows)
            else:
                answer = _by_job(service.submit_job(query, maxrec=limits.rows), limits.seconds)
        except vo.dal.DALServiceError as error:
            raise _fault(error) from error
        except (vo.dal.DALQueryError, vo.dal.DALFormatError) as error:
            raise _refusal(self.address, error) from error
        except requests.exceptions.RequestException as error:
            raise _fault(error) from error
        return named(answer.to_table(), self.columns, "the answer")


def _pyvo() -> Any:  # noqa: ANN401  (a module)
    try:
        import pyvo
    except ImportError as error:
        raise UserError(
            "services of TAP are asked by pyvo, which is not installed: pip install 'galaxy_causal[archive]'"
        ) from error
    return pyvo


def _by_job(job: Any, seconds: float) -> Any:  # noqa: ANN401  (of pyvo)
    """The result of an asynchronous job, which does not stay at the service."""
    try:
        job.run()
        job.wait(timeout=seconds)
        job.raise_if_error()
        return job.fetch_result()
    finally:
        with suppress(Exception):
            job.delete()


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


def _refusal(address: str, error: Exception) -> Exception:
    said = _said(error)
    return TimedOutError(said) if waited_too_long(said) else UserError(f"{address} refused the query: {said}")


def _fault(error: Any) -> Exception:  # noqa: ANN401  (of pyvo)
    """A fault of a service as one of ours."""
    code = getattr(error, "code", None)
    if code is not None and 400 <= int(code) < 500 and int(code) not in (REQUEST_TIMED_OUT, TOO_MANY):
        return UserError(f"the service refused the query: {_said(error)}")
    return TimedOutError(_said(error)) if waited_too_long(_said(error)) else PassingError(_said(error))
