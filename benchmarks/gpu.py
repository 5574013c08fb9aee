"""What a GPU makes of the package, in eight minutes and one table.

    python benchmarks/gpu.py [--rehearse] [--minutes M] [--only PART ...] [--out FILE]

It needs this checkout (which need not be installed), Python 3.11 or later, torch, pytorch_lightning, numpy
and scipy, and nothing else: where pydantic and annotated_types are missing it takes options unchecked; faiss
and threadpoolctl are not needed, as torch seeks the neighbours; ``compiled`` needs what torch.compile does
(Triton). On a machine without a GPU the same is measured in smaller sizes and processor seconds
(OMP_NUM_THREADS=1, else threads that wait for one another count too); ``--rehearse`` takes the smallest, to
see that all parts run.

Parts, each with its share of the time, at whose end no new measurement begins; what was measured is printed
line by line, and all lines once more as one table at the end. A part that fails says so, and the next begins.

accuracy    scores and gradients of every network beside double precision on the CPU
steps       training steps on one batch that lies on the device
fed         trainings through Lightning; images held on the device, and streamed from a file
scores      of trained networks
neighbours  exact, of all galaxies among all
together    3 seeds x 31 input sets of network=mlp, one after the other and all at once
compiled    steps through torch.compile

The share of the peak is that of the operations of products and convolutions (torch.utils.flop_counter, of a
step forward and backward) over its time, of the dense bf16 peak of the data sheet (H100, H200: 989 TFLOP/s),
elsewhere of one large bf16 product. Channels that are added to make eights count as time, not as operations.
Waiting: the share of time in which a training's process waits for its next batch; a GPU may be busy then.
Exit status 1: a part failed, or a comparison did.
"""

import argparse
import faulthandler
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from gpu_options import stand_in

STOOD_IN = stand_in()  # before anything of the package is imported

import torch  # noqa: E402
from gpu_accuracy import accuracy  # noqa: E402
from gpu_neighbours import neighbours  # noqa: E402
from gpu_speed import compiled, fed, scoring, steps  # noqa: E402
from gpu_table import FULL, HEAD, ON_CPU, TINY, Place, Row  # noqa: E402
from gpu_together import small  # noqa: E402
from image_feeding import write  # noqa: E402

Part = Callable[[Place], Iterator[Row]]
PEAKS = {"H200": 989e12, "H100": 989e12}
MINUTES = 8.0
SHARES = {
    "accuracy": 0.15, "steps": 0.2, "fed": 0.2, "scores": 0.1, "neighbours": 0.15, "together": 0.1,
    "compiled": 0.1,
}  # fmt: skip
GRACE = 60.0
"""Seconds after which a measurement that hangs ends the program."""


def product_rate(where: Place, half: bool) -> float:
    """Operations a second of one large product."""
    side = where.sizes.product
    a = torch.randn(side, side, device=where.device, dtype=torch.bfloat16 if half else torch.float32)
    return 2 * side**3 / where.each(lambda: a @ a)


def place(rehearse: bool) -> Place:
    """The device of this machine, and what is asked of it."""
    gpu = torch.cuda.is_available()
    device = "cuda" if gpu else "cpu"
    sizes = TINY if rehearse else FULL if gpu else ON_CPU
    name = torch.cuda.get_device_name() if gpu else "CPU"
    product, single = (product_rate(Place(device, sizes, 0.0), half) for half in (True, False))
    sheet = next((peak for known, peak in PEAKS.items() if known in name), None)
    python = sys.version.split()[0]
    print(
        f"{name}, {torch.get_num_threads()} threads, Python {python}, torch {torch.__version__}", flush=True
    )
    print(f"one large product: bf16 {product / 1e12:,.2f}, single {single / 1e12:,.2f} TFLOP/s", flush=True)
    if STOOD_IN:
        print("pydantic is missing: options are taken unchecked", flush=True)
    return Place(device, sizes, sheet or product)


def streamed(where: Place) -> Iterator[Row]:
    """``fed``, from a file that lies in the page cache."""
    with tempfile.TemporaryDirectory() as folder:
        yield from fed(where, write(Path(folder), where.sizes.images, "float32"))


PARTS: dict[str, Part] = {
    "accuracy": accuracy,
    "steps": steps,
    "fed": streamed,
    "scores": scoring,
    "neighbours": neighbours,
    "together": small,
    "compiled": compiled,
}


def lines_of(name: str, where: Place, end: float) -> Iterator[tuple[str, bool]]:
    """A part's lines, until its time is over, and whether each is as it should be."""
    try:
        for row in PARTS[name](where):
            yield row.text(name), not row.wrong
            if time.perf_counter() > end:
                yield Row("its time is over").text(name), True
                return
    except Exception as error:  # the other parts are worth their time
        traceback.print_exc()
        yield (
            Row("failed", found=f"{type(error).__name__}: {error}".replace("\n", " ")[:200]).text(name),
            False,
        )


def measured(chosen: list[str], where: Place, minutes: float) -> Iterator[tuple[str, bool]]:
    """Lines of all parts. What one leaves of its time is for those after it."""
    start, taken = time.perf_counter(), 0.0
    whole = sum(SHARES[name] for name in chosen)
    for name in chosen:
        taken += SHARES[name] / whole
        yield from lines_of(name, where, start + 60 * minutes * taken)


def options() -> argparse.Namespace:
    """Of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rehearse", action="store_true", help="the smallest sizes")
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS))
    parser.add_argument("--out", type=Path, help="a file for the table")
    return parser.parse_args()


def main() -> None:
    """Print lines as they come, then all."""
    asked = options()
    faulthandler.dump_traceback_later(60 * asked.minutes + GRACE, exit=True)
    where = place(asked.rehearse)
    report = partial(print, flush=True)
    found, right = [], True
    for line, good in measured(asked.only, where, asked.minutes):
        report(line)
        found.append(line)
        right = right and good
    table = "\n".join([HEAD, *found])
    report(f"\n{table}")
    if asked.out:
        asked.out.write_text(table + "\n")
    faulthandler.cancel_dump_traceback_later()
    sys.exit(0 if right else 1)


if __name__ == "__main__":
    main()
