"""What asks a process to stop, and when it is heard. Signals are sent to this very process."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from galaxy_causal.processes import Stops, on_stop
from galaxy_causal.processes.stops import listens

USED = (signal.SIGUSR1, signal.SIGUSR2, signal.SIGTERM, signal.SIGINT)


@pytest.fixture(autouse=True)
def handlers():
    before = {number: signal.getsignal(number) for number in USED}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def heard():
    """Signals as this process's own handlers hear them."""
    found = []
    for number in USED:
        signal.signal(number, lambda number, frame: found.append(number))
    return found


def test_a_signal_waits_until_it_is_served(heard):
    stops = Stops()
    stops.listen()
    assert not stops.asked
    signal.raise_signal(signal.SIGTERM)
    assert stops.asked
    assert heard == []
    stops.serve()
    assert heard == [signal.SIGTERM]
    assert not stops.asked
    signal.raise_signal(signal.SIGUSR1)  # whoever heard it did not end the process: it is listened to again
    assert heard == [signal.SIGTERM]
    stops.close()
    stops.serve()
    signal.raise_signal(signal.SIGINT)
    assert heard == [signal.SIGTERM, signal.SIGUSR1, signal.SIGINT]


def test_the_same_signal_anew_is_heard_at_once(heard, monkeypatch):
    stops = Stops()
    stops.listen()
    for number in (signal.SIGTERM, signal.SIGUSR2, signal.SIGTERM, signal.SIGUSR2):
        signal.raise_signal(number)  # another one is no hurry, nor an echo: clusters send several
    assert heard == []
    monkeypatch.setattr("galaxy_causal.processes.stops.ECHO", 0.0)
    signal.raise_signal(signal.SIGTERM)
    assert heard == [signal.SIGTERM]
    stops.close()


def test_ctrl_c_twice_is_no_echo(heard):
    stops = Stops()
    stops.listen()
    signal.raise_signal(signal.SIGINT)
    assert heard == []
    signal.raise_signal(signal.SIGINT)
    assert heard == [signal.SIGINT]
    stops.close()


def test_an_echo_does_not_interrupt_what_the_signal_began():
    called = []

    def leave(number, frame):
        signal.raise_signal(signal.SIGTERM)
        called.append(number)

    on_stop((signal.SIGTERM,), leave)
    with pytest.raises(SystemExit):
        signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGTERM)
    assert called == [signal.SIGTERM]


def test_signals_are_served_in_turn(heard):
    stops = Stops()
    stops.listen()
    for number in (signal.SIGTERM, signal.SIGUSR2):
        signal.raise_signal(number)
    stops.serve()
    stops.close()
    assert heard == [signal.SIGTERM, signal.SIGUSR2]


def test_what_others_put_in_between_is_passed_over(heard):
    stops = Stops()
    between = []
    signal.signal(signal.SIGTERM, lambda number, frame: between.append(number))
    stops.listen()
    signal.raise_signal(signal.SIGTERM)
    stops.serve()
    stops.close()
    assert (heard, between) == ([signal.SIGTERM], [])


def test_an_ignored_signal_remains_so():
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    stops = Stops()
    stops.listen()
    signal.raise_signal(signal.SIGUSR1)
    assert not stops.asked
    stops.close()
    assert signal.getsignal(signal.SIGUSR1) is signal.SIG_IGN


def test_ctrl_c_is_served_as_ever():
    signal.signal(signal.SIGINT, signal.default_int_handler)
    stops = Stops()
    stops.listen()
    signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        stops.serve()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_signal_that_nobody_handles_ends_the_process():
    code = (
        "import signal\nfrom galaxy_causal.processes import Stops\n"
        "stops = Stops()\nstops.listen()\nsignal.raise_signal(signal.SIGUSR2)\n"
        "print('after', flush=True)\nstops.serve()\nprint('never')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGUSR2, "after\n", "")


def test_what_is_registered_is_called_when_it_is_served_and_then_the_process_ends():
    called = []
    on_stop((signal.SIGUSR1, signal.SIGUSR2), lambda number, frame: called.append((number, frame is None)))
    stops = Stops()
    stops.listen()
    signal.raise_signal(signal.SIGUSR1)
    assert called == []
    with pytest.raises(SystemExit) as end:
        stops.serve()
    assert end.value.code == 128 + signal.SIGUSR1
    assert called == [(signal.SIGUSR1, False)]
    with pytest.raises(SystemExit):  # where nothing trains, at once
        signal.raise_signal(signal.SIGUSR2)
    assert called[1:] == [(signal.SIGUSR2, False)]


def test_in_another_thread_signals_are_left_alone(heard):
    stops = Stops()
    thread = threading.Thread(target=stops.listen)
    thread.start()
    thread.join(60)
    os.kill(os.getpid(), signal.SIGTERM)
    assert heard == [signal.SIGTERM]
    assert not stops.asked
    assert listens()
    stops.close()


CLEARED = """
import os, signal, time
from galaxy_causal.processes import on_stop

class Cleared:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)

on_stop([signal.SIGTERM], lambda number, frame: print("stops", flush=True))
cleared = Cleared()
del cleared
time.sleep(60)
print("went on")
"""


def test_a_signal_that_comes_while_an_object_is_cleared_away_is_not_lost():
    """Of what is raised there Python prints a line, and goes on."""
    done = subprocess.run([sys.executable, "-c", CLEARED], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (128 + signal.SIGTERM, "stops\n", "")
