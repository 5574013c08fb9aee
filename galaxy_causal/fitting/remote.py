"""Fits where other machines find them too, wherever fsspec reaches."""

from __future__ import annotations

import time
from pathlib import Path

import fsspec

from galaxy_causal.fitting.folder import CHECKSUMS, listed
from galaxy_causal.types import UserError


class RemoteFits:
    """The same folders as on this machine, at an address of fsspec.

    A fit is there once its list of checksums is: that is uploaded last, and names all other files. Two
    machines that upload the same fit at the same time may leave files of one with the list of the other: a
    reader sees that by the checksums, and the fit is made again.

    Parameters
    ----------
    address
        Such as ``s3://bucket/fits``.

    Raises
    ------
    UserError
        For an address that fsspec does not know, or whose package is not installed.
    """

    def __init__(self, address: str) -> None:
        try:
            self._fs, path = fsspec.url_to_fs(address)
        except (ImportError, ValueError) as error:
            raise UserError(f"tracking.fits={address} cannot be used: {error}") from error
        self._address = address
        self._path = str(path).rstrip("/")

    def _of(self, key: str) -> str:
        return f"{self._path}/{key[:2]}/{key}"

    def marker(self, key: str) -> bytes | None:
        """The list of checksums that makes a fit whole, None where there is none."""
        try:
            content: bytes = self._fs.cat_file(f"{self._of(key)}/{CHECKSUMS}")
        except FileNotFoundError:
            return None
        except Exception as error:  # of whatever package reaches there
            raise UserError(
                f"tracking.fits={self._address} cannot be reached ({error}); see to the address, the network "
                "and the credentials, or leave it out: fits are then kept here alone"
            ) from error
        return content

    def has(self, key: str, folder: Path) -> bool:
        """Whether the fit there is that in a folder of this machine."""
        here = folder / CHECKSUMS
        return here.is_file() and here.read_bytes() == self.marker(key)

    def upload(self, folder: Path, key: str) -> None:
        """Have the fit in a folder there, its marker last."""
        content = (folder / CHECKSUMS).read_bytes()
        for name in (*listed(content), CHECKSUMS):
            to = f"{self._of(key)}/{name}"
            self._fs.makedirs(to.rpartition("/")[0], exist_ok=True)
            self._fs.put_file(str(folder / name), to)

    def download(self, key: str, marker: bytes, into: Path) -> None:
        """Bring the files that a marker lists into an empty folder; what is missing there is missing here."""
        (into / CHECKSUMS).write_bytes(marker)
        try:
            names = listed(marker)
        except ValueError:  # damaged itself
            return
        for name in names:
            to = into / name
            to.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._fs.get_file(f"{self._of(key)}/{name}", str(to))
            except FileNotFoundError:
                to.unlink(missing_ok=True)

    def set_aside(self, key: str) -> str:
        """Have nobody find the fit, and keep its files; says where it was."""
        place = f"{self._path}/damaged/{key}-{time.time_ns()}"
        self._fs.makedirs(place, exist_ok=True)
        self._fs.mv(f"{self._of(key)}/{CHECKSUMS}", f"{place}/{CHECKSUMS}")  # first: the rest may take long
        self._fs.mv(self._of(key), f"{place}/{key}", recursive=True)
        return self._of(key)
