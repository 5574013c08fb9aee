"""A zarr store in a folder, of which nothing is read that lies elsewhere."""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path
from typing import Any

from galaxy_causal.files import check_regular
from galaxy_causal.types import UserError


def check_store(path: Path) -> None:
    """Refuse a folder in which anything is a link, a pipe or a device.

    zarr would read a linked file, whatever it is, as pixels, and wait for a pipe. The folder itself may be
    a link.
    """
    if not path.is_dir():
        raise UserError(f"{path} is no folder; give the folder of a zarr store (unpack one that is zipped)")
    for folder, folders, files in os.walk(path):
        for entry in (Path(folder, name) for name in (*folders, *files)):
            if entry.is_symlink():
                raise UserError(
                    f"{path}: {entry.relative_to(path)} is a link, to {os.readlink(entry)!r}, which is not "
                    "followed inside of a zarr store; put what is needed in its place (cp -rL)"
                )
        for name in files:
            check_regular(Path(folder, name), "a zarr store holds files and folders alone: take it out")


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
    encode, folder, stored = array.metadata.encode_chunk_key, path / array.path, Counter[int]()
    for root, _, files in os.walk(folder):
        for name in files:
            file = Path(root, name)
            key = file.relative_to(folder).as_posix()
            numbers = re.findall(r"(?:^|(?<=[./]))\d+(?=[./]|$)", key)[-len(array.shape) :]
            place = tuple(map(int, numbers))
            if len(place) == len(array.shape) and encode(place) == key and file.stat().st_size > 0:
                stored[place[0]] += 1
    return stored
