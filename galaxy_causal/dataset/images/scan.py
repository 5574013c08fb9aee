"""One pass over all pixels: which are flagged, and what stands for them in recipes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.images.file import ImageFile, Rows
from galaxy_causal.dataset.images.pixels import flag
from galaxy_causal.files import counted
from galaxy_causal.types import UserError, option

BLOCK = 1 << 25  # bytes of pixels read at a time
WORTH_KEEPING = 1 << 28  # bytes of pixels whose scan is kept for the next time: about half a second
DIGEST = 16
REVISION = 2  # 2: checksums in the file are verified


@dataclass(frozen=True)
class Scan:
    """Of n galaxies: number of flagged pixels in each band (n, bands), and a digest of all (n, 16)."""

    flagged: NDArray[np.int32]
    digest: NDArray[np.uint8]


def scan(file: ImageFile, rows: Rows, null_pixels: Sequence[float], cache: Path) -> Scan:
    """Read the images of ``rows`` (n,) once, and verify the checksums that their file carries.

    A digest is the first 16 bytes of the SHA-256 of a galaxy's float32 pixels (little-endian, flagged
    ones NaN), so equal pixels have equal digests in whatever kind of file. The pass runs at about 0.6 GB/s;
    from 256 MB of pixels on the result of a file is kept in ``cache``, and used again while names, sizes and
    times of the files, and which of their arrays are read, stay as they are. One of all its rows serves
    for any of them.
    """
    size = 4 * int(np.prod(file.description.shape[1:]))
    stamp = file.stamp() if size * len(rows) >= WORTH_KEEPING else ""
    if not stamp:
        return _scan(file, rows, null_pixels, size)
    kept = _kept(file, stamp, rows, null_pixels, cache)
    every = _kept(file, stamp, np.arange(file.description.shape[0]), null_pixels, cache)
    for there, some in ((kept, slice(None)), (every, rows)):
        if there.is_file():
            with np.load(there, allow_pickle=False) as found:
                return Scan(found["flagged"][some], found["digest"][some])
    made = _scan(file, rows, null_pixels, size)
    try:
        with written_aside(kept) as aside, aside.open("wb") as out:
            np.savez(out, flagged=made.flagged, digest=made.digest)
    except OSError as error:
        raise UserError(
            f"cannot write to {cache} ({error.strerror}); name another folder by "
            f"{option('dataset.cache')}=<folder>"
        ) from error
    return made


def scan_all(file: ImageFile, null_pixels: Sequence[float], cache: Path) -> None:
    """Have the scan of all rows of the file kept, if it is worth that, for whichever are asked for later."""
    if 4 * int(np.prod(file.description.shape)) >= WORTH_KEEPING:
        scan(file, np.arange(file.description.shape[0]), null_pixels, cache)


def _kept(file: ImageFile, stamp: str, rows: Rows, null_pixels: Sequence[float], cache: Path) -> Path:
    """Where the scan of these rows is kept."""
    asked = hashlib.sha256(rows.astype("<i8").tobytes()).hexdigest()
    text = f"{REVISION}\n{stamp}\n{asked}\n{[float(v) for v in null_pixels]}\n{file.description.shape}"
    return cache / f"scan-{hashlib.sha256(text.encode()).hexdigest()[:20]}.npz"


def _scan(file: ImageFile, rows: Rows, null_pixels: Sequence[float], size: int) -> Scan:
    file.verify()
    flagged = np.zeros((len(rows), file.description.shape[1]), dtype=np.int32)
    digest = np.zeros((len(rows), DIGEST), dtype=np.uint8)
    order = np.argsort(rows, kind="stable")  # files are read fastest from front to back
    step = max(1, BLOCK // size)
    for start in counted(range(0, len(rows), step), f"checking images of {file.path.name}"):
        which = order[start : start + step]
        pixels = file.read(rows[which])
        flag(pixels, file.masked(rows[which]), null_pixels)
        flagged[which] = np.isnan(pixels).sum(axis=(2, 3))
        for number, image in zip(which, np.ascontiguousarray(pixels, dtype="<f4"), strict=True):
            digest[number] = np.frombuffer(hashlib.sha256(image).digest()[:DIGEST], dtype=np.uint8)
    return Scan(flagged, digest)


def cache_folder(cache: str | None) -> Path:
    """The folder for what is worth keeping: as given, else ``galaxy_causal`` in the user's cache."""
    if cache is not None:
        return Path(cache).expanduser()
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "galaxy_causal"


@contextmanager
def written_aside(target: Path) -> Iterator[Path]:
    """A path to write to, renamed to ``target`` in the end, and removed if that was not reached."""
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f"{target.name}.{os.getpid()}.partial")
    try:
        yield aside
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)
