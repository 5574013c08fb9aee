"""The exact posterior against enumeration, and the marginal likelihood against its definition."""

import math
from functools import cache

import numpy as np
import pytest
from dags import each_dag
from scipy.integrate import quad
from scipy.special import logsumexp
from scipy.stats import multivariate_t

from galaxy_causal.discovery import ExactPosterior, cpdag, knowledge, linear_gaussian, random_dag, variables
from galaxy_causal.discovery.bge import bge
from galaxy_causal.discovery.exact import posterior, weights
from galaxy_causal.independence import design, moments
from galaxy_causal.types import UserError


@cache
def all_dags(p):
    """All DAGs of p variables."""
    return list(each_dag(p))


def enumerated(score, dags):
    """Edge probabilities, evidence and the largest posterior, DAG by DAG."""
    p = len(dags[0])
    logs = np.array([sum(score(v, np.flatnonzero(d[:, v]).tolist()) for v in range(p)) for d in dags])
    total = logsumexp(logs)
    return np.exp(logs - total) @ np.array(dags).reshape(len(dags), -1), total, np.exp(logs.max() - total)


@pytest.mark.parametrize("n", [30, 300, 100_000])
def test_it_equals_the_sum_over_all_543_dags_of_four_variables(n):
    rng = np.random.default_rng(n)
    parents = random_dag(4, 4, rng)
    data = design(variables(list("abcd"), linear_gaussian(parents, n, rng)).values)
    score = bge(moments(data))
    dags = list(all_dags(4))
    assert len(dags) == 543
    edge, evidence, largest = enumerated(score, dags)
    found = posterior(weights(score, knowledge(list("abcd"))))
    np.testing.assert_allclose(found.edge.ravel(), edge, rtol=1e-7, atol=1e-12)
    np.testing.assert_allclose([found.evidence, found.probability], [evidence, largest], rtol=1e-10)


def test_with_knowledge_it_equals_the_sum_over_the_dags_that_agree():
    rng = np.random.default_rng(1)
    known = knowledge(list("abcd"), tiers=[["a", "b"], ["d"]], required=[["c", "d"]], forbidden=[["a", "b"]])
    data = design(variables(list("abcd"), linear_gaussian(random_dag(4, 5, rng), 50, rng)).values)
    score = bge(moments(data))
    dags = [d for d in all_dags(4) if not (d & ~known.may).any() and (d | ~known.must).all()]
    edge, evidence, _ = enumerated(score, dags)
    found = posterior(weights(score, known))
    np.testing.assert_allclose(found.edge.ravel(), edge, rtol=1e-7, atol=1e-12)
    assert found.evidence == pytest.approx(evidence)


def test_without_data_every_dag_counts_once():
    """Sums of ones are the numbers of DAGs: 3, 25, 543, 29281 (Robinson 1973)."""
    for p, count in ((2, 3), (3, 25), (4, 543), (5, 29_281)):
        flat = weights(lambda v, causes: 0.0, knowledge([f"v{k}" for k in range(p)]))
        assert math.exp(posterior(flat).evidence) == pytest.approx(count, rel=1e-9)


def test_the_score_is_the_product_of_predictive_student_densities():
    """By the chain rule the evidence is a product of Student t predictions (Murphy 2007, sec. 9)."""
    x = variables(["a", "b"], np.random.default_rng(0).normal(size=(12, 2))).values
    n, mean_weight, p = 12, 1.0, 2
    weight = p + mean_weight + 1
    scale = mean_weight * (weight - p - 1) / (mean_weight + 1)
    for size, score in ((1, lambda s: s(0, [])), (2, lambda s: s(0, []) + s(1, [0]))):
        mean, kappa, freedom = np.zeros(size), mean_weight, weight - p + size
        spread = scale * np.eye(size)
        total = 0.0
        for row in x[:, :size]:
            shape = spread * (kappa + 1) / (kappa * (freedom - size + 1))
            total += multivariate_t(mean, shape, freedom - size + 1).logpdf(row)
            spread = spread + kappa / (kappa + 1) * np.outer(row - mean, row - mean)
            mean = (kappa * mean + row) / (kappa + 1)
            kappa, freedom = kappa + 1, freedom + 1
        assert score(bge(moments(design(x)))) == pytest.approx(total, rel=1e-10)
    assert n == len(x)


def test_equivalent_dags_have_one_score():
    rng = np.random.default_rng(2)
    data = design(variables(list("abc"), linear_gaussian(random_dag(3, 2, rng), 40, rng)).values)
    score = bge(moments(data))
    chain = score(0, []) + score(1, [0]) + score(2, [1])
    fork = score(1, []) + score(0, [1]) + score(2, [1])
    assert chain == pytest.approx(fork, abs=1e-9)


def test_much_data_leaves_one_class_of_seven_variables():
    rng = np.random.default_rng(5)
    parents = random_dag(7, 8, rng)
    names = [f"v{k}" for k in range(7)]
    data = design(variables(names, linear_gaussian(parents, 50_000, rng)).values)
    found = ExactPosterior().posterior(data, knowledge(names))
    assert (cpdag(found.likeliest) == cpdag(parents)).all()
    joined = found.edge + found.edge.T
    assert joined[parents | parents.T].min() > 0.99
    assert joined[~(parents | parents.T)].max() < 0.2  # BIC's order: sqrt(n) to one against each


def test_eight_variables_are_too_many():
    names = [f"v{k}" for k in range(8)]
    with pytest.raises(UserError, match="at most 7 variables, got 8"):
        ExactPosterior().prepare(variables(names, np.random.default_rng(0).normal(size=(50, 8))))


def test_quadrature_of_a_single_variable():
    """p(x) of two points with the normal-gamma prior, integrated over precision numerically."""
    x = np.array([-1.0, 1.0])  # standardised already
    data = moments(design(np.column_stack([x, x[::-1] ** 3 + np.array([0.1, -0.1])])))
    weight, scale = 4.0, 0.5
    freedom = weight - 2 + 1

    def integrand(precision):
        prior = (0.5 * scale) ** (freedom / 2) / math.gamma(freedom / 2)
        prior *= precision ** (freedom / 2 - 1) * math.exp(-0.5 * scale * precision)
        # the mean integrated out: x ~ N(0, (1 + 1 1^T) / precision)
        likelihood = precision / (2 * math.pi * math.sqrt(3)) * math.exp(-0.5 * precision * 2.0)
        return prior * likelihood

    assert bge(data)(0, []) == pytest.approx(math.log(quad(integrand, 0, np.inf)[0]), rel=1e-8)
