"""A fit without the galaxies that it was made of: columns of new ones in, p(target | inputs) out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from galaxy_causal.estimator import Predictive
from galaxy_causal.estimator.predictive import mixture
from galaxy_causal.fitting.density import FittedDensity
from galaxy_causal.fitting.new_galaxies import names_of
from galaxy_causal.types import Labels, Sample, UserError

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
        if self.classes:
            probabilities = self.predictive.all_probabilities(given)
            likeliest = np.array(self.classes)[probabilities.argmax(axis=1)]
            return pd.DataFrame(
                dict(zip(self.told, [likeliest, *probabilities.T], strict=True)), index=frame.index
            )
        means, quantiles = mixture([self.predictive], [given], np.array(LEVELS))
        return pd.DataFrame(dict(zip(self.told, [*means, *quantiles.T], strict=True)), index=frame.index)

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
