"""What is read of a table: numbers in known units, NaN where they are missing, and vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.tables.class_recipes import ClassRecipe, sources
from galaxy_causal.dataset.tables.classes import with_classes
from galaxy_causal.dataset.tables.columns import Columns, read_mapped
from galaxy_causal.dataset.tables.embeddings import fingerprints, is_array_file, vectors_of
from galaxy_causal.dataset.tables.files import memory_columns, read_columns
from galaxy_causal.dataset.tables.limits import LEFT_OUT, measured_targets
from galaxy_causal.dataset.tables.nulls import LARGE, NullValues, is_nines, nulls_of_columns
from galaxy_causal.dataset.tables.photometry import Extinction, Photometry, photometry_of
from galaxy_causal.dataset.tables.pieces import FileColumn
from galaxy_causal.dataset.tables.repeats import all_differ
from galaxy_causal.dataset.tables.roles import NUMBERS, ColumnMap
from galaxy_causal.types import Floats, Labels, UserError, option

UNKNOWN = "(no target)"
"""Name of the column of a target that a table has not."""


@dataclass
class Reading:
    """Mapped columns of a table.

    Parameters
    ----------
    mapped
        Which means what.
    columns
        As the file has them.
    from_file
        Whether they are in one, and not in memory.
    photometry
        How bands are measured.
    values, vectors
        Numbers (n,) and vectors (n, d) by the texts that ask for them, NaN where they are missing.
    places
        Where each vector comes from.
    of_target
        Names of the target's classes, for which 0, 1, 2, ... stand; none of a target that is a number.
    """

    mapped: ColumnMap
    columns: Columns
    from_file: bool
    photometry: Photometry
    values: dict[str, Floats] = field(default_factory=dict)
    vectors: dict[str, Floats] = field(default_factory=dict)
    places: list[str] = field(default_factory=list)
    of_target: tuple[str, ...] = ()

    def of(self, role: str) -> FileColumn | None:
        """The column of a role that is no number, if there is one."""
        return self.columns.column(self.mapped.single[role]) if role in self.mapped.single else None

    def fill(self) -> None:
        """Read the numbers, as the file has them, and vectors; single precision stays so."""
        mapped, columns = self.mapped, self.columns
        fluxes, small = self.photometry.fluxes(mapped)
        label = {mapped.single["target"], *mapped.label.columns}
        for text in mapped.numbers():
            self.values[text] = columns.numbers(text, flux=text in fluxes, single=text not in label)
        for text in small:
            self.values[text][(self.values[text] < 0) & is_nines(self.values[text], LARGE)] = np.nan
        count = len(self.values[mapped.single["target"]])
        self.vectors, self.places = vectors_of(columns, mapped.vectors, count)
        for text in mapped.ivars.values():
            self.values[text][self.values[text] == 0] = np.nan  # no weight: not observed

    def let_go(self) -> None:
        """Hold columns of a file, of which numbers and vectors are made, no longer."""
        others = {text for role, text in self.mapped.single.items() if role not in NUMBERS}
        kept = {name for text in others for name in self.columns.names(text)}
        made = {name for text in (*self.values, *self.vectors) for name in self.columns.names(text)}
        for name in (made - kept) & set(self.columns.sources) if self.from_file else ():
            self.columns.sources[name] = self.columns.sources[name].emptied()

    def reasons(self, nulls: str, where: str | None, classes: Labels | None) -> dict[str, NDArray[np.bool_]]:
        """Why rows (n,) are left out: what each is good for."""
        asked = np.ones(len(self.values[self.mapped.single["target"]]), dtype=np.bool_)
        found = {"": asked}
        if where is not None:
            kept, there = self.columns.kept(where)
            if not kept.any():
                raise UserError(
                    f"{self.columns.file}: {option('dataset.where', where)} leaves none of {len(kept)} rows; "
                    "write another"
                )
            if not there.all():
                found[f"null in a column of {where}"] = there
            found[f"not {where}"] = asked = kept
        measured = measured_targets(self.columns.file, self.mapped, self.values, nulls, asked)
        if nulls == "drop":
            for text, value in {**self.values, **{t: v[:, 0] for t, v in self.vectors.items()}}.items():
                found[f"null in {text}"] = np.isfinite(value)
            if classes is not None:
                found[f"null in {self.mapped.single['class']}"] = classes != ""
        if measured is not None:
            found[LEFT_OUT] = measured
        return found

    def hide(self, rows: NDArray[np.bool_]) -> None:
        """Have nothing of the other rows (n,), so that it is not judged."""
        for value in self.values.values():
            value[~rows] = np.nan

    def take(self, rows: NDArray[np.int64] | None) -> None:
        """Keep these rows, in this order; one column after the other, so that none is there twice."""
        for columns in (self.values, self.vectors) if rows is not None else ():
            for text in columns:
                columns[text] = columns[text][rows]

    def compared(self) -> list[Floats | NDArray[np.int64]]:
        """The columns (n,) in which rows may repeat each other."""
        columns: list[Floats | NDArray[np.int64]] = [self.values[text] for text in self.mapped.numbers()]
        if self.vectors and not all_differ(columns):
            columns += [fingerprints(vectors) for vectors in self.vectors.values()]
        return columns


def read(
    source: object,
    mapped: ColumnMap,
    name: str | None,
    *,
    hdu: int | str | None,
    where: str | None,
    null_values: NullValues,
    photometry_unit: str | None,
    extinction: Extinction,
    recipes: Sequence[ClassRecipe] = (),
) -> Reading:
    """The mapped columns of a file, or of a table in memory that is called ``name``.

    ``recipes`` make columns of classes, which no file has.
    """
    wanted = [
        text for text in sources(mapped.wanted(), recipes) if text != UNKNOWN and not is_array_file(text)
    ]
    if not wanted:
        raise UserError(f"{option('dataset.columns')} names no column; name those that are to be read")
    if isinstance(source, str | Path):
        file, from_file = Path(source).expanduser(), True
        columns = read_mapped(file, lambda names: read_columns(file, names, hdu), wanted, where)
    else:
        file, from_file = Path(f"table {name or ''}".strip()), False
        columns = read_mapped(file, lambda names: memory_columns(source, names, file.name), wanted, where)
    columns = replace(columns, classes={one.made: one.columns for one in recipes})
    _check_not_target(columns, mapped)
    columns = replace(columns, nulls=_nulls(columns, mapped, null_values, where))
    of_target = with_classes(columns, recipes, None if where is None else columns.kept(where)[0])
    if mapped.single["target"] == UNKNOWN:
        columns.sources[UNKNOWN] = _stand_in(next(iter(columns.sources.values())))
    how = photometry_of(columns, mapped, photometry_unit, extinction)
    return Reading(mapped, columns, from_file, how, of_target=of_target)


def _check_not_target(columns: Columns, mapped: ColumnMap) -> None:
    """Refuse inputs that are made of the one column that the target, or a class of it, is made of."""
    target = mapped.single["target"]
    made = [columns.names(text) for text in columns.classes.get(target, (target,))]
    alone = {names[0] for names in made if len(names) == 1}
    for modality, named in {**mapped.features, "embedding": mapped.vectors}.items():
        for text in named.values():
            both = alone.intersection(columns.names(text))
            if both:
                name = option(f"dataset.columns.{modality}")
                raise UserError(
                    f"{name} names {text}, which is made of {min(both)}, and so is the target; an input that "
                    "is made of the target tells of it: leave it out"
                )


def _nulls(
    columns: Columns, mapped: ColumnMap, null_values: NullValues, where: str | None
) -> Mapping[str, tuple[float, ...]]:
    """Null values by the names of columns of the file, and by expressions.

    Those of a role, or of an expression, are null in the columns that it is made of, and in what is worked
    out of them, which is what messages name.
    """
    made = [text for parts in columns.classes.values() for text in parts]
    texts = [*mapped.numbers(), *mapped.vectors.values(), *made]

    def meant(text: str) -> list[str]:
        parts = columns.classes.get(text, (text,))
        return [one for part in parts for one in (*columns.names(part), part)]

    roles = {role: [n for text in own for n in meant(text)] for role, own in mapped.roles().items()}
    roles |= {text: meant(text) for text in texts if text in columns.expressions}
    names = [name for text in texts for name in columns.names(text)]
    names += columns.names(where) if where is not None and isinstance(null_values, Mapping) else ()
    return nulls_of_columns(null_values, list(dict.fromkeys(names)), roles)


def _stand_in(column: FileColumn) -> FileColumn:
    """In place of a target that is not known: a number for each row, for checks of rows to pass."""
    count = len(column.value)
    return FileColumn(UNKNOWN, np.arange(count, dtype=np.float64), np.zeros(count, dtype=np.bool_), "")
