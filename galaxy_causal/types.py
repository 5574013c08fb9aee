"""The values that pass between the rooms of the package. Imports nothing of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
ImageReader = Callable[[NDArray[np.int64]], NDArray[np.float32]]
IMAGES = ("images", "normalised_images")
SPLITS = ("train", "validation", "test")
ATOMS = ("redundant", "unique_1", "unique_2", "synergistic")


class UserError(ValueError):
    """What a user can mend: the message gives the value, what is allowed and the remedy."""


@dataclass(frozen=True)
class Feature:
    """One measured quantity per galaxy: shape (n,), NaN where it is missing."""

    value: Floats
    unit: str
    error: Floats | None = None


@dataclass(frozen=True)
class Images:
    """Cutouts of galaxies, read when they are asked for.

    ``read(rows)`` takes row numbers (m,) of the catalogue and gives float32 (m, bands, height, width) in
    ``unit``, on square pixels of ``pixel_scale`` arcsec; it can be pickled, for other processes to read.
    ``checksum`` stands for all pixels in all bands, so that a fit on them can be told from a fit on
    others.
    """

    bands: tuple[str, ...]
    shape: tuple[int, int]
    pixel_scale: float
    unit: str
    read: ImageReader
    checksum: str

    def take(self, rows: NDArray[np.int64]) -> Images:
        """The images of these galaxies (row numbers (m,)), in this order.

        As with ``choose``, no closure is made: the result travels to another process where ``read`` does.
        """
        return replace(self, read=partial(_read_rows, self.read, rows))

    def choose(
        self, names: tuple[str, ...], channel: NDArray[np.int64], flux: NDArray[np.float32] | None = None
    ) -> Images:
        """The bands with the numbers ``channel`` (c,), under new names.

        Channel k of galaxy n is divided by ``flux[n, k]`` (n, c), in ``unit``, where it is given.
        """
        return replace(self, bands=names, read=partial(_read_channels, self.read, channel, flux))


def _read_rows(read: ImageReader, rows: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.float32]:
    return read(rows[wanted])


@dataclass(frozen=True)
class Positions:
    """Where galaxies lie: ids (n,), right ascension and declination (n,) [deg, ICRS]."""

    id: NDArray[np.str_] | NDArray[np.int64]
    ra: Floats
    dec: Floats


def _read_channels(
    read: ImageReader, channel: NDArray[np.int64], flux: NDArray[np.float32] | None, wanted: NDArray[np.int64]
) -> NDArray[np.float32]:
    pixels = read(wanted)
    if not np.array_equal(channel, np.arange(pixels.shape[1])):
        pixels = pixels[:, channel]
    return pixels if flux is None else pixels / flux[wanted][:, :, None, None]


@dataclass(frozen=True)
class Catalogue:
    """A table of galaxies, checked and split, in one order that everything else keeps.

    ``features[modality][name]`` holds the possible inputs, for example
    ``features["photometry"]["g"]``; modalities are ``photometry``, ``redshift``, ``ebv``,
    ``morphology``, ``other`` and ``signal`` (simulated). ``magnitude`` is an r-band (or
    other reference) magnitude against which results are shown, where there is one.
    """

    name: str
    id: NDArray[np.str_] | NDArray[np.int64]
    target: Floats
    target_label: str
    features: Mapping[str, Mapping[str, Feature]]
    split: NDArray[np.str_]
    galaxy_class: NDArray[np.str_] | None = None
    magnitude: Floats | None = None
    magnitude_label: str = ""
    dropped: Mapping[str, int] = field(default_factory=dict)
    provenance: Mapping[str, str] = field(default_factory=dict)
    images: Images | None = None

    def __len__(self) -> int:
        return len(self.id)


@dataclass(frozen=True, order=True)
class Input:
    """One feature as an input: its modality, its name, and whether its error comes along.

    In the modalities ``images`` and ``normalised_images`` the name is that of a band.
    """

    modality: str
    name: str
    error: bool = False


@dataclass(frozen=True)
class InputSet:
    """A set of inputs in sorted order, and the short label by which people know it."""

    label: str
    items: tuple[Input, ...]


@dataclass(frozen=True)
class InputPair:
    """The two inputs of a decomposition and their union."""

    x1: InputSet
    x2: InputSet
    union: InputSet


@dataclass(frozen=True)
class Sample:
    """Inputs and target of all galaxies: numbers x (n, d), y (n,), split (n,), and images where chosen.

    ``columns`` names the columns of x. ``clipped`` counts the galaxies whose flux was brought into
    bounds before an image was divided by it, channel by channel.
    """

    x: Floats
    y: Floats
    split: NDArray[np.str_]
    columns: tuple[str, ...]
    modalities: frozenset[str]
    images: Images | None = None
    clipped: Mapping[str, int] = field(default_factory=dict)

    def part(self, start: int, stop: int) -> Sample:
        """Galaxies from ``start`` up to ``stop``; images stay unread."""
        chosen = slice(start, stop)
        images = self.images and self.images.take(np.arange(len(self.y))[chosen])
        return replace(self, x=self.x[chosen], y=self.y[chosen], split=self.split[chosen], images=images)


@dataclass(frozen=True)
class Density:
    """A fitted p(y | x) over bins of y.

    ``probabilities(part)`` takes a sample of m galaxies and gives (m, bins), each row summing to one;
    ``history`` maps a curve's name to (step, value) pairs; ``weights`` restores the network.
    """

    probabilities: Callable[[Sample], NDArray[np.float32]]
    history: Mapping[str, tuple[tuple[int, float], ...]]
    weights: Mapping[str, object]


class Learner:
    """Learns p(y-bin | x) from a sample; a network with its training and a seed."""

    def check(self) -> None:
        """Refuse, before any data is read, options that cannot work; this one has none."""

    def fit(self, sample: Sample, bins: NDArray[np.int64], edges: Floats) -> Density:
        """Fit on ``sample.split == 'train'``; bins (n,) is the bin of each y, edges (bins + 1,)."""
        raise TypeError(f"{type(self).__name__} does not learn densities")


@dataclass(frozen=True)
class Information:
    """What an estimator says of I(Y; X), in nats.

    ``pointwise`` is (n,), NaN where the estimator has no value (training galaxies of an
    estimator that has none for them); the estimate is its mean over test galaxies.
    ``columns`` are further per-galaxy values (n,), such as log-probabilities.
    """

    pointwise: Floats
    metrics: Mapping[str, float] = field(default_factory=dict)
    columns: Mapping[str, Floats] = field(default_factory=dict)
    history: Mapping[str, tuple[tuple[int, float], ...]] = field(default_factory=dict)
    weights: Mapping[str, object] | None = None


@dataclass(frozen=True)
class Fit:
    """A finished fit as stored: its key, its run, and whether it was reused."""

    key: str
    run_id: str
    pointwise: Floats
    metrics: Mapping[str, float]
    reused: bool


@dataclass(frozen=True)
class Atoms:
    """Redundant, unique and synergistic information in nats; floats, or arrays of one shape."""

    redundant: Floats
    unique_1: Floats
    unique_2: Floats
    synergistic: Floats

    def __iter__(self) -> Iterator[tuple[str, Floats]]:
        return iter((name, getattr(self, name)) for name in ATOMS)


@dataclass(frozen=True)
class Summary:
    """Averages over one group of test galaxies, with one-sigma errors, in nats.

    ``value`` and ``error`` share the keys ``mi_x1``, ``mi_x2``, ``mi_union`` and, for each
    measure, ``<measure>/<atom>``, for example ``population_min/redundant``.
    """

    group: str
    count: int
    value: Mapping[str, float]
    error: Mapping[str, float]


@dataclass(frozen=True)
class Curve:
    """Summaries in consecutive bins of one quantity, for the galaxies of one class."""

    group: str
    label: str
    centre: Floats
    summaries: tuple[Summary, ...]


@dataclass(frozen=True)
class StoredRun:
    """A run of the tracking store and a folder with its artifacts."""

    run_id: str
    artifacts: Path
    metrics: Mapping[str, float]
