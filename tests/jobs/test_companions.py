"""What comes along with inputs is told of."""

from galaxy_causal.jobs.companions import beside
from galaxy_causal.types import Input, InputPair, InputSet

EBV = Input("ebv", "ebv")


def sets(label, *items):
    return InputSet(label, tuple(sorted(items)))


def test_errors_dust_and_flags_are_in_words():
    g = Input("photometry", "g", error=True, limit=True)
    x1, x2 = sets("photometry[g]", g, EBV), sets("redshift", Input("redshift", "redshift"), EBV)
    assert beside(InputPair(x1, x2, x1)) == {
        "x1": "with errors, flags of upper limits and E(B-V)",
        "x2": "with E(B-V)",
    }


def test_what_the_labels_say_is_not_said_again():
    u, g = Input("photometry", "u"), Input("photometry", "g")
    assert beside(InputPair(sets("u", u), sets("others", g), sets("all", u, g))) == {"x1": "", "x2": ""}
    both = InputPair(
        sets("ebv+photometry[u]", u, EBV), sets("ebv+photometry[g]", g, EBV), sets("all", u, g, EBV)
    )
    assert beside(both) == {"x1": "", "x2": ""}
