"""What every decomposition offers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import WRAPPER_ASSIGNMENTS
from inspect import getdoc
from typing import Any, TypeVar

import numpy as np

from galaxy_causal.types import Atoms, Floats, UserError, Values


def atoms(redundant: Floats, mi_1: Floats, mi_2: Floats, union: Floats) -> Atoms:
    """The four atoms that a redundancy leaves of informations.

    Parameters
    ----------
    redundant, mi_1, mi_2, union
        The redundancy and the informations of input 1, input 2 and both together [nats], of one shape.

    Returns
    -------
    Atoms
        unique_k = I_k - redundant, and the synergistic atom is the rest of the union.

    Notes
    -----
    The same holds of informative and of misinformative parts alone. NaN in gives NaN out.

    References
    ----------
    Williams & Beer 2010, arXiv:1004.2515.

    Examples
    --------
    Two bits of which each tells nothing of their exclusive or, and both tell it all:

    >>> bool(atoms(0.0, 0.0, 0.0, np.log(2)).synergistic == np.log(2))
    True
    """
    return Atoms(
        redundant=redundant,
        unique_1=mi_1 - redundant,
        unique_2=mi_2 - redundant,
        synergistic=union - mi_1 - mi_2 + redundant,
    )


class Measure(ABC):
    """A redundancy of two inputs that follows from averages over galaxies.

    That makes its bootstrap cheap: the averages of a resampling are one product of counts with ``columns``.
    """

    name: str
    """By which its atoms go, as in ``population_min/redundant``."""
    meaning: str = ""
    """What it takes as redundancy, in words for tables and figures."""
    needs: Values = Values.OF_EACH
    """Of what the informations that it takes must have a meaning."""

    @abstractmethod
    def columns(self, i1: Floats, i2: Floats, union: Floats, y: Floats) -> Floats:
        """Values (n, k) whose averages ``redundant`` needs besides those of the informations.

        Parameters
        ----------
        i1, i2, union
            Pointwise informations [nats], each (n,).
        y
            The target, (n,).

        Returns
        -------
        Floats
            One column for each average, (n, k); k may be zero.
        """

    @abstractmethod
    def redundant(self, mi_1: Floats, mi_2: Floats, union: Floats, means: Floats) -> Floats:
        """Redundancy from averages.

        Parameters
        ----------
        mi_1, mi_2, union
            Averages of the informations [nats], each (...).
        means
            Averages of the columns, (..., k).

        Returns
        -------
        Floats
            Redundancy [nats], (...).
        """


Redundancy = Callable[[Floats, Floats, Floats], Floats]
"""From informations of input 1, input 2 and both, of one shape, to the redundancy [nats], of that shape."""


@dataclass(frozen=True)
class FunctionMeasure(Measure):
    """A redundancy that is a function of the three informations: of each galaxy, or of their averages.

    Parameters
    ----------
    name
        By which its atoms go.
    redundancy
        Takes the informations of input 1, input 2 and both together [nats], of one shape, and gives the
        redundancy, of that shape.
    needs
        ``Values.OF_EACH``: the function is of each galaxy's informations, and the redundancy its average.
        ``Values.OF_ALL``: the function is of the averages.
    meaning
        What it takes as redundancy, in words.

    Raises
    ------
    UserError
        For ``Values.OF_PARTS``.
    """

    name: str
    redundancy: Redundancy
    needs: Values = Values.OF_EACH
    meaning: str = ""

    def __post_init__(self) -> None:
        if self.needs is Values.OF_PARTS:
            raise UserError(
                f"measure {self.name}: a function is of the informations of each galaxy (Values.OF_EACH) or "
                "of their averages (Values.OF_ALL); for anything between extend Measure"
            )

    def __call__(self, i1: Floats, i2: Floats, union: Floats) -> Atoms:
        """Atoms [nats] of informations [nats] of one shape; of a galaxy or of averages, as ``needs`` says."""
        return atoms(self.redundancy(i1, i2, union), i1, i2, union)

    def columns(self, i1: Floats, i2: Floats, union: Floats, y: Floats) -> Floats:
        """The redundancy of each galaxy, (n, 1); of a function of averages none, (n, 0)."""
        if self.needs is Values.OF_ALL:
            return np.empty((len(i1), 0))
        found = np.asarray(self.redundancy(i1, i2, union), dtype=np.float64)
        if found.shape != i1.shape or np.isnan(found).any():
            raise UserError(
                f"measure {self.name} must give a redundancy of each of {len(i1)} galaxies; it gives "
                f"{np.isnan(found).sum()} NaN in the shape {found.shape}"
            )
        return found[:, None]

    def redundant(self, mi_1: Floats, mi_2: Floats, union: Floats, means: Floats) -> Floats:
        """The average of the galaxies' redundancies, or the function of averages, (...)."""
        return self.redundancy(mi_1, mi_2, union) if self.needs is Values.OF_ALL else means[..., 0]


def measure(needs: Values = Values.OF_EACH, meaning: str = "") -> Callable[[Redundancy], FunctionMeasure]:
    """Make a measure of a function that gives a redundancy.

    Parameters
    ----------
    needs, meaning
        As of ``FunctionMeasure``. Without ``meaning`` it is the first line of the function's docstring.

    Returns
    -------
    Callable
        The decorator: the function's name is the measure's.

    Examples
    --------
    >>> @measure(needs=Values.OF_ALL)
    ... def half(mi_1, mi_2, union):
    ...     "Redundancy is half of the smaller information."
    ...     return 0.5 * np.minimum(mi_1, mi_2)
    >>> half.name, half.meaning
    ('half', 'Redundancy is half of the smaller information')
    >>> [float(atom) for _, atom in half(1.0, 2.0, 2.5)]
    [0.5, 0.5, 1.5, 0.0]
    """

    def made(function: Redundancy) -> FunctionMeasure:
        said = meaning or _said(function)
        return _documented(FunctionMeasure(function.__name__, function, needs, said), function)

    return made


@dataclass(frozen=True)
class Parts:
    """Atoms of what is informative (i+) and of what is misinformative (i-); information is i+ - i-.

    Parameters
    ----------
    informative, misinformative
        Of every event the first is the surprise that it comes, the second its surprise once the target is
        known: both grow where probability is excluded, the second where it is excluded at the true value of
        the target. In nats.

    References
    ----------
    Finn & Lizier 2018, Entropy 20, 297.
    """

    informative: Atoms
    misinformative: Atoms

    @property
    def total(self) -> Atoms:
        """Atoms of the information itself."""
        pairs = zip(self.informative, self.misinformative, strict=True)
        return Atoms(**{name: plus - minus for (name, plus), (_, minus) in pairs})


OfTable = Callable[[Floats], Atoms | Parts]


@dataclass(frozen=True)
class TableMeasure:
    """A decomposition that needs the joint distribution of two sources and a target of few classes each.

    Parameters
    ----------
    name
        By which its atoms go.
    of_table
        Takes a table p (a, b, c) of probabilities of source 1, source 2 and target, and gives atoms [nats].
    meaning
        What it takes as redundancy, in words.
    """

    name: str
    of_table: OfTable
    meaning: str = ""

    def __call__(self, p: Floats) -> Atoms | Parts:
        """Atoms [nats] of a table p (a, b, c) of probabilities."""
        return self.of_table(p)


def table_measure(meaning: str = "") -> Callable[[OfTable], TableMeasure]:
    """Make a measure of a function from a table of probabilities to atoms.

    Parameters
    ----------
    meaning
        As of `measure`.

    Returns
    -------
    Callable
        The decorator: the function's name is the measure's.
    """

    def made(function: OfTable) -> TableMeasure:
        return _documented(TableMeasure(function.__name__, function, meaning or _said(function)), function)

    return made


M = TypeVar("M", FunctionMeasure, TableMeasure)


def _documented(made: M, function: Callable[..., Any]) -> M:
    """The measure with the name, place and documentation of its function, as ``functools.wraps`` has it."""
    vars(made).update({key: getattr(function, key) for key in WRAPPER_ASSIGNMENTS if hasattr(function, key)})
    vars(made)["__wrapped__"] = function
    return made


def _said(function: Callable[..., Any]) -> str:
    """The first line of its documentation."""
    return (getdoc(function) or "").partition("\n")[0].rstrip(".")
