"""Options of ``job=predict``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from annotated_types import Gt, Lt

from galaxy_causal.types import UserError, option

Level = Annotated[float, Gt(0), Lt(1)]


@dataclass(frozen=True)
class PredictOptions:
    """Of which galaxies the target is to be estimated, and from what.

    Parameters
    ----------
    path
        Of a table with the inputs, and without a target.
    columns
        Its columns, where they differ from those of the galaxies that the network was trained on.
    photometry_unit
        Of its photometry.
    images
        The file of their images, where ``dataset=cutouts`` has images.
    input
        Which of the two inputs, or both, the estimates are from.
    quantiles
        Levels between 0 and 1.
    output
        A Parquet file that is to hold the estimates, beside that of the run.
    """

    path: str | Path | None = None
    columns: Mapping[str, object] | None = None
    photometry_unit: str | None = None
    images: str | Path | None = None
    input: Literal["x1", "x2", "both"] = "both"
    quantiles: Sequence[Level] = (0.16, 0.5, 0.84)
    output: str | Path | None = None

    def check(self) -> None:
        """Refuse what cannot be, before anything is trained.

        Raises
        ------
        UserError
            It names the option and the remedy.
        """
        if self.path is None:
            which = f"name the table whose galaxies are new, as {option('predict.path', 'new.fits')}"
            raise UserError(f"{option('predict.path')} is not given: {which}")
        given = [name for name in self.columns or {} if name.startswith(("target", "split"))]
        if given:
            told = f"{option('predict.columns')} has {', '.join(given)}"
            raise UserError(f"{told}, which new galaxies need not have: leave it out")
        wrong = [level for level in self.quantiles if not 0 < level < 1]
        if wrong or list(self.quantiles) != sorted(set(self.quantiles)):
            raise UserError(
                f"{option('predict.quantiles')}={list(self.quantiles)} must be numbers between 0 and 1, "
                "each larger than the one before, as [0.16, 0.5, 0.84]"
            )
        if self.output is not None:
            place = Path(self.output).expanduser().absolute()
            if place.suffix != ".parquet" or not place.parent.is_dir():
                told = f"{option('predict.output')}={self.output}"
                raise UserError(f"{told}: name a .parquet file in a folder that is there")
