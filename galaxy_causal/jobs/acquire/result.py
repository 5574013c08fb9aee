"""What is told of a catalogue that was acquired, of a plan, and of a check."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from matplotlib.figure import Figure
from rich.console import RenderableType
from rich.table import Table

from galaxy_causal.archive import Found, Frames, sidecar_of
from galaxy_causal.dataset import read_table
from galaxy_causal.dataset.read import ROLES
from galaxy_causal.jobs.result import Result
from galaxy_causal.types import Catalogue, UserError

PYTHON = {mine: role for role, mine in ROLES.items()}
UNKNOWN = "???"
MANY = 100
"""Slices that are all listed."""


def _few(words: Sequence[str]) -> list[str]:
    """All words, or of very many the first and the last."""
    return [*words] if len(words) <= MANY else [*words[:3], f"... {len(words) - 4:,} more ...", words[-1]]


class _Words(Result):
    """What has neither numbers to track nor figures nor files."""

    def metrics(self) -> dict[str, float]:
        """None."""
        return {}

    def figures(self) -> dict[str, Figure]:
        """None."""
        return {}

    def write(self, folder: Path) -> None:
        """Nothing."""


@dataclass(frozen=True, repr=False)
class Planned(_Words):
    """What would be asked.

    Parameters
    ----------
    pattern
        The query, with places for the ends of a slice.
    slices
        These ends; nothing, where there are none.
    queries
        All that would be asked, in order.
    hindrance
        Why it could not be kept, such as a disk without space; empty where it could.
    """

    pattern: str
    slices: Sequence[str]
    queries: Sequence[str]
    hindrance: str = ""

    def shown(self) -> Iterator[str]:
        """The query, and for which slices."""
        yield from [self.pattern] if self.slices else self.queries
        if self.slices:
            yield f"{{low}} to {{high}}: {', '.join(_few(self.slices))}"
        if self.hindrance:
            yield f"warning: {self.hindrance}"
        yield "nothing was asked"


@dataclass(frozen=True, repr=False)
class Checked(_Words):
    """How a service compares with what its recipe expects.

    Parameters
    ----------
    address
        Of the service.
    found
        Of each column or file what is expected, what came, and what is odd about it.
    seconds
        That it took.
    """

    address: str
    found: Sequence[Found]
    seconds: float

    def differing(self) -> list[str]:
        """Columns or files that are not as expected."""
        return [one.name for one in self.found if one.odd]

    def shown(self) -> Iterator[RenderableType]:
        """A table of columns, and what differs."""
        table = Table(title=self.address, title_justify="left")
        for heading in ("", "expected", "there", "odd"):
            table.add_column(heading)
        for one in self.found:
            table.add_row(*one)
        yield table
        odd = self.differing()
        said = f"warning: {', '.join(odd)} may differ from what is expected" if odd else "as expected"
        yield f"{said} ({self.seconds:.1f} s)"


@dataclass(frozen=True, repr=False)
class Acquired(Result):
    """A catalogue in a Parquet file.

    Parameters
    ----------
    output
        The file.
    about
        All that is known of it, as the file beside it tells.
    dataset
        Options of ``dataset=table`` with which it is read.
    command
        A first command that uses it.
    queries
        Requests that were made now, and slices that were there.
    listed
        Lists of frames, where they were asked for.
    """

    output: Path
    about: Mapping[str, Any]
    dataset: Mapping[str, Any]
    command: Sequence[str]
    queries: Mapping[str, int]
    listed: Frames | None = None

    def metrics(self) -> dict[str, float]:
        """Numbers of rows, slices, requests, and rows that repeat others."""
        found = {
            "rows": float(self.about["rows"]),
            "slices": float(len(self.about["slices"])),
            "repeated_rows": float(sum(self.about["left_out"].values())),
            "megabytes": self.output.stat().st_size / 1e6 if self.output.exists() else 0.0,
        }
        return found | {name: float(count) for name, count in self.queries.items()}

    def figures(self) -> dict[str, Figure]:
        """None."""
        return {}

    def tags(self) -> dict[str, str]:
        """The checksum of the catalogue."""
        return {"sha256": str(self.about["sha256"])}

    def shown(self) -> Iterator[str]:
        """What there is, what was left out, and how to use it."""
        there = f" ({self.queries['slices_there']} were there)" if self.queries["slices_there"] else ""
        yield f"{self.about['rows']:,} rows of {len(self.about['slices'])} slices{there}: {self.output}"
        for reason, count in self.about["left_out"].items():
            if count:
                yield f"  left out: {count:,} ({reason})"
        missing = [f"{name} {count:,}" for name, count in self.about["missing"].items()]
        if missing:
            yield f"  missing values: {', '.join(missing)}"
        yield f"where it comes from: {sidecar_of(self.output)}"
        if self.listed is not None:
            yield from self._images(self.listed)
        if self.command:
            yield f"to use it: {shlex.join(self.command)}"

    def _images(self, listed: Frames) -> Iterator[str]:
        yield (
            f"images of {listed.count:,} galaxies: {listed.fields:,} fields, about {listed.gigabytes:,.1f} "
            f"GB to fetch ({listed.addresses.name})"
        )
        command = ["galaxy-causal", "job=cutouts", "cutouts=sas", f"cutouts.positions.path={listed.galaxies}"]
        yield f"to cut them: {shlex.join(command)}"

    def write(self, folder: Path) -> None:
        """Write ``provenance.yaml`` and ``dataset.yaml``."""
        shutil.copy(sidecar_of(self.output), folder / "provenance.yaml") if sidecar_of(
            self.output
        ).exists() else None
        (folder / "dataset.yaml").write_text(
            yaml.safe_dump(dict(self.dataset), sort_keys=False), encoding="utf-8"
        )

    def catalogue(self, **options: object) -> Catalogue:
        """Read the galaxies, as `read_table` does.

        Parameters
        ----------
        **options
            Of `read_table`, in place of the recipe's.

        Returns
        -------
        Catalogue
            Of the columns that the recipe maps.
        """
        columns = {PYTHON.get(role, role): name for role, name in self.dataset.get("columns", {}).items()}
        given = {name: value for name, value in self.dataset.items() if name != "columns"} | columns | options
        if given.get("target", UNKNOWN) == UNKNOWN:
            raise UserError(f"{self.output.name} has no target; name its column: catalogue(target=...)")
        return read_table(self.output, **given)
