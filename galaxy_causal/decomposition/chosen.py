"""Which decompositions are asked for: by name, or a user's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from galaxy_causal.decomposition.broja import broja
from galaxy_causal.decomposition.ccs import ccs
from galaxy_causal.decomposition.i_min import i_min, table_i_min
from galaxy_causal.decomposition.interface import Measure, TableMeasure, measure
from galaxy_causal.decomposition.pointwise_min import pointwise_min
from galaxy_causal.decomposition.population_min import population_min, table_population_min
from galaxy_causal.decomposition.shared_exclusions import shared_exclusions, table_shared_exclusions
from galaxy_causal.decomposition.specificity_ambiguity import specificity_ambiguity
from galaxy_causal.decomposition.summary import ALWAYS
from galaxy_causal.types import TARGET, UserError, Values, imported, option

MEASURES: Mapping[str, Measure | TableMeasure] = {
    one.name: one
    for one in (
        population_min, pointwise_min, shared_exclusions, i_min,
        broja, ccs, specificity_ambiguity, table_i_min, table_population_min, table_shared_exclusions,
    )
}  # fmt: skip
"""All that come with the package."""


def measure_of(asked: object, option: str = "measure") -> Measure | TableMeasure:
    """The measure that somebody asks for.

    Parameters
    ----------
    asked
        The name of one of ``MEASURES``; the dotted path of one's own, as ``my_file.my_measure``; or one's own
        itself. One's own is a ``Measure``, a ``TableMeasure``, or a function as `measure` takes.
    option
        What messages call the option.

    Returns
    -------
    Measure or TableMeasure

    Raises
    ------
    UserError
        For what is none.

    Examples
    --------
    >>> measure_of("population_min").meaning
    'redundancy is the minimum of the means'
    """
    found = asked
    if isinstance(asked, str):
        found = MEASURES.get(asked) or (imported(asked, option) if "." in asked else None)
    if not isinstance(found, Measure | TableMeasure):
        if (isinstance(asked, str) and found is None) or not callable(found):
            raise UserError(
                f"{option}={asked!r} is unknown; choose one of {', '.join(MEASURES)}, or your own, as "
                "my_file.my_measure"
            )
        found = measure()(found)
    if "/" in found.name or MEASURES.get(found.name, found) != found:
        raise UserError(f"{option}: your own measure cannot have the name {found.name}; give it another one")
    return found


def measure_spec(found: Measure | TableMeasure) -> str | dict[str, str]:
    """A measure as plain options, by which recipes know it.

    Parameters
    ----------
    found
        One of the package, or a user's own.

    Returns
    -------
    str or dict
        Its name; of a user's own also where its code is, as ``_target_``.
    """
    if found.name in MEASURES:
        return found.name
    code = getattr(found, "redundancy", getattr(found, "of_table", type(found)))
    name = getattr(code, "__qualname__", type(code).__qualname__)
    return {TARGET: f"{code.__module__}.{name}", "name": found.name}


@dataclass(frozen=True)
class Measures:
    """Measures of informations galaxy by galaxy, and measures of tables of classes of galaxies.

    Parameters
    ----------
    of_galaxies, of_tables
        Each once.
    """

    of_galaxies: tuple[Measure, ...]
    of_tables: tuple[TableMeasure, ...]

    @classmethod
    def of(
        cls, asked: Sequence[Measure | TableMeasure], estimator: str, gives: Values, predicts: bool
    ) -> Measures:
        """What is asked for and what is always shown.

        Parameters
        ----------
        asked
            The measures, each once.
        estimator
            Its name.
        gives, predicts
            What it gives, as of an ``Estimator``.

        Returns
        -------
        Measures

        Raises
        ------
        UserError
            For what the estimator cannot serve.
        """
        possible = [one for one in ALWAYS if one.needs <= gives]
        galaxies = [*possible, *(one for one in asked if isinstance(one, Measure))]
        tables = tuple(one for one in asked if isinstance(one, TableMeasure))
        refused = [one.name for one in galaxies if one.needs > gives]
        if refused:
            served = [
                one.name for one in MEASURES.values() if isinstance(one, Measure) and one.needs <= gives
            ]
            raise UserError(
                f"decomposition {', '.join(refused)} needs the information of each galaxy, and those that "
                f"{option('estimator', estimator)} gives have a meaning as averages alone; use "
                f"{' or '.join([option('decomposition.measure', served[0]), *served[1:]])}, or "
                f"{option('estimator', 'cross_entropy')}, gaussian or gaussian_copula, or "
                f"{option('estimator', 'critic')} with estimator.bound=info_nce"
            )
        if tables and not predicts:
            raise UserError(
                f"decomposition {', '.join(one.name for one in tables)} needs predictions of the target, "
                f"which {option('estimator', estimator)} does not make; use "
                f"{option('estimator', 'cross_entropy')}, gaussian or gaussian_copula"
            )
        return cls(tuple({one.name: one for one in galaxies}.values()), tables)
