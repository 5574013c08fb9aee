"""Folders of catalogues, here or at an address of fsspec."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from galaxy_causal.types import UserError, option

PACKAGES = {
    "s3": "s3fs",
    "http": "aiohttp requests",
    "https": "aiohttp requests",
    "gs": "gcsfs",
    "gcs": "gcsfs",
    "abfs": "adlfs",
    "az": "adlfs",
    "hf": "huggingface_hub",
}
"""What fsspec needs for each kind of address."""


@dataclass(frozen=True)
class Place:
    """A folder, with the file system of fsspec on which it is."""

    address: str
    path: str
    files: Any = field(repr=False)

    def within(self, name: str) -> Place:
        """A folder or file in it."""
        return Place(f"{self.address}/{name}", f"{self.path}/{name}", self.files)

    def text(self, name: str) -> str | None:
        """The content of a file in it, None where there is no such file."""
        try:
            content: bytes = self.files.cat_file(f"{self.path}/{name}")
        except FileNotFoundError:
            return None
        except Exception as error:  # of whatever package reaches there
            raise unreachable(f"{self.address}/{name}", error) from error
        return content.decode("utf-8", errors="replace")

    def found(self, name: str) -> list[str]:
        """Paths of all files below a folder in it, from there."""
        folder = f"{self.path}/{name}"
        try:
            paths = self.files.find(folder)
        except Exception as error:  # of whatever package reaches there
            raise unreachable(f"{self.address}/{name}", error) from error
        return [str(path).partition(f"{folder.lstrip('/')}/")[2] for path in paths]

    def arrow(self) -> Any:  # noqa: ANN401  (of pyarrow)
        """The file system as pyarrow knows it."""
        from fsspec.implementations.local import LocalFileSystem
        from pyarrow import fs

        local = isinstance(self.files, LocalFileSystem)
        return fs.LocalFileSystem() if local else fs.PyFileSystem(fs.FSSpecHandler(self.files))


def place_of(where: str | Path, storage_options: Mapping[str, Any] | None = None) -> Place:
    """A folder or an address.

    Parameters
    ----------
    where
        A path of this machine, or an address such as ``s3://bucket/folder`` or ``https://...``.
    storage_options
        What the file system of fsspec takes, such as {anon: true} of S3.

    Returns
    -------
    Place

    Raises
    ------
    UserError
        For an address that has a password in it, that fsspec does not know, or whose package is
        not installed.
    """
    import fsspec

    address = str(where).rstrip("/")
    if "://" not in address:
        path = Path(address).expanduser().resolve()
        return Place(str(Path(address).expanduser()), str(path), fsspec.filesystem("file"))
    kind = urlsplit(address)
    if "@" in kind.netloc:
        raise UserError(
            f"{option('dataset.path')} has a user or a password in it, which runs would show; leave it out, "
            f"and give {option('dataset.storage_options')}, or the variables of the environment that "
            f"{kind.scheme} has for it"
        )
    try:
        files, path = fsspec.url_to_fs(address, **(storage_options or {}))
    except ImportError as error:
        needed = PACKAGES.get(kind.scheme, "")
        install = f"pip install {needed}" if needed else "install what it names"
        raise UserError(
            f"{address} cannot be read: {str(error).rstrip('.')}: {install}, or copy the catalogue here"
        ) from error
    except (ValueError, TypeError) as error:
        raise UserError(
            f"{option('dataset.path', address)} is no address that fsspec reaches ({error}); give a folder, "
            "or one of s3://, https:// and the like"
        ) from error
    return Place(address, str(path).rstrip("/"), files)


PASSING = (408, 429)
"""Statuses of an answer that another try may mend, as those of 500 and more."""
LOST = {"ClientConnectionError", "ClientPayloadError", "EndpointConnectionError", "HTTPClientError"}
"""Errors of aiohttp and botocore that are of a connection."""


class NotReachedError(UserError):
    """There is no way to a place just now; ``words`` say so alone."""

    def __init__(self, words: str) -> None:
        super().__init__(f"{words}. Is the machine connected, and the service up?")
        self.words = words


def unreachable(where: str, error: Exception) -> UserError:
    """What to say of a file or folder that cannot be read."""
    reason = " ".join(str(error).split())[:200] or type(error).__name__
    if "://" in where and any(map(_may_pass, _causes(error))):
        return NotReachedError(f"{where} cannot be reached: {reason}")
    return UserError(
        f"{where} cannot be read: {reason}. Is the copy complete, and may you read it? Copy it again"
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def _may_pass(error: BaseException) -> bool:
    """Whether an error is of the way to a service, or one that the service takes for its own."""
    names = {kind.__name__ for kind in type(error).__mro__}
    status = getattr(error, "status", None)
    return (
        isinstance(error, ConnectionError | TimeoutError | socket.gaierror)
        or bool(names & LOST)
        or (isinstance(status, int) and (status >= 500 or status in PASSING))
    )
