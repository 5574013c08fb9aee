"""What a message says to do is pasted into a shell, and does it."""

import re
import shlex

import numpy as np
import pytest
from astropy.table import Table
from hydra.core.override_parser.overrides_parser import OverridesParser

from galaxy_causal.dataset import table
from galaxy_causal.jobs.quoting import quoted
from galaxy_causal.types import UserError

N = 200
SPLIT = {"train": 0.6, "validation": 0.2, "test": 0.2, "seed": 0}


def drawn():
    rng = np.random.default_rng(21)
    mass = rng.normal(10.3, 0.4, N)
    return {
        "MASS": 10**mass, "LOGM": mass, "SFR": 10 ** rng.normal(0, 0.5, N), "log m (h)": mass,
        "CZ": rng.uniform(3e3, 6e4, N), "G": rng.uniform(15, 20, N), "R": rng.uniform(14, 19, N),
        "E": rng.uniform(0.01, 0.1, N), "c z": rng.uniform(3e3, 6e4, N),
    }  # fmt: skip


def pasted(message):
    """The options in a message, as the command line reads them."""
    words = shlex.split(message.replace("galaxy's", ""))
    words = [word for word in words if word.startswith("dataset.") and "=" in word]
    assert words, message
    found = [OverridesParser.create().parse_override(quoted(word.rstrip(":;,"))) for word in words]
    return {one.key_or_group.removeprefix("dataset."): one.value() for one in found}


def read(path, columns, **options):
    roles = {"target": "LOGM", "redshift": None, "photometry": {"g": "G", "r": "R"}, **columns}
    return table(str(path), roles, SPLIT, **{"photometry_unit": "magnitude", **options})


@pytest.fixture
def write(tmp_path):
    def written(**changes):
        data = drawn()
        for name, (rows, value) in changes.items():
            data[{"spaced": "log m (h)", "velocity": "c z"}.get(name, name)][rows] = value
        path = tmp_path / "galaxies.fits"
        Table(data).write(path, overwrite=True)
        return path

    return written


SOME, MORE = [3, 8, 9], list(range(40, 60))
CASES = {
    "target of one column": ({"target": "log10(MASS)"}, {"MASS": (SOME, 1.0)}, {}),
    "target of an h": ({"target": "LOGM - log10(0.7)"}, {"LOGM": (SOME, 0.0)}, {}),
    "redshift of a velocity": ({"redshift": "CZ/299792.458"}, {"CZ": (SOME, -299792.458)}, {}),
    "zero velocities": ({"redshift": "CZ/299792.458"}, {"CZ": (MORE, 0.0)}, {}),
    "a code in a mass": ({"target": "log10(MASS)"}, {"MASS": (SOME, 999.0)}, {}),
    "a code in a velocity": ({"redshift": "CZ/299792.458"}, {"CZ": (SOME, -99.0)}, {}),
    "a code in a colour": ({"other": {"colour": "G - R"}, "photometry": None}, {"R": (SOME, 99.0)}, {}),
    "a code in a rate": ({"target": "log10(SFR) - LOGM"}, {"LOGM": (SOME, -99.9)}, {}),
    "a name with signs": (
        {"target": "`log m (h)` + 2*0.15"}, {"spaced": (SOME, -999.0)}, {"target_kind": "mass"},
    ),
    "a logarithm": (
        {"target": "SFR"}, {"SFR": (SOME, 1e-25)}, {"target_kind": {"name": "number", "logarithm": True}},
    ),
    "a logarithm out of range": (
        {"target": "SFR"}, {"SFR": (SOME, 1e-25)}, {"target_kind": {"name": "sfr", "logarithm": True}},
    ),
    "an error": ({"photometry_error": {"g": "E"}}, {"E": (SOME, 999.0)}, {}),
    "a derived error": ({"photometry_error": {"g": "0.5*E"}}, {"E": (SOME, -0.3)}, {}),
    "a magnitude": ({}, {"G": (SOME, 99.0)}, {}),
    "cuts": ({"class": {"column": "LOGM", "cuts": [10], "names": ["low", "high"]}, "target": "SFR",
              "photometry": {"r": "R"}}, {"LOGM": (SOME, -99.0)}, {"target_kind": "number"}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_remedy_works_when_it_is_pasted(write, case):
    columns, changes, options = CASES[case]
    path = write(**changes)
    with pytest.raises(UserError) as error:
        read(path, columns, **options)
    remedy = pasted(str(error.value))
    assert "null_values" in remedy
    found = read(path, columns, **options, null_values=remedy["null_values"], nulls="drop")
    left_out = len(next(iter(changes.values()))[0])
    assert len(found) == N - left_out
    assert sum(found.dropped.values()) == left_out


def test_ingredients_that_are_left_out_or_chosen_are_not_judged(write):
    path = write(CZ=(SOME, -99.0))
    for columns, options in (
        ({"redshift": "CZ/299792.458"}, {"where": "CZ > 0"}),
        ({"other": {"v": "where(CZ > 0, CZ, 1e4)"}}, {}),
        ({"other": {"v": "maximum(CZ, 0)"}}, {}),
    ):
        assert len(read(path, columns, **options)) in (N, N - len(SOME))


def test_values_of_a_column_are_null_in_it_alone(write):
    """A colour of zero is a colour, where zero means missing in a magnitude."""
    path = write(G=([5], 16.0), R=([5], 16.0))
    columns = {"other": {"colour": "G - R"}}
    assert len(read(path, columns, null_values={"G": [0], "R": [0]}, nulls="drop")) == N
    assert read(path, columns, null_values=[0], nulls="drop").dropped == {}
    assert read(path, columns, null_values={"other/colour": [0]}, nulls="drop").dropped == {
        "null in G - R": 1
    }


@pytest.mark.parametrize(
    ("columns", "role"),
    [
        ({"target": "MASS"}, "target"),
        ({"redshift": "CZ"}, "redshift"),
        ({"redshift": "c z"}, "redshift"),
        ({"redshift": "CZ + 0"}, "redshift"),
    ],
)
def test_expressions_are_spelled_as_the_command_line_takes_them(write, columns, role):
    path = write()
    with pytest.raises(UserError) as error:
        read(path, columns)
    assert not re.search(r"""['"]{2}|['"][^ ]*["']['"]""", str(error.value))
    text = pasted(str(error.value))[f"columns.{role}"]
    assert len(read(path, {**columns, role: text})) == N


@pytest.mark.parametrize(
    "name", ["a b", "g-r", "colour (g)", "f[3]", "a,b", "it's", "größe", "a:b", "x{y}", "\\a"]
)
def test_any_name_of_an_input_can_be_pasted(name):
    from galaxy_causal.dataset.tables.remedies import null_values_remedy

    message = null_values_remedy([-99.0, 1e20], f"other/{name}")
    if name in ("it's", "größe"):  # Hydra has no spelling for it
        assert f'{{"other/{name}": [-99, 1e+20]}} in a YAML file' in message
    else:
        assert pasted(message) == {"null_values": {f"other/{name}": [-99, 1e20]}, "nulls": "drop"}
