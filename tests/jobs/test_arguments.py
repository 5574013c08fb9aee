import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from galaxy_causal.jobs.arguments import readable

PATHS = [
    "~/my.fits", "my (1).fits", "mes données/galaxies été.csv", "a=b.csv", "gal:1.parquet", "a[1].csv",
    "a{1}.csv", "a#1&2.csv", "it's.csv", 'say "x".csv', "a\\'b.csv", "a\\b.csv", "a b.csv", "(a).csv",
    "a!b;c?.csv",     "数据.csv", "ends with\\", "100%.csv", "a, b.csv", "data/a,b", "[1] (a).csv", "{x}.csv",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_hydra_reads_paths_as_they_are_written(path):
    (argument,) = readable([f"dataset.path={path}"])
    override = OverridesParser.create().parse_override(argument)
    assert (override.key_or_group, override.value()) == ("dataset.path", path)


@pytest.mark.parametrize(
    "argument",
    [
        "seeds=1,2", "bands.take=g,r", "dataset.path='~/a (1).fits'", "dataset.columns.other={g: G, r: R}",
        "bands.x1.photometry=[u,g]", "dataset.null_values=[-1, 99]", "dataset=table", "~dataset.cache",
        "+dataset.x=1", "dataset.path=", "network@causal.network=mlp", "decomposition.pairs=0.1,0.2",
        "--multirun", "dataset.path=${tracking.root}", "hydra/launcher=joblib", "seed=range(1,4)",
    ],
)  # fmt: skip
def test_what_hydra_reads_stays_as_it_is(argument):
    assert readable([argument]) == [argument]


def test_of_a_sweep_commas_part_values_unless_there_is_such_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert readable(["-m", "dataset.path=a.csv,b.csv"]) == ["-m", "dataset.path=a.csv,b.csv"]
    (tmp_path / "a.csv,b.csv").touch()
    assert readable(["-m", "dataset.path=a.csv,b.csv"]) == ["-m", "dataset.path='a.csv,b.csv'"]


def test_values_of_flags_are_left_alone():
    assert readable(["--config-dir", "a=(b", "seeds=1"]) == ["--config-dir", "a=(b", "seeds=1"]
