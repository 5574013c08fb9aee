"""A fit without the galaxies that it was made of: columns of new ones in, p(target | inputs) out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from galaxy_causal.estimator import Predictive
from galaxy_causal.fitting.density import FittedDensity
from galaxy_causal.fitting.new_galaxies import names_of
from galaxy_causal.types import Floats, Labels, Sample, UserError

if TYPE_CHECKING:
    import pandas as pd

LEVELS = (0.025, 0.16, 0.5, 0.84, 0.975)
"""Quantiles of a number that is predicted."""
ESTIMATE, LIKELIEST = "estimate", "class"


@dataclass(frozen=True)
class PortableDensity:
    """p(target | inputs) of frames, which can be pickled and needs no catalogue.

    Parameters
    ----------
    predictive
        What was learnt.
    sample
        The inputs of the fit, of no galaxy.
    classes
        Of the target, where it is a class.
    """

    predictive: Predictive
    sample: Sample
    classes: tuple[str, ...] = ()

    @classmethod
    def of(cls, fitted: FittedDensity) -> PortableDensity:
        """That of a fit.

        Parameters
        ----------
        fitted
            Of inputs without images.

        Returns
        -------
        PortableDensity

        Raises
        ------
        UserError
            For a fit of images, which are in no frame.
        """
        if fitted.inputs.has_images:
            raise UserError(
                f"the fit of {fitted.inputs.label} takes images, which are in no frame; ask it by "
                "gc.fit(...).predict(galaxies)"
            )
        return cls(fitted.predictive, fitted.sample_of_none, fitted.classes)

    @property
    def columns(self) -> list[str]:
        """Of the frames that it takes."""
        return names_of(self.sample)

    @property
    def told(self) -> list[str]:
        """Columns of the frames that it gives."""
        if self.classes:
            return [LIKELIEST, *(f"p({name})" for name in self.classes)]
        return [ESTIMATE, *(f"q{100 * level:g}" for level in LEVELS)]

    def tell(self, frame: pd.DataFrame) -> pd.DataFrame:
        """What is known of the target of each galaxy.

        Parameters
        ----------
        frame
            With ``columns`` (n rows), in the units of the fit; others are left aside.

        Returns
        -------
        pandas.DataFrame
            Of a number its mean, ``estimate``, and quantiles in the target's unit, uniform within each cell;
            of a class the most probable one, and the probability of each. The index is that of the frame.

        Raises
        ------
        UserError
            For a frame that lacks columns, or has missing or infinite values in them.
        """
        import pandas as pd

        given = self._given(frame)
        probabilities = self.predictive.all_probabilities(given)
        if self.classes:
            likeliest = np.array(self.classes)[probabilities.argmax(axis=1)]
            return pd.DataFrame(
                dict(zip(self.told, [likeliest, *probabilities.T], strict=True)), index=frame.index
            )
        values = [self.predictive.predict(given), *self._quantiles(probabilities).T]
        return pd.DataFrame(dict(zip(self.told, values, strict=True)), index=frame.index)

    def _quantiles(self, probabilities: Floats) -> Floats:
        """Of each galaxy (n, levels); within a cell that holds a single value they are that value."""
        cells = self.predictive.target.cells
        low = np.where(cells.atom, cells.bounds[1:], cells.bounds[:-1])
        width = np.where(cells.atom, 0.0, np.diff(cells.bounds))
        share = np.cumsum(probabilities, axis=1)
        share /= share[:, -1:]
        found = np.empty((len(share), len(LEVELS)))
        for k, level in enumerate(LEVELS):
            cell = np.argmax(share >= level, axis=1)
            row = np.arange(len(share))
            before = np.where(cell > 0, share[row, cell - 1], 0.0)
            within = (level - before) / np.maximum(share[row, cell] - before, np.finfo(float).tiny)
            found[:, k] = low[cell] + np.clip(within, 0.0, 1.0) * width[cell]
        return found

    def _given(self, frame: pd.DataFrame) -> Sample:
        missing = [name for name in self.columns if name not in frame]
        if missing:
            raise UserError(
                f"the frame has no column {', '.join(missing)}; the fit needs {', '.join(self.columns)}"
            )
        x = frame[self.columns].to_numpy(dtype=np.float64)
        if not np.isfinite(x).all():
            row, column = (int(found[0]) for found in np.nonzero(~np.isfinite(x)))
            raise UserError(
                f"{self.columns[column]} of row {row} is {x[row, column]}; give a finite number, or leave "
                "the row out"
            )
        none = np.zeros(len(x))
        measured = None if self.sample.measured is None else none
        split = Labels.filled("test", len(x))
        return replace(self.sample, x=x, y=none, split=split, measured=measured)
