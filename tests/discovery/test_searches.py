"""Every algorithm finds what can be found, again and again, whatever the columns are called."""

import os
import subprocess
import sys

import numpy as np
import pytest

from galaxy_causal.discovery import (
    BOSS,
    FCI,
    GES,
    PC,
    ExactPosterior,
    GRaSP,
    HillClimbing,
    cpdag,
    knowledge,
    linear_gaussian,
    random_dag,
    resample,
    variables,
)
from galaxy_causal.discovery.marks import ARROW, TAIL, directed
from galaxy_causal.types import UserError

CPDAG = [
    PC(),
    PC(majority=False),
    PC(test="nonparanormal"),
    PC(test="additive"),
    GES(),
    GES(library="causal-learn"),
    GES(score="nonparanormal_bic"),
    HillClimbing(),
    BOSS(),
    BOSS(score="additive_bic", basis=4),
    GRaSP(),
    ExactPosterior(),
    ExactPosterior(transform="normal_scores"),
]
NAMES = ["g-r", "log M*", "z (spec)", "1.5", "v000"]


@pytest.fixture(scope="module")
def galaxies():
    """A collider with an effect and a chain into it: every arrow but one can be told."""
    parents = np.zeros((5, 5), dtype=bool)
    for cause, effect in ((0, 2), (1, 2), (2, 3), (4, 0)):
        parents[cause, effect] = True
    values = linear_gaussian(parents, 20_000, np.random.default_rng(1))
    return parents, variables(NAMES, values)


@pytest.mark.parametrize("search", CPDAG, ids=repr)
def test_it_finds_the_class_of_a_linear_gaussian_graph(galaxies, search):
    parents, table = galaxies
    found = search.search(search.prepare(table), knowledge(table.names))
    assert (found.marks == cpdag(parents)).all()
    assert search.kind == "cpdag"


def test_fci_leaves_open_what_hidden_causes_could_make(galaxies):
    _, table = galaxies
    marks = FCI().search(FCI().prepare(table), knowledge(table.names)).marks
    assert (marks[2, 3], marks[3, 2]) == (ARROW, TAIL)
    assert (marks[1, 2], marks[2, 1]) == (ARROW, 3)


@pytest.mark.parametrize("search", [*CPDAG, FCI(), BOSS(starts=1), GRaSP(starts=1)], ids=repr)
def test_the_same_data_and_seed_give_the_same_graph(search):
    """On noisy small data, where paths of a search differ; global generators are put elsewhere in between."""
    rng = np.random.default_rng(3)
    table = variables(NAMES, linear_gaussian(random_dag(5, 7, rng), 80, rng))
    graphs = []
    for state in (1, 2):
        np.random.seed(state)  # noqa: NPY002
        counts = resample(80, "bootstrap", 0.5, (0, 0))
        graphs.append(search.search(search.prepare(table), knowledge(NAMES), counts, seed=4).marks)
    assert (graphs[0] == graphs[1]).all()


ANOTHER_PROCESS = """
import numpy as np
from galaxy_causal.discovery import *
rng = np.random.default_rng(3)
table = variables(list("abcdef"), linear_gaussian(random_dag(6, 10, rng), 150, rng))
for search in (PC(), FCI(), GES(), GES(library="causal-learn"), HillClimbing(), BOSS(), GRaSP()):
    print(search.search(search.prepare(table), knowledge(table.names), seed=1).marks.tolist())
"""


@pytest.mark.long
def test_another_process_gives_the_same_graphs():
    """Python hashes text anew in every process, and libraries go through sets."""
    runs = [
        subprocess.run(
            [sys.executable, "-c", ANOTHER_PROCESS], env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    assert runs[0] == runs[1]
    assert len(runs[0].splitlines()) == 7


TIERS = {"tiers": [["v000", "log M*"], ["g-r", "z (spec)"], ["1.5"]]}


@pytest.mark.parametrize("search", [*CPDAG[:1], *CPDAG[4:6], *CPDAG[7:9], *CPDAG[10:12], FCI()], ids=repr)
def test_tiers_and_edges_hold(galaxies, search):
    _, table = galaxies
    known = knowledge(
        NAMES, **TIERS, forbidden=[["log M*", "z (spec)"], ["z (spec)", "log M*"]], required=[["v000", "1.5"]]
    )
    found = search.search(search.prepare(table), known)
    to = directed(found.marks)
    assert to[4, 3]
    assert to[4, 0] or search.kind == "pag"
    assert not found.marks[1, 2]
    assert not (to & ~known.may).any()
    assert not ((found.marks == TAIL).T & ~known.may & (found.marks != TAIL)).any()


def test_what_knowledge_overrode_is_listed(galaxies):
    _, table = galaxies
    known = knowledge(NAMES, required=[["z (spec)", "g-r"]])
    found = PC().search(PC().prepare(table), known)
    assert directed(found.marks)[2, 0]
    assert found.imposed == ((2, 0),)


def test_discrete_variables():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 2, (2, 5000))
    c = (a + b + (rng.random(5000) < 0.2)) % 3
    table = variables(["a", "b", "c"], np.column_stack([a, b, c]).astype(float), deterministic=True)
    expected = cpdag(np.array([[0, 0, 1], [0, 0, 1], [0, 0, 0]], dtype=bool))
    for search in (PC(test="g_squared"), GES(score="discrete_bic"), BOSS(score="discrete_bic")):
        assert (search.search(search.prepare(table), knowledge(table.names)).marks == expected).all()


def test_the_spline_score_sees_a_parabola():
    rng = np.random.default_rng(0)
    x = rng.normal(size=3000)
    table = variables(["x", "y"], np.column_stack([x, x**2 + rng.normal(size=3000)]))
    for score, edges in (("additive_bic", 1), ("gaussian_bic", 0)):
        search = BOSS(score=score)
        assert np.sum(search.search(search.prepare(table), knowledge(["x", "y"])).marks != 0) == 2 * edges


def test_the_least_information_takes_out_weak_edges():
    """r = 0.2 tells -log(1 - r^2) / 2 = 0.0204 nats."""
    rng = np.random.default_rng(0)
    x, e = rng.normal(size=(2, 100_000))
    table = variables(["x", "y"], np.column_stack([x, 0.2 * x + np.sqrt(0.96) * e]))
    for least, edges in ((0.018, 1), (0.023, 0)):
        search = GES(least=least)
        assert np.sum(search.search(search.prepare(table), knowledge(["x", "y"])).marks != 0) == 2 * edges


@pytest.mark.parametrize(
    ("search", "settings", "words"),
    [
        (PC, {"test": "nosuch"}, "algorithm.test=nosuch must be one of fisher_z"),
        (PC, {"alpha": 1.0}, "algorithm.alpha=1.0 must be below 1"),
        (PC, {"alpha": 0}, "algorithm.alpha=0 must be a number, above 0"),
        (PC, {"basis": 2000}, "algorithm.basis=2,000 must be at most 1,000: every function is a coefficient"),
        (FCI, {"depth": -1}, "algorithm.depth=-1 must be a whole number, at least 0, or null"),
        (FCI, {"alpha": "x"}, "algorithm.alpha=x must be a number"),
        (GES, {"score": "nosuch"}, "algorithm.score=nosuch must be one of gaussian_bic"),
        (GES, {"library": "tetrad"}, "algorithm.library=tetrad must be one of pgmpy, causal-learn"),
        (GES, {"library": "causal-learn", "score": "additive_bic"}, "library=pgmpy"),
        (GES, {"library": "causal-learn", "least": 0.1}, "library=pgmpy"),
        (HillClimbing, {"penalty": 0.0}, "algorithm.penalty=0.0 must be a number, above 0"),
        (HillClimbing, {"tabu": -1}, "algorithm.tabu=-1 must be a whole number, at least 0"),
        (BOSS, {"least": -1.0}, "algorithm.least=-1.0 must be a number, at least 0"),
        (GRaSP, {"starts": 0}, "algorithm.starts=0 must be a whole number, at least 1"),
        (ExactPosterior, {"mean_weight": 0.0}, "algorithm.mean_weight=0.0 must be a number, above 0"),
        (ExactPosterior, {"transform": "log"}, "algorithm.transform=log must be one of none, normal_scores"),
    ],
)
def test_settings_that_cannot_be_are_refused(search, settings, words):
    with pytest.raises(UserError, match=words):
        search(**settings)


def test_a_dial_turns_and_exact_has_none():
    assert PC().turned(0.2).alpha == 0.2
    assert BOSS().turned(3.0).penalty == 3.0
    with pytest.raises(TypeError, match="no setting"):
        ExactPosterior().turned(1.0)
