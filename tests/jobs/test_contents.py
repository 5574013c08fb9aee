"""What pages hold, of planted results: the badge, warnings, captions, shares and units."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from galaxy_causal.discovery import Knowledge, Tails
from galaxy_causal.jobs.compared import Compared
from galaxy_causal.jobs.decompose.meaning import Meaning
from galaxy_causal.jobs.decompose.result import Decomposition
from galaxy_causal.jobs.discover.result import Discovery
from galaxy_causal.jobs.page import Asked, Content, fraction, markdown, page_of
from galaxy_causal.jobs.report.result import Report
from galaxy_causal.jobs.subsets.content import content as of_subsets
from galaxy_causal.page import render
from galaxy_causal.types import Edge, Estimate, Graph, Summary, share

ATOMS = {"redundant": 0.5, "unique_1": 0.1, "unique_2": 0.2, "synergistic": 0.3}
LABEL = "log M_{BH} [Msun]"


def decomposition(target="age [Gyr]", numbers=None, unit="", **verdicts):
    value = {"mi_x1": 0.6, "mi_x2": 0.7, "mi_union": 1.1}
    value |= {f"population_min/{atom}": own for atom, own in ATOMS.items()}
    words = {key: verdicts.get(key.rpartition("/")[2], "reliable") for key in value}
    everyone = Summary("all", 900, value, dict.fromkeys(value, 0.01), verdict=words)
    return Decomposition(
        x1="u", x2="g", target=target, measure="population_min", meanings={}, dataset={"name": "mine"},
        left_out={}, summaries=(everyone,), curves=(), warnings=(), shortfall={}, ceiling=(), limits={},
        columns={"y": np.zeros(3)}, least=10, meaning=Meaning(unit, numbers or {}),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("verdicts", "badge"),
    [
        ({}, "reliable"),
        ({"mi_x2": "not to be trusted"}, "not to be trusted"),
        ({"unique_1": "too low"}, "too low"),
        ({"unique_1": "too low", "mi_x1": "lower bound"}, "lower bound"),
        ({"synergistic": "not to be trusted", "mi_union": "lower bound"}, "not to be trusted"),
    ],
)
def test_the_badge_of_a_decomposition_is_the_worst_verdict_of_its_headline(verdicts, badge):
    assert decomposition(**verdicts).content().verdict == badge


def test_measures_beside_the_headline_do_not_count_for_the_badge():
    found = decomposition()
    (everyone,) = found.summaries
    beside = dict.fromkeys(("pointwise_min/redundant",), "not to be trusted")
    more = replace(everyone, verdict={**everyone.verdict, **beside})
    assert replace(found, summaries=(more,)).content().verdict == "reliable"


def estimate(*values, verdict="reliable"):
    return Estimate(np.array(values), np.full(len(values), 0.01), (verdict,) * len(values))


def test_the_badge_of_subsets_is_that_of_their_worth_too():
    worth, nothing = estimate(0.2, 0.3), estimate()
    found = SimpleNamespace(
        names=("u", "g"), target="age", dataset={}, columns={"id": [1]}, method="all", warnings=(),
        everything=estimate(0.5), shapley=worth, alone=worth, last=worth, sizes=(), best=(),
        pairs={"pair": []}, synergy=nothing, redundancy=nothing, to_pandas=lambda: {},
    )  # fmt: skip
    assert of_subsets(found).verdict == "reliable"
    found.shapley = replace(worth, verdict=("reliable", "not to be trusted"))
    assert of_subsets(found).verdict == "not to be trusted"
    found.shapley = estimate(0.2, -0.3)
    assert of_subsets(found).verdict == "not to be trusted"


def discovery(**changes):
    graph = Graph(
        "cpdag", ("z", "target", "g-r"), (Edge("z", "target", "tail", "arrow"),), imposed=(("z", "g-r"),)
    )
    given = {
        "graph": graph, "consensus": None, "truth": None, "edges": (), "dataset": {"target": "a fit"},
        "known": Knowledge(graph.variables, (), {}, {}), "count": 9, "measured": {}, "replicates": 0,
        "simulated": None, "unsimulated": "", "heavy": (), "robust": "", "dial": "alpha", "sweep": (),
    }  # fmt: skip
    return Discovery(**(given | changes))


def test_the_page_of_a_discovery_warns_of_circular_edges_outliers_and_what_knowledge_overrode():
    tails = Tails("z", 3, 100, 9.0)
    found = discovery(makings=(("z", "target"),), heavy=(tails,), robust="ranks=true").content()
    outliers, circular, overrode = found.warnings
    assert outliers.startswith("values more than")
    assert circular.startswith("the target was made with what it is joined to here (a fit). So z --> target")
    assert overrode == "knowledge overrode the data on z and g-r"
    assert "**Warning:** the target was made with" in markdown("said", found)
    quiet = discovery(graph=replace(discovery().graph, imposed=()))
    assert quiet.content().warnings == ()


def draw(folder, name):
    Image.new("RGB", (2, 2)).save(folder / f"{name}.png")


def captions(folder, names, of):
    for name in names:
        draw(folder, name)
    made = page_of("said", Content(title="title", captions=of), Asked(), folder, names)
    return {one.name: one.caption for one in (*made.figures, *made.gallery)}


def test_captions_hold_labels_with_braces(tmp_path):
    of = {"against_": f"{LABEL} on {{rest}}"}
    assert captions(tmp_path, ["against_g_r"], of) == {"against_g_r": "log M_{BH} [Msun] on g r"}
    draw(tmp_path, "atoms_by_class")
    found = decomposition(LABEL)
    text = render(page_of(found.answer, found.content(), Asked(), tmp_path, ["atoms_by_class"]))
    assert "information about log M_{BH} of all galaxies" in text


def test_a_figure_has_the_caption_of_the_longest_beginning(tmp_path):
    of = {"sdss": "the first", "sdss_mgs": "the second", "sdss_against": "along", "sdss_mgs_against": "too"}
    names = ["sdss", "sdss_mgs", "sdss_mgs_against", "sdss_against"]
    assert list(captions(tmp_path, names, of).values()) == ["the first", "the second", "too", "along"]


def test_every_figure_of_a_decomposition_has_a_caption_of_its_own(tmp_path):
    names = ["atoms_by_class", "atoms_against", "one_galaxy", "gallery", "maps"]
    own = decomposition().content()
    found = captions(tmp_path, names, own.captions)
    assert not [name for name, caption in found.items() if caption.startswith(name.replace("_", " "))]
    assert len(set(found.values())) == len(names)


def test_the_page_has_the_unit_that_the_terminal_has():
    numbers = {"scatter_prior": (0.5, 0.01)}
    assert (
        "scatters by 0.5 dex among" in decomposition("log10 SFR [Msun/yr]", numbers, "dex").content().meaning
    )
    assert "scatters by 0.5 dex among" in decomposition("log10 SFR [Msun/yr]", numbers).content().meaning
    assert "scatters by 0.5 Gyr among" in decomposition("age [Gyr]", numbers).content().meaning
    assert "scatters by 0.5 Myr among" in decomposition("age [Gyr]", numbers, "Myr").content().meaning


@pytest.mark.parametrize("value", [0.0, 0.004, 0.996, 1.0, 1 - 1e-10, 1e-10])
def test_shares_of_tables_are_those_of_sentences(value):
    assert fraction(value).text == share(value)


def test_a_share_is_whole_or_none_only_where_it_is():
    assert [share(x) for x in (0.996, 1 - 1e-10, 1e-10)] == ["99.6 %", "> 99.9999 %", "< 0.0001 %"]
    assert fraction(float("nan")).text == "-"


@pytest.mark.parametrize(("count", "along"), [(6, "target and magnitude"), (7, "the target")])
def test_figures_of_a_report_say_along_what_they_are(tmp_path, count, along):
    pairs = {f"pair {k}": decomposition() for k in range(count)}
    report = Report({"sdss": pairs, "sdss_mgs": pairs}, {"sdss": "y", "sdss_mgs": "y"}, "population_min", {})
    names = ["sdss_mgs", "sdss_mgs_against", "sdss_mgs_against_magnitude", "sdss"]
    assert list(captions(tmp_path, names, report.content().captions).values()) == [
        "The atoms of all pairs of sdss_mgs",
        f"The atoms of sdss_mgs along {along}",
        "The atoms of sdss_mgs along magnitude",
        "The atoms of all pairs of sdss",
    ]


def test_the_page_of_a_sweep_calls_its_members_so():
    found = Report({"sweep": {"a": decomposition()}}, {"sweep": "y"}, "population_min", {}).content()
    assert "the sweep: 1 member, y" in found.question
    assert found.captions["sweep"] == "The atoms of the sweep"


def test_members_side_by_side_have_errors_and_marks():
    def one(place, tags, **numbers):
        told = {
            "mi": 1.25,
            "mi_err": 0.031,
            "verdict/mi": place,
            "worth": 0.5,
            "worth_err": 0.02,
            "galaxies": 900,
        }
        return SimpleNamespace(tracked=lambda: told | numbers, tags=lambda: tags, answer="said")

    found = Compared("subsets", {"a": one(1.0, {}), "b": one(0.0, {"verdict_worth": "not to be trusted"})})
    table = found.content().tables[1]
    assert table.columns == ("member", "mi", "worth", "galaxies")
    assert [[getattr(cell, "text", cell) for cell in row] for row in table.rows] == [
        ["a", "≥ 1.250 ± 0.031", "0.500 ± 0.020", "900"],
        ["b", "1.250 ± 0.031", "0.500 ± 0.020 (?)", "900"],
    ]
    assert "(?): not to be trusted" in table.note
    unknown = Compared("predict", {"a": one(0.0, {}, worth_err=float("nan"))}).content().tables[1]
    assert unknown.rows[0][2].text == "0.500 ± -"
