"""Options are spelled so that they can be pasted, at either door."""

import ast
import shlex

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from galaxy_causal.types import in_python, option, without_passwords

VALUES = ["drop", 3, 0.5, True, None, [0.02, 0.03], ["a", "b"], {"low": "A", "high": "B"}, [64, None]]


@pytest.mark.parametrize("value", VALUES)
def test_a_value_reaches_the_command_line_as_it_is(value):
    (word,) = shlex.split(option("dataset.some", value))
    assert OverridesParser.create().parse_override(word).value() == value


@pytest.mark.parametrize(
    "text", ["my (1) table.fits", "it's", "a;b", "$HOME/x", "~/x", "Z < 2", "`cz [km/s]`/3"]
)
def test_a_text_is_one_word_of_a_shell(text):
    assert shlex.split(option("dataset.some", text)) == [f"dataset.some={text}"]


@pytest.mark.parametrize("value", [*VALUES, 'a "b"', "C:\\new", "it's"])
def test_a_value_is_an_argument_in_python(value):
    with in_python():
        spelled = option("dataset.nulls", value)
    name, _, text = spelled.partition("=")
    assert (name, ast.literal_eval(text)) == ("nulls", value)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://me:secret@host/db", "postgresql://***@host/db"),
        ("galaxy-causal 'uri=https://me:se@cret@host' seed=1", "galaxy-causal 'uri=https://***@host' seed=1"),
        ("uri: https://:secret@host:5000/a, s3+x://a:b@c", "uri: https://***@host:5000/a, s3+x://***@c"),
        ("abfs://container@account/a http://host:80/x@y", "abfs://container@account/a http://host:80/x@y"),
        ("a: b@c.de", "a: b@c.de"),
    ],
)  # fmt: skip
def test_no_address_shows_a_password(text, shown):
    assert without_passwords(text) == shown
