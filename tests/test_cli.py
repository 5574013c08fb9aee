"""Bad input through the command line: one clear message, exit code 2, no traceback, no half-made run."""

import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from astropy.table import Table, vstack
from command import QUICK

TABLE = (
    "dataset=table", "dataset.path=galaxies.fits", "dataset.photometry_unit=magnitude",
    "dataset.columns.id=ID",
    "dataset.columns.target=LOGM", "dataset.columns.redshift=Z", "dataset.columns.photometry={g: G, r: R}",
    "bands.x1.photometry=gr", *QUICK[3:],
)  # fmt: skip


def galaxies(n=60):
    rng = np.random.default_rng(0)
    return Table(
        {
            "ID": np.arange(n), "LOGM": rng.normal(10, 0.5, n), "Z": rng.uniform(0.01, 0.3, n),
            "G": rng.uniform(15, 20, n), "R": rng.uniform(14, 19, n),
            "SPLIT": np.repeat(["train", "validation", "test"], [n - 2 * (n // 3), n // 3, n // 3]),
        }
    )  # fmt: skip


def spoiled(column, row, value):
    data = galaxies()
    data[column][row] = value
    return data


def constant():
    data = galaxies()
    data["LOGM"] = 10.0
    return data


def unsplit():
    data = galaxies()
    data["SPLIT"] = "train"
    return data


def check_refused(outcome, tmp_path, *words):
    """One message that holds these words, and nothing left behind."""
    assert outcome.code == 2, outcome
    assert outcome.err.startswith("error: ")
    assert "Traceback" not in outcome.out + outcome.err
    assert len(outcome.err.splitlines()) <= 3, outcome.err
    for word in words:
        assert word in outcome.err
    assert not (tmp_path / "mlruns").exists()


def with_column(values):
    data = galaxies()
    data["X"] = values(data)
    return data


def stray():
    data = galaxies()
    data["LOGM"][[7, 30]] = -99
    return data


OTHER = ("bands=pair", "dataset.columns.other={x: X}", "bands.x2.other=true")
BAD_TABLES = {
    "nan in an input": (lambda: spoiled("G", 7, np.nan), (), ("column G: 1 of 60 rows (first 7)", "drop")),
    "-9999 in an input": (lambda: spoiled("Z", 3, -9999.0), (), ("column Z: 1 of 60 rows (first 3)",)),
    "infinity in an input": (lambda: spoiled("R", 5, np.inf), (), ("column R: 1 of 60 rows (first 5)",)),
    "nan in the target": (lambda: spoiled("LOGM", 2, np.nan), (), ("column LOGM: 1 of 60 rows (first 2)",)),
    "infinity in the target": (lambda: spoiled("LOGM", 4, -np.inf), (), ("column LOGM", "first 4")),
    "-9999 in the target": (lambda: spoiled("LOGM", 0, -9999), (), ("column LOGM", "first 0")),
    "constant target": (constant, (), ("the target is constant (10)",)),
    "three galaxies": (lambda: galaxies(3), (), ("3 usable galaxies", "at least 20")),
    "no galaxies": (lambda: galaxies(0), (), ("0 usable galaxies", "at least 20")),
    "duplicated ids": (lambda: spoiled("ID", 1, 0), (), ("1 id stands more than once in column ID",)),
    "missing column": (
        galaxies, ("dataset.columns.target=LOGMASS",), ("no column 'LOGMASS'; did you mean LOGM?",)
    ),
    "missing band": (galaxies, ("bands.x1.photometry=grz",), ("has no photometry grz; it has g, r",)),
    "overlapping splits": (galaxies, ("dataset.split.train=0.9",), ("the splits overlap", "together 1.2")),
    "empty split": (galaxies, ("dataset.split.test=0",), ("the test split holds 0 of 60",)),
    "split column without test": (
        unsplit, ("dataset.columns.split=SPLIT",), ("the validation split holds 0",)
    ),
    "-99 in the target": (
        stray, (), ("column LOGM", "-99 in 2 rows (first 7, 30)", "dataset.null_values={target: [-99]}")
    ),
    "impossible redshift": (lambda: spoiled("Z", 3, -1.0), (), ("column Z: 1 of 60 rows (first 3)", "[-1]")),
    "constant input": (
        lambda: with_column(lambda data: np.full(60, 3)), OTHER, ("other/x is constant (3)",)
    ),
    "copy of the target": (
        lambda: with_column(lambda data: 10 ** data["LOGM"]), OTHER, ("other/x equals the target",)
    ),
    "copy of the target, subsets": (
        lambda: with_column(lambda data: data["LOGM"] * 2),
        (*OTHER, "job=subsets", "estimator=amortised", "network=amortised"),
        ("other/x equals the target",),
    ),
    "constant input, causal": (
        lambda: with_column(lambda data: np.full(60, 3)),
        (*OTHER, "job=causal", "network=scl", "causal.query=redshift", "causal.k=15", "causal.inputs=x2"),
        ("other/x is constant (3)",),
    ),
    "copy of the target, discover": (
        lambda: with_column(lambda data: 10 ** data["LOGM"]),
        (OTHER[1], "job=discover", "discovery=pc", "discovery.variables=[target,x,redshift]"),
        ("target and x are one",),
    ),
    "rows that repeat": (
        lambda: vstack([galaxies(), galaxies()[:2]]),
        ("dataset.columns.id=null",),
        ("rows 60, 61 repeat rows 0, 1",),
    ),
    "target among the inputs": (
        galaxies, ("dataset.columns.other={mass: LOGM}",), ("LOGM, which is the target too",)
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_TABLES)
def test_a_bad_table_is_refused(galaxy_causal, tmp_path, case):
    make, overrides, words = BAD_TABLES[case]
    make().write(tmp_path / "galaxies.fits")
    check_refused(galaxy_causal(*TABLE, *overrides), tmp_path, *words)


@pytest.mark.parametrize("sweep", [(), ("-m",)])
def test_a_path_is_taken_as_it_is_written(galaxy_causal, tmp_path, monkeypatch, sweep):
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = tmp_path / "mes données (1), v=2 [x] & y"
    folder.mkdir()
    galaxies().write(folder / "it's~.fits")
    for name in ("~", str(tmp_path), "."):
        path = f"dataset.path={name}/{folder.name}/it's~.fits"
        outcome = galaxy_causal(*sweep, *TABLE, path, "dataset.columns.target=log M* (LOGM)")
        assert outcome.code == 2
        assert "it's~.fits has no column 'log M* (LOGM)'; it has: ID" in outcome.err


def test_a_missing_and_a_truncated_file_are_refused(galaxy_causal, tmp_path):
    check_refused(galaxy_causal(*TABLE), tmp_path, "galaxies.fits does not exist")
    galaxies(1000).write(tmp_path / "galaxies.fits")
    whole = (tmp_path / "galaxies.fits").read_bytes()
    (tmp_path / "galaxies.fits").write_bytes(whole[: len(whole) // 2])
    check_refused(galaxy_causal(*TABLE), tmp_path, "galaxies.fits cannot be read as fits", "complete?")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("job=decompse",), ("job=decompse is unknown", "decompose")),
        (("dataset=sdsss",), ("dataset=sdsss is unknown; did you mean sdss?",)),
        (("network=cnn",), ("network=cnn is unknown", "paper_photometry")),
        (("network=1",), ("groups take the name of one of their files",)),
        (("experiment=[abc,null]",), ("groups take the name of one of their files",)),
        (("trainer=[1,2]",), ("groups take the name of one of their files",)),
        (("tracking.root=null",), ("tracking.root=None must be a word, or a path",)),
        (("trainer.devices=abc",), ("trainer.devices=abc: give their number",)),
        (("trainer.devices=[abc,null]",), ("trainer.devices=['abc', None] must be",)),
        (("trainer.deterministic=abc",), ("trainer.deterministic=abc: choose true, false",)),
        (("trainer.gradient_clip_algorithm=abc",), ("the trainer refuses its options", "abc")),
        (("dataset.n=10000000000000",), ("memory ran out",)),
        (("job=discover", "discovery.estimate='../../x'"), ("must be one of x1, x2, union, or null",)),
        (("sedes=3",), ("did you mean 'seeds'?",)),
        (("network.training.max_epoch=3",), ("did you mean 'max_epochs'?",)),
        (("seeds=0",), ("seeds=0",)),
        (("seeds=many",), ("seeds=many must be a whole number",)),
        (("seed=-1",), ("seed=-1 must be a whole number, at least 0",)),
        (("decomposition.bins=2.5",), ("decomposition.bins=2.5 must be a whole number",)),
        (("network.training.max_epochs=-1",), ("schedule=cosine needs an end",)),
        (("fits_at_once=none",), ("fits_at_once=none", "auto")),
        (("estimator.prior=flat",), ("estimator.prior=flat must be one of kernel, histogram",)),
        (("decomposition.measure=imin",), ("population_min, pointwise_min",)),
        (("decomposition.draws=1",), ("decomposition.draws=1 must be a whole number, at least 2",)),
        (("estimator=ksg", "estimator.k=0"), ("estimator.k=0",)),
        (("estimator=ksg", "estimator.k=2.5"), ("estimator.k=2.5 must be a whole number",)),
        (("estimator=ksg", "estimator.folds=5"), ("estimator has: k, transform",)),
        (("estimator.folds=some",), ("estimator.folds=some must be a whole number",)),
        (("estimator.bins=20.5",), ("estimator.bins=20.5 must be a whole number",)),
        (("estimator.fractions=0.5",), ("estimator.fractions=0.5 must be a list of numbers",)),
        (("estimator.fractions=[2]",), ("give a list of shares", "[0.5,0.7]")),
        (("network.width=wide",), ("error: network.width=wide must be a whole number",)),
        (("network.width=0",), ("error: network.width=0 must be a whole number, at least 1",)),
        (
            ("dataset._target_=not_here.read",),
            ("error: dataset._target_=not_here.read: there is no module not_here here; run from the folder",),
        ),
        (
            ("estimator._target_=galaxy_causal.estimator.CrosEntropy",),
            ("estimator has no CrosEntropy; did you mean galaxy_causal.estimator.CrossEntropy?",),
        ),
        (("network.numbers.width=3",), ("error: network.numbers.width is called network.tabular.width now",)),
        (
            ("network@causal.network.numbers=mlp",),
            ("error: network@causal.network.numbers is called network@causal.network.tabular now",),
        ),
        (("network.rest=3",), ("error: network.rest is called network.nuisance_dim now",)),
        (("decomposition.also=broja",), ("decomposition.also=broja must be a list",)),
        (("trainer.precision=64-true",), ("trainer.precision=64-true: choose null", "bf16-mixed")),
        (("trainer.accelerator=abacus",), ("accelerator", "abacus")),
        (("tracking=server",), ("tracking.uri=http",)),
        (("tracking=server", "tracking.uri=http://127.0.0.1:9"), ("no MLflow server answers",)),
        (("tracking.root=/proc/mlruns",), ("cannot write runs to /proc/mlruns", "tracking.root=")),
    ],
)
def test_an_impossible_option_is_refused_with_the_choices(galaxy_causal, tmp_path, arguments, words):
    outcome = galaxy_causal(*QUICK, *arguments)
    assert outcome.code != 0
    assert "Traceback" not in outcome.out + outcome.err
    for word in words:
        assert word in outcome.err
    database = tmp_path / "mlruns" / "mlflow.db"
    assert not database.exists(), "a run may have been begun"


def test_the_traceback_comes_when_asked_for(tmp_path):
    command = [sys.executable, "-m", "galaxy_causal", "job=decompse"]
    plain = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (plain.returncode, plain.stderr.count("\n")) == (2, 1)
    full = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False, env={"HYDRA_FULL_ERROR": "1"}
    )
    assert full.returncode != 0
    assert "Traceback" in full.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("flag", [("--help",), ("--cfg", "job")])
def test_help_loads_nothing_heavy(tmp_path, flag):
    """Seconds are the machine's; what is imported is ours."""
    code = (
        "import sys; sys.argv = ['galaxy-causal', *sys.argv[1:]]\n"
        "from galaxy_causal.cli import main\n"
        "try:\n    main()\nfinally:\n"
        "    print([m for m in ('torch', 'mlflow', 'astropy', 'matplotlib', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *flag], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
    assert "decompose" in done.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.long
def test_an_interruption_ends_politely_with_a_fit_in_each_of_two_processes(tmp_path):
    endless = ("network.training.max_epochs=100000", "network.training.patience=null", "fits_at_once=2")
    command = [sys.executable, "-m", "galaxy_causal", *QUICK, *endless]

    pipe = subprocess.PIPE
    job = subprocess.Popen(command, cwd=tmp_path, stdout=pipe, stderr=pipe, text=True)
    try:
        late = time.monotonic() + 300
        while len(list(tmp_path.glob("mlruns/leases/fit-*"))) < 2 and job.poll() is None:
            assert time.monotonic() < late, "no two fits were begun"
            time.sleep(0.2)
        time.sleep(3)
        job.send_signal(signal.SIGINT)
        _, err = job.communicate(timeout=120)
    finally:
        job.kill()
        job.communicate()
    assert job.returncode == 130, err
    assert err.strip() == "interrupted; run the same command again to go on"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("decompos", "seeds=1"), "decompos is no job and no option; did you mean decompose?"),
        (("bands.x1.photometry=u", "g"), "g is no job and no option; options are name=value"),
        (
            ("estimator=boostd",),
            "estimator=boostd is unknown; did you mean boosted? choose one of amortised,",
        ),
        (("-m", "network=mlpp,mlp"), "network=mlpp is unknown; did you mean mlp?"),
    ],
)
def test_a_word_that_nothing_is_called_is_refused_in_one_line(galaxy_causal, arguments, words):
    outcome = galaxy_causal(*arguments)
    assert outcome.code == 2
    assert outcome.err.startswith(f"error: {words}")
    assert outcome.err.count("\n") == 1


def test_the_flag_of_a_sweep_may_stand_anywhere(galaxy_causal, tmp_path):
    outcome = galaxy_causal(QUICK[0], "-m", *QUICK[1:], "job=decompse,decomposed")
    assert outcome.code == 2
    assert "job=decompse is unknown" in outcome.err


@pytest.mark.parametrize(
    ("override", "named"),
    [
        ("causal.network.tabular.width=0", "causal.network.tabular.width=0 must be"),
        ("causal.network.tabular.training.patience=0", "causal.network.tabular.training.patience=0 must be"),
        ("causal.network.tabular.weights.contrast=-1", "causal.network.tabular.weights.contrast=-1 must be"),
        ("causal.probe.tabular.dropout=2", "causal.probe.tabular.dropout=2 must be below 1"),
    ],
)
def test_options_of_networks_are_named_in_full(galaxy_causal, override, named):
    outcome = galaxy_causal("job=causal", "dataset=gaussian", "bands=signals", "causal.query=x2", override)
    assert outcome.code == 2
    assert outcome.err.startswith(f"error: {named}")
