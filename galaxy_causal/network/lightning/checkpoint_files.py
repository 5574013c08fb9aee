"""Files of trainings that are not finished: whole or not there, and for nobody else."""

from __future__ import annotations

import hashlib
import io
import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import fsspec
import torch
from fsspec.implementations.local import LocalFileSystem

from galaxy_causal.types import UserError

PART, ASIDE = ".part", ".aside"
"""Ends of the names of a file that is being written, and of one that was no good."""


class CheckpointFiles:
    """What trainings of one fit have come to, in a folder or at an address of fsspec.

    A file is a line of JSON, which tells what it belongs to and the SHA-256 of the rest, and what ``torch``
    saves. It is read as tensors and plain values alone: whoever can write into a shared place can run no code
    here.

    Parameters
    ----------
    place
        The folder or address, made when it is first written to.
    belongs
        By what a file is known to be of this fit and these packages; others are set aside.
    """

    def __init__(self, place: str, belongs: Mapping[str, str]) -> None:
        self._fs, path = fsspec.url_to_fs(place)
        self._path = str(path).rstrip("/")
        self._belongs = dict(belongs)

    def read(self, name: str) -> dict[str, Any] | None:
        """What was written by this name, None where nothing is; what is damaged or another's is set aside."""
        try:
            content = self._fs.cat_file(self._at(name))
        except FileNotFoundError:
            return None
        except Exception as error:  # of whatever package reaches there
            raise UserError(
                f"the checkpoint {self._at(name)} cannot be read ({error}); see to the place, or remove the "
                "file: the fit then begins anew"
            ) from error
        found = _unpacked(content, self._belongs)
        if isinstance(found, str):
            self.set_aside(name, found)
            return None
        return found

    def write(self, name: str, state: Mapping[str, Any]) -> None:
        """Have a file hold a state, in place of what it held."""
        part, content = self._at(f"{name}.{uuid4().hex}{PART}"), _packed(state, self._belongs)
        try:
            if isinstance(self._fs, LocalFileSystem):
                _to_disk(Path(part), content)
            else:
                self._fs.pipe_file(part, content)
            self._rename(part, self._at(name))
        finally:
            with suppress(Exception):  # it is there where writing failed
                self._fs.rm_file(part)

    def remove(self, name: str) -> None:
        """Have no such file."""
        with suppress(FileNotFoundError):
            self._fs.rm_file(self._at(name))

    def set_aside(self, name: str, why: str) -> None:
        """Keep a file that is no good where it is not found again, and say so."""
        self._rename(self._at(name), self._at(name + ASIDE))
        print(  # noqa: T201
            f"warning: the checkpoint {self._at(name)} {why}; set aside as {name + ASIDE} there, and the fit "
            "begins anew",
            file=sys.stderr,
        )

    def _at(self, name: str) -> str:
        return f"{self._path}/{name}"

    def _rename(self, file: str, to: str) -> None:
        if isinstance(self._fs, LocalFileSystem):
            os.replace(file, to)  # what fsspec does across disks is not done at once
        else:
            self._fs.mv(file, to)


def _packed(state: Mapping[str, Any], belongs: Mapping[str, str]) -> bytes:
    buffer = io.BytesIO()
    torch.save(state, buffer)
    rest = buffer.getvalue()
    told = {"belongs": dict(belongs), "bytes": len(rest), "sha256": hashlib.sha256(rest).hexdigest()}
    return json.dumps(told).encode() + b"\n" + rest


def _unpacked(content: bytes, belongs: Mapping[str, str]) -> dict[str, Any] | str:
    """The state, or why there is none."""
    first, _, rest = content.partition(b"\n")
    try:
        told = json.loads(first)
        theirs, size, digest = dict(told["belongs"]), int(told["bytes"]), told["sha256"]
    except (ValueError, TypeError, KeyError):
        return "is damaged: it does not begin as one"
    if len(rest) != size:
        return f"is damaged: it has {len(rest):,} of {size:,} bytes"
    if hashlib.sha256(rest).hexdigest() != digest:
        return "is damaged: it has other content than was written"
    for name in sorted({*theirs, *belongs}):
        if theirs.get(name) != belongs.get(name):
            return f"is of {name} {theirs.get(name)}, and this is {belongs.get(name)}"
    try:
        state: dict[str, Any] = torch.load(io.BytesIO(rest), map_location="cpu", weights_only=True)
    except Exception as error:  # of many kinds, and none says more than that
        return f"cannot be read ({type(error).__name__})"
    return state


def _to_disk(file: Path, content: bytes) -> None:
    """Write a file to the disk itself, before it gets its name."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
