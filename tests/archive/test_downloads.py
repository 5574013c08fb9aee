"""Files at a service are compared with their recipe by their heads alone."""

import io

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from archive_server import Archive, refuse, respond, serving
from astropy.io import fits
from astropy.table import Table

from galaxy_causal.archive import Client
from galaxy_causal.archive.downloads import Downloads
from galaxy_causal.archive.heads import BLOCK, RemoteFile, TooFarError
from galaxy_causal.archive.recipe import Recipe

COLUMNS = {"TARGETID": np.arange(60_000), "Z_HP": np.linspace(0, 1, 60_000), "MAG_G": np.ones(60_000)}


def written(kind, names=tuple(COLUMNS)):
    table, text = Table(dict(zip(names, COLUMNS.values(), strict=True))), io.BytesIO()
    if kind == "fits":
        hdus = [fits.PrimaryHDU(np.zeros((300, 300))), fits.BinTableHDU(table)]
        fits.HDUList(hdus).writeto(text)
    elif kind == "parquet":
        pq.write_table(pa.table({name: np.asarray(table[name]) for name in table.colnames}), text)
    else:
        with h5py.File(text, "w") as file:
            if kind == "hdf5":
                file["table"] = table.as_array()
            else:
                for name in table.colnames:
                    file[name] = np.asarray(table[name])
    return text.getvalue()


def checked(archive, name, columns=("TARGETID", "z_hp", "MAG_G")):
    with serving(archive) as address:
        recipe = Recipe("own", "files", "files", address, dict.fromkeys(columns), files=[name])
        client = Client(1e6, 5, tries=2, pause=0.01)
        (found,) = Downloads(recipe, client, address).check(None)
    return found


@pytest.mark.parametrize("kind", ["fits", "hdf5", "h5", "parquet"])
def test_columns_are_compared_without_the_file(kind):
    name = f"rows.{kind}"
    archive = Archive(None, {name: written(kind)})
    assert checked(archive, name).odd == ""
    assert len(archive.asked) * BLOCK < len(archive.files[name])
    archive.files[name] = written(kind, ("TARGETID", "Z_BEST", "MAG_G"))
    odd = checked(archive, name, ("TARGETID", "Z_HP", "MAG_G", "MAG_R")).odd
    assert odd.startswith("lacks Z_HP, MAG_R; it has MAG_G, ")
    assert {"TARGETID", "Z_BEST", "MAG_G"} <= set(odd.replace(",", "").split())


def test_what_cannot_be_compared_says_why():
    name = "rows.fits"
    good = written("fits")
    found = checked(Archive(None, {name: good[:80] + b"?" * len(good)}), name)
    assert found.odd.startswith("its columns cannot be read (")
    archive = Archive(None, {name: b"<html>moved</html>"})
    assert checked(archive, name).odd == "begins b'<html>mo'"
    archive = Archive(None, {name: good})
    archive.faults.extend([None, None, *[respond] * 9])
    assert "is sent whole, and not in parts" in checked(archive, name).odd
    archive.faults.clear()
    archive.faults.extend([None, *[refuse(503)] * 9])
    assert "answered 503" in checked(archive, name).odd


def test_no_more_than_a_head_is_fetched(monkeypatch):
    monkeypatch.setattr("galaxy_causal.archive.heads.MOST", 3 * BLOCK)
    archive = Archive(None, {"rows.bin": bytes(10 * BLOCK)})
    with serving(archive) as address:
        file = RemoteFile(Client(1e6, 5), f"{address}/rows.bin", 10 * BLOCK)
        with pytest.raises(TooFarError):
            io.BufferedReader(file).read()
    assert len(archive.asked) == 3
