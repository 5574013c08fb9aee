"""What a network that was trained tells of galaxies of another table."""

import re

import numpy as np
import pyarrow.parquet as pq
import pytest
from astropy.table import Table

import galaxy_causal as gc

OF_TABLE = (
    "dataset=table", "dataset.path=known.fits", "dataset.columns.target=logmass",
    "dataset.columns.redshift=z", "dataset.columns.photometry={r: R}",
    "dataset.photometry_unit=magnitude", "bands=pair",
    "bands.x1.photometry=r", "bands.x2.redshift=true", "network=mlp_small", "seeds=2", "fits_at_once=1",
    "network.training.max_epochs=20", "network.training.threads=1",
)  # fmt: skip
NEW = ("predict", *OF_TABLE, "predict.path=new.fits")
SCATTER = 0.2
N = 1500


def table(count, seed):
    """A target that is a redshift and a magnitude, and noise."""
    rng = np.random.default_rng(seed)
    z, r = rng.uniform(0.05, 0.3, count), rng.normal(17.0, 1.0, count)
    mass = 10.0 - 0.3 * (r - 17.0) + 4.0 * (z - 0.2) + SCATTER * rng.normal(size=count)
    return Table({"logmass": mass, "z": z, "R": r})


@pytest.fixture
def files(tmp_path):
    """Known galaxies, and new ones without a target, one of which lies far beyond."""
    table(N, 0).write(tmp_path / "known.fits")
    new = table(N, 1)
    truth = np.asarray(new["logmass"])
    new["z"][7] = 0.9
    del new["logmass"]
    new.write(tmp_path / "new.fits")
    return truth


@pytest.mark.long
def test_estimates_are_as_good_as_the_scatter_and_their_intervals_hold(galaxy_causal, files, tmp_path):
    """The share within 68% intervals: within 0.06 of it, five standard errors of 1,500 galaxies."""
    done = galaxy_causal(*NEW, "predict.output=out.parquet")
    assert done.code == 0, done.err
    assert re.search(
        r"^[1-9]\d* of 1,500 galaxies lie beyond all training galaxies in .*redshift", done.out, re.M
    )
    told = pq.read_table(tmp_path / "out.parquet").to_pandas()
    others = np.arange(N) != 7
    off = (told["estimate"] - files)[others]
    assert off.std() == pytest.approx(SCATTER, rel=0.15)
    inside = (told["q16"] < files) & (files < told["q84"])
    assert inside[others].mean() == pytest.approx(0.68, abs=0.06)
    assert (told["q16"] < told["q50"]).all()
    assert told["outside"][7]
    assert told["outside"].mean() < 0.01, "ranges of a thousand galaxies hold nearly all others"
    (run,) = (one for _, one in gc.runs("mlruns").iterrows() if one["job"] == "predict")
    again = gc.load("mlruns", run["run_id"])
    np.testing.assert_array_equal(again.to_pandas()["estimate"], told["estimate"])
    assert again.outside["redshift/redshift"] >= 1
    assert "predictions" in again.figures()
    assert galaxy_causal(*NEW).out.count("reused") >= 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("predict.path=null",),
            "predict.path is not given: name the table whose galaxies are new, as predict.path=new.fits",
        ),
        (("predict.path=none.fits",), "none.fits"),
        (("predict.columns={redshift: ZZ}",), "ZZ"),
        (("predict.columns={target: logmass}",), "leave it out"),
        (("predict.quantiles=[0.5, 0.1]",), "each larger than the one before"),
        (("predict.output=out.csv",), "name a .parquet file"),
        (("estimator=gaussian",), "hold no one density"),
        (("predict.photometry_unit=nanomaggy",), "nanomaggy"),
    ],
)
def test_what_cannot_be_is_refused_before_any_training(galaxy_causal, files, tmp_path, arguments, said):
    done = galaxy_causal(*NEW, *arguments)
    assert (done.code, said in done.err) == (2, True), done.err
    assert "seed 0" not in done.out
    assert not list((tmp_path / "mlruns" / "fits").rglob("recipe.json"))


def test_an_input_that_is_lacking_is_named(galaxy_causal, files, tmp_path):
    one = Table.read(tmp_path / "new.fits")
    del one["R"]
    one.write(tmp_path / "few.fits")
    done = galaxy_causal(*NEW, "predict.path=few.fits", "predict.columns={photometry: null}")
    assert done.code == 2
    assert "dataset few has no photometry/r" in done.err
    done = galaxy_causal(
        *NEW, "predict.path=few.fits", "predict.columns={photometry: null}", "predict.input=x2", "seeds=1"
    )
    assert done.code == 0, done.err
    assert "from redshift" in done.out


def test_classes_have_probabilities(galaxy_causal, tmp_path):
    known, new = table(600, 0), table(300, 1)
    for one, name in ((known, "known.fits"), (new, "new.fits")):
        one["type"] = np.where(one["z"] > 0.18, "far", "near")
        one.write(tmp_path / name)
    done = galaxy_causal(*NEW, "target=class", "dataset.columns.target=type", "predict.input=x2", "seeds=1")
    assert done.code == 0, done.err
    (file,) = (tmp_path / "mlruns").rglob("predictions.parquet")
    told = pq.read_table(file).to_pandas()
    np.testing.assert_allclose(told["p_far"] + told["p_near"], 1.0, rtol=1e-6)
    assert np.mean(told["estimate"] == np.asarray(new["type"])) > 0.95
