"""Each term against a slow version written from its definition."""

import math

import pytest
import torch

from galaxy_causal.network import contrastive_losses as losses


def draws(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def distance(a, b):
    """Root of the mean squared difference of two vectors."""
    return math.sqrt(sum((float(x) - float(y)) ** 2 for x, y in zip(a, b, strict=True)) / len(a))


def test_cross_entropy_is_the_mean_negative_log_probability():
    log_prob = draws(7)
    expected = -sum(float(v) for v in log_prob) / 7
    assert float(losses.cross_entropy(log_prob)) == pytest.approx(expected)


@pytest.mark.parametrize("shape", [(5, 3), (2, 3, 4, 4)])
def test_reconstruction_is_the_mean_squared_error_of_all_elements(shape):
    found, wanted = draws(*shape), draws(*shape, seed=1)
    pairs = list(zip(found.flatten().tolist(), wanted.flatten().tolist(), strict=True))
    expected = sum((a - b) ** 2 for a, b in pairs) / len(pairs)
    assert float(losses.reconstruction(found, wanted)) == pytest.approx(expected)


def test_label_consistency_is_the_cross_entropy_both_ways():
    one, other = (torch.log_softmax(draws(4, 6, seed=s), dim=1) for s in (0, 1))
    rows = []
    for a, b in zip(one.tolist(), other.tolist(), strict=True):
        rows.append(-sum(math.exp(x) * y + math.exp(y) * x for x, y in zip(a, b, strict=True)))
    assert float(losses.label_consistency(one, other)) == pytest.approx(sum(rows) / len(rows))


def test_label_consistency_does_not_move_its_targets():
    """The gradient with respect to one side is that of the cross-entropy with the other one fixed."""
    logits = [draws(4, 6, seed=s).requires_grad_() for s in (0, 1)]
    one, other = (torch.log_softmax(v, dim=1) for v in logits)
    (gradient,) = torch.autograd.grad(losses.label_consistency(one, other), logits[0])
    p = torch.softmax(logits[0].detach(), dim=1)
    expected = (p - torch.softmax(logits[1].detach(), dim=1)) / 4  # of a softmax's cross-entropy
    torch.testing.assert_close(gradient, expected)


def test_latent_contrast_by_its_definition():
    """One mean over the rows of all positive pairs, which are not equally long, and one exponential of it."""
    a, b = draws(6, 3), draws(4, 3, seed=1)
    c, d = draws(6, 3, seed=2), draws(4, 3, seed=3)
    rows = [distance(x, y) for x, y in zip([*a, *b], [*c, *d], strict=True)]
    p = math.exp(-sum(rows) / 10)
    n = math.exp(-sum(distance(x, y) for x, y in zip(a[:4], b, strict=True)) / 4)
    found = losses.latent_contrast([(a, c), (b, d)], [(a[:4], b)])
    assert float(found) == pytest.approx(-math.log(p / (p + n)), rel=1e-12)


def test_latent_contrast_of_two_pairs_by_hand():
    """RMS differences 3 and 4 in the first pair, 0 and 1 in the second: p = exp(-2); n = exp(-1)."""
    zero = torch.zeros(2, 4, dtype=torch.float64)
    first = torch.tensor([[3.0] * 4, [-4.0, 4.0, 4.0, -4.0]], dtype=torch.float64)
    second = torch.tensor([[0.0] * 4, [2.0, 0.0, 0.0, 0.0]], dtype=torch.float64)
    found = losses.latent_contrast([(zero, first), (second, zero)], [(zero, zero + 1)])
    assert float(found) == pytest.approx(math.log(1 + math.e), rel=1e-12)


@pytest.mark.parametrize(("positive", "negative"), [(1, 1), (2, 1), (4, 1), (1, 3)])
def test_latent_contrast_is_log_2_where_all_latents_coincide(positive, negative):
    pair = (torch.zeros(5, 3), torch.zeros(5, 3))
    assert float(losses.latent_contrast([pair] * positive, [pair] * negative)) == pytest.approx(math.log(2))


def test_latent_contrast_holds_where_similarities_are_below_the_smallest_float():
    """exp(-5000) and exp(-3000) are zero; the term is 2000, and pulls positive pairs together."""
    a = torch.zeros(6, 3, requires_grad=True)
    found = losses.latent_contrast([(a, torch.full((6, 3), 5e3))], [(a.detach(), torch.full((6, 3), 3e3))])
    assert float(found.detach()) == pytest.approx(2000.0)
    found.backward()
    assert (a.grad < 0).all()


def test_latent_contrast_has_a_finite_gradient_where_latents_coincide():
    a = draws(6, 3).requires_grad_()
    losses.latent_contrast([(a, a.detach())], [(a, a.detach() + 1)]).backward()
    assert torch.isfinite(a.grad).all()


def test_neighbour_contrast_by_its_definition():
    latent, y = draws(6, 2), draws(6, seed=1)
    rows = []
    for i in range(6):
        others = [j for j in range(6) if j != i]
        near = [math.exp(-float(((latent[i] - latent[j]) ** 2).sum())) for j in others]
        kernel = [math.exp(-0.5 * (float(y[i] - y[j]) / 0.3) ** 2) for j in others]
        rows.append(-math.log(sum(w * k for w, k in zip(near, kernel, strict=True)) / sum(near)))
    assert float(losses.neighbour_contrast(latent, y, 0.3)) == pytest.approx(sum(rows) / 6)


def test_neighbour_contrast_prefers_a_latent_that_orders_the_label():
    y = draws(200)
    ordered, random = (losses.neighbour_contrast(8 * v[:, None], y, 0.2) for v in (y, draws(200, seed=1)))
    assert float(ordered) < float(random) - 0.5
