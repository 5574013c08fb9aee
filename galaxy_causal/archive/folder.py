"""Answers slice by slice in a folder, where a slice counts that is whole, and of this very question."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from galaxy_causal.archive.answers import Arrow
from galaxy_causal.archive.slices import Done, Slice
from galaxy_causal.files import sha256_of, to_disk
from galaxy_causal.types import UserError, option

ABOUT = b"galaxy_causal"
"""Key of what a slice says of itself."""
QUERY, LOCK = "query.json", "lock"
SPARE = 1 << 24
"""Bytes that must stay free beside what is expected."""


class SliceFolder:
    """The slices of one question.

    Parameters
    ----------
    folder
        Made where there is none.
    query
        Text by which the question is known; a folder of another one is refused.
    told
        What people should see of it.
    say
        Told of slices that are damaged.
    """

    def __init__(
        self,
        folder: Path,
        query: str,
        told: Mapping[str, object],
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.folder = folder
        self._say = say
        self._query = query
        self._told = told
        self._lock = -1

    @contextmanager
    def opened(self) -> Iterator[SliceFolder]:
        """Hold the folder, alone."""
        with writing(self.folder):
            self.folder.mkdir(exist_ok=True)
            self._lock = os.open(self.folder / LOCK, os.O_RDWR | os.O_CREAT)
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(self._lock)
                raise UserError(
                    f"another process acquires into {self.folder}; wait for it, or name another file by "
                    f"{option('acquire.output')}"
                ) from None
        try:
            self._compare()
            for left in self.folder.glob("*.parquet.partial"):
                left.unlink()
            yield self
        finally:
            if self._is_bare():  # of a service that never answered
                self.remove()
            os.close(self._lock)

    def _is_bare(self) -> bool:
        """Whether nothing that was asked for lies here."""
        return {file.name for file in self.folder.glob("*")} <= {QUERY, LOCK}

    def _compare(self) -> None:
        file = self.folder / QUERY
        if not file.exists() or self._is_bare():
            with writing(file):
                write_whole(file, json.dumps({"sha256": self._query, **self._told}, indent=2, default=str))
            return
        try:
            theirs = json.loads(file.read_text(encoding="utf-8"))
        except ValueError:
            theirs = {}
        if theirs.get("sha256") == self._query:
            return
        differing = [key for key, value in self._told.items() if str(theirs.get(key)) != str(value)]
        raise UserError(
            f"{self.folder} holds slices of another query ({', '.join(differing) or 'not known'}); name "
            f"another file by {option('acquire.output')}, or remove the folder"
        )

    def _file(self, one: Slice) -> Path:
        return self.folder / f"{one.name}.parquet"

    def _cut(self, one: Slice) -> Path:
        return self.folder / f"{one.name}.cut"

    def is_cut(self, one: Slice) -> bool:
        """Whether its halves stand for it."""
        return self._cut(one).exists()

    def cut(self, one: Slice) -> None:
        """Let its halves stand for it."""
        with writing(self._cut(one)):
            self._cut(one).touch()

    def done(self, one: Slice) -> Done | None:
        """What is known of a slice, None where it is not there; one that is damaged is removed."""
        import pyarrow as pa

        file = self._file(one)
        if not file.exists():
            return None
        try:
            said = json.loads(self.table(one).schema.metadata[ABOUT])
        except (OSError, ValueError, KeyError, TypeError, pa.ArrowException):
            self._say(f"{file} is damaged, and is asked for again")
            file.unlink()
            return None
        return Done(**said, sha256=sha256_of(file))

    def table(self, one: Slice, columns: Sequence[str] | None = None) -> Arrow:
        """A slice's rows, of these columns or of all, compared with their checksums."""
        import pyarrow.parquet as pq

        return pq.read_table(self._file(one), columns=columns, page_checksum_verification=True)

    def put(self, one: Slice, table: Arrow) -> Done:
        """Keep the answer to a slice."""
        import pyarrow.parquet as pq

        said = Done(one.low, one.high, table.num_rows, datetime.now(UTC).isoformat(timespec="seconds"))
        about = {key: value for key, value in asdict(said).items() if key != "sha256"}
        table = table.replace_schema_metadata({ABOUT: json.dumps(about).encode()})
        file = self._file(one)
        partial = file.with_name(f"{file.name}.partial")
        with writing(file):
            pq.write_table(table, partial, write_page_checksum=True)
            to_disk(partial)
            partial.replace(file)
        return Done(**about, sha256=sha256_of(file))

    def remove(self) -> None:
        """Let the folder be gone."""
        shutil.rmtree(self.folder, ignore_errors=True)


def write_whole(path: Path, text: str) -> None:
    """Write a text so that its file is whole or not there."""
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(text, encoding="utf-8")
    to_disk(partial)
    partial.replace(path)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Errors of a full disk or a folder that may not be written, in one message."""
    try:
        yield
    except OSError as error:
        raise UserError(
            f"cannot write {path} ({error.strerror or error}); free some space, or name a file in another "
            f"folder by {option('acquire.output')}. What is finished is kept: run the same command again "
            "to go on"
        ) from error


def check_place(output: Path, needed: float) -> None:
    """Refuse a place that cannot hold what is expected, before anything is asked.

    Parameters
    ----------
    output
        The file that is to be there.
    needed
        Bytes that are expected.

    Raises
    ------
    UserError
        For a folder that is not there or may not be written, and a disk without space.
    """
    folder = output.parent
    if not folder.is_dir():
        raise UserError(
            f"{option('acquire.output', str(output))}: there is no folder {folder}; make it first"
        )
    if not os.access(folder, os.W_OK):
        raise UserError(
            f"{option('acquire.output', str(output))}: {folder} may not be written by you; name a file in "
            "another folder"
        )
    free = shutil.disk_usage(folder).free
    if needed + SPARE > free:
        raise UserError(
            f"{output} needs about {needed / 1e9:.1f} GB with its slices, and {folder} has {free / 1e9:.1f} "
            f"GB free; name a file on another disk by {option('acquire.output')}"
        )
