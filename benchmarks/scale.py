"""Memory and processor time of every stage by the number of galaxies; each stage in a process of its own.

    python benchmarks/scale.py slope [rows ...]        all stages at 10^6 and 3x10^6: bytes and seconds a row
    python benchmarks/scale.py large [rows ...]        the same at 10^7 and 3x10^7, one after the other
    python benchmarks/scale.py neighbours [rows ...]   exact and approximate neighbours, with the recall
    python benchmarks/scale.py table                   what was measured last of each stage and size
    python benchmarks/scale.py figure                  the same as docs/figures/scale.png

Tables are made chunk by chunk: an id, eight columns in single precision and a class. What is measured is kept
in SCALE_FOLDER (default: a folder "scale" among the temporary files), a line a stage; tables and what one
stage leaves for the next are deleted at the end of a size. Memory is the most that was resident, less that
after the imports; time is that of the processor, of all threads, as other programs hardly change it.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

FOLDER = Path(os.environ.get("SCALE_FOLDER", Path(tempfile.gettempdir()) / "scale"))
CHUNK = 1_000_000
BANDS = {"g": "MAG_G", "r": "MAG_R", "i": "MAG_I", "z": "MAG_Z", "W1": "MAG_W1"}
COLUMNS = ("TARGETID", "LOGMASS", "Z", *BANDS.values(), "SIZE", "CLASS")
PAYLOAD = 8 + 8 * 4
"""Bytes a row of id, target, redshift, five magnitudes and a size; the class adds one."""
ROLES = {
    "target": "LOGMASS", "id": "TARGETID", "redshift": "Z", "photometry": BANDS,
    "morphology": {"size": "SIZE"},
}  # fmt: skip
HOW = {"photometry_unit": "magnitude", "nulls": "error"}
SPLIT = {"train": 0.7, "validation": 0.15, "test": 0.15, "seed": 0}
X1, X2 = {"photometry": True}, {"redshift": True}
STEPS = 300
K = 100
LATENT = 8
QUERIES = 2_000
"""Galaxies whose neighbours are sought, and times scaled to all of a size."""


def galaxies(start: int, stop: int) -> dict[str, np.ndarray]:
    """Columns of rows from ``start`` up to ``stop``: colours and size follow mass and redshift."""
    rng = np.random.default_rng([start, stop])
    n = stop - start
    mass = rng.normal(10.5, 0.6, n)
    z = 0.02 + 0.4 * rng.beta(2, 5, n)
    age = rng.normal(size=n)
    bright = 21.0 - 2.2 * (mass - 10.5) + 9.0 * (z - 0.2) + 0.3 * rng.normal(size=n)
    slope = {"g": 0.9, "r": 0.3, "i": 0.0, "z": -0.2, "W1": -0.8}
    columns = {"TARGETID": (np.arange(start, stop) * 7_919 + 39_627_000_000_000_000).astype(np.int64)}
    columns |= {"LOGMASS": mass, "Z": z}
    for band, column in BANDS.items():
        colour = 0.5 * (mass - 10.5) + z + 0.2 * age
        columns[column] = bright + slope[band] * colour + 0.05 * rng.normal(size=n)
    columns["SIZE"] = np.exp(0.3 * (mass - 10.5) - z + 0.3 * rng.normal(size=n))
    single = {k: v if k == "TARGETID" else v.astype(np.float32) for k, v in columns.items()}
    return single | {"CLASS": np.where(age > 0.5, "passive", "star_forming").astype("S12")}


def write_parquet(path: Path, rows: int) -> None:
    """A group of rows a chunk."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer = None
    for start in range(0, rows, CHUNK):
        columns = galaxies(start, min(start + CHUNK, rows))
        columns["CLASS"] = columns["CLASS"].astype("U12")
        block = pa.table(columns)
        writer = writer or pq.ParquetWriter(path, block.schema)
        writer.write_table(block)
    writer.close()


def write_fits(path: Path, rows: int) -> None:
    """A header for all rows, then the rows as they lie in a binary table."""
    from astropy.io import fits

    kinds = {"TARGETID": "K", "CLASS": "12A"}
    form = [fits.Column(name, kinds.get(name, "E")) for name in COLUMNS]
    hdu = fits.BinTableHDU.from_columns(form, nrows=0)
    hdu.header["NAXIS2"] = rows
    dtype = [(n, {"TARGETID": ">i8", "CLASS": "S12"}.get(n, ">f4")) for n in COLUMNS]
    with path.open("wb") as file:
        fits.PrimaryHDU().writeto(file)
        file.write(hdu.header.tostring().encode("ascii"))
        for start in range(0, rows, CHUNK):
            block = np.empty(min(CHUNK, rows - start), dtype=dtype)
            for name, column in galaxies(start, start + len(block)).items():
                block[name] = column
            file.write(block.tobytes())
        file.write(b"\0" * (-(rows * np.dtype(dtype).itemsize) % 2880))


def status(key: str) -> int:
    """Bytes that the system counts for this process."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(key + ":"):
            return 1024 * int(line.split()[1])
    return 0


def processor() -> float:
    """Seconds of all threads of this process and of helpers that have ended."""
    own, others = (resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime


class Gauge:
    """Around what is measured: the resident memory at its peak, and time."""

    def __enter__(self) -> "Gauge":
        Path("/proc/self/clear_refs").write_text("5")  # the peak from here on
        self.held, self.start, self.wall = status("VmRSS"), processor(), time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.cpu, self.took = processor() - self.start, time.perf_counter() - self.wall
        self.peak, self.left = status("VmHWM"), status("VmRSS")


def imports() -> None:
    """All that stages load, so that it counts for the baseline."""
    import astropy.io.fits
    import astropy.table
    import faiss
    import pyarrow.compute
    import pyarrow.parquet
    import pytorch_lightning
    import scipy.stats
    import sklearn.ensemble
    import sklearn.pipeline

    import galaxy_causal as gc
    import galaxy_causal.discovery
    import galaxy_causal.jobs.discover.question
    import galaxy_causal.plot
    from galaxy_causal.library import causes, informations

    _ = (faiss, pyarrow, scipy, sklearn, pytorch_lightning, astropy, galaxy_causal, causes, informations)
    few = {k: v[:500] for k, v in galaxies(0, 500).items() if k != "CLASS"}
    small = gc.from_table(few, "LOGMASS", photometry=BANDS, redshift="Z", photometry_unit="magnitude")
    gc.decompose(small, X1, X2, estimator="gaussian", referee=False, draws=2, curve_draws=2, progress=False)


def kept(rows: int) -> Path:
    """What a size leaves for later stages."""
    return FOLDER / f"rows_{rows}"


def catalogue(rows: int):  # noqa: ANN201
    """The galaxies as a stage before has left them."""
    import pickle

    return pickle.loads((kept(rows) / "catalogue.pickle").read_bytes())


def reading(form: str, rows: int) -> Callable[[], object]:
    """From the file to a checked table, not split."""
    from galaxy_causal.dataset.tables.table import unsplit

    path = kept(rows) / f"table.{form}"
    roles = ROLES | {"class": "CLASS"}
    return lambda: unsplit(str(path), roles, **HOW).ordered()


def splitting(rows: int) -> Callable[[], object]:
    """By a hash of each id, and the last checks; what comes of it is left for the next stages."""
    import pickle

    found = reading("parquet", rows)()

    def work() -> object:
        done = found.finish(SPLIT)
        work.keep = lambda: (kept(rows) / "catalogue.pickle").write_bytes(pickle.dumps(done, 5))
        return done

    return work


def sums(rows: int) -> Callable[[], object]:
    """SHA-256 of every column."""
    from galaxy_causal.dataset import catalogue_checksums

    found = catalogue(rows)
    return lambda: catalogue_checksums(found)


def maker_of(rows: int):  # noqa: ANN201
    """A maker of fits of a few hundred steps, its inputs, and no store."""
    from galaxy_causal.fitting import FitMaker, Fitting, TrainerOptions
    from galaxy_causal.library.asking import inputs_of

    found = catalogue(rows)
    trainer = TrainerOptions(max_steps=STEPS, val_check_interval=STEPS, check_val_every_n_epoch=None)
    return FitMaker(Fitting(trainer=trainer, seeds=1), found, lambda: None), inputs_of(found, X1, X2)


def checking(rows: int) -> Callable[[], object]:
    """What is refused before training: of both inputs and their union."""
    maker, pair = maker_of(rows)
    return lambda: maker.check([pair.x1, pair.x2, pair.union])


def training(rows: int) -> Callable[[], object]:
    """Some hundred steps of an ``mlp`` on both inputs, and one look at the validation galaxies."""
    from galaxy_causal.dataset import sample

    maker, pair = maker_of(rows)
    learner = maker.learner(pair.union, 0)

    def work() -> object:
        data = sample(maker.catalogue, pair.union, maker.estimator.single)
        target = maker.estimator.target(data, learner)
        return learner.fit(target.sample, target.label, target.edges)

    return work


def scoring(bins: int, rows: int) -> Callable[[], object]:
    """Informations and scores of every galaxy by an ``mlp``, in the usual 1023 cells or in equal bins.

    Time grows with the cells, memory does not: few are for the largest tables. The network is fresh.
    """
    from galaxy_causal.dataset import sample
    from galaxy_causal.estimator import CrossEntropy
    from galaxy_causal.network.lightning.learner import teachers

    maker, pair = maker_of(rows)
    learner = maker.learner(pair.union, 0)
    estimator = CrossEntropy(7.0, 14.0, bins) if bins else maker.estimator

    def fresh(data, _, edges):  # noqa: ANN001, ANN202
        return learner.network.density(learner.network.build(teachers(data), edges), "cpu", {})

    learner.fit = fresh
    return lambda: estimator.information(sample(maker.catalogue, pair.union, estimator.single), learner, 0)


def decomposing(rows: int) -> Callable[[], object]:
    """Averages, a thousand bootstrap draws, curves, of informations that are there."""
    from galaxy_causal.jobs.decompose.options import DecomposeOptions
    from galaxy_causal.jobs.decompose.question import DecomposeQuestion
    from galaxy_causal.types import PairInformations

    maker, pair = maker_of(rows)
    question = DecomposeQuestion(maker, pair, DecomposeOptions(referee=False))
    rng = np.random.default_rng(0)
    told = PairInformations(*(rng.normal(size=(1, rows)) for _ in range(3)))
    return lambda: (question._averages(told), question._columns(told.mean()))


def discovering(name: str, rows: int) -> Callable[[], object]:
    """From the catalogue to a graph of seven variables, of all galaxies."""
    from galaxy_causal.discovery import BOSS, PC, knowledge
    from galaxy_causal.jobs.variables import table

    found = catalogue(rows)
    labels = {v: v for v in ("target", "redshift", "g", "r", "z", "W1", "size")}
    search = {"pc": PC, "boss": BOSS}[name]()

    def work() -> object:
        made = table(found, labels)
        return search.search(search.prepare(made.variables), knowledge(list(labels)))

    return work


def door(rows: int) -> Callable[[], object]:
    """Python's door from the file to a decomposition, by the closed form of Gaussians, with a referee."""
    import galaxy_causal as gc

    columns = {k: v for k, v in ROLES.items() if k != "target"} | {"galaxy_class": "CLASS"}

    def work() -> object:
        found = gc.read_table(kept(rows) / "table.parquet", "LOGMASS", **columns, **HOW)
        return gc.decompose(found, X1, X2, estimator="gaussian", progress=False)

    return work


def in_memory(rows: int) -> Callable[[], object]:
    """Python's door from arrays in memory, which are there before."""
    import galaxy_causal as gc

    parts = [galaxies(s, min(s + CHUNK, rows)) for s in range(0, rows, CHUNK)]
    arrays = {name: np.concatenate([p[name] for p in parts]) for name in COLUMNS if name != "CLASS"}
    columns = {k: v for k, v in ROLES.items() if k != "target"}
    return lambda: gc.from_table(arrays, "LOGMASS", **columns, **HOW)


STAGES: dict[str, Callable[[int], Callable[[], object]]] = {
    "read parquet": partial(reading, "parquet"),
    "read fits": partial(reading, "fits"),
    "split": splitting,
    "checksums": sums,
    "check inputs": checking,
    "train mlp": training,
    "score": partial(scoring, 0),
    "score 32": partial(scoring, 32),
    "decompose": decomposing,
    "discover pc": partial(discovering, "pc"),
    "discover boss": partial(discovering, "boss"),
    "from_table": in_memory,
    "door": door,
}


def measured(name: str, rows: int) -> dict[str, object]:
    """A stage in this process, which then ends."""
    imports()
    import ctypes
    import gc as garbage

    garbage.collect()
    ctypes.CDLL(None).malloc_trim(0)
    empty = status("VmRSS")
    work = STAGES[name](rows)
    garbage.collect()
    ctypes.CDLL(None).malloc_trim(0)
    with Gauge() as gauge:
        result = work()
    found = {
        "stage": name, "rows": rows, "cpu": gauge.cpu, "wall": gauge.took, "held": gauge.held - empty,
        "peak": gauge.peak - empty, "left": gauge.left - empty,
    }  # fmt: skip
    getattr(work, "keep", lambda: None)()
    del result
    return found


def run(names: list[str], rows: int) -> None:
    """Every stage in a process of its own, a line each; tables are made before and deleted at the end."""
    folder = kept(rows)
    folder.mkdir(parents=True, exist_ok=True)
    for form, write in (("parquet", write_parquet), ("fits", write_fits)):
        if not (folder / f"table.{form}").exists():
            write(folder / f"table.{form}", rows)
    for name in names:
        command = [sys.executable, __file__, "stage", name, str(rows)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
        if not lines:
            print(f"{name} at {rows:,} rows failed: {done.stderr[-1500:]}", flush=True)
            continue
        with (FOLDER / "measured.jsonl").open("a") as file:
            file.write(lines[-1] + "\n")
        one = json.loads(lines[-1])
        held, peak, left = (one[key] / rows for key in ("held", "peak", "left"))
        print(
            f"{name:14} {rows:11,} rows  {one['cpu']:8.1f} s CPU {one['wall']:8.1f} s wall  "
            f"held {held:7.1f}  peak {peak:7.1f}  left {left:7.1f} B/row",
            flush=True,
        )


def slopes(names: list[str], sizes: list[int]) -> None:
    """All stages at two sizes, and what a row more takes."""
    for rows in sizes:
        run(names, rows)
    few, many = sizes[0], sizes[-1]
    last = latest()
    print("\n| stage | bytes a row | microseconds a row | time's power of rows |\n|---|---|---|---|")
    for name in names:
        if few < many and (name, few) in last and (name, many) in last:
            a, b = last[name, few], last[name, many]
            power = np.log(b["cpu"] / a["cpu"]) / np.log(many / few)
            peak, cpu = ((b[k] - a[k]) / (many - few) for k in ("peak", "cpu"))
            print(f"| {name} | {peak:.0f} | {1e6 * cpu:.2f} | {power:.2f} |")


def neighbours(sizes: list[int]) -> None:
    """Exact and approximate neighbours of some galaxies, in seconds a million galaxies, with the recall.

    Latents as networks give them, of few dimensions within more: four of eight, and the hardest, eight of
    eight.
    """
    from galaxy_causal.neighbours import Approximate, Exact

    print(f"{QUERIES:,} queries, k = {K}; seconds of CPU for as many queries as 10^6 galaxies\n")
    print("| training galaxies | dimensions | exact | approximate | the index, once | recall |")
    print("|---|---|---|---|---|---|")
    for rows in sizes:
        for inner in (4, LATENT):
            rng = np.random.default_rng(0)
            mixing = np.linalg.qr(rng.normal(size=(LATENT, LATENT)))[0][:inner].astype(np.float32)
            latent = rng.normal(size=(rows, inner)).astype(np.float32) @ mixing
            found = {}
            for name, search, count in (
                ("exact", Exact(K, device="cpu"), QUERIES // 10),
                ("some", Approximate(K, sample=2), 2),
                ("approximate", Approximate(K, sample=50), QUERIES),
            ):
                start = processor()
                result = search.find(latent, latent[:count], np.arange(count))
                found[name] = processor() - start
            checks = found["exact"] / (QUERIES // 10)  # a query of the recall's own, which is exact
            index = found["some"] - 2 * checks
            a_million = 1e6 / QUERIES * (found["approximate"] - 50 * checks - index)
            print(
                f"| {rows:,} | {inner} | {1e6 * checks:,.0f} | {a_million:,.0f} | {index:.0f} | "
                f"{result.recall:.3f} |",
                flush=True,
            )


def table() -> None:
    """Bytes and microseconds a galaxy of the last measurement of every stage and size."""
    last = latest()
    sizes = sorted({n for _, n in last})
    print("| stage | " + " | ".join(f"{n:.0e}" for n in sizes) + " |\n" + "|---" * (len(sizes) + 1) + "|")
    for name in STAGES:
        cells = [last.get((name, n)) for n in sizes]
        shown = [
            f"{c['peak'] / c['rows']:.0f} B, {1e6 * c['cpu'] / c['rows']:.2f}" if c else "" for c in cells
        ]
        print(f"| {name} | " + " | ".join(shown) + " |")


def figure() -> None:
    """Processor time and memory against rows, a line a stage."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    last = latest()
    drawing, (left, right) = plt.subplots(1, 2, figsize=(11, 4.6), layout="constrained")
    shown = [name for name in STAGES if sum(stage == name for stage, _ in last) > 1]
    for number, name in enumerate(shown):
        rows = sorted(size for stage, size in last if stage == name)
        style = {"marker": "osv^D"[number % 5], "ms": 4, "color": mpl.colormaps["tab20"](number % 20)}
        left.loglog(rows, [last[name, n]["cpu"] for n in rows], label=name, **style)
        right.loglog(rows, [last[name, n]["peak"] / 2**30 for n in rows], **style)
    ends = np.array([min(n for _, n in last), max(n for _, n in last)])
    left.loglog(ends, ends * 1e-6, "k:", lw=1, label="1 microsecond a galaxy")
    right.loglog(ends, PAYLOAD * ends / 2**30, "k--", lw=1, label=f"the columns, {PAYLOAD} bytes a galaxy")
    left.set(xlabel="galaxies", ylabel="processor time [s]")
    right.set(xlabel="galaxies", ylabel="peak memory beyond the imports [GiB]")
    left.legend(fontsize=7, frameon=False, ncols=2)
    right.legend(fontsize=8, frameon=False)
    drawing.savefig(Path(__file__).parents[1] / "docs" / "figures" / "scale.png", dpi=140)


def latest() -> dict[tuple[str, int], dict[str, float]]:
    """The last measurement of each stage and size."""
    path = FOLDER / "measured.jsonl"
    every = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    return {(one["stage"], one["rows"]): one for one in every}


def main() -> None:
    """Run the chosen part."""
    part, *rest = sys.argv[1:] or [""]
    FOLDER.mkdir(parents=True, exist_ok=True)
    if part == "stage":
        print(json.dumps(measured(rest[0], int(rest[1]))))
        return
    names = [n for n in STAGES if n in rest] or list(STAGES)
    sizes = [int(float(r)) for r in rest if r not in STAGES]
    if part == "slope":
        slopes(names, sizes or [1_000_000, 3_000_000])
    elif part == "neighbours":
        neighbours(sizes or [100_000, 300_000, 1_000_000, 3_000_000])
    elif part == "table":
        table()
    elif part == "figure":
        figure()
    elif part == "large":
        for rows in sizes or [10_000_000, 30_000_000]:
            run(names, rows)
            shutil.rmtree(kept(rows))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
