from __future__ import annotations

import copy
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction as AnyClass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import pytest
from annotated_types import Ge

from galaxy_causal.types import (
    COMMAND_LINE,
    Count,
    Fraction,
    UserError,
    Whole,
    annotations_of,
    at_most,
    by_door,
    check_option,
    checked,
    in_python,
    in_words,
    option,
)


@checked("group")
@dataclass(frozen=True)
class Some:
    count: Annotated[int, Ge(1), at_most(1_000, "each trains anew")] = 1
    size: float = 1.0
    on: bool = True
    word: str = "a"
    maybe: Whole | None = None
    sizes: Sequence[float] = ()
    names: str | Sequence[str] = "a"
    kind: Literal["exact", "sampled"] = "exact"
    share: Fraction = 0.5
    processes: Literal["auto"] | Count = "auto"
    quantised: Mapping[str, object] | None = None
    place: str | Path = "."
    other: AnyClass | None = None


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"count": 0}, "group.count=0 must be a whole number, at least 1"),
        ({"count": 1.5}, "group.count=1.5 must be a whole number, at least 1"),
        ({"count": True}, "group.count=True must be a whole number, at least 1"),
        ({"count": None}, "group.count=None must be a whole number, at least 1"),
        ({"count": 2000}, "group.count=2,000 must be at most 1,000: each trains anew"),
        ({"size": "abc"}, "group.size=abc must be a number"),
        ({"size": float("nan")}, "group.size=nan must be a number"),
        ({"on": 1}, "group.on=1 must be true or false"),
        ({"word": 3}, "group.word=3 must be a word"),
        ({"maybe": -1}, "group.maybe=-1 must be a whole number, at least 0, or null"),
        ({"maybe": "few"}, "group.maybe=few must be a whole number, at least 0, or null"),
        ({"sizes": "few"}, "group.sizes=few must be a list of numbers"),
        ({"sizes": [1, "few"]}, "group.sizes=[1, 'few'] must be a list of numbers"),
        ({"names": 3}, "group.names=3 must be a word, or a list of words"),
        ({"kind": "all"}, "group.kind=all must be one of exact, sampled"),
        ({"share": 2}, "group.share=2 must be at most 1"),
        ({"share": -0.1}, "group.share=-0.1 must be a number, at least 0"),
        ({"processes": 0}, "group.processes=0 must be auto, or a whole number, at least 1"),
        ({"quantised": 3}, "group.quantised=3 must be a group of options, or null"),
        ({"place": 3}, "group.place=3 must be a word, or a path"),
        ({"other": 3}, "group.other=3 must be a group of options, or null"),
    ],
)
def test_arguments_that_annotations_do_not_allow_are_refused(given, message):
    with pytest.raises(UserError) as found:
        assert all(getattr(Some(**given), name) == value for name, value in given.items())
    assert str(found.value) == message


def test_what_annotations_allow_passes():
    for given in (
        {},
        {"count": np.int64(7)},
        {"size": -2},
        {"size": np.float32(1.5)},
        {"size": float("inf")},
        {"maybe": 3},
        {"sizes": [1, 0.5]},
        {"sizes": (0.5,)},
        {"names": ["a", "b"]},
        {"processes": 3},
        {"quantised": {"bins": 3}},
        {"place": Path("a")},
        {"other": AnyClass(1, 2)},
    ):
        assert all(getattr(Some(**given), name) == value for name, value in given.items())


def test_a_checked_class_is_the_same_class_otherwise():
    made = Some(3, size=2.0)
    assert made == Some(count=3, size=2.0) == copy.copy(made) == pickle.loads(pickle.dumps(made))
    assert made.count == 3


def test_functions_are_checked_and_say_what_they_say():
    @checked()
    def many(galaxies: int, *, draws: Count = 10) -> int:
        """Draws of galaxies."""
        return galaxies * draws

    assert many(2, draws=3) == 6
    assert many.__doc__ == "Draws of galaxies."
    with pytest.raises(UserError, match=r"^draws=0 must be a whole number, at least 1$"):
        many(2, draws=0)


def test_annotations_that_cannot_be_resolved_check_nothing_and_do_not_hinder_others():
    def odd(network: Unknown, width: Count = 1) -> None:  # noqa: F821
        """Of a user's own, whose import only a type checker sees."""

    assert set(annotations_of(odd)) == {"width"}
    check_option("network", 3, object)
    check_option("network", 3, list[AnyClass] | int)


def test_without_a_command_line_messages_are_in_python(monkeypatch):
    monkeypatch.delenv(COMMAND_LINE)
    assert option("decomposition.draws", 3) == "draws=3"
    monkeypatch.setenv(COMMAND_LINE, "1")  # as the command line's processes have it, and pass it on
    assert option("decomposition.draws", 3) == "decomposition.draws=3"


def test_an_option_is_spelt_as_the_door_in_use_spells_it():
    names = ("decomposition.draws", "dataset.columns.mass", "network.training.patience", "tracking.root")
    assert [option(name) for name in names] == list(names)
    assert option("network", "scl") == "network=scl"
    with in_python():
        assert [option(name) for name in names] == ["draws", "mass", "network.training.patience", "store"]
        assert option("network", "scl") == 'network="scl"'
        assert option("decomposition.draws", 3) == "draws=3"
        assert option("dataset.columns.class") == "galaxy_class"
        assert option("dataset.split.train", 0.5) == 'split["train"]=0.5'
        assert option("bands.errors", False) == "photometry_error=None"
        assert option("discovery", "boss") == 'algorithm="boss"'
        assert option("network@network.tabular", "mlp") == 'network.tabular="mlp"'
        assert option("discovery.estimate", None) == "estimate=None"
        assert in_words(int | None) == "a whole number, or None"
        assert by_door("a command", "a call") == "a call"
    assert by_door("a command", "a call") == "a command"
    assert option("decomposition.draws") == "decomposition.draws"
    assert option("bands.errors", False) == "bands.errors=false"
    assert option("discovery.estimate", None) == "discovery.estimate=null"
