"""Files over HTTPS, of which the columns are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from galaxy_causal.archive.answers import Arrow
from galaxy_causal.archive.faults import UnansweredError
from galaxy_causal.archive.folder import writing
from galaxy_causal.archive.heads import MOST, RemoteFile, TooFarError, differences, names_of
from galaxy_causal.archive.service import Found, Service, no_part
from galaxy_causal.archive.slices import Slice
from galaxy_causal.archive.tables import read_columns
from galaxy_causal.files import sha256_of

KINDS = {b"\x89HDF": "HDF5", b"SIMP": "FITS", b"PAR1": "Parquet"}
"""How files begin."""
BY_SUFFIX = {".hdf5": "HDF5", ".h5": "HDF5", ".fits": "FITS", ".fit": "FITS", ".parquet": "Parquet"}


class Downloads(Service):
    """A slice is a file, which is fetched, read, and removed.

    Parameters
    ----------
    recipe, client, address
        As of `Service`.
    """

    def slices(self, between: Sequence[float] | None) -> list[Slice]:
        """A file each."""
        no_part(between, "files")
        return [Slice(float(k), float(k + 1)) for k in range(len(self.recipe.files))]

    def query(self, one: Slice | None) -> str:
        """The address of a file, or of all."""
        return "\n".join(f"{self.address}/{self._file(s)[0]}" for s in ([one] if one else self.slices(None)))

    def _file(self, one: Slice) -> tuple[str, str | None]:
        """Its name, and the SHA-256 that the recipe states."""
        given = self.recipe.files[int(one.low)]
        if isinstance(given, Mapping):
            return str(given["name"]), given.get("sha256")
        return str(given), None

    def _sizes(self) -> dict[str, int | None]:
        return {
            url: self.client.retried(url, lambda url=url: self.client.size(url))  # type: ignore[misc]
            for url in self.query(None).splitlines()
        }

    def size(self) -> float | None:
        """As the service says."""
        sizes = self._sizes().values()
        return None if None in sizes else float(sum(size for size in sizes if size is not None))

    def ask(self, one: Slice, folder: Path) -> Arrow:
        """Fetch a file, or go on with half a one, and read it."""
        (name, stated), url = self._file(one), self.query(one)
        path = folder / Path(name).name
        if not path.exists():
            with writing(path):
                self.client.retried(name, lambda: self.client.download(url, path))
        if stated is not None and sha256_of(path) != stated:
            path.unlink()
            raise UnansweredError(
                f"{url} has another SHA-256 than the recipe states; run again, or mend the recipe"
            )
        table = read_columns(path, self.columns)
        path.unlink()
        return table

    def check(self, between: Sequence[float] | None) -> list[Found]:
        """Of each file its size, whether it begins as one of its kind, and whether it has the columns."""
        no_part(between, "files")
        return [self._compared(url, size) for url, size in self._sizes().items()]

    def _compared(self, url: str, size: int | None) -> Found:
        kind = BY_SUFFIX.get(Path(url).suffix, "of an unknown kind")
        start = self.client.retried(url, lambda: self.client.part(url, 0, 8))
        told = "size not known" if size is None else f"{size / 1e6:,.1f} MB"
        odd = f"begins {start!r}"
        if KINDS.get(start[:4]) == kind:
            odd = "" if size is None else self._odd_columns(url, size, kind)
            told += ", columns not compared" if size is None else ""
        return Found(url.rpartition("/")[2], kind, told, odd)

    def _odd_columns(self, url: str, size: int, kind: str) -> str:
        """How the columns of a file differ from the recipe's, or why that is not known."""
        try:
            return differences(names_of(RemoteFile(self.client, url, size), kind), self.columns)
        except TooFarError:
            return f"names no column in {MOST >> 20} MB"
        except Exception as error:  # of three libraries, of a file that is none of theirs
            reason = " ".join(str(error).split())[:160] or type(error).__name__
            return f"its columns cannot be read ({reason})"
