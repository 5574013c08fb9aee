"""Contrastive networks for images: their decoder, what a training step adds up, what they learn."""

import numpy as np
import torch
from contrastive_steps import EDGES, PUBLISHED, step
from image_learners import BINS, learner
from image_samples import blob_sample, images_of
from training_samples import training

from galaxy_causal.network import PaperSclImage, SclImage, Training, Weights, contrastive_losses
from galaxy_causal.network.architectures.contrastive_image import Doubling, PaperDecoder


def test_a_training_step_with_images_adds_up_the_published_terms():
    """Against the definition: each half, the same rebuilt, and a copy turned, which is rebuilt as itself."""
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    pixels = rng.normal(size=(6, 2, 56, 56)).astype(np.float32)
    x, y = rng.normal(size=(6, 1)), rng.normal(10, 0.6, 6)
    weights = Weights(reconstruction=100.0, consistency=3.0, contrast=5.0)
    network = PaperSclImage(Training(), weights, latent=3, nuisance_dim=5)
    model = network.build(training(x, y, images_of(pixels), columns=("ebv/ebv",)), EDGES)
    given = []
    prepare = model.encoder.prepare
    model.encoder.prepare = lambda x, p: (given.append(p), prepare(x, p))[1]
    label = torch.as_tensor(BINS.bins.index(y))
    _, total = step(model, weights, x, y, label, torch.arange(6), torch.as_tensor(pixels))
    assert len(given) == 4
    scaled = [torch.sign(p) * torch.log1p(p.abs()) for p in given]
    losses = dict.fromkeys(("cross_entropy", "reconstruction", "consistency"), 0.0)
    positive, firsts = [], []
    for half, own, turned in ((slice(0, 3), *scaled[:2]), (slice(3, 6), *scaled[2:])):
        side = torch.as_tensor(x[half]).float()

        def passed(image, side=side):
            whole = model.encoder.inception.encode(side, image)
            return (
                whole[:, :3],
                model.decoder(whole),
                torch.log_softmax(model.head.layers(whole[:, :3]), dim=1),
            )

        main, rebuilt, q = passed(own)
        again, twice, q_again = passed(rebuilt)
        copy, copied, q_copy = passed(turned)
        for log_q in (q, q_again):
            losses["cross_entropy"] += -log_q[torch.arange(3), label[half]].mean()
        for made, wanted in ((rebuilt, own), (twice, own), (copied, turned)):
            losses["reconstruction"] += ((made - wanted) ** 2).mean()
        for other in (q_again, q_copy):
            losses["consistency"] += contrastive_losses.label_consistency(q, other)
        positive += [(main, again), (main, copy)]
        firsts.append(main)
    p = torch.exp(-torch.cat([(a - b).square().mean(dim=1).sqrt() for a, b in positive]).mean())
    n = torch.exp(-(firsts[0] - firsts[1]).square().mean(dim=1).sqrt().mean())
    contrast = -torch.log(p / (p + n))
    expected = (
        losses["cross_entropy"] + 100 * losses["reconstruction"] + 3 * losses["consistency"] + 5 * contrast
    )
    torch.testing.assert_close(total, expected, rtol=1e-5, atol=1e-5)


def test_images_are_seen_a_third_time_in_another_orientation():
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    pixels = rng.normal(size=(4, 2, 56, 56)).astype(np.float32)
    weights = Weights(reconstruction=100.0, consistency=1.0, contrast=1.0)
    network = PaperSclImage(Training(), weights, latent=3, nuisance_dim=5)
    y = rng.normal(10, 0.6, 4)
    model = network.build(training(np.empty((4, 0)), y, images_of(pixels)), EDGES)
    turned = []
    prepare = model.encoder.prepare
    model.encoder.prepare = lambda x, p: (turned.append(p), prepare(x, p))[1]
    label = torch.as_tensor(BINS.bins.index(y))
    _, total = step(model, weights, np.empty((4, 0)), y, label, torch.arange(4), torch.as_tensor(pixels))
    assert torch.isfinite(total)
    assert len(turned) == 4  # each half as it is, and turned
    for once, other in (turned[:2], turned[2:]):
        assert all(not torch.equal(a, b) for a, b in zip(once, other, strict=True))
        torch.testing.assert_close(once.sum(dim=(2, 3)), other.sum(dim=(2, 3)), rtol=1e-4, atol=1e-3)


def test_paper_scl_image_has_the_published_decoder():
    network = PaperSclImage(Training(), PUBLISHED)
    images = images_of(np.zeros((4, 5, 64, 64), dtype=np.float32), "ugriz")
    y = np.array([9.0, 10.0, 10.5, 11.0])
    model = network.build(training(np.zeros((4, 2)), y, images), EDGES)
    layers = [m for m in model.decoder.modules() if not list(m.children())]
    kinds = [type(m).__name__ for m in layers]
    stage = ["Conv2d", "LeakyReLU", "Conv2d", "LeakyReLU", "Doubling"]
    first = ["Linear", "LeakyReLU", "Unflatten"]
    assert kinds == [*first, *stage, *stage, *stage, "Conv2d", "LeakyReLU", "Conv2d"]
    assert {m.negative_slope for m in layers if isinstance(m, torch.nn.LeakyReLU)} == {0.2}
    convs = [m for m in layers if isinstance(m, torch.nn.Conv2d)]
    assert [(m.in_channels, m.out_channels) for m in convs] == [(16, 32), *[(32, 32)] * 6, (32, 5)]
    assert (layers[0].out_features, layers[2].unflattened_size) == (1024, (16, 8, 8))
    for layer in (layers[0], *convs):
        assert (layer.bias == 0.1).all()
        area = layer.weight[0, 0].numel() if layer.weight.dim() == 4 else 1
        bound = np.sqrt(6 / (area * (layer.weight.shape[0] + layer.weight.shape[1])))
        assert 0.9 * bound < float(layer.weight.detach().abs().max()) <= bound
    assert model.decode(torch.zeros(2, 528)).shape == (2, 5, 64, 64)
    assert model.latent(torch.zeros(2, 2), torch.zeros(2, 5, 64, 64)).shape == (2, 16)


def doubled(rows):
    """Along the first axis, by definition."""
    after = [*rows[1:], rows[-1]]
    return np.array([v for a, b in zip(rows, after, strict=True) for v in (a, (a + b) / 2)])


def test_doubling_has_no_half_pixel_centres():
    row = torch.tensor([[0.0, 1.0]])[None, None]
    assert Doubling()(row)[0, 0].tolist() == [[0, 0.5, 1, 1], [0, 0.5, 1, 1]]
    x = np.random.default_rng(0).normal(size=(3, 5))
    expected = doubled(doubled(x).T).T
    found = Doubling()(torch.as_tensor(x)[None, None])[0, 0]
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-12)


def test_a_decoder_that_passes_a_ramp_on_gives_its_eighths():
    """Convolutions that copy their first channel leave three doublings of the columns 0 to 7."""
    decoder = PaperDecoder(528, 5, (64, 64))
    with torch.no_grad():
        for layer in decoder.modules():
            if isinstance(layer, torch.nn.Conv2d):
                layer.weight.zero_()
                layer.weight[:, 0, 1, 1] = 1
                layer.bias.zero_()
        linear = decoder.doubled[0]
        linear.weight.zero_()
        linear.bias.copy_(torch.arange(8.0).repeat(16 * 8))
        found = decoder(torch.zeros(1, 528))[0].numpy()
    expected = np.minimum(np.arange(64) / 8, 7)
    np.testing.assert_allclose(found, np.broadcast_to(expected, (5, 64, 64)), atol=1e-5)


def test_images_whose_side_is_no_multiple_of_eight_are_rebuilt_whole():
    """57 pixels are halved to 29, 15 and 8, and 8 are doubled to 64, of which 57 are kept."""
    images = images_of(np.zeros((4, 2, 57, 57), dtype=np.float32))
    y = np.array([9.0, 10.0, 10.5, 11.0])
    model = PaperSclImage(Training(), PUBLISHED, nuisance_dim=4).build(
        training(np.zeros((4, 1)), y, images), EDGES
    )
    whole = model.encoder(torch.zeros(2, 1), torch.zeros(2, 2, 57, 57))
    assert whole.shape == (2, 20)
    assert model.decode(whole).shape == (2, 2, 57, 57)


def test_a_latent_of_images_is_learnt():
    network = SclImage(
        Training(batch_size=64, learning_rate=4e-3, max_epochs=6, threads=1), width=8, hidden=32
    )
    result = BINS.information(blob_sample(0.95, 800, 0), learner(6, network), 0)
    assert result.latent.shape == (800, 8)
    assert result.metrics["mi_test"] > 0.5 * -0.5 * np.log(1 - 0.95**2)
