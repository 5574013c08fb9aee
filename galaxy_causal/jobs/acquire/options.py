"""Options of job=acquire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from galaxy_causal.types import Count, Positive, UserError, Whole, checked, option


@checked("acquire")
@dataclass(frozen=True)
class AcquireOptions:
    """What is acquired, where to, and with how much patience.

    Parameters
    ----------
    recipe
        One that comes with the package, or the path of a YAML file.
    output
        The Parquet file; None is the recipe's name in the current folder.
    address
        Of the service, in place of the recipe's.
    between
        Lower and upper end of a part of the recipe's slices, such as redshifts.
    columns
        Of a HATS catalogue: names, or a mapping of names in the catalogue to its own.
    cone
        Of a HATS catalogue: ``{ra, dec, radius}`` [deg].
    pixels
        Of a HATS catalogue: pixels of HEALPix, nested, as ``order/pixel``.
    storage_options
        Of a HATS catalogue: what the file system of fsspec takes.
    frames
        Galaxies, drawn at random, of which the frames that they lie in are listed, for ``job=cutouts``.
    check
        Whether to ask for ten rows, and say what differs from what is expected.
    dry_run
        Whether to print what would be asked, and ask nothing.
    keep
        Whether to keep the slices.
    tries
        At each question.
    pause
        [s] before the second try, doubled with each.
    """

    recipe: str = "sdss_mgs"
    output: str | Path | None = None
    address: str | None = None
    between: Sequence[float] | None = None
    columns: Sequence[str] | Mapping[str, str] | None = None
    cone: Mapping[str, float] | None = None
    pixels: Sequence[object] | None = None
    storage_options: Mapping[str, object] | None = None
    frames: Whole = 0
    check: bool = False
    dry_run: bool = False
    keep: bool = False
    tries: Count = 6
    pause: Positive = 2.0

    def place(self, name: str) -> Path:
        """The catalogue's file.

        Parameters
        ----------
        name
            Of the recipe.
        """
        path = Path(f"{name}.parquet" if self.output is None else self.output).expanduser().absolute()
        if path.suffix != ".parquet":
            raise UserError(
                f"{option('acquire.output', str(self.output))}: give the path of a Parquet file, as "
                f"{name}.parquet"
            )
        return path
