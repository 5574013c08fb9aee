"""Many fits of network=mlp, one after the other and all at once with stacked weights.

Weights of members lie side by side, so that a layer of all is one batched product; a step is that of the
package's training, dropout, AdamW and cosine included. Inputs of members that have fewer are filled up with
zeros.
"""

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from gpu_accuracy import apart
from gpu_samples import EDGES, bins_of
from gpu_speed import step_of, trained
from gpu_table import Place, Row
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap

from galaxy_causal.network import Compute, DensityModel, MixtureHead, Mlp
from galaxy_causal.network.lightning.module import Batch
from galaxy_causal.types import Sample

BANDS = 8
GALAXIES = 22
"""Batches of the sample, three quarters of which are for training: so many that batches are whole."""
SINGLE = 1e-4
"""Relative difference that single precision may make."""


def input_sets() -> list[list[int]]:
    """Columns of the 31: single bands, neighbouring pairs, what each leaves, and all."""
    every = list(range(BANDS))
    taken = [[band] for band in every] + [[band, band + 1] for band in every[:-1]]
    return [*taken, *([band for band in every if band not in some] for some in taken), every]


class Member(NamedTuple):
    """A model and the galaxies that it learns."""

    model: DensityModel
    sample: Sample


def members(count: int, galaxies: int) -> list[Member]:
    """Fresh models: all input sets of the first seed, then of the next."""
    rng = np.random.default_rng(0)
    y = rng.normal(10, 0.6, galaxies)
    bands = 0.3 * y[:, None] + rng.normal(size=(galaxies, 1)) + 0.2 * rng.normal(size=(galaxies, BANDS))
    split = np.where(np.arange(galaxies) % 4 == 0, "validation", "train")
    sets = input_sets()
    found = []
    for chosen in sets[: min(count, len(sets))]:
        names = tuple(f"photometry/{band}" for band in chosen)
        sample = Sample(bands[:, chosen], y, split, names, frozenset({"photometry"}))
        found.append(Member(Mlp().build(sample.take(np.flatnonzero(split == "train")), EDGES), sample))
    return [again(found[number % len(sets)], number // len(sets)) for number in range(count)]


def again(member: Member, seed: int) -> Member:
    """The member with other first weights; what it knows of its galaxies is what takes long."""
    model = copy.deepcopy(member.model)
    torch.manual_seed(seed)
    for layer in model.modules():
        if isinstance(layer, nn.Linear):
            layer.reset_parameters()
    return member._replace(model=model)


def behind(model: DensityModel, width: int) -> nn.Module:
    """The layers behind a model's prepared inputs, the first of which takes ``width`` numbers."""
    first, *rest = list(model.encoder.children())[1:]
    wider = nn.Linear(width, first.out_features)
    with torch.no_grad():
        wider.weight.zero_()
        wider.weight[:, : first.in_features] = first.weight
        wider.bias.copy_(first.bias)
    return nn.Sequential(wider, *rest, model.head.parameters_of)


class Together:
    """Members' weights side by side, and one step of all."""

    def __init__(self, every: Sequence[Member], device: str) -> None:
        with torch.no_grad():
            inputs = [model.encoder[0](torch.as_tensor(sample.x)) for model, sample in every]
        width = max(z.shape[1] for z in inputs)
        padded = [nn.functional.pad(z, (0, width - z.shape[1])) for z in inputs]
        self.inputs = torch.stack(padded).to(device)
        self.label = torch.as_tensor(bins_of(every[0].sample), device=device)
        layers = [behind(model, width).to(device) for model, _ in every]
        self.weights, _ = stack_module_state(layers)  # type: ignore[arg-type]
        self.layers = copy.deepcopy(layers[0]).to("meta")
        self.head = copy.deepcopy(every[0].model.head).to(device)  # of all: they share the target
        assert isinstance(self.head, MixtureHead)
        self.head.parameters_of = nn.Identity()

    def loss(self, rows: Tensor) -> Tensor:
        """Of every member (members,), each on rows of its own (members, m)."""
        own = torch.arange(len(self.inputs), device=rows.device)[:, None]
        apply = vmap(lambda w, z: functional_call(self.layers, w, (z,)), randomness="different")
        latent = apply(self.weights, self.inputs[own, rows])
        log_p = self.head.log_prob(latent.flatten(0, 1), self.label[rows].flatten())
        return -log_p.reshape(rows.shape).mean(dim=1)


def difference(every: Sequence[Member], together: Together, rows: Tensor) -> float:
    """Of gradients of the last layer alone and together, without dropout, relative."""
    together.layers.eval()
    together.loss(rows.expand(len(every), -1)).sum().backward()
    together.layers.train()
    found = list(together.weights.values())[-2].grad
    own, truth = rows.cpu(), []
    for model, sample in every:
        alone = copy.deepcopy(model).cpu().eval()
        (-alone(torch.as_tensor(sample.x)[own], together.label.cpu()[own]).mean()).backward()
        truth.append(alone.head.parameters_of.weight.grad)
    return apart(found.cpu(), torch.stack(truth))


def alone(place: Place, member: Member) -> tuple[float, float, float]:
    """Seconds of a step of one member through Lightning, its share of waiting, and seconds in a bare loop."""
    network, sample = Mlp(), member.sample
    size = network.training.batch_size
    rate, waiting = trained(place, network, sample, False, Compute())
    x = torch.as_tensor(sample.x[:size], device=place.device)
    label = torch.as_tensor(bins_of(sample)[:size], device=place.device)
    module = network.module(copy.deepcopy(member.model)).to(place.device)
    return size / rate, waiting, place.each(step_of(module, Batch(x, label, x[:, 0]), False))


def step_of_all(together: Together, rows: Tensor) -> Callable[[], None]:
    """A step of all members, each on rows of its own (members, m)."""
    optimiser = torch.optim.AdamW(together.weights.values(), lr=1e-3, weight_decay=1e-2, fused=True)

    def step() -> None:
        optimiser.zero_grad()
        together.loss(rows).sum().backward()
        optimiser.step()

    return step


def small(place: Place) -> Iterator[Row]:
    """A step of every member: through Lightning, in bare loops, and all in one."""
    size, count = Mlp().training.batch_size, place.sizes.members
    every = members(count, GALAXIES * size)
    setting = f"{count} fits of mlp, batches of {size}"
    widest = max(every, key=lambda member: member.sample.x.shape[1])
    through, waiting, bare = alone(place, widest)

    def text(seconds: float) -> str:
        return f"{1e3 * seconds:.3f} ms a step of each, {through / seconds:.1f} times as fast as by Lightning"

    yield Row("by Lightning, in turn", setting, size / through, waiting=waiting, found=text(through))
    yield Row("bare loops, in turn", setting, size / bare, found=text(bare))
    place.forget()
    together = Together(every, place.device)
    rows = torch.stack([torch.randperm(GALAXIES * size)[:size] for _ in every]).to(place.device)
    wrong = difference(every, together, rows[0])
    seconds = place.each(step_of_all(together, rows)) / count
    found = f"{text(seconds)}; gradients differ by {wrong:.0e}"
    yield Row("all at once", setting, size / seconds, None, None, place.gibibytes(), found, wrong > SINGLE)
