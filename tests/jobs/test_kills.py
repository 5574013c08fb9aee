"""Workers that are killed, or get no memory, in every pool that there is: one message, never a traceback."""

import os
import resource
import signal

import pytest
from command import QUICK

from galaxy_causal.dataset.mock import run as mock
from galaxy_causal.jobs.discover import graphs

DISCOVER = (
    "job=discover", "dataset=gaussian", "dataset.n=600", "discovery.variables=[x1,x2,{log M*: target}]",
    "discovery.stability.replicates=10", "discovery.stability.workers=2",
)  # fmt: skip
MOCK = (*QUICK[2:], "dataset=mock", "dataset.n=300", "dataset.processes=2", "estimator=gaussian")


def dies(by):
    """What a worker does in place of its work; ``by`` is a signal, or how many bytes of memory it gets."""
    boss = os.getpid()

    def die(*_):
        assert os.getpid() != boss, "a worker was to do this"
        if by < 100:
            os.kill(os.getpid(), by)
        resource.setrlimit(resource.RLIMIT_AS, (by, by))
        return bytearray(64 * by)

    return die


KILLED = "a worker process was killed, most likely because memory ran out. Ask for less at once"


@pytest.mark.parametrize(("by", "words"), [(signal.SIGKILL, KILLED), (1 << 30, "memory ran out")])
def test_those_of_discovery(galaxy_causal, monkeypatch, by, words):
    die, real = dies(by), graphs.one_replicate
    monkeypatch.setattr(graphs, "one_replicate", lambda *given: die() if given[-1] else real(*given))
    monkeypatch.setattr(graphs, "WORTH_PROCESSES", 0.0)
    outcome = galaxy_causal(*DISCOVER)
    assert outcome.code == 2, outcome.err
    assert outcome.err.startswith(f"error: {words}")
    assert len(outcome.err.splitlines()) == 1


def test_those_of_mock_galaxies(galaxy_causal, monkeypatch):
    monkeypatch.setattr(mock, "_make", dies(signal.SIGKILL))
    outcome = galaxy_causal(*MOCK)
    assert outcome.code == 2, outcome.err
    assert outcome.err.startswith("error: a simulating process was ended")
    assert len(outcome.err.splitlines()) == 1
