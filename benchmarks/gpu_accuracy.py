"""Scores and gradients of every network beside those in double precision on the CPU."""

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import torch
from gpu_samples import EDGES, batch_of, bins_of, sample_for
from gpu_table import Place, Row
from torch import Tensor
from torch.overrides import TorchFunctionMode

from galaxy_causal.network import NETWORKS, ImageD4, Network
from galaxy_causal.network.lightning.module import Batch, DensityModule
from galaxy_causal.types import Sample

BOUNDS = {"single precision": (1e-5, 1e-2), "TF32 in convolutions": (1e-3, 0.2), "bf16": (1e-2, 0.3)}
"""Of what is allowed, relative errors of log p and of the gradient: norm of the difference over the norm.

A ReLU whose argument changes its sign by rounding changes the gradient by far more than rounding does.
"""

LOOKED = 64


class Doubled(TorchFunctionMode):
    """What a network takes for single precision is double."""

    def __torch_function__(
        self, func: object, types: object, args: tuple = (), kwargs: Mapping[str, object] | None = None
    ) -> object:
        if func is Tensor.float:
            func = Tensor.double
        doubled = {n: torch.float64 if v is torch.float32 else v for n, v in (kwargs or {}).items()}
        return func(*(torch.float64 if a is torch.float32 else a for a in args), **doubled)  # type: ignore[operator]


@contextmanager
def tf32(allowed: bool) -> Iterator[None]:
    """Whether a GPU's convolutions may round to ten bits, as they do unless told otherwise."""
    before = torch.backends.cudnn.allow_tf32
    torch.backends.cudnn.allow_tf32 = allowed
    try:
        yield
    finally:
        torch.backends.cudnn.allow_tf32 = before


def shaken(network: Network, side: int) -> DensityModule:
    """A fresh module whose weights are all random: what starts at zero would hide what stands before it."""
    torch.manual_seed(0)
    looked = sample_for(network, LOOKED, side)  # of fewer, spreads of differences would be mere rounding
    module = network.module(network.build(looked, EDGES)).eval()
    with torch.no_grad():
        for parameter in module.parameters():
            spread = float(parameter.std(correction=0))
            parameter.add_(torch.randn_like(parameter) * (0.3 * spread if spread > 0 else 0.05))
    return module


def gradient(module: DensityModule, batch: Batch, half: bool = False) -> Tensor:
    """Of the training's loss, all weights in a row, on the CPU."""
    module.zero_grad()
    torch.manual_seed(1)  # of other orientations
    with torch.autocast(batch.x.device.type, torch.bfloat16, enabled=half):
        loss = module.training_step(batch, 0)
    loss.backward()
    every = [torch.zeros_like(p) if p.grad is None else p.grad for p in module.parameters()]
    return torch.cat([one.flatten() for one in every]).double().cpu()


def scores(
    network: Network, module: DensityModule, sample: Sample, device: str, half: bool = False
) -> Tensor:
    """log p of every galaxy, as the package scores them."""
    density = network.density(copy.deepcopy(module.model), torch.device(device), {})
    with torch.autocast(device, torch.bfloat16, enabled=half):
        return torch.from_numpy(density.log_prob(sample, bins_of(sample)))


def apart(found: Tensor, truth: Tensor) -> float:
    """The norm of the difference over the norm; infinite where it is none."""
    value = float(torch.linalg.norm(found - truth) / torch.linalg.norm(truth))
    return value if np.isfinite(value) else float("inf")


def settings(place: Place, network: Network) -> Iterator[tuple[str, bool, bool]]:
    """Names of precisions, whether TF32 is allowed, and whether it is half precision, which is for images."""
    yield "single precision", False, False
    if network.takes_images and place.device == "cuda":
        yield "TF32 in convolutions", True, False
    if network.takes_images:
        yield "bf16", True, True


def accuracy(place: Place) -> Iterator[Row]:
    """A row for each network and precision."""
    for kind in NETWORKS:
        network = kind()
        sample = sample_for(network, place.sizes.compared, place.sizes.side)
        module = shaken(network, place.sizes.side)
        precise = copy.deepcopy(module).double()
        with Doubled():
            batch = batch_of(network, sample, "cpu")
            truth = scores(network, precise, sample, "cpu"), gradient(precise, batch)
        module.to(place.device)
        batch = batch_of(network, sample, place.device)
        for name, rounded, half in settings(place, network):
            with tf32(rounded):
                found = scores(network, module, sample, place.device, half), gradient(module, batch, half)
            errors = tuple(map(apart, found, truth))
            wrong = any(error > bound for error, bound in zip(errors, BOUNDS[name], strict=True))
            text = "log p {:.0e}, gradient {:.0e}".format(*errors)
            if isinstance(network, ImageD4):
                with tf32(rounded):
                    change = apart(scores(network, module, transposed(sample), place.device, half), found[0])
                text += f", turned {change:.0e}"
            yield Row(kind.__name__, name, found=text, wrong=wrong)


def transposed(sample: Sample) -> Sample:
    """The same galaxies in another orientation."""
    images = sample.images
    assert images is not None
    turned = replace(images, read=lambda rows: images.read(rows).transpose(0, 1, 3, 2).copy())
    return replace(sample, images=turned)
