"""Whether a path is a file at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from galaxy_causal.files.memory import check_memory
from galaxy_causal.types import UserError

OTHERS = (
    (stat.S_ISDIR, "is a folder"),
    (stat.S_ISFIFO, "is a pipe"),
    (stat.S_ISCHR, "is a device"),
    (stat.S_ISBLK, "is a device"),
    (stat.S_ISSOCK, "is a socket"),
)


def check_regular(path: Path, remedy: str, named: str | None = None) -> None:
    """Refuse a path that is no regular file, or no link to one.

    A pipe would be waited for, and a device may have no end. ``named`` is what the message calls the path
    (None: the path itself), ``remedy`` what it says to do.
    """
    what = irregular(path)
    if what is not None:
        raise UserError(f"{named or path} {what}; {remedy}")


def irregular(path: Path) -> str | None:
    """What a path is that is no regular file, such as ``is a pipe``; None for a file."""
    try:
        mode = os.stat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return "is a link to what does not exist" if path.is_symlink() else "does not exist"
    except (OSError, ValueError) as error:  # no permission, links in a circle, a name with a null byte
        return f"cannot be reached ({error.strerror if isinstance(error, OSError) else error})"
    if stat.S_ISREG(mode):
        return None
    return next((what for is_it, what in OTHERS if is_it(mode)), "is no regular file")


def read_text(path: Path, remedy: str, named: str | None = None) -> str:
    """The text of a file in UTF-8, with or without a mark of the beginning; ``~`` is the home folder.

    Raises UserError for what is no file, no text, or too much.
    """
    path = Path(os.path.expanduser(path))
    check_regular(path, remedy, named)
    check_memory(path, 2 * path.stat().st_size, "its text")
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{named or path} is no text in UTF-8 ({error}); {remedy}") from error
    except OSError as error:
        raise UserError(f"{named or path} cannot be read ({error.strerror}); {remedy}") from error
