"""What the parts of gpu.py share: where they run, how large, until when, and the rows of their one table."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from image_feeding import memory

from galaxy_causal.network import Network

COLUMNS = (
    "part", "what", "setting", "galaxies/s", "share of bf16 peak", "waiting for data", "GiB", "found",
)  # fmt: skip
ROW = "| " + " | ".join(["{}"] * len(COLUMNS)) + " |"
HEAD = ROW.format(*COLUMNS) + "\n" + "|---" * len(COLUMNS) + "|"
GIBIBYTE = 2**30


@dataclass(frozen=True)
class Sizes:
    """How much is measured: galaxies, pixels on a side, seconds of each measurement."""

    side: int
    product: int
    """On a side, of the large product."""
    compared: int
    batches: tuple[int, ...]
    """Galaxies in a step of a network for images, beside those it is published with."""
    numbers: int
    """Galaxies in a step of a network for numbers."""
    images: int
    warm: int
    """Calls before a measurement begins."""
    seconds: float
    points: int
    queries: int
    members: int
    compiled: bool


FULL = Sizes(64, 8192, 16, (128, 1024), 4096, 16_384, 5, 3.0, 600_000, 8192, 93, True)
ON_CPU = Sizes(64, 3072, 4, (32,), 4096, 2048, 1, 3.0, 100_000, 512, 31, False)
TINY = Sizes(64, 256, 2, (2,), 256, 48, 1, 0.05, 2000, 128, 4, False)


@dataclass(frozen=True)
class Place:
    """A device, the sizes that suit it, and its bf16 peak [operations/s]."""

    device: str
    sizes: Sizes
    peak: float

    def precision(self, network: Network, half: bool) -> str:
        """What a network's convolutions are computed in, unless told otherwise."""
        on_gpu = self.device == "cuda" and network.takes_images
        return "bf16" if half else "TF32 in convolutions" if on_gpu else "single precision"

    def wait(self) -> None:
        """Until the device has done what it was given."""
        if self.device == "cuda":
            torch.cuda.synchronize()

    def forget(self) -> None:
        """Begin to look for the most memory anew."""
        if self.device == "cuda":
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()

    def gibibytes(self) -> float:
        """The most memory of the GPU since then; of a CPU that of this process now."""
        if self.device == "cuda":
            return torch.cuda.max_memory_allocated() / GIBIBYTE
        return memory() / 1024

    def each(self, call: Callable[[], object]) -> float:
        """Seconds of a call, averaged over those that fit into a measurement, after some warm ones."""
        for _ in range(self.sizes.warm):
            call()
        self.wait()
        start, count = self.clock(), 0
        while self.clock() - start < self.sizes.seconds:
            call()
            count += 1
        self.wait()
        return (self.clock() - start) / count

    def clock(self) -> float:
        """Seconds; of the processor on a CPU, so that other work on the machine does not count."""
        return time.perf_counter() if self.device == "cuda" else time.process_time()


@dataclass(frozen=True)
class Row:
    """One line of the table; ``wrong`` where a comparison failed."""

    what: str
    setting: str = ""
    rate: float | None = None
    share: float | None = None
    waiting: float | None = None
    memory: float | None = None
    found: str = ""
    wrong: bool = False

    def text(self, part: str) -> str:
        """As it is printed."""
        rate, share, waiting, gibibytes = (
            "" if value is None else shape.format(value)
            for value, shape in (
                (self.rate, "{:,.0f}"), (self.share, "{:.1%}"), (self.waiting, "{:.1%}"),
                (self.memory, "{:.2f}"),
            )
        )  # fmt: skip
        found = f"WRONG: {self.found}" if self.wrong else self.found
        return ROW.format(part, self.what, self.setting, rate, share, waiting, gibibytes, found)
