import numpy as np
import pytest
import torch
from scipy.stats import norm

from galaxy_causal.network import MixtureHead, SoftmaxHead, SplineHead
from galaxy_causal.network.heads import ClassHead, density_head, interval_masses, log_interval

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


RESIDUAL = 0.05


def beside_an_estimate(kind):
    """A head of what an estimate, the last of the latent, leaves."""
    torch.manual_seed(0)
    return kind(4, 8, EDGES, START, RESIDUAL)


def classes(kind, residual=None):
    """Twelve bins, with free numbers that are not zero."""
    torch.manual_seed(0)
    head = density_head(4, 8, EDGES[220:441:20][:13], START, kind, residual)
    torch.nn.init.normal_(head.free.weight)
    return head


EVERY = {
    "mixture": mixture(),
    "softmax": SoftmaxHead(4, 16, 520),
    "spline": spline(),
    "mixture of residuals": beside_an_estimate(MixtureHead),
    "spline of residuals": beside_an_estimate(SplineHead),
    "classes beside a mixture": classes(MixtureHead),
    "classes beside a spline": classes(SplineHead),
    "classes beside a mixture of residuals": classes(MixtureHead, RESIDUAL),
}


def latents():
    """Of which the last, an estimate of the target where there is a residual, is between 9 and 11."""
    torch.manual_seed(1)
    latent = torch.randn(64, 4)
    latent[:, -1] = 10.0 + 0.5 * latent[:, -1].clamp(-2, 2)
    return latent


@pytest.mark.parametrize("name", EVERY)
def test_log_prob_is_the_log_of_the_probability_of_the_label(name):
    """Wherever a probability is not below what single precision holds. A spline may squeeze a bin to a width
    of 1e-4, which single precision knows to some thousandths."""
    head = EVERY[name]
    latent = latents()
    p = head.probabilities(latent).detach().double()
    torch.testing.assert_close(p.sum(dim=1), torch.ones(64, dtype=torch.float64), atol=1e-5, rtol=0)
    row, label = torch.nonzero(p > 1e-30, as_tuple=True)
    assert len(row) > 300
    assert float(p[row, label].min()) < 1e-25 or name != "mixture of residuals"
    log_p = p[row, label].log()
    for found in (head.log_prob(latent[row], label), head.log_probabilities(latent)[row, label]):
        off = (found.detach().double() - log_p).abs()
        assert float(off.median()) < (2e-4 if "spline" in name else 2e-5)
        assert float(off.max()) < (2e-2 if "spline" in name else 3e-4)


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


def test_masses_of_intervals_are_right_in_both_tails():
    """To twenty deviations, where they are of 1e-89."""
    z = np.linspace(-20, 20, 401)
    found = interval_masses(torch.as_tensor(z)[None])[0].numpy()
    lower = np.diff(norm.cdf(z[z < 0.05]), prepend=0)
    np.testing.assert_allclose(found[: len(lower)], lower, rtol=1e-9)
    np.testing.assert_allclose(found, found[::-1], rtol=1e-9)


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


def test_few_bins_have_free_numbers_and_many_have_none():
    assert isinstance(density_head(4, 8, EDGES[:50], START), ClassHead)  # 49 bins
    assert isinstance(density_head(4, 8, EDGES[:51], START), MixtureHead)
    assert isinstance(density_head(4, 8, EDGES, START, SplineHead, RESIDUAL), SplineHead)


def test_fresh_classes_are_those_of_the_ordered_density():
    torch.manual_seed(0)
    head = density_head(4, 8, EDGES[240:281:4], START)
    latent = latents()
    torch.testing.assert_close(head.probabilities(latent), head.ordered.probabilities(latent))


def test_classes_without_an_order_are_learnt():
    """Of four classes the latent tells the first and third from the others, between which it does not: no
    density of a line gives one bin, not the next, and the one after, but free numbers do."""
    torch.manual_seed(0)
    label = torch.arange(4).repeat(50)
    latent = (label % 2 * 2.0 - 1.0)[:, None].repeat(1, 4)
    head = density_head(4, 1, torch.tensor([-2.0, -0.7, 0.0, 0.7, 2.0]), (0.0, 1.0))
    optimiser = torch.optim.Adam(head.parameters(), lr=0.05)
    for _ in range(400):
        optimiser.zero_grad()
        loss = -head.log_prob(latent, label).mean()
        loss.backward()
        optimiser.step()
    assert float(loss.detach()) == pytest.approx(np.log(2), abs=0.02)
    assert float(-head.ordered.log_prob(latent, label).mean().detach()) > np.log(2) + 0.2


@pytest.mark.parametrize("kind", [MixtureHead, SplineHead])
def test_a_density_beside_an_estimate_follows_it_in_units_of_the_residual(kind):
    """As wide as the residual at the start, about the estimate, wherever that is."""
    head = beside_an_estimate(kind)
    with torch.no_grad():
        head.parameters_of.weight.zero_()
    centres = 0.5 * (EDGES[1:] + EDGES[:-1])
    latent = torch.zeros(3, 4)
    latent[:, -1] = torch.tensor([8.0, 10.0, 11.5])
    p = head.probabilities(latent).detach()
    mean = p @ centres
    deviation = ((p * (centres - mean[:, None]) ** 2).sum(dim=1)).sqrt()
    torch.testing.assert_close(mean, latent[:, -1].double(), atol=0.002, rtol=0)
    assert (deviation > 0.5 * RESIDUAL).all()
    assert (deviation < 2 * RESIDUAL).all()
    torch.testing.assert_close(deviation[1:], deviation[:1].expand(2), atol=0.002, rtol=0)


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
