import numpy as np
import pytest

from galaxy_causal.types import Column, Input, Sample


@pytest.mark.parametrize("text", ["photometry/g", "photometry/g/error", "other/a/b", "other/a/b/error", "x"])
def test_a_column_is_read_back_from_its_text(text):
    assert str(Column.parse(text)) == text


def test_an_input_has_a_column_for_its_values_and_one_for_its_errors():
    assert [c.kind for c in Input("photometry", "g", error=True).columns] == ["value", "error"]
    assert Input("photometry", "g").columns == (Column("photometry", "g"),)


def test_values_are_told_from_errors():
    columns = ("photometry/g", "photometry/g/error", "redshift/redshift")
    sample = Sample(np.zeros((2, 3)), np.zeros(2), np.array(["train"] * 2), columns, frozenset())
    assert sample.values == (0, 2)
    assert sample.columns[1] == Column("photometry", "g", "error")
