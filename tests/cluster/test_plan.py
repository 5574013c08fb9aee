"""What a sweep is called."""

from hydra.core.override_parser.overrides_parser import OverridesParser

from galaxy_causal.cluster import Member, Plan


def test_no_beginning_of_a_sweeps_name_is_read_as_a_number():
    parser = OverridesParser.create()
    for number in range(64):
        name = Plan((Member((f"seed={number}",)),), (), "", ()).id
        assert name == Plan((Member((f"seed={number}",)),), (), "elsewhere", ()).id
        for letters in range(1, len(name) + 1):
            assert parser.parse_override(f"sweep={name[:letters]}").value() == name[:letters]
