"""What kind of quantity a target is: a number with a name, a unit and plausible values, or a class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np

from galaxy_causal.types.checks import UserError, are_numbers
from galaxy_causal.types.options import by_name, checked, group_of
from galaxy_causal.types.wording import option

GROUP = "dataset.target_kind"
MASS_LABEL = r"$\log_{10} M_\star/M_\odot$"


@checked(GROUP)
@dataclass(frozen=True)
class TargetKind:
    """What a target is; of a ``name`` in ``TARGETS`` what is not given is as there, where ``of`` makes it.

    Parameters
    ----------
    name
        By which people know it, such as ``sfr``.
    label
        Its name in figures, in which LaTeX stands between dollars; None: that of its column.
    unit
        Of its values, in words.
    values
        ``numbers``, or ``classes``, which have names and no order.
    logarithm
        Whether the column holds the quantity itself, whose log10 is the target.
    range
        Lowest and highest plausible value of the target; others are refused. None: any is plausible.

    Raises
    ------
    UserError
        For a range that is none, and for a logarithm or a range of classes.

    Examples
    --------
    >>> TargetKind.of("sfr").range, TargetKind.of({"unit": "km/s"}).name
    ((-8.0, 5.0), 'own')
    >>> TargetKind.of({"name": "sfr", "logarithm": True}).unit
    'log10 of Msun/yr'
    """

    name: str = "own"
    label: str | None = None
    unit: str = ""
    values: Literal["numbers", "classes"] = "numbers"
    logarithm: bool = False
    range: Sequence[float] | None = None

    def __post_init__(self) -> None:
        where = option(f"{GROUP}.range", self.range)
        if self.range is not None:
            two = are_numbers(self.range) and len(self.range) == len(("low", "high"))
            if not (two and np.isfinite(self.range).all() and self.range[0] < self.range[1]):
                raise UserError(f"{where}: give the lowest and the highest plausible value, such as [-3, 2]")
            object.__setattr__(self, "range", tuple(map(float, self.range)))
        if self.is_class and (self.range is not None or self.logarithm):
            raise UserError(f"{where}: a class has neither a range nor a logarithm; leave both out")

    @property
    def is_class(self) -> bool:
        """Whether its values are classes."""
        return self.values == "classes"

    @classmethod
    def of(cls, given: object) -> TargetKind | None:
        """The kind of a name in ``TARGETS``, of a mapping of options, or itself; None stays None."""
        if given is None or isinstance(given, TargetKind):
            return given
        if isinstance(given, str):
            return by_name(GROUP, given, TARGETS)
        if not isinstance(given, Mapping):
            raise UserError(
                f"{option(GROUP, given)}: give one of {', '.join(TARGETS)}, or a group of options such as "
                "label and unit"
            )
        base = TARGETS.get(str(given.get("name")))
        return group_of(cls, GROUP, given if base is None else asdict(base) | dict(given))


TARGETS: Mapping[str, TargetKind] = {
    "mass": TargetKind("mass", MASS_LABEL, "log10 of Msun", range=(3.0, 14.0)),
    "sfr": TargetKind(
        "sfr",
        r"$\log_{10}\,\mathrm{SFR}/(M_\odot\,\mathrm{yr}^{-1})$",
        "log10 of Msun/yr",
        range=(-8.0, 5.0),
    ),
    "ssfr": TargetKind(
        "ssfr", r"$\log_{10}\,\mathrm{sSFR}/\mathrm{yr}^{-1}$", "log10 of 1/year", range=(-20.0, -5.0)
    ),
    "metallicity": TargetKind(
        "metallicity", r"$\log_{10}\,Z/Z_\odot$", "log10 of the solar one", range=(-4.0, 1.5)
    ),
    "oxygen_abundance": TargetKind(
        "oxygen_abundance", r"$12+\log_{10}\,\mathrm{O/H}$", "12 + log10 of a number ratio", range=(6.0, 10.0)
    ),
    "redshift": TargetKind("redshift", "redshift", "", range=(-0.02, 20.0)),
    "number": TargetKind("number"),
    "class": TargetKind("class", values="classes"),
}
"""By their names on the command line, ``target=sfr``."""
