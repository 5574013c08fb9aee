"""What stands where a file should, for tests that no reader waits for it or reads it without end."""

import os
import signal
from contextlib import contextmanager

KINDS = {
    "is a pipe": os.mkfifo,
    "is a device": lambda path: os.symlink("/dev/zero", path),
    "is a folder": os.mkdir,
}


def put(what, path):
    """Put a pipe, a link to an endless device, or a folder at this path."""
    if path.is_file():
        path.unlink()
    KINDS[what](path)


@contextmanager
def at_once(seconds=20):
    """Fail where something hangs."""

    def ring(*_):
        raise TimeoutError("it hangs")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
