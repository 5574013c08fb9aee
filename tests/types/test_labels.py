import numpy as np
import pyarrow as pa
import pytest

from galaxy_causal.types import Labels

TEXTS = np.array(["train", "test", "", "test", "validation"])


@pytest.fixture
def labels():
    return Labels.of(TEXTS)


def test_it_stands_for_the_array_it_was_made_of(labels):
    made = np.asarray(labels)
    assert made.dtype == TEXTS.dtype == labels.dtype
    assert (made == TEXTS).all()
    assert len(labels) == 5
    assert labels.shape == (5,)
    assert list(labels) == TEXTS.tolist() == labels.tolist()
    assert np.asarray(Labels.of(TEXTS[:0])).shape == (0,)


def test_comparisons_are_those_of_the_array(labels):
    for other in ("test", "elsewhere", TEXTS[::-1], Labels.of(TEXTS[::-1])):
        expected = np.asarray(other) == TEXTS
        assert ((labels == other) == expected).all()
        assert ((labels != other) == ~expected).all()
    assert ((labels == TEXTS) == np.ones(5, dtype=bool)).all()
    assert (labels.isin(("train", "test")) == np.isin(TEXTS, ("train", "test"))).all()


@pytest.mark.parametrize("rows", [slice(1, 4), [3, 0], np.array([4]), TEXTS == "test"])
def test_parts_are_those_of_the_array(labels, rows):
    assert (np.asarray(labels[rows]) == TEXTS[rows]).all()
    assert labels[rows].dtype == TEXTS.dtype
    assert labels[2] == ""
    assert labels[np.int64(4)] == "validation"


def test_some_texts_are_replaced_and_all_renamed(labels):
    thinned = labels.replaced(TEXTS == "test", "elsewhere")
    assert thinned.tolist() == ["train", "elsewhere", "", "elsewhere", "validation"]
    assert labels.tolist() == TEXTS.tolist()
    named = labels.renamed(lambda name: name or "unclassified", 12)
    assert named.tolist()[2] == "unclassified"
    assert named.dtype == np.dtype("<U12")
    assert labels.renamed(lambda name: "test" if name else "").used() == ["", "test"]


def test_only_texts_that_are_there_are_used(labels):
    assert labels[TEXTS == "test"].used() == ["test"]


def test_it_goes_into_tables_as_texts(labels):
    assert pa.table({"split": labels})["split"].to_pylist() == TEXTS.tolist()
    assert pa.table({"split": labels}).schema.field("split").type == pa.string()


def test_many_different_texts_are_no_labels():
    with pytest.raises(ValueError, match="200 different texts"):
        Labels.of([str(n) for n in range(200)])
