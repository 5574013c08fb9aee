"""What ``--help`` shows."""

import re
import sys

import pytest
from hydra import compose, initialize_config_module
from hydra.utils import get_object
from omegaconf import OmegaConf

from galaxy_causal import cli
from galaxy_causal.jobs import comments, usage
from galaxy_causal.jobs.arguments import with_job
from galaxy_causal.jobs.job import job_names, job_of
from galaxy_causal.types import annotations_of

ON_ONE_SCREEN = 50
"""Lines."""


@pytest.fixture
def shows(monkeypatch, capsys):
    """What a command prints, line by line, on 80 columns."""

    def run(*arguments):
        monkeypatch.setenv("COLUMNS", "80")
        monkeypatch.setenv("HYDRA_FULL_ERROR", "0")  # which the command sets, and others would see
        monkeypatch.setattr(sys, "argv", ["galaxy-causal", *arguments])
        cli.main()
        return capsys.readouterr().out.splitlines()

    return run


def test_jobs_and_groups_stand_on_one_screen_each_with_what_it_is_for(shows):
    lines = shows("--help")
    assert len(lines) <= ON_ONE_SCREEN
    assert max(map(len, lines)) <= 80
    text = "\n".join(lines)
    for job in job_names():
        assert re.search(rf"^  {job} +\w+", text, re.MULTILINE), job
    for group, (choice, said) in comments.groups().items():
        assert said, group
        assert re.search(rf"^  {group}={choice} +{re.escape(said)}", text, re.MULTILINE), group


@pytest.mark.parametrize("job", job_names())
def test_of_a_job_every_option_is_there_with_its_value_and_what_it_may_be(shows, job):
    lines = shows(job, "--help")
    with initialize_config_module("galaxy_causal.conf", version_base="1.3"):
        cfg = compose("config", [f"job={job}"])
    for group, target in job_of(job).options.items():
        for name in set(annotations_of(get_object(target))) & set(OmegaConf.select(cfg, group)):
            assert any(line.startswith(f"{group}.{name}") for line in lines), name
    shown = [number for number, line in enumerate(lines) if re.match(r"[a-z_.]+=", line)]
    assert all(lines[number + 1].startswith("    ") for number in shown)


def test_groups_that_are_chosen_are_explained_too(shows):
    lines = shows("network=image", "--help")
    assert "network.width=32" in lines or any(line.startswith("network.width=") for line in lines)
    assert any(line.startswith("network.training.batch_size=") for line in lines)


def test_a_choice_that_sets_other_groups_too_is_explained(shows):
    text = " ".join(" ".join(shows("estimator=amortised", "--help")).split())
    assert "estimator.recalibrate=none one share of the prior would not fit all subsets" in text


def test_an_unknown_job_is_told(shows):
    assert "job=nonsense is unknown; there are acquire" in shows("job=nonsense", "-h")[0]


def test_values_of_flags_are_no_options(shows, tmp_path):
    with_flag = shows("--help", "--config-dir", str(tmp_path), "job=causal")
    assert with_flag == shows("--help", "job=causal")
    assert shows("--help", "-cd", str(tmp_path)) == shows("--help")


def test_of_several_jobs_the_first_is_told(shows):
    assert shows("-m", "--help", "job=causal,subsets") == shows("--help", "job=causal")


def test_the_first_word_may_be_a_job():
    assert with_job(["status", "wait=true"]) == ["job=status", "wait=true"]
    assert with_job(["--config-dir", "report", "report"]) == ["--config-dir", "report", "job=report"]
    assert with_job(["seed=1", "report"]) == ["seed=1", "report"]


def test_comments_are_those_of_the_file_and_of_what_it_extends():
    found = comments.comments("discovery", "fci")
    assert found["stability.replicates"] == "0: none"
    assert found["variables"].startswith("any feature of the dataset by its name")  # above its key
    assert found["variables"].endswith("gives a variable another name")


def test_values_are_shown_as_a_command_line_takes_them():
    assert usage._shown({"a": [None, True, 1.5, "x"]}) == "{a: [null, true, 1.5, x]}"
