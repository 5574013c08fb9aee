import pytest
import yaml

from galaxy_causal.discovery import knowledge
from galaxy_causal.types import UserError

NAMES = ["redshift", "log M*", "g-r"]


def test_tiers_forbid_what_comes_later_and_free_variables_nothing():
    known = knowledge(NAMES, tiers=[["redshift"], ["g-r"]])
    assert known.may.tolist() == [[False, True, True], [True, False, True], [False, True, False]]
    assert known.source("g-r", "redshift") == "tiers"


def test_a_required_edge_forbids_its_reverse():
    known = knowledge(NAMES, required=[["log M*", "g-r"]])
    assert known.must[1, 2]
    assert not known.may[2, 1]


def test_proposals_come_with_their_source(tmp_path):
    file = tmp_path / "proposals.yaml"
    entries = [
        {"cause": "log M*", "effect": "g-r", "verdict": "required", "source": "Strateva et al. 2001"},
        {"cause": "g-r", "effect": "redshift", "verdict": "forbidden", "source": "a language model"},
    ]
    file.write_text(yaml.safe_dump(entries))
    known = knowledge(NAMES, proposals=str(file), forbidden=[["g-r", "redshift"]])
    assert known.source("g-r", "log M*") == "required log M* -> g-r: Strateva et al. 2001"
    assert known.forbidden["g-r", "redshift"] == "configuration, a language model"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"tiers": [["mass"]]}, "names 'mass'; the variables are redshift"),
        ({"tiers": [["g-r"], ["g-r"]]}, "more than once"),
        ({"required": [["mass", "g-r"]]}, "names 'mass'"),
        ({"required": [["g-r", "g-r"]]}, "loop"),
        ({"required": ["g-r"]}, r"write \[\[cause, effect\]"),
        ({"forbidden": [1, 2]}, r"forbidden: 1 is no pair; write \[\[cause, effect\]"),
        ({"tiers": [1, 2]}, r"tiers: 1 is no list; write \[\[a\], \[b, c\], ...\]"),
        ({"tiers": ["g-r", None]}, r"tiers: 'g-r' is no list"),
        ({"required": [["g-r", "log M*"]], "forbidden": [["g-r", "log M*"]]}, "required .* and forbidden"),
        (
            {"required": [["g-r", "redshift"]], "tiers": [["redshift"], ["g-r"]]},
            "tier 1, after redshift in tier 0",
        ),
        ({"required": [["redshift", "g-r"], ["g-r", "log M*"], ["log M*", "redshift"]]}, "make a cycle"),
        ({"proposals": "nowhere.yaml"}, "nowhere.yaml does not exist; give a YAML file"),
    ],
)
def test_contradictions_are_refused(given, words):
    with pytest.raises(UserError, match=words):
        knowledge(NAMES, **given)


def test_two_required_edges_that_need_a_cycle_with_tiers_between_free_variables_are_allowed():
    assert knowledge(NAMES, tiers=[["redshift"], ["g-r"]], required=[["log M*", "redshift"]]).must[1, 0]


@pytest.mark.parametrize(
    "text",
    [
        "cause: a",
        "- {cause: g-r, effect: log M*, verdict: required}",
        "- {cause: g-r, effect: log M*, verdict: maybe, source: x}",
        "- {cause: g-r, effect: log M*, verdict: required, source: ''}",
        "- [",
    ],
)
def test_malformed_proposals_are_refused(tmp_path, text):
    file = tmp_path / "p.yaml"
    file.write_text(text)
    with pytest.raises(UserError, match=r"p\.yaml"):
        knowledge(NAMES, proposals=str(file))
