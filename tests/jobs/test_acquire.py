"""``job=acquire`` and ``gc.acquire``: from nothing to a catalogue that is used by one printed command."""

import io
import shlex
import shutil

import h5py
import hydra
import numpy as np
import pandas as pd
import pytest
import yaml
from archive_server import Archive, galaxies, quick_recipe, refuse, serving
from astropy.table import Table
from stored import artifacts, runs

import galaxy_causal as gc
from galaxy_causal.jobs.checks import check_config
from galaxy_causal.jobs.composing import composing
from galaxy_causal.jobs.settings import catalogue_of, input_pair
from galaxy_causal.types import UserError

ROWS = galaxies(600)


@pytest.fixture
def archive():
    return Archive(ROWS)


@pytest.fixture
def recipe(archive, tmp_path):
    """sdss_wise as a file, of a server on this machine."""
    with serving(archive) as address:
        yield quick_recipe("sdss_wise", tmp_path, address)


def acquired(recipe, output="found.parquet", **options):
    """By Python, which is quick: two of the slices."""
    options = {"between": [0.02, 0.03], "pause": 0.01, "progress": False, **options}
    return gc.acquire(recipe, output, **options)


def test_a_catalogue_is_acquired_tracked_and_used_by_the_printed_command(
    galaxy_causal, recipe, archive, tmp_path
):
    archive.faults.append(refuse(503))
    outcome = galaxy_causal(
        "job=acquire", f"acquire.recipe={recipe}", "acquire.pause=0.01", "acquire.between=[0.02,0.03]"
    )
    assert outcome.code == 0, outcome.err
    kept = ROWS[ROWS["z"] < 0.03]
    for said in (
        "2 slices, at most 600000 queries a minute; by estimates of 10 to 300 s each, 0 min to 10 min",
        "0.02 to 0.025: 127.0.0.1 answered 503 Service Unavailable; asked again in 0 s",
        f"{len(kept)} rows of 2 slices: {tmp_path}/sdss_wise.parquet",
    ):
        assert said in outcome.out
    found = pd.read_parquet(tmp_path / "sdss_wise.parquet")
    pd.testing.assert_frame_equal(found, kept.reset_index(drop=True), check_dtype=False)
    assert not list(tmp_path.glob("*.slices"))
    (run,) = runs(tmp_path, "acquire")
    assert run.data.metrics["rows"] == len(kept)
    assert run.data.metrics["requests"] == len(archive.asked) == 3
    beside = yaml.safe_load((tmp_path / "sdss_wise.provenance.yaml").read_text())
    assert yaml.safe_load((artifacts(tmp_path, run) / "provenance.yaml").read_text()) == beside
    assert beside["query"].startswith("SELECT s.specObjID,p.objID,")
    assert beside["query"].endswith("s.z < {high}")
    assert [one["rows"] for one in beside["slices"]] == [
        ((ROWS["z"] >= low) & (ROWS["z"] < low + 0.005)).sum() for low in (0.02, 0.025)
    ]
    assert {"python", "pyarrow", "requests"} <= set(beside["versions"])
    command = shlex.split(outcome.out.partition("to use it: ")[2].splitlines()[0])
    assert command[:3] == ["galaxy-causal", "--config-dir", f"{tmp_path}/acquired"]
    with composing([command[2]]):
        cfg = hydra.compose("config", overrides=command[3:])
        check_config(cfg)
        catalogue = catalogue_of(cfg)
        assert input_pair(cfg, catalogue).x1.label == "photometry[ugriz]"
    assert len(catalogue) == len(kept)
    assert catalogue.target_error is not None


def test_python_gives_the_same_catalogue_and_lists_frames(recipe, tmp_path, monkeypatch, archive):
    monkeypatch.chdir(tmp_path)
    found = acquired(recipe, "mine.parquet", frames=30)
    assert found.about["rows"] == (ROWS["z"] < 0.03).sum()
    galaxies = found.catalogue()
    assert list(galaxies.features["photometry"]) == ["u", "g", "r", "i", "z", "W1", "W2"]
    assert len(galaxies) == found.about["rows"]
    images = pd.read_csv(found.listed.galaxies)
    assert len(images) == 30
    chosen = ROWS.set_index("objID").loc[images["objID"]]
    np.testing.assert_array_equal(chosen[["run", "camcol", "field"]], images[["run", "camcol", "field"]])
    addresses = found.listed.addresses.read_text().split()
    fields = images[["run", "camcol", "field"]].drop_duplicates()
    assert len(addresses) == len(set(addresses)) == 5 * len(fields) == 5 * found.listed.fields
    run, camcol, field = fields.iloc[0]
    sas = "https://data.sdss.org/sas/dr17/eboss/photoObj/frames/301"
    assert f"{sas}/{run}/{camcol}/frame-g-{run:06d}-{camcol}-{field:04d}.fits.bz2" in addresses
    archive.asked.clear()
    (tmp_path / "mine.parquet.slices").mkdir()  # as a run leaves it that was killed at its very end
    again = acquired(recipe, "mine.parquet")
    assert not list(tmp_path.glob("*.slices"))
    assert not archive.asked
    assert again.about == found.about
    with pytest.raises(UserError, match=rf"^frames=100000: .*mine.parquet has {len(galaxies)} galaxies"):
        acquired(recipe, "mine.parquet", frames=100_000)


def test_a_dry_run_asks_nothing_and_a_check_asks_for_ten_rows(recipe, archive, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    planned = acquired(recipe, dry_run=True)
    assert len(planned.queries) == 2
    assert planned.queries[1].endswith("AND s.z >= 0.025 AND s.z < 0.03")
    assert "AND s.z >= {low} AND s.z < {high}\n{low} to {high}: 0.02 to 0.025, 0.025 to 0.03\n" in str(
        planned
    )
    assert not archive.asked
    assert acquired(recipe, check=True).differing() == []
    archive.table = ROWS.assign(w1mpro=np.nan)
    checked = acquired(recipe, check=True)
    assert all(query.startswith("SELECT TOP 10 s.specObjID,") for query in archive.asked)
    assert checked.differing() == ["w1mpro"]
    assert "warning: w1mpro may differ from what is expected" in str(checked)
    archive.table = ROWS[:0]
    assert acquired(recipe, check=True).differing() == ["rows"]
    assert {one.name for one in tmp_path.iterdir()} == {"sdss_wise.yaml"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"recipe": "sdss"}, 'recipe="sdss" is unknown; choose one of allwise, desi_provabgs'),
        ({"output": "galaxies.fits"}, 'output="galaxies.fits": give the path of a Parquet file'),
        ({"output": "no/galaxies.parquet"}, "there is no folder .*/no; make it first"),
        ({"between": [3, 4]}, r"between=\[3, 4\] lies outside the recipe's -0.02 to 1"),
        ({"between": [0.3]}, r"between=\[0.3\] must be two rising numbers"),
        ({"columns": ["ra"]}, "columns is for catalogues in the layout of HATS; recipe sdss_wise"),
        ({"address": "skyserver.sdss.org"}, 'address="skyserver.sdss.org" must be an address, as http'),
        ({"address": "https://me:secret@host/"}, "address has a user or a password in it, which runs would"),
        (
            {"address": "http://127.0.0.1:9"},
            r"127.0.0.1 cannot be reached \(Connection refused\); tried 3 times",
        ),
        ({"tries": 0}, "tries=0 must be a whole number, at least 1"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_one_line(recipe, options, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=message) as told:
        acquired(**{"recipe": recipe, **options})
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("how", ["dry_run", "check"])
def test_options_that_never_work_are_refused_without_being_in_earnest(
    recipe, archive, how, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r'^output="galaxies.fits": give the path of a Parquet file'):
        acquired(recipe, "galaxies.fits", **{how: True})
    with pytest.raises(UserError, match=r"^recipe allwise knows no frames; leave frames at 0"):
        acquired("allwise", frames=3, **{how: True})
    assert not archive.asked


def test_files_that_are_in_the_way_stay_as_they_are(recipe, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    acquired(recipe)
    with pytest.raises(
        UserError, match=r"found.parquet is there and is of another query, or of another origin; na"
    ):
        acquired(recipe, between=[0.02, 0.025])
    other, found = tmp_path / "other.parquet", tmp_path / "found.parquet"
    other.write_bytes(b"mine")
    with pytest.raises(UserError, match="is of another query, or of another origin"):
        acquired(recipe, "other.parquet")
    assert other.read_bytes() == b"mine"
    found.write_bytes(found.read_bytes() + b" ")
    with pytest.raises(UserError, match="was changed since"):
        acquired(recipe)


def test_a_disk_that_is_too_small_is_told_before_anything_is_asked(recipe, archive, tmp_path, monkeypatch):
    usage = shutil.disk_usage("/")._replace(free=10**6)
    monkeypatch.setattr("galaxy_causal.archive.folder.shutil.disk_usage", lambda _: usage)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"found.parquet needs about 0.0 GB with its slices"):
        acquired(recipe)
    assert "warning: " in str(acquired(recipe, dry_run=True))
    assert not archive.asked


def test_a_service_that_is_not_there_leaves_nothing_behind(tmp_path, monkeypatch, archive):
    monkeypatch.chdir(tmp_path)
    with serving(archive) as address:
        pass  # nobody listens there any more
    for name, error in (("sdss_wise", "cannot be reached"), ("desi_provabgs", "cannot be reached")):
        recipe = quick_recipe(name, tmp_path, address)
        with pytest.raises(UserError, match=error):
            gc.acquire(recipe, progress=False, pause=0.01, store=tmp_path / "runs")
    assert not list(tmp_path.glob("*.slices"))


def provabgs(count=50):
    """A file as DESI has it: rows of many columns, most of which nobody wants."""
    rng = np.random.default_rng(1)
    mass = np.where(np.arange(count) < 5, -1, rng.uniform(9, 12, count))
    columns = {
        "TARGETID": 39627000000000000 + np.arange(count), "RA": rng.uniform(0, 360, count),
        "DEC": rng.uniform(-20, 60, count), "Z_HP": rng.uniform(0.1, 0.4, count),
        "ZERR": rng.uniform(0, 1e-4, count), "HPIX_64": rng.integers(0, 49152, count).astype(np.float32),
        "PROVABGS_MCMC": rng.normal(size=(count, 5, 3)), "PROVABGS_LOGMSTAR_BF": mass.astype(np.float32),
        **{f"MAG_{band}": rng.uniform(16, 20, count).astype(np.float32) for band in ("G", "R", "Z", "W1")},
    }  # fmt: skip
    text = io.BytesIO()
    with h5py.File(text, "w") as file:
        file["__astropy_table__"] = Table(columns).as_array()
    return columns, text.getvalue()


def test_the_size_of_files_is_told_as_soon_as_the_service_may_be_asked(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    file = provabgs(20_000)[1]
    archive = Archive(None, {"BGS_ANY_full.provabgs.sv3.v0.hdf5": file})
    with serving(archive) as address:
        recipe = quick_recipe("desi_provabgs", tmp_path, address)
        gc.acquire(recipe, dry_run=True)
        told = " ".join(capsys.readouterr().out.split())
        assert (
            "files to fetch: 1; a dry run asks nothing, and so does not know their size: check=True does"
            in told
        )
        assert not archive.asked
        gc.acquire(recipe, check=True)
        told = " ".join(capsys.readouterr().out.split())
        assert f"files to fetch: 1; {len(file) / 1e9:.2f} GB: 0 min at 5 MB/s" in told


def test_files_of_desi_are_fetched_read_and_removed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    columns, file = provabgs()
    name = "BGS_ANY_full.provabgs.sv3.v0.hdf5"
    archive = Archive(None, {name: file})
    with serving(archive) as address:
        recipe = quick_recipe("desi_provabgs", tmp_path, address)
        checked = gc.acquire(recipe, check=True, progress=False, pause=0.01)
        assert checked.found == [(name, "HDF5", f"{len(file) / 1e6:,.1f} MB", "")]
        archive.files[name] = b"<html>moved</html>"
        assert gc.acquire(recipe, check=True, progress=False, pause=0.01).differing() == [name]
        with pytest.raises(UserError, match=r"cannot be read .*; remove it, and run again"):
            gc.acquire(recipe, progress=False, pause=0.01)
        shutil.rmtree(tmp_path / "desi_provabgs.parquet.slices")
        archive.files[name] = file
        found = gc.acquire(recipe, progress=False, pause=0.01)
        archive.files[name] = provabgs(2)[1]
        with pytest.raises(UserError, match="has another SHA-256 than the recipe states"):
            gc.acquire(
                quick_recipe("desi_provabgs", tmp_path, address, files=[{"name": name, "sha256": "0" * 64}]),
                "two.parquet",
                progress=False,
                pause=0.01,
            )
    table = pd.read_parquet(found.output)
    np.testing.assert_array_equal(table["TARGETID"], columns["TARGETID"])
    assert found.about["missing"] == {"PROVABGS_LOGMSTAR_BF": 5}
    assert len(found.catalogue()) == 45
