"""SQL to SkyServer's SqlSearch, by GET, answered in CSV."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

from galaxy_causal.archive.answers import Arrow, read_csv
from galaxy_causal.archive.service import TEN, QueryService
from galaxy_causal.archive.slices import Slice


class SkyServer(QueryService):
    """SkyServer's web services.

    Parameters
    ----------
    recipe, client, address
        As of `Service`.

    Notes
    -----
    The address with its query is kept short: servers of that kind may refuse one of more than 2048 letters.
    """

    def ask(self, one: Slice, folder: Path) -> Arrow:
        """One query."""
        return self._asked(self.query(one), one.told)

    def sample(self, one: Slice) -> Arrow:
        """TOP 10."""
        return self._asked(self.query(one, TEN), "ten rows")

    def encoded(self, query: str) -> str:
        """The query as it stands in an address."""
        return urlencode({"cmd": query, "format": "csv"}, safe=",()*'")

    def _asked(self, query: str, what: str) -> Arrow:
        return self.client.retried(
            what, lambda: read_csv(self.client.get(self.address, self.encoded(query)), self.columns)
        )
