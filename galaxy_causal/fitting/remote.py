"""Fits where other machines find them too, wherever fsspec reaches."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import fsspec
from fsspec.implementations.local import LocalFileSystem

from galaxy_causal.fitting.folder import CHECKSUMS, listed
from galaxy_causal.fitting.leases import AddressPlace, Lease, LeasePlace, place_of
from galaxy_causal.fitting.recipe import KEY_LENGTH
from galaxy_causal.types import UserError
from galaxy_causal.types import option as spelt

ALONE = "or leave it out: fits are then kept here alone"
REFUSED = (
    "AccessDenied", "Access Denied", "Forbidden", "InvalidAccessKeyId", "SignatureDoesNotMatch",
    "ExpiredToken", "credentials", "Unauthorized",
)  # fmt: skip
"""What services say of whoever may not do what was asked."""


class RemoteFits:
    """The same folders as on this machine, at an address of fsspec.

    A fit is there once its list of checksums is: that is made last, and names all other files. In a folder
    the whole fit appears at once.

    Parameters
    ----------
    address
        Such as ``s3://bucket/fits``.
    option
        What chose it, as messages say.
    remedy
        What else can be done where it cannot be reached.

    Raises
    ------
    UserError
        For an address that fsspec does not know, that has a password in it, or whose package is
        not installed.
    """

    def __init__(self, address: str, option: str = "tracking.fits", remedy: str = ALONE) -> None:
        check_address(option, address)
        self._said = f"{spelt(option)}={address}", remedy
        try:
            self._leases = place_of(f"{address.rstrip('/')}/leases")
            self._fs, path = fsspec.url_to_fs(address)
        except (ImportError, ValueError, UserError) as error:
            raise UserError(f"{self._said[0]} cannot be used: {error}") from error
        self._path = str(path).rstrip("/")

    @property
    def leases(self) -> LeasePlace | None:
        """Where those who share the fits keep out of one another's way; None where that is not possible."""
        return None if self._leases is None else _Told(self._leases, self._said)

    def _of(self, key: str) -> str:
        return f"{self._path}/{key[:2]}/{key}"

    def found(self) -> list[str]:
        """The keys of all fits there, whole or not."""
        with _reaching(self._said, "read"):
            self._fs.invalidate_cache()
            found = self._fs.find(self._path, maxdepth=2, withdirs=True)
        names = {tuple(str(path).rstrip("/").split("/")[-2:]) for path in found}
        pattern = rf"[0-9a-f]{{{KEY_LENGTH}}}"
        return sorted(key for *above, key in names if re.fullmatch(pattern, key) and above == [key[:2]])

    @property
    def appears_whole(self) -> bool:
        """Whether a fit is there at once, so that one without a list of checksums is not under way."""
        return isinstance(self._fs, LocalFileSystem)

    def marker(self, key: str) -> bytes | None:
        """The list of checksums that makes a fit whole, None where there is none."""
        with _reaching(self._said, "read"):
            try:
                content: bytes = self._fs.cat_file(f"{self._of(key)}/{CHECKSUMS}")
            except FileNotFoundError:
                return None
        return content

    def has(self, key: str, folder: Path) -> bool:
        """Whether the fit there is that in a folder of this machine."""
        here = folder / CHECKSUMS
        return here.is_file() and here.read_bytes() == self.marker(key)

    def upload(self, folder: Path, key: str, lease: Lease) -> None:
        """Have the fit in a folder there, unless others had it there first; its lease must be held."""
        lease.fence()
        if self.marker(key) is not None:
            return
        try:
            if self.appears_whole:
                self._copy(folder, key, lease)
            else:
                self._send(folder, key, lease)
        except UserError:
            raise
        except Exception as error:  # of whatever package reaches there
            raise UserError(
                f"the fit is kept in {folder}, but {self._said[0]} could not take it "
                f"({error}). Once it can, run the same command again: nothing is trained twice"
            ) from error

    def _send(self, folder: Path, key: str, lease: Lease) -> None:
        marker, to = (folder / CHECKSUMS).read_bytes(), self._of(key)
        for name in listed(marker):
            self._fs.makedirs(f"{to}/{name}".rpartition("/")[0], exist_ok=True)
            lease.fence()
            self._fs.put_file(str(folder / name), f"{to}/{name}")
        lease.fence()
        # where it can be made only where there is none: of one that is late here the others' stays
        exclusive = {"mode": "create"} if isinstance(self._leases, AddressPlace) else {}
        with suppress(FileExistsError):
            self._fs.pipe_file(f"{to}/{CHECKSUMS}", marker, **exclusive)

    def _copy(self, folder: Path, key: str, lease: Lease) -> None:
        """Into a folder that several machines share: under another name first."""
        to, own = Path(self._of(key)), Path(self._path) / "partial" / f"{key}-{lease.token}"
        for left in own.parent.glob(f"{key}-*"):  # of whoever had the lease before, and was killed
            shutil.rmtree(left, ignore_errors=True)
        try:
            shutil.copytree(folder, own)
            to.parent.mkdir(parents=True, exist_ok=True)
            lease.fence()
            if to.exists():  # what was cut short
                to.rename(own.with_name(f"{own.name}-before"))
            own.rename(to)
        finally:
            for left in (own, own.with_name(f"{own.name}-before")):
                shutil.rmtree(left, ignore_errors=True)

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
            with _reaching(self._said, "read"):
                try:
                    self._fs.get_file(f"{self._of(key)}/{name}", str(to))
                except FileNotFoundError:
                    to.unlink(missing_ok=True)

    def set_aside(self, key: str) -> str:
        """Have nobody find the fit, and keep its files; says where it was."""
        place = f"{self._path}/damaged/{key}-{time.time_ns()}"
        with _reaching(self._said, "written"):
            self._fs.makedirs(place, exist_ok=True)
            self._fs.mv(f"{self._of(key)}/{CHECKSUMS}", f"{place}/{CHECKSUMS}")  # first: the rest takes long
            self._fs.mv(self._of(key), f"{place}/{key}", recursive=True)
        return self._of(key)


def check_address(option: str, address: str) -> None:
    """Refuse an address with a password, which would be shown and stored; it is not repeated.

    Parameters
    ----------
    option
        What chose it.
    address
        Of fsspec. A name alone may be in it, as ``abfs://container@account`` has one.

    Raises
    ------
    UserError
        Where there is a password.
    """
    found = re.search(r"([\w+.-]+)://[^/]*:[^/]*@([^/]*)", address)
    if found:
        raise UserError(
            f"{spelt(option)}={found[1]}://...@{found[2]} has a password in it, which others would see. "
            f"Leave it out, and give it in the environment as FSSPEC_{found[1].upper()}_PASSWORD, in "
            "fsspec's own configuration, or have a key instead"
        )


class _Told:
    """A place of leases whose errors name the option that chose it."""

    def __init__(self, place: LeasePlace, said: tuple[str, str]) -> None:
        self._place, self._said = place, said
        self.name, self.slowest = said[0], place.slowest

    def create(self, path: str, content: bytes) -> bool:
        with _reaching(self._said, "written"):
            return self._place.create(path, content)

    def read(self, path: str) -> bytes | None:
        with _reaching(self._said, "read"):
            return self._place.read(path)

    def numbers(self, folder: str) -> list[int]:
        with _reaching(self._said, "read"):
            return self._place.numbers(folder)

    def remove(self, path: str) -> None:
        with _reaching(self._said, "written"):
            self._place.remove(path)


@contextmanager
def _reaching(chosen: tuple[str, str], done: str) -> Iterator[None]:
    """Have what goes wrong at an address told in one sentence."""
    place, remedy = chosen
    try:
        yield
    except Exception as error:  # of whatever package reaches there
        said = " ".join(str(error).split()) or type(error).__name__
        if isinstance(error, PermissionError) or any(word in said for word in REFUSED):
            raise UserError(
                f"{place} may not be {done} ({said}); see to your credentials there, and to "
                f"the rights that they give, {remedy}"
            ) from error
        if done == "written" and isinstance(error, FileNotFoundError | NotADirectoryError):
            raise UserError(
                f"{place} cannot be written ({said}); make the bucket or folder, {remedy}"
            ) from error
        raise UserError(
            f"{place} cannot be reached ({said}); see to the address, the network and the "
            f"credentials, {remedy}"
        ) from error
