"""One catalogue from all slices: null values, and rows that repeat others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.archive.answers import Arrow
from galaxy_causal.archive.folder import SliceFolder, writing
from galaxy_causal.archive.recipe import Column, Recipe, Repeat
from galaxy_causal.archive.slices import Done, Slice
from galaxy_causal.files import sha256_of
from galaxy_causal.types import UserError, option


@dataclass(frozen=True)
class Made:
    """What became of the rows.

    Parameters
    ----------
    rows
        Of the catalogue.
    repeats
        By the column of each rule, rows that were left out.
    nulls
        By column, values that are missing.
    sha256
        Of the file.
    """

    rows: int
    repeats: Mapping[str, int]
    nulls: Mapping[str, int]
    sha256: str


def write(output: Path, recipe: Recipe, kept: SliceFolder, done: Sequence[Done]) -> Made:
    """Write a catalogue.

    Parameters
    ----------
    output
        Of the Parquet file, which has its name once it is whole.
    recipe
        It says which values are null and which rows repeat others.
    kept, done
        All slices.

    Returns
    -------
    Made
        Counts of what became of the rows.

    Raises
    ------
    UserError
        Where no slice has a row, and for a place that cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not sum(one.rows for one in done):
        raise UserError(
            f"recipe {recipe.name}: no slice has a row. Is the part that was asked for empty, or the query "
            f"wrong? {option('acquire.check', True)} shows what the service answers"
        )
    slices, columns = [Slice(one.low, one.high) for one in done], recipe.own_columns
    rules = recipe.own_repeats
    keep, repeats = (
        _keep(rules, kept, slices) if rules else (np.ones(sum(one.rows for one in done), np.bool_), {})
    )
    nulls = dict.fromkeys((column.name for column in columns), 0)
    partial, start = output.with_name(f"{output.name}.partial"), 0
    schema = pa.schema([(column.name, column.arrow()) for column in columns])
    with writing(output):
        with pq.ParquetWriter(partial, schema, write_page_checksum=True) as writer:
            for one in slices:
                table = kept.table(one)
                rows = keep[start : start + table.num_rows]
                start += table.num_rows
                table = _cleaned(table.filter(pa.array(rows)), columns)
                for column in columns:
                    nulls[column.name] += table[column.name].null_count
                writer.write_table(table.replace_schema_metadata(None))
        return Made(int(keep.sum()), repeats, {k: n for k, n in nulls.items() if n}, sha256_of(partial))


def _keep(
    rules: Sequence[Repeat], kept: SliceFolder, slices: Sequence[Slice]
) -> tuple[NDArray[np.bool_], dict[str, int]]:
    """Which rows of all slices stay, and how many each rule leaves out."""
    import pandas as pd
    import pyarrow as pa

    wanted = list(dict.fromkeys(name for rule in rules for name in (rule.same, *rule.least)))
    frame: pd.DataFrame = pa.concat_tables([kept.table(one, wanted) for one in slices]).to_pandas()
    counts = {}
    left = frame
    for rule in rules:
        ordered = (
            left.sort_values(list(rule.least), kind="stable", na_position="last") if rule.least else left
        )
        repeated = ordered[rule.same].notna() & ordered.duplicated(rule.same)
        counts[rule.same] = int(repeated.sum())
        left = left.drop(index=repeated.index[repeated])
    keep = np.zeros(len(frame), dtype=np.bool_)
    keep[left.index] = True
    return keep, counts


def _cleaned(table: Arrow, columns: Sequence[Column]) -> Arrow:
    """The table with nulls in place of the values that mean missing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for number, column in enumerate(columns):
        value = table[column.name]
        if column.kind == "text":
            continue
        bad = pc.is_in(value, pa.array(column.missing, value.type)) if column.missing else None
        if column.above is not None:
            low = pc.less_equal(value, column.above)
            bad = low if bad is None else pc.or_(bad, low)
        if column.kind == "number":
            odd = pc.invert(pc.is_finite(value))
            bad = odd if bad is None else pc.or_(bad, odd)
        if bad is not None:
            value = pc.if_else(pc.fill_null(bad, False), pa.scalar(None, value.type), value)
            table = table.set_column(number, column.name, value)
    return table
