"""A zarr store in a folder, of which nothing is read that lies elsewhere."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from galaxy_causal.files.regular import check_regular
from galaxy_causal.types import UserError


def check_store(path: Path) -> None:
    """Refuse a folder in which anything is a link, a pipe or a device.

    zarr would read a linked file, whatever it is, as pixels, and wait for a pipe. The folder itself may be
    a link.
    """
    if not path.is_dir():
        raise UserError(f"{path} is no folder; give the folder of a zarr store (unpack one that is zipped)")
    for name, entry in _entries(path):
        if entry.is_symlink():
            raise UserError(
                f"{path}: {name} is a link, to {os.readlink(entry)!r}, which is not followed inside of a "
                "zarr store; put what is needed in its place (cp -rL)"
            )
        if not entry.is_file():
            check_regular(path / name, "a zarr store holds files and folders alone: take it out")


def _entries(path: Path) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """All files in and below a folder, and links, which are not followed, by their names from there."""
    folders = [""]
    while folders:
        inside = folders.pop()
        with os.scandir(f"{path}/{inside}") as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(f"{inside}{entry.name}/")
                else:
                    yield f"{inside}{entry.name}", entry


def zarr_object(path: Path, group: Any, name: str) -> Any:  # noqa: ANN401
    """The array or group ``name`` of a group of zarr, None where there is none."""
    if name not in group:
        return None
    found = group[name]
    for codec in (*(getattr(found, "filters", None) or ()), *(getattr(found, "compressors", None) or ())):
        if getattr(codec, "codec_id", "") == "pickle":
            raise UserError(
                f"{path}: {name!r} holds pickled Python objects, which are not read; save numbers"
            )
    return found


def stored_chunks(path: Path, array: Any) -> Counter[int]:  # noqa: ANN401
    """How many of its files, which are shards or chunks, an array has at each place of its first axis.

    An empty file counts as none: zarr takes an empty shard for one without chunks.
    """
    encode, axes, stored = array.metadata.encode_chunk_key, len(array.shape), Counter[int]()
    for name, entry in _entries(path / array.path):
        numbers = re.split("[./]", name)[-axes:]
        if not all(number.isdecimal() for number in numbers) or len(numbers) < axes:
            continue
        place = tuple(map(int, numbers))
        if encode(place) == name and entry.stat().st_size > 0:
            stored[place[0]] += 1
    return stored
