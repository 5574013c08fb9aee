"""Signals that ask for a stop: heard where work can be left well, one that comes anew at once."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable
from functools import partial
from types import FrameType
from typing import Any

NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2")
SIGNALS = tuple(getattr(signal, name) for name in NAMES if hasattr(signal, name))
"""Ctrl-C, kill, a terminal that closes, and two of clusters, which warn of a job's end by them."""

SOON = 0.05
"""Seconds after which a signal comes anew that came where it could not end anything."""
ECHO = 5.0
"""Seconds in which a signal that comes again is the same one: srun and slurmstepd both pass SIGTERM on to a
task. Not so Ctrl-C, which people press twice."""

Handler = Callable[[int, FrameType | None], Any]


def on_stop(signals: Iterable[int], then: Handler) -> None:
    """Have something done when one of these signals asks this process to stop.

    Parameters
    ----------
    signals
        Their numbers.
    then
        Called with the signal's number and the frame that it met, in the main thread: while a network trains
        once its checkpoint is written; at once at any other time, or where the same signal comes anew. Where
        it returns, the process ends with 128 plus the number, as a shell reports it.

    Raises
    ------
    ValueError
        In another than the main thread.

    Notes
    -----
    Signals that nobody has spoken for do what they always do, but a training is left with a checkpoint, too.
    """

    heard = _Heard()

    def handler(number: int, frame: FrameType | None) -> None:
        if heard.echo(number):
            return
        if _in_destructor(frame):
            again = threading.Timer(SOON, os.kill, (os.getpid(), number))
            again.daemon = True
            again.start()
            return
        heard.note(number)
        then(number, frame)
        raise SystemExit(128 + number)

    for number in signals:
        signal.signal(number, handler)


def _in_destructor(frame: FrameType | None) -> bool:
    """Whether Python clears away an object just now, where it prints what is raised and goes on."""
    while frame is not None and frame.f_code.co_name != "__del__":
        frame = frame.f_back
    return frame is not None


class _Heard:
    """When signals came last."""

    def __init__(self) -> None:
        self._times: dict[int, float] = {}

    def __contains__(self, number: int) -> bool:
        return number in self._times

    def note(self, number: int) -> None:
        """One came just now."""
        self._times[number] = time.monotonic()

    def echo(self, number: int) -> bool:
        """Whether one that comes now is the one that came before."""
        last = self._times.get(number)
        return last is not None and number != signal.SIGINT and time.monotonic() - last < ECHO


def listens() -> bool:
    """Whether anything in this process may still write a checkpoint before it stops."""
    return bool(_listening)


class Stops:
    """Asks for a stop, kept until they can be served, and then served in turn.

    Signals are heard in the main thread, where alone Python handles them; those that are ignored remain so.
    What a signal does when it is served is what it did when this was made: other libraries may meanwhile have
    put themselves in between. The same signal anew, after a few seconds or by Ctrl-C, does it at once.
    """

    def __init__(self) -> None:
        self._usual: dict[int, Any] = {number: signal.getsignal(number) for number in SIGNALS}
        self._signals = _Heard()
        self._asks: list[Callable[[], None]] = []

    @property
    def asked(self) -> bool:
        """Whether somebody waits for a stop."""
        return bool(self._asks)

    def listen(self) -> None:
        """Keep asks from now on."""
        _listening.append(self)
        for number in self._heard():
            signal.signal(number, self._signal)

    def close(self) -> None:
        """Let signals do what they did before; what was asked for can still be served."""
        if self in _listening:
            _listening.remove(self)
            for number in self._heard():
                signal.signal(number, self._usual[number])

    def serve(self) -> None:
        """Do what those who asked want; where nothing of that ends the process or raises, listen again."""
        listened = self in _listening
        self.close()
        asks, self._asks, self._signals = self._asks, [], _Heard()
        for then in asks:
            then()
        if listened:
            self.listen()

    def _heard(self) -> list[int]:
        if threading.current_thread() is not threading.main_thread():
            return []
        return [number for number, usual in self._usual.items() if usual not in (signal.SIG_IGN, None)]

    def _signal(self, number: int, frame: FrameType | None) -> None:
        if self._signals.echo(number):
            return
        if number in self._signals:  # whoever sends it anew does not want to wait
            self.close()
            self._act(number, frame)
        self._signals.note(number)
        self._asks.append(partial(self._act, number))

    def _act(self, number: int, frame: FrameType | None = None) -> None:
        usual = self._usual[number]
        if callable(usual):
            usual(number, frame or sys._getframe())
        else:
            signal.raise_signal(number)


_listening: list[Stops] = []
