"""On a GPU nothing of the CPU meets what lies on the device, and no value is waited for (but one, below).

Checked without a GPU: modules and batches lie on PyTorch's ``meta`` device, whose tensors have shapes and
no values, and every operation is looked at.
"""

from contextlib import nullcontext

import pytest
import torch
from gaussian_samples import gaussian_sample
from image_learners import BINS, learner, quick
from image_samples import blob_sample
from pytorch_lightning.utilities import move_data_to_device
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from galaxy_causal import network as networks
from galaxy_causal.network.critic import CriticNetwork
from galaxy_causal.network.lightning.training import prepared
from galaxy_causal.network.subset_model import SubsetModel

DEVICE = torch.device("meta")
MOVES = (torch.ops.aten._to_copy.default, torch.ops.aten.copy_.default)
SMALL = quick(1)
SOME = 8
EVERY = networks.Weights(reconstruction=1.0, consistency=1.0, contrast=1.0, neighbours=1.0)
NUMBERS = {
    "mlp": networks.Mlp(SMALL),
    "paper_photometry": networks.PaperPhotometry(SMALL),
    "scl": networks.Scl(SMALL, EVERY),
    "paper_scl": networks.PaperScl(SMALL, EVERY),
    "amortised": networks.Amortised(SMALL),
    "critic": CriticNetwork(networks.Mlp(SMALL), "mine"),
}
IMAGES = {
    "image": networks.Image(SMALL, width=8, binning=2),
    "image_d4": networks.ImageD4(SMALL, width=8),
    "paper_image": networks.PaperImage(SMALL),
    "scl_image": networks.SclImage(SMALL, width=8, weights=networks.Weights(neighbours=1.0)),
    "paper_scl_image": networks.PaperSclImage(SMALL, EVERY),
    "amortised_image": networks.AmortisedImage(SMALL, width=8),
    "critic": CriticNetwork(networks.Image(SMALL, width=8), "info_nce"),
}


@pytest.fixture(autouse=True)
def no_autocast(monkeypatch):
    """The ``meta`` device knows none; networks only turn it off."""
    monkeypatch.setattr(torch, "autocast", lambda *_, **__: nullcontext())


class OneDevice(TorchDispatchMode):
    """Refuses operations on tensors of two devices, unless they move one; numbers of the CPU may go along.

    Which values are not zero alone may be asked, as ``amortised_image`` does of what is shown: all, then.
    """

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        tensors = [t for t in tree_leaves((args, kwargs)) if isinstance(t, torch.Tensor)]
        met = {t.device.type for t in tensors if t.dim() or t.device == DEVICE}
        assert len(met) < 2 or func in MOVES, f"{func} of {met}"
        if func is torch.ops.aten.nonzero.default:
            return torch.empty(args[0].numel(), args[0].dim(), dtype=torch.int64, device=DEVICE)
        return func(*args, **(kwargs or {}))


def on_device(network, sample, held=True):
    """The module, one training batch and one of validation, on the device as Lightning puts them there."""
    compute = networks.Compute(image_memory=1.0 if held else 0.0)
    bins = BINS.bins.index(sample.y)
    module, data = prepared(learner(1, network, compute=compute), sample, bins, BINS.bins.edges)
    picked = (next(iter(feed)) for feed in (data.train_dataloader(), data.val_dataloader()))
    with OneDevice():
        batches = [data.on_after_batch_transfer(move_data_to_device(one, DEVICE), 0) for one in picked]
    return module.to(DEVICE), *batches


def scores(model, x, label, pixels):
    """What is asked of a trained network."""
    if isinstance(model, SubsetModel):
        shown = torch.ones(3, model.encoder.columns.shape[0], dtype=torch.bool, device=DEVICE)
        model.of_subsets(model.encoder.features(x, pixels), label, shown)
    else:
        model.probabilities(x, pixels)
    if isinstance(model, networks.ContrastiveModel):
        model.latent(x, pixels)


def check_steps(module, train, validation, images=None):
    """What a trainer asks of a module in a step of training and one of validation, and scores then."""
    module.log = lambda *_, **__: None
    with OneDevice():
        loss = module.training_step(train, 0)
        loss.backward()
        module.eval()
        with torch.no_grad():
            module(validation)
            pixels = None if images is None else torch.empty(SOME, *images, device=DEVICE)
            scores(module.model, train.x[:SOME], train.label[:SOME], pixels)
    grads = [p.grad.device.type for p in module.parameters() if p.grad is not None]
    assert loss.device == DEVICE
    assert grads
    assert set(grads) == {"meta"}


def with_units(sample, images=()):
    players = {str(c): (i,) for i, c in enumerate(sample.columns)} | dict.fromkeys(images, ())
    return type(sample)(**{**sample.__dict__, "players": players})


@pytest.mark.parametrize("name", NUMBERS)
def test_networks_for_numbers_stay_on_the_device(name):
    sample = gaussian_sample(0.8, 200, 0, noise_columns=3)
    if name == "amortised":
        sample = with_units(sample)
    check_steps(*on_device(NUMBERS[name], sample))


@pytest.mark.parametrize("held", [True, False], ids=["held", "streamed"])
@pytest.mark.parametrize("name", IMAGES)
def test_networks_for_images_stay_on_the_device(name, held):
    sample = blob_sample(0.8, 200, 0, numbers=2, size=56 if "paper" in name else 16)
    if name == "amortised_image":
        sample = with_units(sample, sample.images.bands)
    bands = len(sample.images.bands)
    check_steps(*on_device(IMAGES[name], sample, held), (bands, *sample.images.shape))


def test_what_meets_on_two_devices_is_found():
    module, train, validation = on_device(NUMBERS["mlp"], gaussian_sample(0.8, 200, 0))
    train = train._replace(label=torch.zeros(len(train.label), dtype=torch.long))
    with pytest.raises(AssertionError, match="meta"):
        check_steps(module, train, validation)
