"""Galaxies per second that reach a network, memory while they do, and how long training waits for them.

    python benchmarks/image_feeding.py [galaxies] [folder]

Images of 64x64 in five bands lie in a memory-mapped file of float32 or float16, which is read once before
the clock starts so that it comes from the page cache; shuffled, batches of 128; medians of five epochs after
one in which the system maps the pages. Beside our loader
PyTorch's own, which fetches galaxy by galaxy in a worker process. Then the same with ten times the
galaxies: memory is that of the process without mapped files. Last, steps of network=image on a stream.
"""

import resource
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from galaxy_causal.network import Image, Training
from galaxy_causal.network.lightning.batches import RowBatches
from galaxy_causal.network.lightning.feeding import Feed, in_blocks
from galaxy_causal.types import Images, Sample

SHAPE = (5, 64, 64)
BATCH = 128
SECONDS, EPOCHS = 5.0, 6


class Mapped:
    """Reads rows of a memory-mapped file as float32."""

    def __init__(self, path: Path, dtype: str) -> None:
        self.path, self.dtype = path, dtype
        self.pixels = np.memmap(path, dtype, "r").reshape(-1, *SHAPE)

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        """Pixels (m, 5, 64, 64)."""
        pixels = self.pixels[rows]
        if pixels.dtype == np.float32:
            return pixels
        from galaxy_causal.dataset.images.pixels import single_precision  # astropy and all

        return single_precision(pixels)


class OneByOne(Dataset):
    """What PyTorch's loader is usually given."""

    def __init__(self, reader: Mapped) -> None:
        self.reader = reader

    def __len__(self) -> int:
        return len(self.reader.pixels)

    def __getitem__(self, row: int) -> torch.Tensor:
        """Pixels of a galaxy."""
        return torch.from_numpy(self.reader.pixels[row].astype(np.float32))


def write(folder: Path, count: int, dtype: str) -> Mapped:
    """A file of noise, in the page cache."""
    path = folder / f"{count}.{dtype}"
    block = np.random.default_rng(0).normal(size=(1000, *SHAPE)).astype(dtype)
    with path.open("wb") as file:
        for _ in range(-(-count // 1000)):
            block.tofile(file)
    with path.open("rb") as file:
        while file.read(2**24):
            pass
    return Mapped(path, dtype)


def memory() -> float:
    """MiB of this process that are no mapped file."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) / 1024


def processor_time() -> float:
    """Seconds of all threads of this process and of its children that have ended."""
    return sum(
        u.ru_utime + u.ru_stime
        for u in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def rate(batches: Iterable) -> np.ndarray:
    """Galaxies per second, the same per second of processor time, and the most memory meanwhile [MiB]."""
    peak, done = [memory()], threading.Event()

    def watch() -> None:
        while not done.wait(0.05):
            peak[0] = max(peak[0], memory())

    watcher = threading.Thread(target=watch)
    watcher.start()
    start, spent, galaxies = time.perf_counter(), processor_time(), 0
    for _ in batches:
        galaxies += BATCH
        if time.perf_counter() - start > SECONDS:
            break
    elapsed = time.perf_counter() - start
    del _
    spent = processor_time() - spent
    done.set()
    watcher.join()
    return np.array([galaxies / elapsed, galaxies / spent, peak[0]])


def ours(reader: Mapped) -> Feed:
    """An epoch of our loader."""
    images = Images(tuple("ugriz"), SHAPE[1:], 0.396, "nanomaggy", reader, "")
    rows = RowBatches(torch.arange(len(reader.pixels)), Training(batch_size=BATCH), 0, in_blocks)
    return Feed(rows, images, augment=True)


def waiting(reader: Mapped) -> tuple[float, float]:
    """Share of the time of training that passes before a batch is there, and galaxies trained per second."""
    rng = np.random.default_rng(0)
    batches, y = ours(reader), rng.normal(10, 0.6, len(reader.pixels))
    network = Image(Training())
    data = Sample(np.empty((len(y), 0)), y, np.full(len(y), "train"), (), frozenset(), batches.images)
    model = network.build(data, np.linspace(6, 12.5, 521))
    optimiser = torch.optim.AdamW(model.parameters(), fused=True)
    x = torch.empty(BATCH, 0, dtype=torch.float64)
    waited, galaxies, start = 0.0, 0, time.perf_counter()
    before = start
    for rows, pixels, _ in batches:
        waited += time.perf_counter() - before
        optimiser.zero_grad()
        loss = -model(x, rows % 520, pixels.contiguous(memory_format=torch.channels_last)).mean()
        loss.backward()
        optimiser.step()
        galaxies += BATCH
        before = time.perf_counter()
        if before - start > 2 * SECONDS:
            break
    return waited / (before - start), galaxies / (before - start)


def main() -> None:
    """Print a line for every file and loader."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 6000
    print(f"torch {torch.__version__}, numpy {np.__version__}, {torch.get_num_threads()} threads")
    with tempfile.TemporaryDirectory(dir=sys.argv[2] if len(sys.argv) > 2 else None) as folder:
        for dtype in ("float32", "float16"):
            for galaxies in (count, 10 * count):
                reader = write(Path(folder), galaxies, dtype)
                base = memory()
                _, *epochs = [rate(ours(reader)) for _ in range(EPOCHS)]  # the first maps the pages
                speed, per_cpu, peak = np.median(epochs, axis=0)
                loader = DataLoader(OneByOne(reader), BATCH, shuffle=True, num_workers=1, drop_last=True)
                other, other_per_cpu, _ = rate(loader)
                print(
                    f"{dtype} {galaxies:8,} galaxies: {speed:8,.0f} galaxies/s, {per_cpu:8,.0f} per "
                    f"processor second, {peak - base:5.0f} MiB; PyTorch's loader {other:8,.0f} and "
                    f"{other_per_cpu:8,.0f}, ratio {speed / other:.1f}",
                    flush=True,
                )
                if galaxies > count and dtype == "float16":
                    share, speed = waiting(reader)
                    print(f"network=image: {speed:,.0f} galaxies/s trained, {share:.1%} of the time waiting")
                reader.path.unlink()


if __name__ == "__main__":
    main()
