"""The fast part of benchmarks/known_answers.py: its truths are true, and it goes on where it was stopped."""

import json

import known_answers
import known_coverage
import known_parts
import numpy as np
import pytest
from known_tasks import tasks

from galaxy_causal.estimator import KSG

TASKS = {task.name: task for task in tasks()}
PUBLISHED = {
    "sparse 5v5": 1.022, "half-cube sparse 25v25": 1.022, "spiral sparse 5v5": 1.022, "dense 25v25": 1.292,
    "normal 1v1": 0.413, "Student 1v1, 1 dof": 0.224, "even noise 0.1": 1.709, "even noise 0.75": 0.333,
}  # fmt: skip


def test_there_are_forty_tasks_with_the_published_information():
    assert len(TASKS) == 40
    assert {name: round(TASKS[name].information, 3) for name in PUBLISHED} == PUBLISHED


@pytest.mark.parametrize("name", [task.name for task in tasks()[:10]])
def test_samples_hold_the_stated_information(name):
    """By the nearest neighbours of 4,000 pairs, whose error is about 0.02 (Kraskov et al. 2004, fig. 4)."""
    x, y = TASKS[name].sample(4000, np.random.default_rng(0))
    assert (x.shape, y.shape) == ((4000, 2 if "2v1" in name else 1), (4000, 1))
    assert KSG().local(x, y, 0).mean() == pytest.approx(TASKS[name].information, abs=0.08)


@pytest.mark.parametrize("name", ["spiral sparse 5v5", "spiral uniform sparse 3v3"])
def test_a_spiral_can_be_undone(name):
    x, y = TASKS[name].sample(500, np.random.default_rng(1))
    base = TASKS[name.removeprefix("spiral ")].sample(500, np.random.default_rng(1))
    np.testing.assert_allclose(np.linalg.norm(x, axis=1), np.linalg.norm(base[0], axis=1))
    assert not np.allclose(x, base[0])
    np.testing.assert_allclose(np.linalg.norm(y, axis=1), np.linalg.norm(base[1], axis=1))


def test_sources_of_twenty_dimensions_by_barretts_closed_form():
    """5,000 galaxies, each judged by a fit that has not seen it: an information has error 0.014."""
    for atom in ("redundant", "synergistic"):
        value, truth = known_parts.of_gaussian("Gaussian", 20, atom, 0)
        assert value == pytest.approx(truth, abs=0.05)
        assert truth > 0.05


def test_stated_errors_cover_as_often_as_they_say():
    """50 repetitions: 0.683 has error 0.066; the interval from 55 to 80% is 2 of them. Atoms that are zero in
    every sample are always covered."""
    rows = [
        line.split(" | ")
        for line in known_coverage.coverage(
            known_coverage.LAWS[:1], 50, 1000, 60, 100_000, ("true density", "Gaussian fit")
        ).splitlines()[2:]
    ]
    assert len(rows) == 8
    for row in rows:
        if row[2] != "`i_min`":
            shares = [float(cell.strip(" |%")) for cell in row[3:]]
            assert all(52 <= share <= 84 or share == 100 for share in shares), row


@pytest.mark.parametrize("n", [1000, 4000])
def test_single_values_of_ksg_do_not_serve_measures_of_single_galaxies(n):
    """The lesser of two noisy values is 0.17 nats too low of any number of galaxies, ten times its error.
    Means are right, with errors of 0.02 or less."""
    law = known_coverage.LAWS[0]
    drawn = known_coverage.draw(law, n, np.random.default_rng(3))
    true, found = (of(law, drawn, 0) for of in (known_coverage.of_density, known_coverage.of_ksg))
    np.testing.assert_allclose(found.mean(axis=1), true.mean(axis=1), atol=0.05)
    assert np.min(found[:2], axis=0).mean() < np.min(true[:2], axis=0).mean() - 0.1


@pytest.mark.parametrize("bound", ["info_nce", "mine"])
def test_peers_find_the_information_of_vectors(bound):
    """They are lower bounds; 1,500 test pairs have an error of 0.03, and 3,000 pairs teach all but 0.1."""
    task = next(task for task in known_parts.tasks() if task.name == "sparse 3v3")
    value, truth = known_parts.of_task(bound, task, 0)
    assert truth - 0.15 < value < truth + 0.09


def test_it_goes_on_where_it_was_stopped(tmp_path, monkeypatch):
    computed = []

    def part():
        for name in ("a", "b"):
            yield name, "KSG", lambda seed, name=name: (computed.append((name, seed)), (1.0, 0.5))[1]

    monkeypatch.setattr(known_answers, "PARTS", {"part": part})
    results = tmp_path / "results.jsonl"
    done = {"part": "part", "task": "a", "estimator": "KSG", "seed": 0, "value": 1.0, "truth": 0.5}
    results.write_text(json.dumps(done) + "\n" + '{"part": "pa')
    known_answers.measure(results, 2)
    assert computed == [("b", 0), ("a", 1), ("b", 1)]
    assert len(known_answers.read(results)) == 4
