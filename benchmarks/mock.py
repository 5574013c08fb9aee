"""Simulating the mock survey, and reading its images.

    python benchmarks/mock.py [galaxies] [processes]        default 10,000 galaxies, 2 processes

Beside the simulation (spectra, images, noise and all measurements), GalSim's own drawing of the same two
components in five bands, images alone, by processor time. Beside our reader, h5py's. Memory is that of all
processes together, the pages of the file that the system keeps not counted.
"""

import sys
import tempfile
import threading
import time
from pathlib import Path

import galsim
import h5py
import numpy as np
import psutil

from galaxy_causal.dataset import mock_survey
from galaxy_causal.dataset.mock.chunk import Settings, simulate_chunk
from galaxy_causal.dataset.mock.images import SERSIC_NODES, sersic_node
from galaxy_causal.dataset.mock.telescope import CUTOUT, PIXEL, seeing_node, width

SETTINGS = Settings(0, 17.77, True, "dependent", (0.01, 0.25), (8.0, 12.5), 1.0)
SPLIT = {"train": 0.7, "validation": 0.15, "test": 0.15, "seed": 0}
BATCH, READS, DRAWN = 128, 200, 40


class Memory:
    """Largest memory of this process and its children, watched ten times a second."""

    def __init__(self) -> None:
        self.peak = 0
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        me = psutil.Process()
        while not self.stop.wait(0.1):
            total = 0
            for process in (me, *me.children(recursive=True)):
                try:
                    total += process.memory_full_info().uss
                except psutil.NoSuchProcess:
                    continue
            self.peak = max(self.peak, total)

    def __enter__(self) -> "Memory":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join()


def by_galsim(path: Path) -> float:
    """Seconds of processor time a galaxy by GalSim's ``drawImage``, all its tables made before."""
    with h5py.File(path) as file:
        node = {name: file[f"truth/{name}"][:DRAWN] for name in file["truth"]}
    bulge = [float(SERSIC_NODES[k]) for k in sersic_node(node["bulge_sersic_index"])]
    disk = [float(SERSIC_NODES[k]) for k in sersic_node(node["disk_sersic_index"])]
    seeing = seeing_node(node["seeing"])

    def draw(k: int) -> None:
        for band in range(5):
            psf = galsim.Kolmogorov(fwhm=width(seeing[k], band))
            parts = [
                galsim.Sersic(n=n, half_light_radius=r).shear(q=0.6, beta=0.4 * galsim.radians)
                for n, r in ((bulge[k], node["bulge_radius"][k]), (disk[k], node["disk_radius"][k]))
            ]
            galsim.Convolve(parts[0] + parts[1], psf).drawImage(nx=CUTOUT, ny=CUTOUT, scale=PIXEL)

    for k in range(DRAWN):
        draw(k)
    start = time.process_time()
    for k in range(DRAWN):
        draw(k)
    return (time.process_time() - start) / DRAWN


def main() -> None:
    """Print rates, ratios and memory."""
    n, processes = (int(a) for a in (sys.argv[1:] if len(sys.argv) == 3 else ("10000", "2")))
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mock.h5"
        with Memory() as memory:
            start = time.perf_counter()
            mock_survey(500, 0, SPLIT, path=f"{folder}/first.h5", processes=processes)
            warm = time.perf_counter() - start
            start = time.perf_counter()
            catalogue = mock_survey(n, 0, SPLIT, path=str(path), processes=processes)
            seconds = time.perf_counter() - start
        drawn = by_galsim(path)
        simulate_chunk(SETTINGS, 0, 1)
        start = time.process_time()
        simulate_chunk(SETTINGS, 0, 500)
        processor = (time.process_time() - start) / 500
        rows = rng.integers(0, n, (READS, BATCH))
        read = catalogue.images.read
        start = time.perf_counter()
        for some in rows:
            read(some)
        ours = READS * BATCH / (time.perf_counter() - start)
        with h5py.File(path) as file:
            start = time.perf_counter()
            for some in rows[: READS // 10]:
                file["images"][np.unique(some)].astype(np.float32)
            theirs = READS // 10 * BATCH / (time.perf_counter() - start)
        size = path.stat().st_size / n
    print(f"{n:,} galaxies, {processes} processes, GalSim {galsim.__version__}, numpy {np.__version__}")
    print(f"simulated                    : {n / seconds:8.0f} galaxies/s ({seconds:.0f} s)")
    print(f"processor time               : {1e3 * processor:8.1f} ms a galaxy")
    print(f"first 500, tables included   : {warm:8.1f} s")
    print(f"GalSim drawImage, images only: {1e3 * drawn:8.1f} ms a galaxy; ratio {drawn / processor:.1f}")
    print(f"largest memory, all processes: {memory.peak / 2**30:8.2f} GiB")
    print(f"file                         : {size / 1e3:8.1f} kB a galaxy")
    print(f"read, random batches of {BATCH}  : {ours:8.0f} galaxies/s from the page cache, one thread")
    print(f"h5py, the same               : {theirs:8.0f} galaxies/s; ratio {ours / theirs:.1f}")


if __name__ == "__main__":
    main()
