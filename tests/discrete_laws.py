"""Joint distributions as tables (source 1, source 2, target)."""

import numpy as np
from dit.pid.distributions import bivariates, trivariates

from galaxy_causal.decomposition import MEASURES, Parts, TableMeasure, atoms

BIT = np.log(2.0)


def table(law, groups):
    """A dit distribution with its variables grouped into two sources and a target."""
    codes = []
    for group in groups:
        names = [repr([outcome[i] for i in group]) for outcome in law.outcomes]
        codes.append(np.unique(names, return_inverse=True)[1])
    p = np.zeros([code.max() + 1 for code in codes])
    np.add.at(p, tuple(codes), law.pmf)
    return p


BIVARIATE = {name: table(law, [(0,), (1,), (2,)]) for name, law in bivariates.items()}
TRIVARIATE = {name: table(law, [(0,), (1, 2), (3,)]) for name, law in trivariates.items()}


def total(name, p):
    """Atoms of a table by a measure of tables, or by one of galaxies whose every cell is a kind of galaxy."""
    measure = MEASURES[name]
    if isinstance(measure, TableMeasure):
        found = measure(p)
        return found.total if isinstance(found, Parts) else found
    cells = np.argwhere(p > 0)
    weight = p[p > 0]
    t = p.sum(axis=(0, 1))[cells[:, 2]]

    def information(joint, source):
        return np.log(joint / (source * t))

    a, b, c = cells.T
    i1 = information(p.sum(axis=1)[a, c], p.sum(axis=(1, 2))[a])
    i2 = information(p.sum(axis=0)[b, c], p.sum(axis=(0, 2))[b])
    both = information(p[a, b, c], p.sum(axis=2)[a, b])
    columns = measure.columns(i1, i2, both, c.astype(float))
    mi_1, mi_2, union = weight @ i1, weight @ i2, weight @ both
    return atoms(measure.redundant(mi_1, mi_2, union, weight @ columns), mi_1, mi_2, union)


def random_tables(count, shape=(2, 2, 2), seed=0):
    """Laws drawn evenly from all of this shape."""
    return np.random.default_rng(seed).dirichlet(np.ones(np.prod(shape)), count).reshape(count, *shape)
