"""Measures of tables against dit and published values, and the axioms that each obeys."""

import dit.pid
import numpy as np
import pytest
from discrete_laws import BIT, BIVARIATE, TRIVARIATE, bivariates, random_tables, table, total, trivariates
from scipy.stats import norm

from galaxy_causal.decomposition import (
    MEASURES,
    Parts,
    TableMeasure,
    marginals,
    specificity_ambiguity,
    table_shared_exclusions,
)
from galaxy_causal.types import UserError

NODES = (((0,), (1,)), ((0,),), ((1,),), ((0, 1),))
OF_TABLES = {name: one for name, one in MEASURES.items() if isinstance(one, TableMeasure)}
FEW = 6  # outcomes
INDEPENDENT = {
    "table_i_min": dit.pid.PID_WB,
    "table_population_min": dit.pid.PID_MMI,
    "table_shared_exclusions": dit.pid.PID_SX,
    "specificity_ambiguity": dit.pid.PID_PM,
}


@pytest.mark.parametrize("name", INDEPENDENT)
def test_our_measures_are_those_of_dit_on_its_distributions(name):
    """Exact but for rounding; of three sources the second and third are one. dit is slow on laws of many
    outcomes; those of two sources are in benchmarks/known_answers.py too."""
    laws = [(law, [[0], [1]], [2], BIVARIATE[key]) for key, law in bivariates.items()]
    laws += [(law, [[0], [1, 2]], [3], TRIVARIATE[key]) for key, law in trivariates.items()]
    for law, sources, target, p in laws:
        if len(law.outcomes) > FEW:
            continue
        theirs = INDEPENDENT[name](law, sources, target)
        nodes = [tuple(tuple(v for s in group for v in sources[s]) for group in node) for node in NODES]
        expected = [BIT * float(theirs.get_pi(node)) for node in nodes]
        np.testing.assert_allclose([atom for _, atom in total(name, p)], expected, atol=1e-12)


PUBLISHED = {
    "table_i_min": (0.311, 0.0, 0.0, 0.5),
    "table_population_min": (0.311, 0.0, 0.0, 0.5),
    "broja": (0.311, 0.0, 0.0, 0.5),
    "ccs": (0.104, 0.208, 0.208, 0.292),
    "table_shared_exclusions": (0.123, 0.189, 0.189, 0.311),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_atoms_of_and_are_the_published_bits(name):
    found = [float(atom) / BIT for _, atom in total(name, BIVARIATE["and"])]
    assert found == pytest.approx(PUBLISHED[name], abs=6e-4)  # printed to three digits


@pytest.mark.parametrize("name", ["broja", "ccs"])
def test_an_exclusive_or_is_synergy_and_a_copy_of_the_second_source_unique(name):
    assert [float(a) / BIT for _, a in total(name, BIVARIATE["synergy"])] == pytest.approx(
        (0, 0, 0, 1), abs=1e-3
    )
    assert [float(a) / BIT for _, a in total(name, BIVARIATE["unique 1"])] == pytest.approx(
        (0, 0, 1, 0), abs=1e-3
    )


# Of each measure: monotone (redundant <= both informations), positive (no atom is negative), identity (of the
# target (s1, s2) the redundant is I(S1; S2)). All are symmetric and give I(T; S) where both sources are S.
AXIOMS = {
    "population_min": (True, True, False),
    "pointwise_min": (True, False, False),
    "shared_exclusions": (False, False, False),
    "table_i_min": (True, True, False),
    "table_population_min": (True, True, False),
    "table_shared_exclusions": (False, False, False),
    "specificity_ambiguity": (False, False, False),
}
SAMPLE = random_tables(200)
CLOSE = 1e-9


@pytest.mark.parametrize("name", AXIOMS)
def test_axioms_hold_or_fail_as_documented(name):
    monotone, positive, identity = AXIOMS[name]
    found = [(marginals(p).informations, total(name, p)) for p in SAMPLE]
    assert all(a.redundant <= min(mi[:2]) + CLOSE for mi, a in found) == monotone
    assert (min(float(atom) for _, a in found for _, atom in a) > -CLOSE) == positive
    assert np.allclose(*_identity(name, SAMPLE[:, :, :, 0] + SAMPLE[:, :, :, 1]), atol=CLOSE) == identity


def _identity(name, laws):
    """Redundancies of the target (s1, s2), and I(S1; S2), of laws of two sources."""
    redundant, shared = [], []
    for p in laws:
        copy = np.zeros((2, 2, 4))
        copy[[0, 0, 1, 1], [0, 1, 0, 1], range(4)] = p.ravel()
        redundant.append(total(name, copy).redundant)
        shared.append(np.sum(p * np.log(p / (p.sum(1, keepdims=True) * p.sum(0, keepdims=True)))))
    return redundant, shared


@pytest.mark.long
def test_broja_obeys_all_and_ccs_none():
    """dit's optimum of BROJA is within 1e-3 nats on these."""
    laws = SAMPLE[:6]
    for p in laws:
        assert min(float(a) for _, a in total("broja", p)) > -1e-3
    sources = laws[:3].sum(axis=3)
    np.testing.assert_allclose(*_identity("broja", sources), atol=1e-3)
    assert not np.allclose(*_identity("ccs", sources), atol=1e-2)
    assert min(float(a) for p in laws for _, a in total("ccs", p)) < -1e-3


@pytest.mark.parametrize("name", [*AXIOMS, "broja", "ccs"])
def test_symmetry_and_self_redundancy(name):
    """dit's optima of BROJA differ by up to 1e-3 nats."""
    allowed = 1e-3 if name == "broja" else 1e-6
    p = random_tables(1, (2, 2, 2), seed=1)[0]
    one, other = total(name, p), total(name, p.swapaxes(0, 1))
    assert float(one.redundant) == pytest.approx(float(other.redundant), abs=allowed)
    assert float(one.unique_1) == pytest.approx(float(other.unique_2), abs=allowed)
    twice = np.zeros((2, 2, 2))
    twice[range(2), range(2)] = p.sum(axis=1)
    assert float(total(name, twice).redundant) == pytest.approx(
        float(marginals(twice).informations[0]), abs=allowed
    )


@pytest.mark.parametrize("measure", [table_shared_exclusions, specificity_ambiguity])
def test_parts_have_positive_atoms_and_differ_by_the_information(measure):
    parts = measure(SAMPLE)
    for atoms in (parts.informative, parts.misinformative):
        assert min(atom.min() for _, atom in atoms) > -CLOSE
    m = marginals(SAMPLE)
    np.testing.assert_allclose(
        parts.informative.redundant + parts.informative.unique_1,
        -np.sum(m.s1 * np.log(m.s1), axis=(1, 2, 3)),
    )
    np.testing.assert_allclose(sum(a for _, a in parts.total), m.informations[2], atol=1e-12)


def test_many_tables_at_once_are_as_one_by_one():
    for name, measure in OF_TABLES.items():
        if name not in ("broja", "ccs"):
            together = measure(SAMPLE[:5])
            together = together.total if isinstance(together, Parts) else together
            one = [total(name, p).redundant for p in SAMPLE[:5]]
            np.testing.assert_allclose(together.redundant, one, atol=1e-14)


def test_finer_tables_approach_the_shared_exclusions_of_galaxies():
    """Two sources of equally likely classes: "or" differs by the chance that both hold, about 1 / classes."""

    def distance(classes):
        u = norm.ppf((np.arange(classes) + 0.5) / classes)
        t = norm.ppf((np.arange(6) + 0.5) / 6)
        likelihood = norm.pdf(t, 0.7 * u[:, None], 0.7)
        likelihood /= likelihood.sum(axis=1, keepdims=True)
        p = (likelihood[:, None] + likelihood[None, :]) / 2 / classes**2
        return abs(
            float(total("shared_exclusions", p).redundant - total("table_shared_exclusions", p).redundant)
        )

    coarse, fine = distance(16), distance(64)
    assert coarse < 0.02
    assert fine == pytest.approx(coarse / 4, rel=0.15)


@pytest.mark.parametrize(
    ("p", "words"),
    [
        (np.full((2, 2), 0.25), "three axes"),
        (np.array([[[0.5, -0.5], [0.5, 0.5]]]), "at least zero"),
        (np.full((2, 2, 2), 0.5), "sum to one"),
        (np.empty((0, 2, 2)), "three axes"),
        (np.full((1, 1, 2), np.nan), "finite"),
    ],
)
def test_what_is_no_distribution_is_refused(p, words):
    for measure in OF_TABLES.values():
        with pytest.raises(UserError, match=words):
            measure(p)
    assert table(bivariates["and"], [(0,), (1,), (2,)]).sum() == pytest.approx(1.0)
