"""The generated reference: every option, from its declaration; every public name."""

import re
from pathlib import Path

import hydra
import pytest
from declared import CONF, PARTS, PRESETS, WITHIN, choices, groups, plain_options
from omegaconf import OmegaConf
from options_page import TITLES, pages
from texts import of_parameters, summary_of
from words import in_words

import galaxy_causal as gc
from galaxy_causal.decomposition import MEASURES
from galaxy_causal.jobs.comments import of_yaml
from galaxy_causal.jobs.decompose.options import DecomposeOptions
from galaxy_causal.network import Training
from galaxy_causal.types import annotations_of

REFERENCE = Path(__file__).parents[1] / "docs" / "reference"


@pytest.fixture(scope="module")
def written():
    return pages()


@pytest.fixture(scope="module")
def default():
    with hydra.initialize_config_module("galaxy_causal.conf", version_base="1.3"):
        return hydra.compose("config")


def test_every_group_and_every_choice_has_its_place(written):
    assert set(TITLES) <= set(groups())
    for group in groups():
        page = written[f"{group}.md"]
        assert f"[`{group}`]({group}.md)" in written["index.md"]
        for file in (CONF / group).glob("*.yaml"):
            assert f"`{file.stem}`" in page or len(choices(group)) == 1


@pytest.mark.parametrize("group", [group for group in groups() if group not in PRESETS])
def test_every_option_says_what_it_is(group):
    for choice in choices(group):
        assert choice.says, choice.name
        for option in choice.options:
            assert option.says, option.path
            assert option.type, option.path
            inside = any(
                f"{option.path}.".startswith(f"dataset.{one}.")
                for one in ("columns", "labels", "tables", "images")
            )
            own = choice.target == "???"
            assert not option.type.startswith("an entry of") or inside or own, option.path


def leaves(node, path):
    for key, value in node.items():
        if str(key).startswith("_"):
            continue
        yield f"{path}.{key}", value
        if OmegaConf.is_dict(value) or isinstance(value, dict):
            yield from leaves(value, f"{path}.{key}")


def test_every_option_of_the_composed_configuration_is_on_a_page(written, default):
    shown = set(re.findall(r"\{confval\} (\S+)", "\n".join(written.values())))
    top = {one.path for one in plain_options()}
    assert top <= shown
    composed = {str(key) for key in default} - {"hydra"}
    assert composed - top <= set(groups())
    for group in composed & set(groups()):
        skipped = tuple(f"{group}.{part}" for part in PARTS.get(group, ()))
        found = leaves(OmegaConf.to_container(default[group], resolve=False), group)
        missing = [
            path
            for path, _ in found
            if not path.startswith(skipped or ("?",))
            and not any(
                path == one or path.startswith(f"{one}.") or one.startswith(f"{path}.") for one in shown
            )
        ]
        assert missing == []
    assert set(WITHIN.values()) <= {"network.training", "network.weights", "dataset.target_kind"}


def test_defaults_are_those_of_the_configuration(default):
    for option in plain_options():
        assert OmegaConf.create({"x": default[option.path]}) == OmegaConf.create(f"x: {option.default}")
    (shown,) = [one for one in choices("trainer")[0].options if one.path == "trainer.checkpoint_minutes"]
    assert float(shown.default) == default.trainer.checkpoint_minutes


def test_bounds_and_choices_are_those_of_the_declarations():
    words = in_words(annotations_of(DecomposeOptions)["bins"])
    assert words == "a whole number, at least 1, at most 1,000 (a figure shows no more)"
    assert in_words(annotations_of(Training)["schedule"]) == "`cosine` or `steps`"
    assert in_words(int | None) == "a whole number or `null`"
    assert in_words(list[float]) == "a list of numbers"


def test_comments_and_docstrings_are_read():
    text = (
        "# what\n# it is\na: 1 # one\nb: # two\n  {x: 1, y: 2}\n# above\nc:\n  d: '#' # deep\n    # and on\n"
    )
    assert of_yaml(text) == {"a": "one", "b": "two", "c": "above", "c.d": "deep and on"}
    assert summary_of(text) == "what it is"
    assert of_parameters(
        "Do.\n\nParameters\n----------\na, b\n    Both.\nc : int\n    It.\n\nReturns\n-------\nint\n"
    ) == {
        "a": "Both.",
        "b": "Both.",
        "c": "It.",
    }


def test_every_public_name_has_its_entry():
    library = (REFERENCE / "library.md").read_text() + (REFERENCE / "results.md").read_text()
    for name in gc.__all__:
        assert re.search(rf":: galaxy_causal\.{name}$", library, re.MULTILINE), name


def test_every_measure_is_in_the_guide():
    guide = (REFERENCE.parent / "guide" / "decompositions.md").read_text()
    assert [name for name in MEASURES if f"`{name}`" not in guide] == []
