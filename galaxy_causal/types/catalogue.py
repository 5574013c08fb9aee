"""Galaxies and what is known of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.types.images import Floats, Images
from galaxy_causal.types.labels import Labels
from galaxy_causal.types.target import TargetKind

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True, repr=False)
class Feature:
    """One measured quantity per galaxy, or a vector.

    Parameters
    ----------
    value
        (n,), NaN where it is missing; (n, d) of vectors, of which a missing one is NaN as a whole.
    unit
        Of the values.
    error
        (n,), one sigma in the same unit; None where there is none.
    softening
        [nanomaggy] of asinh magnitudes, None of anything else.
    limit
        (n,), 1 where the value is an upper limit of the flux, a lower one of the magnitude, and 0 where it is
        measured; None where nobody says.
    """

    value: Floats
    unit: str
    error: Floats | None = None
    softening: float | None = None
    limit: Floats | None = None

    def __repr__(self) -> str:
        """How many values there are, and what is known beside them."""
        of = f" of {self.elements} numbers" if self.elements else ""
        beside = [name for name in ("error", "limit") if getattr(self, name) is not None]
        with_them = f" with {' and '.join(beside)}" if beside else ""
        unit = f" [{self.unit}]" if self.unit else ""
        return f"<Feature: {len(self.value):,} values{of}{unit}{with_them}>"

    @property
    def elements(self) -> int:
        """How many numbers of each galaxy it is as an input; 0: one, and no vector."""
        return self.value.shape[1] if self.value.ndim > 1 else 0


@dataclass(frozen=True, repr=False)
class Catalogue:
    """A table of galaxies, checked and split, in one order that everything else keeps.

    Parameters
    ----------
    name
        Of the dataset.
    id
        (n,), whole numbers or texts.
    target, target_label
        (n,), what is to be known, and what figures call it.
    features
        ``features[modality][name]`` holds the possible inputs, for example ``features["photometry"]["g"]``;
        modalities are ``photometry``, ``redshift``, ``ebv``, ``morphology``, ``other``, ``embedding``
        (vectors) and ``signal`` (simulated).
    split
        (n,): ``train``, ``validation`` or ``test``; held as `Labels`, whatever array of texts is given.
    galaxy_class
        (n,), by which results are shown; held as `Labels`.
    magnitude, magnitude_label
        (n,), an r-band (or other reference) magnitude against which results are shown, where there is one.
    dropped
        How many galaxies were left out, by reason.
    provenance
        Where the galaxies come from.
    images
        Of the galaxies.
    target_error, target_draws
        (n,), how far the target may be from the truth, one sigma in its unit, where that is known; (n, d),
        draws of the truth, where it is known by these.
    remarks
        Warnings about its columns, which jobs show.
    target_kind
        What quantity the target is, where that was said.
    target_classes
        Names of the classes that the target's values 0, 1, 2, ... stand for; none of a target that is a
        number.
    ra, dec
        (n,), right ascension and declination [deg, ICRS], where they are known; they are shown, and no input.
    target_made_of
        Modalities and features by which the target was made, where they are known: ``redshift``,
        ``photometry`` or ``photometry/r``.

    Notes
    -----
    Readers need not fill it by hand: ``from_table`` does, with all checks.
    """

    name: str
    id: NDArray[np.str_] | NDArray[np.int64]
    target: Floats
    target_label: str
    features: Mapping[str, Mapping[str, Feature]]
    split: Labels
    galaxy_class: Labels | None = None
    magnitude: Floats | None = None
    magnitude_label: str = ""
    dropped: Mapping[str, int] = field(default_factory=dict)
    provenance: Mapping[str, str] = field(default_factory=dict)
    images: Images | None = None
    target_error: Floats | None = None
    target_draws: Floats | None = None
    remarks: tuple[str, ...] = ()
    target_kind: TargetKind | None = None
    target_classes: tuple[str, ...] = ()
    ra: Floats | None = None
    dec: Floats | None = None
    target_made_of: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "split", Labels.of(self.split))
        if self.galaxy_class is not None:
            object.__setattr__(self, "galaxy_class", Labels.of(self.galaxy_class))

    def __len__(self) -> int:
        return len(self.id)

    def __repr__(self) -> str:
        """What it holds, without its numbers."""
        inputs = [
            modality if [*names] == [modality] else f"{modality}: {', '.join(names)}"
            for modality, names in self.features.items()
            if names
        ]
        if self.images:
            inputs.append(f"images: {', '.join(self.images.bands)}")
        splits = [f"{name} {np.sum(self.split == name):,}" for name in SPLITS if name in self.split.used()]
        out = [f"{count:,} ({reason})" for reason, count in self.dropped.items() if count]
        parts = [
            f"{len(self):,} galaxies" + (f" ({', '.join(splits)})" if splits else ""),
            f"target {self.target_label}"
            + (f" of {len(self.target_classes)} classes" * bool(self.target_classes)),
            f"inputs {'; '.join(inputs) or 'none'}",
            *([f"left out {', '.join(out)}"] if out else []),
        ]
        return f"<Catalogue {self.name}: {'; '.join(parts)}>"

    @property
    def image_bands(self) -> tuple[str, ...]:
        """The bands in which there are images."""
        return self.images.bands if self.images else ()
