"""Options of the causal analysis and of discovery, declared once and the same in YAML."""

from dataclasses import fields, is_dataclass

import pytest

from galaxy_causal.jobs.causal import command
from galaxy_causal.jobs.causal.options import CausalOptions
from galaxy_causal.jobs.discover.options import DiscoverOptions
from galaxy_causal.jobs.settings import plain
from galaxy_causal.types import UserError
from tests.test_conf import compose


def as_yaml(options):
    """Fields as YAML has them."""
    values = {field.name: getattr(options, field.name) for field in fields(options)}
    return {
        name: as_yaml(value) if is_dataclass(value) else list(value) if isinstance(value, tuple) else value
        for name, value in values.items()
    }


def test_fields_of_the_causal_analysis_are_those_of_its_file():
    written, declared = plain(compose().causal), as_yaml(CausalOptions())
    assert {name: value for name, value in written.items() if name not in command.CHOSEN} == declared


def test_fields_of_discovery_are_those_of_its_file():
    assert of_file("discovery=common") == as_yaml(DiscoverOptions())


def of_file(*overrides):
    given = plain(compose(*overrides).discovery)
    return {name: value for name, value in given.items() if name != "estimate"}


def causal(**given):
    return command.options({**plain(compose().causal), **given})


def discovery(**given):
    return DiscoverOptions.of({**of_file("discovery=common"), **given})


@pytest.mark.parametrize(
    ("options", "given", "message"),
    [
        (causal, {"gradient": []}, r"causal.gradient=\[\] must be one of none, latent"),
        (causal, {"probe": "abc"}, "causal.probe=abc must be a group of options"),
        (causal, {"permutations": 10**10}, "permutations=10,000,000,000 must be at most 100,000: memory and"),
        (causal, {"bins": 10**4}, "causal.bins=10,000 must be at most 1,000: a figure shows no more"),
        (causal, {"depth": 1}, "causal has no option depth; it has test, gradient"),
        (discovery, {"knowledge": None}, "discovery.knowledge=null must be a group of options"),
        (discovery, {"knowledge": {"tiers": 3}}, "discovery.knowledge.tiers=3 must be a list"),
        (discovery, {"variables": "redshift"}, "discovery.variables=redshift must be a list"),
        (discovery, {"sweep": ["a"]}, r"discovery.sweep=\['a'\] must be a list of numbers"),
        (discovery, {"stability": {"flip": "few"}}, "discovery.stability.flip=few must be a number"),
        (discovery, {"stability": {"flips": 1}}, "discovery.stability has no option flips; it has replicat"),
        (discovery, {"stability": {"threshold": "???"}}, r"discovery.stability.threshold=\?\?\?' must be"),
        (discovery, {"stability": {"workers": 5000}}, "stability.workers=5,000 must be at most 1,024: each"),
        (discovery, {"stability": {"replicates": 10**10}}, "must be at most 100,000: each is a search"),
        (discovery, {"selected": ["x1"]}, "set discovery.truth too"),
    ],
)
def test_what_cannot_be_is_refused_by_name(options, given, message):
    with pytest.raises(UserError, match=message):
        options(**given)
