"""ADQL to a TAP service, by pyvo."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from galaxy_causal.archive.answers import Arrow
from galaxy_causal.archive.faults import PassingError, TimedOutError, waited_too_long
from galaxy_causal.archive.http import REQUEST_TIMED_OUT, TOO_LATE, TOO_MANY, faults, wish
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
        limits = self.recipe.own_limits
        try:
            service = vo.dal.TAPService(self.address, session=self.client.session())
            if quick:
                answer = service.run_sync(query, maxrec=limits.rows)
            else:
                answer = _by_job(service.submit_job(query, maxrec=limits.rows), limits.seconds)
            fault = None
        except (vo.dal.DALQueryError, vo.dal.DALFormatError, vo.dal.DALServiceError, OSError) as error:
            fault = error  # raised below, where it keeps what it came of
        if fault is not None:
            self._raise(fault, isinstance(fault, vo.dal.DALQueryError))
        self.client.heard()
        return named(answer.to_table(), self.columns, "the answer")

    def _raise(self, error: Exception, refused: bool) -> NoReturn:
        """A fault of a service, or of the way to it, as one of ours."""
        from requests.exceptions import RequestException

        causes = list(_causes(error))
        status, wish = _status(causes)
        if not status:
            with faults(self.address):
                for cause in causes:
                    if isinstance(cause, RequestException):
                        raise cause
        self.client.heard()
        said = _said(error)
        if waited_too_long(said) or status in (TOO_LATE, REQUEST_TIMED_OUT):
            raise TimedOutError(said) from error
        if refused or (400 <= status < 500 and status != TOO_MANY):
            raise UserError(f"{self.address} refused the query: {said}") from error
        raise PassingError(said, wish) from error


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


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error, and what it came of, as far as that is known."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        of_pyvo = getattr(seen, "cause", None)
        seen = of_pyvo if isinstance(of_pyvo, BaseException) else seen.__cause__ or seen.__context__


def _status(causes: Sequence[BaseException]) -> tuple[int, float]:
    """The status of the answer, 0 where there was none, and how many seconds it asks to wait."""
    for one in causes:
        response = getattr(one, "response", None)
        if response is not None:
            return int(response.status_code), wish(response.headers.get("Retry-After"))
    return max(int(getattr(one, "code", None) or 0) for one in causes), 0.0
