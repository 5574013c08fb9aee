"""How long what is left will take."""

import pytest

from galaxy_causal.jobs.pace import Pace, in_words


class Clock:
    """Seconds that pass when they are told to."""

    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def after(clock, seconds):
    clock.now += seconds


def test_the_time_left_follows_from_what_was_made(clock):
    pace = Pace(6, clock)
    after(clock, 20.0)
    assert pace.made() == ""  # of one no pace is known
    after(clock, 20.0)
    assert pace.made() == "about 80 s left"
    after(clock, 35.0)
    assert pace.made() == "about 80 s left"  # 25 s each, three are left
    after(clock, 25.0)
    assert pace.made() == "about 50 s left"
    after(clock, 25.0)
    pace.made()
    after(clock, 25.0)
    assert pace.made() == ""


def test_what_is_found_says_nothing_of_the_pace(clock):
    pace = Pace(6, clock)
    for _ in range(2):
        after(clock, 1.0)
        pace.found()
    after(clock, 30.0)
    pace.made()
    after(clock, 30.0)
    assert pace.made() == "about 60 s left"


def test_of_seconds_nothing_is_said(clock):
    pace = Pace(3, clock)
    for _ in range(3):
        after(clock, 3.0)
        assert pace.made() == ""


def test_side_by_side_counts_what_passes(clock):
    """Two at a time, 60 s each: eight are made in 240 s."""
    pace = Pace(8, clock)
    after(clock, 60.0)
    pace.made()
    assert pace.made() == "about 3 min left"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(12.0, "10 s"), (119.0, "120 s"), (150.0, "2 min"), (3500.0, "58 min"), (9000.0, "2.5 h")],
)
def test_times_in_words(seconds, words):
    assert in_words(seconds) == words
