"""What of a catalogue is given to an estimator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.types.columns import Column
from galaxy_causal.types.images import Floats, Images
from galaxy_causal.types.labels import Labels

IMAGES = ("images", "normalised_images")
EMBEDDING = "embedding"
"""The modality of vectors, of which each is one input."""


@dataclass(frozen=True, order=True)
class Input:
    """One feature as an input.

    Parameters
    ----------
    modality, name
        Of the feature; in the modalities ``images`` and ``normalised_images`` the name is that of a band.
    error, limit
        Whether its error comes along, and the flag that says which values are upper limits.

    Examples
    --------
    >>> g = Input("photometry", "g", error=True)
    >>> str(g), [str(column) for column in g.columns]
    ('photometry/g', ['photometry/g', 'photometry/g/error'])
    """

    modality: str
    name: str
    error: bool = False
    limit: bool = False

    def __str__(self) -> str:
        return f"{self.modality}/{self.name}"

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of values, which may be vectors, and of errors and limits where these come along."""
        value = Column(self.modality, self.name)
        error = (replace(value, kind="error"),) if self.error else ()
        return (value, *error, *((replace(value, kind="limit"),) if self.limit else ()))


@dataclass(frozen=True)
class InputSet:
    """A set of inputs, and what of it can be shown or hidden.

    Parameters
    ----------
    label
        By which people know it, such as ``ugriz``.
    items
        In sorted order.
    players
        Items that an amortised estimator shows or hides one by one, in the order in which people name them;
        the others are always shown. None: everything is always shown.
    """

    label: str
    items: tuple[Input, ...]
    players: tuple[Input, ...] = ()

    @property
    def has_images(self) -> bool:
        """Whether any item is a band of images."""
        return any(item.modality in IMAGES for item in self.items)


@dataclass(frozen=True)
class InputPair:
    """The two inputs of a decomposition and their union.

    Parameters
    ----------
    x1, x2, union
        Sets of inputs.
    """

    x1: InputSet
    x2: InputSet
    union: InputSet


@dataclass(frozen=True)
class Sample:
    """Inputs and target of all galaxies.

    Parameters
    ----------
    x
        (n, d), numbers.
    y
        (n,), the target.
    split
        (n,)
    columns
        Of x; their texts are taken too.
    modalities
        Of the inputs.
    images
        Where some were chosen.
    clipped
        How many galaxies' flux was brought into bounds before an image was divided by it, channel by channel.
    players
        Maps the name of what is shown or hidden as one to the places of its columns, or is the name of a band
        of the images, which has none; columns and bands of no player are always shown.
    measured
        (n,), the target in its unit, where y is given in normal scores.
    classes
        Names of the classes that the target's values 0, 1, 2, ... stand for; none where it is a number.
    """

    x: Floats
    y: Floats
    split: Labels
    columns: tuple[Column, ...]
    modalities: frozenset[str]
    images: Images | None = None
    clipped: Mapping[str, int] = field(default_factory=dict)
    players: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    measured: Floats | None = None
    classes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        columns = (Column.parse(c) if isinstance(c, str) else c for c in self.columns)
        object.__setattr__(self, "columns", tuple(columns))
        object.__setattr__(self, "split", Labels.of(self.split))

    @property
    def values(self) -> tuple[int, ...]:
        """The places of the columns of x that are values of their own.

        Errors, flags of limits and numbers of vectors are none.
        """
        own = (column.kind == "value" and column.modality != EMBEDDING for column in self.columns)
        return tuple(place for place, is_own in enumerate(own) if is_own)

    @property
    def always_shows(self) -> bool:
        """Whether some column or band is of no player, so that even the empty subset shows something."""
        bands = self.images.bands if self.images else ()
        return len(self.columns) > sum(map(len, self.players.values())) or not set(bands) <= set(self.players)

    def part(self, start: int, stop: int) -> Sample:
        """Galaxies from ``start`` up to ``stop``; images stay unread."""
        return self.take(np.arange(len(self.y))[start:stop])

    def take(self, rows: NDArray[np.int64]) -> Sample:
        """The galaxies with these row numbers (m,), in this order; images stay unread."""
        images = self.images and self.images.take(rows)
        measured = None if self.measured is None else self.measured[rows]
        return replace(
            self, x=self.x[rows], y=self.y[rows], split=self.split[rows], images=images, measured=measured
        )
