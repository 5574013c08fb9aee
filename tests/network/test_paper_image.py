import numpy as np
import pytest
import torch
from image_samples import blob_sample, images_of
from scipy.signal import correlate2d
from torch.utils.flop_counter import FlopCounterMode
from training_samples import training

from galaxy_causal.network import PaperImage
from galaxy_causal.network.architectures.paper_image import AveragePool, Inception
from galaxy_causal.types import UserError

EDGES = np.linspace(6.0, 12.5, 521)


def built(numbers=1):
    rng = np.random.default_rng(0)
    images = images_of(rng.normal(size=(4, 5, 64, 64)).astype(np.float32), "ugriz")
    torch.manual_seed(0)
    return PaperImage().build(training(rng.normal(size=(4, numbers)), rng.normal(10, 1, 4), images), EDGES)


def test_parameters_and_floating_point_operations_are_the_published_ones():
    """Six million, and 5.93 GFLOP a galaxy where a multiply-add counts as two."""
    model = built()
    first = 5 * 25 * 96 + 96 + (96 + 96) + 96 * 9 * 96 + 96  # with E(B-V) as the one side input

    def inception(i):
        narrow = 3 * (101 * i + 101)
        return narrow + 156 * 25 * 101 + 156 + 156 * 9 * 101 + 156 + 109 * i + 109

    valid = 96 * 9 * 522 + 96 + 2 * (96 * 9 * 96 + 96)
    dense = 4 * 96 * 1024 + 1024 + 1024 * 16 + 16 + 16 * 1024 + 1024 + 1024 * 520 + 520
    expected = first + inception(96) + 5 * inception(522) + valid + dense
    assert sum(p.numel() for p in model.parameters()) == expected == 6_007_000
    with FlopCounterMode(display=False) as counter:
        model(
            torch.zeros(1, 1, dtype=torch.float64),
            torch.zeros(1, dtype=torch.long),
            torch.zeros(1, 5, 64, 64),
        )
    assert counter.get_total_flops() / 1e9 == pytest.approx(5.93, abs=0.005)


def test_overhanging_average_divides_by_the_pixels_that_exist():
    x = np.random.default_rng(0).normal(size=(2, 3, 5, 7))
    expected = np.empty_like(x)
    for i in range(5):
        for j in range(7):
            expected[:, :, i, j] = x[:, :, i : min(i + 2, 5), j : min(j + 2, 7)].mean(axis=(2, 3))
    np.testing.assert_allclose(AveragePool()(torch.as_tensor(x)).numpy(), expected, rtol=1e-12)


def test_halving_an_odd_side_divides_by_the_pixels_that_exist():
    """'same' with stride 2: five pixels become three, of which the last is one pixel alone."""
    pools = [m for m in built().modules() if isinstance(m, torch.nn.AvgPool2d)]
    x = np.random.default_rng(0).normal(size=(2, 3, 5, 7))
    expected = np.empty((2, 3, 3, 4))
    for i in range(3):
        for j in range(4):
            expected[:, :, i, j] = x[:, :, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2].mean(axis=(2, 3))
    assert pools
    for pool in pools:
        np.testing.assert_allclose(pool(torch.as_tensor(x)).numpy(), expected, rtol=1e-12)


def convolution(x, layer):
    """'same' by definition: zeros beyond the edge, kernels not mirrored."""
    weight, bias = layer.weight.detach().numpy(), layer.bias.detach().numpy()
    return np.array(
        [
            b + sum(correlate2d(c, k, mode="same") for c, k in zip(x, w, strict=True))
            for w, b in zip(weight, bias, strict=True)
        ]
    )


def test_inception_is_its_definition():
    torch.manual_seed(1)
    block = Inception(2, kernels=5, narrow=3, plain=4).double()
    x = np.random.default_rng(1).normal(size=(2, 6, 6))
    convs = [m for m in block.modules() if isinstance(m, torch.nn.Conv2d)]
    assert [c.kernel_size[0] for c in convs] == [1, 5, 1, 3, 1, 1]

    def relu(a):
        return np.maximum(a, 0)

    five = relu(convolution(relu(convolution(x, convs[0])), convs[1]))
    three = relu(convolution(relu(convolution(x, convs[2])), convs[3]))
    pooled = AveragePool()(torch.as_tensor(relu(convolution(x, convs[4])))[None])[0].numpy()
    plain = relu(convolution(x, convs[5]))
    expected = np.concatenate([five, three, pooled, plain])
    np.testing.assert_allclose(block(torch.as_tensor(x)[None])[0].detach().numpy(), expected, atol=1e-12)


def test_layers_stand_in_the_published_order():
    model = built()
    shapes = []

    def note(module, _, output):
        shapes.append((type(module).__name__, *output.shape[1:]))

    for module in model.encoder.modules():
        if isinstance(module, torch.nn.Tanh | Inception | torch.nn.AvgPool2d | torch.nn.Flatten):
            module.register_forward_hook(note)
    valid = [m for m in model.modules() if isinstance(m, torch.nn.Conv2d) and m.padding == "valid"]
    for module in valid:
        module.register_forward_hook(note)
    model.probabilities(torch.zeros(1, 1, dtype=torch.float64), torch.zeros(1, 5, 64, 64))
    block, pool = "Inception", "AvgPool2d"
    assert shapes == [
        ("Tanh", 96, 64, 64), (pool, 96, 32, 32), *[(block, 522, 32, 32)] * 3, (pool, 522, 16, 16),
        *[(block, 522, 16, 16)] * 2, (pool, 522, 8, 8), (block, 522, 8, 8), ("Conv2d", 96, 6, 6),
        ("Conv2d", 96, 4, 4), ("Conv2d", 96, 2, 2), ("Flatten", 384),
    ]  # fmt: skip


def test_side_inputs_add_a_number_to_each_channel_of_the_first_layer():
    encoder = built(numbers=3).encoder
    seen = []
    encoder.layers[0].register_forward_hook(lambda _, given, __: seen.append(given[0]))
    pixels, numbers = torch.randn(2, 5, 64, 64), torch.randn(2, 3, dtype=torch.float64)
    encoder(numbers, pixels)
    vector = numbers.float() @ encoder.numbers.weight.T + encoder.numbers.bias
    scaled = torch.sign(pixels) * torch.log(1 + pixels.abs())
    torch.testing.assert_close(
        seen[0], encoder.first(scaled) + vector[:, :, None, None], rtol=1e-5, atol=1e-5
    )


def test_weights_start_as_published():
    for layer in built().modules():
        if isinstance(layer, torch.nn.Linear | torch.nn.Conv2d):
            assert (layer.bias == 0.1).all()
            area = layer.weight[0, 0].numel() if layer.weight.dim() == 4 else 1
            bound = np.sqrt(6 / (area * (layer.weight.shape[0] + layer.weight.shape[1])))
            assert 0.9 * bound < float(layer.weight.detach().abs().max()) <= bound


def test_images_without_numbers_and_images_that_are_too_small():
    assert built(numbers=0).encoder.numbers is None
    with pytest.raises(UserError, match="images are 16x16 pixels; network=paper_image needs at least 56"):
        PaperImage().check(blob_sample(0.5, 30, seed=0))
