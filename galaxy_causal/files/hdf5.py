"""HDF5 files, of which nothing is read that lies in another file but parts of virtual data sets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from galaxy_causal.files.regular import check_regular
from galaxy_causal.types import UserError

MOST_LINKS = 40
"""Soft links that may follow each other."""


def open_hdf5(path: Path) -> Any:  # noqa: ANN401  (h5py has no types)
    """Open a file for reading.

    Parameters
    ----------
    path
        Of an HDF5 file.

    Returns
    -------
    h5py.File
        Open.

    Raises
    ------
    OSError
        For a damaged one, or one of another kind.
    UserError
        For what is no regular file.
    """
    import h5py

    check_regular(path, "give an HDF5 file")
    return h5py.File(path, "r")


def hdf5_object(file: Any, name: str) -> Any:  # noqa: ANN401
    """A data set or group of a file; hard and soft links are followed.

    Parameters
    ----------
    file
        Of h5py, open.
    name
        Of the object, such as ``galaxies/flux``.

    Returns
    -------
    h5py.Dataset, h5py.Group or None
        None where there is none.

    Raises
    ------
    UserError
        For a link to another file, which is not opened, a link that leads back to itself, and a data set
        whose values lie in another file.
    """
    found = _follow(file, file, name, 0)
    if getattr(found, "external", None):
        raise UserError(
            f"{file.filename}: the values of {name!r} lie outside, in {found.external[0][0]!r} (external "
            "storage), which could be any file; write them into the HDF5 file itself"
        )
    return found


def _follow(file: Any, here: Any, name: str, links: int) -> Any:  # noqa: ANN401
    """What ``name`` is from the group ``here``."""
    import h5py

    if name.startswith("/"):
        here = file
    for part in filter(lambda p: p not in ("", "."), name.split("/")):
        if not isinstance(here, h5py.Group) or not here.id.links.exists(part.encode()):
            return None
        kind = here.id.links.get_info(part.encode()).type
        if kind == h5py.h5l.TYPE_HARD:
            here = here[part]
        elif kind == h5py.h5l.TYPE_SOFT and links < MOST_LINKS:
            target = here.id.links.get_val(part.encode()).decode()
            here = _follow(file, here, target, links + 1)
        elif kind == h5py.h5l.TYPE_SOFT:
            raise UserError(f"{file.filename}: {part!r} is a link that leads back to itself; write it anew")
        else:
            other = _shown(here.id.links.get_val(part.encode())) if kind == h5py.h5l.TYPE_EXTERNAL else ""
            raise UserError(
                f"{file.filename}: {part!r} is a link to another file{other}, which is not followed; give "
                "that file, or copy what is needed into this one"
            )
    return here


def _shown(target: tuple[bytes, bytes]) -> str:
    file, name = (text.decode(errors="replace") for text in target)
    return f", {name!r} in {file!r}"


def offset_in_file(path: Path, array: Any) -> int:  # noqa: ANN401
    """Where in the file [bytes] the values of a data set begin, which must lie there in one piece."""
    offset = array.id.get_offset()
    if offset is None or offset + array.size * array.dtype.itemsize > path.stat().st_size:
        raise UserError(
            f"{path}: the values of {array.name} do not lie in one piece in this file; it is damaged, or of "
            "another kind: delete it, or give another path"
        )
    return int(offset)


def check_stored_within(
    path: Path,
    array: Any,  # noqa: ANN401
    checked: dict[tuple[Path, str], bool] | None = None,
) -> None:
    """Refuse a virtual data set whose parts are not there, or in turn lie outside of HDF5 files.

    Parameters
    ----------
    path
        Of the file with the data set.
    array
        Of h5py; what is no virtual data set passes (see ``hdf5_object``).
    checked
        Data sets met on the way, by file and name: True once they are done.

    Raises
    ------
    UserError
        For parts that are not there, which HDF5 would read as the fill value, and for a data set that is put
        together from itself.
    """
    if not getattr(array, "is_virtual", False):
        return
    checked = {} if checked is None else checked
    key = (path.resolve(), str(array.name))
    if checked.setdefault(key, False):
        return
    sources = sorted({(s.file_name, s.dset_name) for s in array.virtual_sources()})
    files = {name: path if name == "." else path.parent / name for name, _ in sources}
    absent = [name for name, file in files.items() if not file.exists()]
    if absent:
        raise UserError(
            f"{path}: {array.name} is put together from {len(files)} files, of which {len(absent)} are not "
            f"there ({', '.join(absent[:3])}{', ...' if len(absent) > 3 else ''}), and would be read as "
            f"{array.fillvalue}; put them where it looks for them"
        )
    for name, dataset in sources:
        with open_hdf5(files[name]) as file:
            part = hdf5_object(file, dataset)
            if not hasattr(part, "shape"):
                raise UserError(
                    f"{path}: {array.name} is put together from parts, of which {files[name]} lacks "
                    f"{dataset!r}, and would be read as {array.fillvalue}; write the file anew"
                )
            if checked.get((files[name].resolve(), str(part.name))) is False:
                raise UserError(f"{path}: {array.name} is put together from itself; write its values anew")
            check_stored_within(files[name], part, checked)
    checked[key] = True
