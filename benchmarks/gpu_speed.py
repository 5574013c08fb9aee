"""Steps and scores a second: bare, with channels in eights, compiled, and as the package trains."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import pytorch_lightning as pl
import torch
from gpu_samples import EDGES, batch_of, bins_of, sample_for
from gpu_table import Place, Row
from torch.utils.flop_counter import FlopCounterMode

from galaxy_causal.network import (
    AmortisedImage,
    Compute,
    Image,
    ImageD4,
    Mlp,
    Network,
    NetworkLearner,
    PaperImage,
)
from galaxy_causal.network.lightning.feeding import Picked
from galaxy_causal.network.lightning.module import Batch, DensityModule
from galaxy_causal.network.lightning.quiet import quiet_lightning
from galaxy_causal.network.lightning.trainer import trainer_for
from galaxy_causal.network.lightning.training import prepared
from galaxy_causal.types import ImageReader, Sample

MEASURED = (PaperImage(), Image(), ImageD4(), AmortisedImage(), Mlp())
EIGHTS = {101: 104, 109: 112, 156: 160, 522: 536}
"""Channels of the published network as matrix units take them; of its four branches together, 536 for 522."""


def fresh(network: Network, place: Place) -> DensityModule:
    """An untrained module on the device."""
    torch.manual_seed(0)
    module = network.module(network.build(sample_for(network, 64, place.sizes.side), EDGES))
    return module.to(place.device)


def step_of(module: DensityModule, batch: Batch, half: bool) -> Callable[[], None]:
    """A step of a training as the package's: loss, gradient, AdamW."""
    optimiser = torch.optim.AdamW(module.parameters(), fused=True)

    def step() -> None:
        optimiser.zero_grad()
        with torch.autocast(batch.x.device.type, torch.bfloat16, enabled=half):
            loss = module.training_step(batch, 0)
        loss.backward()
        optimiser.step()

    return step


def operations(call: Callable[[], object]) -> int:
    """Of products and convolutions in a call."""
    with FlopCounterMode(display=False) as counter:
        call()
    return counter.get_total_flops()


def in_eights(module: DensityModule) -> DensityModule:
    """``PaperImage`` with channels of which there are a multiple of eight: a few more that tell nothing."""
    for parent in list(module.modules()):
        for name, layer in list(parent.named_children()):
            if isinstance(layer, torch.nn.Conv2d):
                inputs, outputs = (EIGHTS.get(c, c) for c in (layer.in_channels, layer.out_channels))
                wider = torch.nn.Conv2d(inputs, outputs, layer.kernel_size, padding=layer.padding)
                setattr(parent, name, wider.to(layer.weight.device))
    return module


def batches(network: Network, place: Place) -> tuple[int, ...]:
    """Galaxies in a step: those of the network's training, and many."""
    if not network.takes_images:
        return (network.training.batch_size, place.sizes.numbers)
    own = min(network.training.batch_size, place.sizes.batches[0])
    return (own, *place.sizes.batches[1:])


def counted_of(module: DensityModule, batch: Batch) -> float:
    """Operations of a galaxy's score."""
    pixels = () if batch.pixels is None else (batch.pixels,)
    return operations(lambda: module.model.probabilities(batch.x, *pixels)) / len(batch.x)


def training_row(place: Place, network: Network, size: int, half: bool, change: str = "") -> Row:
    """Bare steps on one batch that lies on the device."""
    place.forget()
    module, batch = (
        fresh(network, place),
        batch_of(network, sample_for(network, size, place.sizes.side), place.device),
    )
    counted = operations(step_of(module, batch, half))
    if change == "channels in eights":
        module = in_eights(module)
    elif change == "compiled":
        module.model.compile()
    module.model.to(memory_format=torch.channels_last)
    seconds = place.each(step_of(module, batch, half))
    setting = ", ".join(filter(None, (f"step of {size}", place.precision(network, half), change)))
    share = counted / seconds / place.peak
    found = f"{counted / size / 1e9:.2f} GFLOP a galaxy, {1e3 * seconds:.2f} ms a step"
    return Row(type(network).__name__, setting, size / seconds, share, None, place.gibibytes(), found)


def steps(place: Place) -> Iterator[Row]:
    """Networks one by one: of few galaxies and of many; of images in half precision, then in single."""
    for network in MEASURED:
        for size in batches(network, place):
            for half in (True, False) if network.takes_images else (False,):
                yield training_row(place, network, size, half)
    for size in batches(PaperImage(), place):
        yield training_row(place, PaperImage(), size, True, "channels in eights")


def compiled(place: Place) -> Iterator[Row]:
    """The same through torch.compile, which takes a minute."""
    if place.sizes.compiled:
        for network in (PaperImage(), Image(), ImageD4()):
            yield training_row(place, network, batches(network, place)[-1], True, "compiled")


def scoring(place: Place) -> Iterator[Row]:
    """Scores of many galaxies as the package makes them, images streamed from memory."""
    for network in MEASURED:
        place.forget()
        count = place.sizes.images if network.takes_images else 64 * place.sizes.images
        if isinstance(network, PaperImage):
            count //= 4
        sample = sample_for(network, count, place.sizes.side)
        module = fresh(network, place)
        counted = counted_of(module, batch_of(network, sample.part(0, 2), place.device))
        density = network.density(module.model, torch.device(place.device), {})
        first = sample.part(0, place.sizes.warm)
        density.log_prob(first, bins_of(first))
        start = place.clock()
        density.log_prob(sample, bins_of(sample))
        rate = count / (place.clock() - start)
        share = counted * rate / place.peak
        setting = f"scores of {count:,}, {place.precision(network, False)}"
        yield Row(type(network).__name__, setting, rate, share, None, place.gibibytes())


class Timed:
    """Batches, and the seconds that are waited for them."""

    def __init__(self, feed: Iterable[Picked]) -> None:
        self.feed = feed
        self.waited = 0.0

    def __len__(self) -> int:
        return len(self.feed)  # type: ignore[arg-type]

    def __iter__(self) -> Iterator[Picked]:
        batches = iter(self.feed)
        while True:
            start = time.perf_counter()
            batch = next(batches, None)
            self.waited += time.perf_counter() - start
            if batch is None:
                return
            yield batch


class Clock(pl.Callback):
    """Counts galaxies after some first batches, and ends a training when its time is over."""

    def __init__(self, place: Place, feed: Timed) -> None:
        self.place, self.feed = place, feed
        self.batches = self.galaxies = 0
        self.began = (0.0, 0.0, 0.0)
        self.rate = self.waiting = 0.0

    def now(self) -> tuple[float, float, float]:
        """Seconds as they are measured, of the wall's clock, and those waited for batches."""
        return self.place.clock(), time.perf_counter(), self.feed.waited

    def on_train_batch_end(
        self, trainer: pl.Trainer, module: pl.LightningModule, _: object, batch: Batch, __: int
    ) -> None:
        """Begin to count, count, or end."""
        sizes = self.place.sizes
        self.batches += 1
        if self.batches <= sizes.warm:
            self.place.wait()
            self.began = self.now()
            return
        self.galaxies += len(batch.y)
        if self.place.clock() - self.began[0] > 2 * sizes.seconds:
            self.place.wait()
            spent, wall, waited = (now - then for now, then in zip(self.now(), self.began, strict=True))
            self.rate, self.waiting = self.galaxies / spent, waited / wall
            trainer.should_stop = True


def trained(
    place: Place, network: Network, sample: Sample, half: bool, compute: Compute
) -> tuple[float, float]:
    """Galaxies a second through Lightning and the package's feed, and the share of waiting for batches."""
    options = {
        "accelerator": "gpu" if place.device == "cuda" else "cpu", "devices": 1, "max_epochs": 100_000,
        "precision": "bf16-mixed" if half else None, "limit_val_batches": 0, "num_sanity_val_steps": 0,
        "enable_model_summary": False, "use_distributed_sampler": False,
    }  # fmt: skip
    learner = NetworkLearner(network, options, 0, compute=compute)
    with quiet_lightning():
        module, data = prepared(learner, sample, bins_of(sample), EDGES)
        data.training = Timed(data.training)  # type: ignore[assignment]
        trainer = trainer_for(network, options)
        clock = Clock(place, data.training)
        trainer.callbacks.append(clock)
        trainer.fit(module, data)
    return clock.rate, clock.waiting


def fed(place: Place, read: ImageReader) -> Iterator[Row]:
    """Trainings through the package: numbers; images held on the device and streamed from a file."""
    for kind in (Mlp(), Image(), PaperImage()):
        size, half = batches(kind, place)[0], kind.takes_images
        network = replace(kind, training=replace(kind.training, batch_size=size))
        sample = sample_for(network, place.sizes.images if half else 64 * size, place.sizes.side, read)
        for way, gibibytes in {"held": 64.0, "streamed": 0.0}.items() if half else [("held", 0.0)]:
            place.forget()
            rate, waiting = trained(place, network, sample, half, Compute(image_memory=gibibytes))
            setting = f"by Lightning, batches of {size}, {way}, {place.precision(network, half)}"
            yield Row(type(network).__name__, setting, rate, None, waiting, place.gibibytes())
