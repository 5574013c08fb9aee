"""Arrays that are members of an npz file, mapped where they lie, or unpacked once."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from rich.console import Console
from rich.progress import DownloadColumn

from galaxy_causal.dataset.images.file import reading, stamp
from galaxy_causal.files import alone, bar, check_regular
from galaxy_causal.files.npy import check_member
from galaxy_causal.types import UserError, option

BLOCK = 1 << 22  # bytes copied at a time
LOCAL_HEADER = 30  # bytes of a zip member's header before its name
WORTH_SAYING = 1 << 28
"""Bytes from which on it is said what an unpacked array takes."""


def places(path: Path, members: Sequence[str], cache: Path) -> list[tuple[Path, int]]:
    """The file that holds each array's npy data plainly, and where in it they begin.

    An array that the zip file stores without compression lies in it. A compressed one is unpacked to
    ``cache`` once, which takes its full size on disk; the copy is found again as long as name, size and time
    of the npz file stay. One whose unpacking was killed is gone on with. The zip file's checksum is compared
    on the way.

    Raises UserError for what is no whole npz file, lacks an array, is damaged, or has no room to be unpacked.
    """
    check_regular(path, f"give the npz file with the arrays {', '.join(members)}")
    names = [f"{member}.npy" for member in members]
    with reading(path):
        try:
            with zipfile.ZipFile(path) as archive:
                for name in names:
                    check_member(path, archive, name)
                return [_place(path, archive, name, cache) for name in names]
        except zipfile.BadZipFile as error:
            raise ValueError(f"not a whole zip file ({error})") from error


def verify(path: Path, members: Sequence[str]) -> None:
    """Read these arrays of the npz file and refuse those that differ from its checksums."""
    with reading(path), zipfile.ZipFile(path) as archive:
        for member in members:
            try:
                for _ in _blocks(archive, archive.getinfo(f"{member}.npy"), "verifying"):
                    pass
            except zipfile.BadZipFile as error:
                raise UserError(
                    f"{path}: the array {member} is damaged ({error}). Copy or write it again"
                ) from error


def _place(path: Path, archive: zipfile.ZipFile, name: str, cache: Path) -> tuple[Path, int]:
    info = archive.getinfo(name)
    if info.compress_type != zipfile.ZIP_STORED:
        return _unpacked(path, archive, info, cache), 0
    with path.open("rb") as file:
        file.seek(info.header_offset)
        header = file.read(LOCAL_HEADER)
    lengths = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    return path, info.header_offset + LOCAL_HEADER + lengths


def _unpacked(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo, cache: Path) -> Path:
    key = hashlib.sha256(f"{stamp([path])}\n{info.filename} {info.CRC}".encode()).hexdigest()[:20]
    target = cache / f"{path.stem}-{key}" / info.filename
    if _is_whole(target, info):
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with alone(target, "unpacks"):
            if not _is_whole(target, info):
                _unpack(path, archive, info, target)
    except OSError as error:
        raise UserError(
            f"{path}: {info.filename} is compressed and cannot be unpacked to {target.parent} ({error}); "
            f"name a folder on a disk with space by {option('dataset.cache')}=<folder>, or save the images "
            "uncompressed (numpy.savez)"
        ) from error
    return target


def _is_whole(target: Path, info: zipfile.ZipInfo) -> bool:
    return target.is_file() and target.stat().st_size == info.file_size


def _unpack(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path) -> None:
    """Write the member aside and give it its name; what a killed process wrote is compared, and kept."""
    aside = target.with_name(f"{target.name}.partial")
    begun = aside.stat().st_size if aside.exists() else 0
    free = shutil.disk_usage(target.parent).free
    if free < info.file_size - begun:
        raise OSError(f"{(info.file_size - begun) / 1e9:.1f} GB are needed and {free / 1e9:.1f} GB free")
    if info.file_size >= WORTH_SAYING:
        before = f"; {begun / 1e9:.1f} GB are there from before" if begun else ""
        Console(stderr=True).print(
            f"{path}: {info.filename} is compressed; it is unpacked once, and takes "
            f"{info.file_size / 1e9:.1f} GB in {target.parent}, where {free / 1e9:.1f} GB are free{before}",
            highlight=False,
            soft_wrap=True,
        )
    try:
        with aside.open("r+b" if begun else "w+b") as out:
            for block in _blocks(archive, info, "unpacking"):
                _put(out, block)
            out.truncate()
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error):  # but not where it is killed
        aside.unlink(missing_ok=True)
        raise
    aside.replace(target)


def _put(out: IO[bytes], block: bytes) -> None:
    """Have these bytes at this place of a file: they are written unless they stand there."""
    start = out.tell()
    if out.read(len(block)) != block:
        out.seek(start)
        out.write(block)


def _blocks(archive: zipfile.ZipFile, info: zipfile.ZipInfo, what: str) -> Iterator[bytes]:
    """A member's bytes, with a progress bar; in the end ``zipfile`` compares its checksum."""
    with bar(DownloadColumn()) as bars, archive.open(info) as member:
        task = bars.add_task(f"{what} {info.filename}", total=info.file_size)
        while block := member.read(BLOCK):
            yield block
            bars.advance(task, len(block))
