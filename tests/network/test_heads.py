import numpy as np
import pytest
import torch
from scipy.stats import norm

from galaxy_causal.network import MixtureHead, SoftmaxHead, SplineHead
from galaxy_causal.network.heads import log_interval

EDGES = torch.linspace(6.0, 12.5, 521, dtype=torch.float64)
START = (10.0, 0.6)


def mixture(components=3):
    torch.manual_seed(0)
    return MixtureHead(4, components, EDGES, START)


def spline():
    torch.manual_seed(0)
    head = SplineHead(4, 8, EDGES, START)
    torch.nn.init.normal_(head.parameters_of.weight, std=0.1)
    return head


@pytest.mark.parametrize(
    "head", [mixture(), SoftmaxHead(4, 16, 520), spline()], ids=["mixture", "softmax", "spline"]
)
def test_log_prob_is_the_log_of_the_probability_of_the_label(head):
    latent = torch.randn(64, 4)
    label = torch.randint(520, (64,))
    p = head.probabilities(latent).double()
    torch.testing.assert_close(p.sum(dim=1), torch.ones(64, dtype=torch.float64), atol=1e-5, rtol=0)
    picked = p[torch.arange(64), label].log()
    torch.testing.assert_close(head.log_prob(latent, label).double(), picked, atol=2e-4, rtol=1e-4)


def test_a_single_component_is_the_gaussian_it_says():
    head = mixture(components=1)
    with torch.no_grad():
        head.parameters_of.weight.zero_()
        head.parameters_of.bias.copy_(torch.tensor([0.0, 0.5, 0.0]))
    sigma = 0.6 * (np.log(2) + head.floor)
    edges = EDGES.numpy().copy()
    edges[0], edges[-1] = -np.inf, np.inf
    expected = np.diff(norm.cdf(edges, 10.0 + 0.6 * 0.5, sigma))
    np.testing.assert_allclose(head.probabilities(torch.zeros(1, 4))[0].detach().numpy(), expected, atol=1e-6)


@pytest.mark.parametrize("centre", [-30.0, -8.0, -1.0, 0.0, 1.0, 8.0, 30.0])
def test_mass_of_an_interval_is_right_in_both_tails(centre):
    lower, upper = torch.tensor([centre - 0.05]), torch.tensor([centre + 0.05])
    exact = (
        norm.logpdf(centre)
        + np.log(0.1)
        + np.log(np.sinh(0.05 * abs(centre)) / (0.05 * abs(centre)) if centre else 1)
    )
    no = torch.tensor([False])
    assert float(log_interval(lower, upper, no, no)) == pytest.approx(exact, abs=3e-3, rel=1e-4)


@pytest.mark.parametrize("centre", [-30.0, -1.0, 1.0, 30.0])
def test_end_intervals_reach_to_infinity(centre):
    lower, upper = torch.tensor([centre - 0.05]), torch.tensor([centre + 0.05])
    no, yes = torch.tensor([False]), torch.tensor([True])
    # In single precision log Phi(-30) = -454 is known to 3e-5.
    assert float(log_interval(lower, upper, yes, no)) == pytest.approx(norm.logcdf(centre + 0.05), rel=1e-5)
    assert float(log_interval(lower, upper, no, yes)) == pytest.approx(norm.logsf(centre - 0.05), rel=1e-5)


def test_a_spline_without_a_bend_is_the_targets_own_gaussian():
    head = SplineHead(4, 8, EDGES, START)
    with torch.no_grad():
        head.parameters_of.weight.zero_()
    edges = EDGES.numpy().copy()
    edges[0], edges[-1] = -np.inf, np.inf
    expected = np.diff(norm.cdf(edges, 10.0, 0.6 * (1 + head.floor)))
    np.testing.assert_allclose(head.probabilities(torch.zeros(1, 4))[0].detach().numpy(), expected, atol=1e-5)


@pytest.mark.parametrize("head", [mixture(), spline()], ids=["mixture", "spline"])
def test_gradients_are_finite_everywhere_end_bins_included(head):
    latent = (torch.randn(520, 4) * 20).requires_grad_()
    head.log_prob(latent, torch.arange(520)).sum().backward()
    assert torch.isfinite(latent.grad).all()
    assert all(torch.isfinite(p.grad).all() for p in head.parameters())


def test_end_bins_hold_the_tails():
    head = MixtureHead(4, 1, torch.tensor([0.0, 1.0, 2.0]), (1.0, 100.0))
    torch.nn.init.zeros_(head.parameters_of.bias)  # a Gaussian about the middle edge, far wider than the bins
    p = head.probabilities(torch.zeros(1, 4))[0].detach().numpy()
    assert p.sum() == pytest.approx(1.0)
    np.testing.assert_allclose(p, [0.5, 0.5], atol=0.02)
