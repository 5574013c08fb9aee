"""The answers in sentences, of planted results: signs, zeros, verdicts, classes, the target's own name."""

from dataclasses import replace

import numpy as np
import pytest

from galaxy_causal.jobs.causal.answer import answer as of_causal
from galaxy_causal.jobs.decompose.answer import answer as of_decomposition
from galaxy_causal.jobs.decompose.answer import meaning
from galaxy_causal.jobs.discover.answer import answer as of_discovery
from galaxy_causal.jobs.report.answer import answer as of_report
from galaxy_causal.jobs.subsets.answer import answer as of_subsets
from galaxy_causal.types import Answer, Dependence, Edge, Estimate, Graph, Summary

ATOMS = ("redundant", "unique_1", "unique_2", "synergistic")
NAN = float("nan")


def summary(union=3.5, atoms=(0.9, 0.03, 0.2, 2.4), error=0.01, verdict="reliable", **changes):
    value = {"mi_x1": atoms[0] + atoms[1], "mi_x2": atoms[0] + atoms[2], "mi_union": union}
    value |= {f"m/{name}": one for name, one in zip(ATOMS, atoms, strict=True)}
    words = dict.fromkeys(value, verdict) if verdict else {}
    given = {
        "group": "all",
        "count": 900,
        "value": value,
        "error": dict.fromkeys(value, error),
        "verdict": words,
    }
    return Summary(**(given | changes))


def told(one, target="age [Gyr]"):
    return of_decomposition(one, "m", "colours", "redshift", target)


def test_a_plain_decomposition():
    assert told(summary()) == (
        "Together colours and redshift tell 3.500 ± 0.010 nats of age. Of this, 2.400 ± 0.010 is synergistic "
        "(neither tells it without the other), 0.900 ± 0.010 redundant (either tells it), "
        "0.200 ± 0.010 unique to "
        "redshift and 0.030 ± 0.010 unique to colours. All these numbers are reliable."
    )


def test_the_target_has_its_own_name_without_latex_and_unit():
    assert "nats of log₁₀ M⋆/M⊙." in told(summary(), r"$\log_{10} M_\star/M_\odot$")
    assert "nats of SFR." in told(summary(), "SFR [Msun/yr]")
    assert "mass" not in told(summary(), "age").lower()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.005, "tell nothing of age that can be seen: 0.005 ± 0.010 nats"),
        (-0.01, "tell nothing of age that can be seen: -0.010 ± 0.010 nats"),
        (-0.5, "seem to tell -0.500 ± 0.010 nats of age, which no information can be"),
        (NAN, "together tell of age is unknown"),
    ],
)
def test_nothing_negative_and_unknown(value, words):
    assert words in told(summary(union=value))


def test_atoms_that_are_zero_or_below_it_are_said_to_be():
    found = told(summary(atoms=(-0.09, 0.001, 0.0, 0.5)))
    assert "Of this, 0.500 ± 0.010 is synergistic" in found
    assert (
        "nothing that can be seen is unique to colours (0.001 ± 0.010) or unique to redshift (0.000 ± 0.010)"
        in found
    )
    assert "below zero, as misinformation: redundant (-0.090 ± 0.010)" in found


def test_atoms_of_averages_below_zero_are_said_to_be_impossible_and_not_reliable():
    """Of I1 = 0.5, I2 = 0.1 and I12 = 0.4 the synergy is -0.1, which only errors of estimates can make."""
    found = of_decomposition(
        of_averages(summary(union=0.4, atoms=(0.1, 0.4, 0.0, -0.1))), "population_min", "u", "g", "age"
    )
    assert "below zero, which these atoms cannot be: synergistic (-0.100 ± 0.010)" in found
    assert "misinformation" not in found
    assert found.endswith("Not to be trusted: the synergistic part; the others are reliable.")


def of_averages(one):
    """The same, with atoms of the minimum of the means."""
    parts = {
        name: {key.replace("m/", "population_min/"): own for key, own in getattr(one, name).items()}
        for name in ("value", "error", "verdict")
    }
    return replace(one, **parts)


def test_numbers_of_unknown_error_are_said_to_be():
    known = summary(atoms=(-0.06, 0.001, 0.2, 2.4))
    found = told(replace(known, error=known.error | {"m/redundant": NAN}))
    assert "of unknown error: redundant (-0.060)" in found
    assert "nothing that can be seen is unique to colours (0.001 ± 0.010);" in found
    found = told(replace(known, error=dict.fromkeys(known.error, NAN)))
    assert "tell 3.500 nats of age, of unknown error." in found
    assert "nothing that can be seen" not in found
    assert "below zero" not in found


def test_parts_of_what_is_not_seen_are_no_parts_of_this():
    found = told(summary(union=0.01, atoms=(0.06, 0.0, 0.0, -0.05)))
    assert "Its parts: 0.060 ± 0.010 redundant (either tells it);" in found
    assert "of this" not in found.lower()


def test_an_edge_has_the_end_of_its_interval():
    edge = summary(atoms=(0.9, 0.0, 0.2, 2.4), low={"m/unique_1": 0.0}, high={"m/unique_1": 0.0173})
    assert "unique to colours (below 0.017)" in told(edge)
    assert "unique to colours (0)" in told(replace(edge, high={"m/unique_1": 0.0}))


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("reliable", "All these numbers are reliable."),
        ("lower bound", "All these numbers are lower bounds: the truth is higher."),
        ("not to be trusted", "None of these numbers is to be trusted."),
        ("", "None of these numbers was judged."),
    ],
)
def test_verdicts_of_all(verdict, words):
    assert told(summary(verdict=verdict)).endswith(words)


def test_mixed_verdicts_name_what_is_worse():
    words = summary().verdict | {"mi_union": "lower bound", "m/synergistic": "lower bound"}
    mixed = replace(summary(), verdict=words | {"m/unique_1": "not to be trusted"})
    found = told(mixed)
    assert "tell at least 3.500 ± 0.010 nats" in found
    assert found.endswith(
        "Not to be trusted: the part unique to colours; lower bounds: what both tell and "
        "the synergistic part; "
        "the others are reliable."
    )


def test_a_class_and_a_target_with_an_error_have_their_share():
    known = summary(union=0.6)
    with_share = replace(known, value=known.value | {"mi_ceiling": 0.67, "mi_union_share": 0.9})
    assert "tell 0.600 ± 0.010 nats of type, 90 % of all that there is to know." in told(with_share, "type")
    above = replace(known, value=known.value | {"mi_ceiling": 0.56, "mi_union_share": 1.08})
    found = told(above, "type")
    assert "tell 0.600 ± 0.010 nats of type, as much as, or more than, the ceiling allows." in found
    assert "%" not in found
    unknown = replace(known, value=known.value | {"mi_ceiling": NAN, "mi_union_share": NAN})
    assert "tell 0.600 ± 0.010 nats of type." in told(unknown, "type")


def test_what_nats_mean():
    names = {"mi_x1": "colours", "mi_x2": "redshift", "mi_union": "both"}
    found = meaning(summary(), "log10 M", {}, names)
    assert "3.50 nats leave 3 % of it" in found
    width = {"before": 0.62, "mi_x1": 0.31, "mi_x2": 0.4, "mi_union": 0.0221}
    found = meaning(summary(), "log10 M", width, names)
    assert "scatters by 0.62 dex among all test galaxies" in found
    assert "0.0221 dex once both are known" in found
    found = meaning(summary(), "log10 M", {"before": 0.62}, names)  # of what makes no estimates
    assert found.endswith("scatters by 0.62 dex among all test galaxies.")
    classes = replace(summary(), value=summary().value | {"mi_ceiling": 4.0})
    assert "Gaussian" not in meaning(classes, "type", {}, names)


def estimate(values, error=0.01, verdict="reliable"):
    values = np.array(values, dtype=float)
    return Estimate(values, np.full(len(values), error), (verdict,) * len(values) if verdict else ())


def test_subsets():
    names = ("u", "g", "W1")
    found = of_subsets(names, "age", estimate([1.5]), estimate([0.2, 0.3, 1.0]), "gW1", 0.05)
    assert found == (
        "Together u, g and W1 tell 1.500 ± 0.010 nats of age. By Shapley value W1 (1.000 ± 0.010) is worth "
        "most, then g (0.300 ± 0.010) and u (0.200 ± 0.010); within 0.05 nats of all of them gW1 would do. "
        "All these numbers are reliable."
    )
    nothing = of_subsets(names, "age", estimate([0.001]), estimate([0.001, 0.0, -0.2]), "", 0.05)
    assert "tell nothing of age that can be seen" in nothing
    assert "none of them is worth anything that can be seen" in nothing
    assert "below zero, which no worth can be: W1 (-0.200 ± 0.010)" in nothing
    assert nothing.endswith("Not to be trusted: the worth of W1; the others are reliable.")
    unknown = of_subsets(names, "age", estimate([1.5]), estimate([0.2, NAN, 1.0]), "", 0.05)
    assert "W1 (1.000 ± 0.010) is worth most, then u (0.200 ± 0.010); unknown: g." in unknown
    unsure = replace(estimate([0.2, 0.3, 1.0]), error=np.array([0.01, NAN, 0.01]))
    assert "then u (0.200 ± 0.010); of unknown error: g (0.300)." in of_subsets(
        names, "age", estimate([1.5]), unsure, "", 0.05
    )
    no_error = of_subsets(names, "age", estimate([1.5], error=NAN), estimate([NAN] * 3), "", 0.05)
    assert no_error.startswith("Together u, g and W1 tell 1.500 nats of age, of unknown error.")
    assert "unknown: u, g and W1." in no_error
    lower = of_subsets(
        names, "age", estimate([1.5], verdict="lower bound"), estimate([1, 0, 0], verdict=""), "", 0.1
    )
    assert "tell at least 1.500 ± 0.010 nats" in lower
    assert lower.endswith("All these numbers are lower bounds: the truth is higher.")


def dependence(corr=0.3, p=1e-8, error=0.02):
    numbers = dict.fromkeys(Dependence.__dataclass_fields__, 0.1)
    own = {"group": "all", "corr": corr, "corr_error": error, "corr_p": p, "pred_eff_p": NAN, "kernel_p": NAN}
    return Dependence(**(numbers | own))


def query(name, *given, **how):
    return Answer(name, given, (dependence(**how),), ())


def test_causal():
    both = [query("redshift"), query("ebv", p=0.4, corr=-0.01)]
    found = of_causal("colours", "age [Gyr]", both, {})
    assert found == (
        "Among galaxies that colours makes alike, age depends on redshift (local "
        "correlation +0.300 ± 0.020, p = "
        "1e-08); no dependence of age on ebv (local correlation -0.010 ± 0.020, p = 0.400) "
        "is seen. So redshift "
        "tells of age what colours lacks."
    )
    lost = {"sufficiency/mi_lost": 0.2, "sufficiency/mi_lost_err": 0.02}
    assert "the latent has lost 0.200 ± 0.020 nats" in of_causal("colours", "age", both, lost).replace(
        "The l", "the l"
    )
    assert "lost" not in of_causal("colours", "age", both, dict.fromkeys(lost, 0.01))
    none = of_causal("colours", "age", both[1:], {})
    assert "That none is seen is no proof that there is none." in none
    masked = of_causal("colours", "age", [query("z", corr=NAN, p=NAN)], {})
    assert "z could not be asked: all neighbourhoods are masked" in masked
    assert "redshift given ebv (local" in of_causal("colours", "age", [query("redshift", "ebv")], {})


def graph(*edges, variables=("z", "target", "g-r"), kind="cpdag"):
    return Graph(kind, variables, tuple(Edge(*one) for one in edges))


def test_discovery():
    found = graph(("z", "target", "tail", "arrow"), ("target", "g-r", "tail", "tail"))
    shares = {("z", "target"): 0.98, ("target", "g-r"): 0.6, ("z", "g-r"): 0.1}
    assert of_discovery(found, shares, 5000, {}) == (
        "The search finds 2 edges between 3 variables of 5,000 galaxies, 1 of them with "
        "a direction. Joined with "
        "target: z → target (98 % of resamples) and target - g-r (60 % of resamples). "
        "Shares of resamples say how "
        "stable an edge is, not how likely it is true."
    )
    assert "nothing is known of how stable this is" in of_discovery(found, {}, 5000, {})
    assert "joins none of 3 variables" in of_discovery(graph(), shares, 10, {})
    apart = of_discovery(graph(("z", "g-r", "arrow", "arrow"), kind="pag"), {}, 10, {})
    assert "Nothing is joined with target." in apart
    other = of_discovery(graph(("a", "b", "arrow", "arrow"), variables=("a", "b"), kind="pag"), {}, 10, {})
    assert "a ↔ b" in other
    assert "finds 1 edge between 2 variables of 10 galaxies, without a direction." in other
    one = of_discovery(graph(("z", "target", "tail", "arrow")), {}, 10, {})
    assert "finds 1 edge between 3 variables of 10 galaxies, with a direction." in one
    true = {"adjacency_precision": 0.75, "adjacency_recall": NAN}
    assert "not how likely it is true. Against the truth" in of_discovery(found, shares, 9, true)
    assert "nothing is known of how stable this is. Against the truth" in of_discovery(found, {}, 9, true)
    assert "Against the truth 75 % of the edges are right, and an unknown share" in of_discovery(
        found, shares, 9, true
    )


def test_report():
    pairs = {"u | r": summary(union=1.0, atoms=(0, 0, 0, 0.4)), "W1 | r": summary(verdict="lower bound")}
    assert of_report({"bands": pairs, "none": {}}, {"bands": "age", "none": "age"}, "m") == (
        "Of 2 pairs of bands, W1 | r (3.500 ± 0.010 nats, lower bound) tells most of age, "
        "u | r (1.000 ± 0.010 nats) "
        "least; the synergy is largest of W1 | r (2.400 ± 0.010 nats, lower bound)."
    )


def of_pairs(study="bands", **pairs):
    return of_report({study: pairs}, {study: "age"}, "m")


def test_a_report_on_a_sweep_tells_of_members():
    found = of_pairs("sweep", a=summary(union=1.0), b=summary(union=2.0))
    assert found.startswith("Of 2 members of the sweep, b (2.000 ± 0.010 nats) tells most of age, a (1.000")


def test_pairs_that_differ_by_chance_are_not_ranked():
    found = of_pairs("sweep", a=summary(union=1.0), b=summary(union=1.02, error=0.01))
    assert found.startswith(
        "What 2 members of the sweep tell of age cannot be told apart, from b (1.020 ± 0.010 nats) to a ("
    )
    assert "most" not in found
    assert "tells most" in of_pairs(a=summary(union=1.0), b=summary(union=1.03))
    unknown = of_pairs(a=summary(union=1.0), b=summary(union=3.0, error=NAN))
    assert "cannot be told apart" in unknown


def test_one_pair_alone_is_neither_most_nor_least():
    assert of_pairs(a=summary(union=1.0, verdict="lower bound", atoms=(0, 0, 0, 0.4))) == (
        "Of 1 pair of bands: a tells of age 1.000 ± 0.010 nats, lower bound; the synergy is 0.400 ± 0.010 "
        "nats, lower bound."
    )
    known = of_pairs(a=summary(union=1.0, atoms=(0, 0, 0, 0)), b=summary(union=NAN))
    assert known == "Of 2 pairs of bands one is known: a tells of age 1.000 ± 0.010 nats."


def test_no_synergy_is_the_largest_where_none_is_seen():
    pairs = {"a": summary(union=1.0, atoms=(1, 0, 0, 0.01)), "b": summary(union=2.0, atoms=(2, 0, 0, -0.5))}
    assert "synergy" not in of_pairs(**pairs)
    assert "synergy is largest of c" in of_pairs(**pairs, c=summary(atoms=(1, 0, 0, 0.03)))
