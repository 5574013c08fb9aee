"""The redundancy lattice of three sources against known laws and the published shape."""

from itertools import product

import numpy as np
import pytest
from dit.pid import PID_MMI
from dit.pid.distributions import trivariates

from galaxy_causal.decomposition import three_sources

FEW = 8
"""Outcomes."""


def bits(probabilities):
    """I(Y; unions of three sources) in bits, of p(x1, x2, x3, y) as a mapping."""

    def marginal(keep):
        table = {}
        for outcome, p in probabilities.items():
            key = tuple(outcome[i] for i in keep)
            table[key] = table.get(key, 0.0) + p
        return -sum(p * np.log2(p) for p in table.values() if p > 0)

    unions = [[i for i in range(3) if number >> i & 1] for number in range(1, 8)]
    return np.array([marginal(u) + marginal([3]) - marginal([*u, 3]) for u in unions])


def uniform(rule, symbols=2):
    inputs = list(product(range(symbols), repeat=3))
    return {(*x, rule(*x)): 1 / len(inputs) for x in inputs}


AND = 2 - 0.75 * np.log2(3)  # entropy of the AND of two fair bits, 0.811 bits


@pytest.mark.parametrize(
    ("distribution", "atoms"),
    [
        (uniform(lambda a, b, c: a ^ b), {"{12}": 1.0}),
        (uniform(lambda a, b, c: a ^ b ^ c), {"{123}": 1.0}),
        ({(0, 0, 0, 0): 0.5, (1, 1, 1, 1): 0.5}, {"{1}{2}{3}": 1.0}),
        ({(a, a, b, a): 0.25 for a in (0, 1) for b in (0, 1)}, {"{1}{2}": 1.0}),
        (uniform(lambda a, b, c: a), {"{1}": 1.0}),
        # AND of two: each tells 0.311 bits, both 0.811, as for two sources (0.311, 0, 0, 0.5)
        (uniform(lambda a, b, c: a & b), {"{1}{2}": AND - 0.5, "{12}": 0.5}),
        # the same two with a copy of the first as the third: the synergy of 1, 2 is that of 2, 3
        (
            {(a, b, a, a ^ b): 0.25 for a in (0, 1) for b in (0, 1)},
            {"{12}{23}": 1.0},
        ),
    ],
)  # fmt: skip
def test_the_lattice_of_three_sources(distribution, atoms):
    lattice = three_sources()
    informations = bits(distribution)
    found = dict(zip(lattice.names, lattice.atoms(lattice.redundancies(informations)), strict=True))
    assert sum(found.values()) == pytest.approx(informations[-1])
    for name, value in found.items():
        assert value == pytest.approx(atoms.get(name, 0.0), abs=1e-12), name


@pytest.mark.parametrize("name", [name for name, law in trivariates.items() if len(law.outcomes) <= FEW])
def test_atoms_are_those_of_dit_by_minimum_mutual_information(name):
    """Exact but for rounding; dit takes minutes for laws of many outcomes."""
    law = trivariates[name]
    codes = {
        symbol: i
        for i, symbol in enumerate(sorted({s for outcome in law.outcomes for s in outcome}, key=str))
    }
    outcomes = [tuple(codes[s] for s in outcome) for outcome in law.outcomes]
    lattice = three_sources()
    found = lattice.atoms(lattice.redundancies(bits(dict(zip(outcomes, law.pmf, strict=True)))))
    theirs = PID_MMI(law, [[0], [1], [2]], [3])
    for name_of_node, atom in zip(lattice.names, found, strict=True):
        node = tuple(tuple(int(s) - 1 for s in part) for part in name_of_node.strip("{}").split("}{"))
        assert atom == pytest.approx(float(theirs.get_pi(node)), abs=1e-9), name_of_node


def test_the_lattice_has_the_published_shape():
    """Eighteen nodes of Williams & Beer's figure 2; {1}{2}{3} lies below all, {123} above all."""
    lattice = three_sources()
    assert len(lattice.names) == 18
    assert lattice.names[0] == "{1}{2}{3}"
    assert lattice.names[-1] == "{123}"
    assert lattice.below[:, 0].all()
    assert lattice.below[-1].all()
    assert (np.triu(lattice.below, 1) == 0).all()
    row, column = lattice.names.index("{1}"), lattice.names.index("{1}{23}")
    assert lattice.below[row, column]
    assert not lattice.below[row, lattice.names.index("{2}{3}")]


def test_pointwise_lattice_atoms_sum_to_the_pointwise_information():
    informations = np.random.default_rng(6).normal(size=(7, 50))
    lattice = three_sources()
    atoms = lattice.atoms(lattice.redundancies(informations))
    assert atoms.shape == (18, 50)
    np.testing.assert_allclose(atoms.sum(axis=0), informations[6], atol=1e-12)
