"""``acquire.recipe=hats``: a part of the sky from a catalogue in the layout of HATS."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy import units
from astropy_healpix import HEALPix

import galaxy_causal as gc
from galaxy_causal.types import UserError

PROPERTIES = "obs_collection=small\ndataproduct_type=object\nhats_col_ra=ra\nhats_col_dec=dec\n"
CONE = {"ra": 180.0, "dec": 0.0, "radius": 30.0}
COLUMNS = {"id": "objid", "ra": "ra", "dec": "dec", "logmass": "mass", "kind": "kind", "good": "good"}


@pytest.fixture
def rows():
    rng = np.random.default_rng(5)
    dec = np.degrees(np.arcsin(rng.uniform(-1, 1, 600)))
    columns = {
        "objid": rng.permutation(600) + 2**60, "ra": rng.uniform(0, 360, 600), "dec": dec,
        "mass": rng.normal(10, 1, 600).astype(np.float32), "kind": [f"k{n % 3}" for n in range(600)],
        "good": rng.uniform(size=600) < 0.5, "spectrum": list(rng.normal(size=(600, 2))),
    }  # fmt: skip
    return pd.DataFrame(columns)


@pytest.fixture
def folder(rows, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pixels = HEALPix(1, order="nested").lonlat_to_healpix(
        rows["ra"].to_numpy() * units.deg, rows["dec"].to_numpy() * units.deg
    )
    for pixel in np.unique(pixels):
        path = tmp_path / "small" / "dataset" / "Norder=0" / "Dir=0" / f"Npix={pixel}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pandas(rows[pixels == pixel], preserve_index=False), path)
    (tmp_path / "small" / "hats.properties").write_text(PROPERTIES)
    return tmp_path / "small"


def acquired(folder, **options):
    return gc.acquire("hats", "found.parquet", address=str(folder), progress=False, pause=0.01, **options)


def inside(rows):
    """The galaxies in the cone."""
    ra, dec = np.radians(rows["ra"] - CONE["ra"]), np.radians(rows["dec"])
    return rows[np.cos(dec) * np.cos(ra) >= np.cos(np.radians(CONE["radius"]))]


def test_a_cone_is_acquired_partition_by_partition(rows, folder, monkeypatch):
    monkeypatch.setattr("galaxy_causal.archive.Client.wait_turn", lambda self: None)
    planned = acquired(folder, cone=CONE, columns=COLUMNS, dry_run=True)
    assert 4 <= len(planned.queries) <= 8  # of twelve
    found = acquired(folder, cone=CONE, columns=COLUMNS)
    assert len(found.about["slices"]) == len(planned.queries)
    table = pd.read_parquet(found.output).sort_values("id", ignore_index=True)
    expected = inside(rows).sort_values("objid", ignore_index=True)
    assert list(table) == list(COLUMNS)
    np.testing.assert_array_equal(table["id"], expected["objid"])  # no float has these numbers
    np.testing.assert_array_equal(table["logmass"], expected["mass"])
    assert list(table["kind"]) == list(expected["kind"])
    np.testing.assert_array_equal(table["good"], expected["good"])
    galaxies = found.catalogue(target="logmass", id="id", other={"good": "good"})
    assert len(galaxies) == len(expected)
    assert acquired(folder, cone=CONE, columns=COLUMNS).about == found.about
    with pytest.raises(
        UserError, match=r"found.parquet has no target; name its column: catalogue\(target=\.\.\.\)"
    ):
        found.catalogue()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "^columns must name some of its columns, objid, ra, dec"),
        ({"columns": ["mas"]}, r"has no column 'mas'; did you mean mass\?"),
        ({"columns": ["spectrum"]}, "column spectrum is of type .*list.*leave it out of columns"),
        ({"columns": ["ra"], "between": [0, 1]}, "^between is for queries; a recipe of hats takes no part"),
        ({"columns": ["ra"], "cone": CONE, "pixels": ["0/1"]}, "^cone and pixels are both set"),
        ({"columns": ["ra"], "address": "nowhere"}, "nowhere has no hats.properties or properties"),
    ],
)
def test_what_cannot_be_read_is_refused(folder, options, message):
    with pytest.raises(UserError, match=message):
        acquired(options.pop("address", folder), **options)


@pytest.mark.parametrize("options", [{}, {"check": True}, {"dry_run": True}])
def test_a_place_that_cannot_be_reached_is_asked_again(tmp_path, monkeypatch, capsys, unused_port, options):
    pytest.importorskip("aiohttp", reason="aiohttp is not installed, by which fsspec reads over HTTP")
    monkeypatch.chdir(tmp_path)
    address = f"http://127.0.0.1:{unused_port}/small"
    with pytest.raises(
        UserError, match=r"small/hats.properties cannot be reached: .*; tried 3 times\. Is the mach"
    ):
        gc.acquire("hats", address=address, columns=["ra"], pause=0.01, store=tmp_path / "runs", **options)
    assert " ".join(capsys.readouterr().out.split()).count("asked again in") == 2
    assert not list(tmp_path.glob("*.slices"))
    with pytest.raises(UserError, match=r"cannot be reached: .*Is the machine connected, and the service up"):
        gc.read_hats(address, "mass", id="objid")


def test_a_partition_that_is_lost_on_the_way_is_asked_for_again(rows, folder, monkeypatch):
    from fsspec.implementations.memory import MemoryFileSystem

    monkeypatch.setattr("galaxy_causal.archive.Client.wait_turn", lambda self: None)
    MemoryFileSystem().put(str(folder), "/lossy", recursive=True)
    opened, lost = MemoryFileSystem._open, []

    def open_at_the_third_try(self, path, *options, **more):
        if "Npix" in path and len(lost) < 2:
            lost.append(path)
            raise ConnectionResetError("the connection was reset")
        return opened(self, path, *options, **more)

    monkeypatch.setattr(MemoryFileSystem, "_open", open_at_the_third_try)
    try:
        found = acquired("memory://lossy", cone=CONE, columns=COLUMNS)
    finally:
        MemoryFileSystem().rm("/lossy", recursive=True)
    assert len(lost) == 2
    assert found.about["rows"] == len(inside(rows))


def test_a_recipe_of_hats_needs_a_place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"^address must say where the catalogue is"):
        gc.acquire("hats", columns=["ra"], progress=False)
