"""VOTables that have their rows elsewhere, or claim more of them than there are."""

import bz2
import gzip
import urllib.request

import numpy as np
import pytest
from cutout_files import COLUMNS, SPLIT
from hostile import at_once

from galaxy_causal.dataset import positions, table
from galaxy_causal.dataset.tables.files import read_columns
from galaxy_causal.types import UserError

SPACE = "http://www.ivoa.net/xml/VOTable/v1.3"
ROWS = "".join(f"<TR><TD>{k}</TD></TR>" for k in range(8))


def document(data, before="", attributes="", table="", field=""):
    return (
        f'<?xml version="1.0"?>\n{before}<VOTABLE version="1.4" xmlns="{SPACE}" {attributes}><RESOURCE>'
        f'<TABLE {table}><FIELD ID="a" name="a" datatype="double" {field}/><DATA>{data}</DATA></TABLE>'
        "</RESOURCE></VOTABLE>"
    )


def elsewhere(address):
    """Documents that take their rows from an address, in every way that XML has."""
    stream = f'<STREAM href="{address}"/>'
    declared = f'<!DOCTYPE VOTABLE [<!ATTLIST STREAM href CDATA "{address}">]>'
    entity = f"<!DOCTYPE VOTABLE [<!ENTITY x '{stream}'>]>"
    prefixed = f'<v:BINARY><v:STREAM href="{address}"/></v:BINARY>'
    return {
        "binary": document(f"<BINARY>{stream}</BINARY>"),
        "binary2": document(f"<BINARY2>{stream}</BINARY2>"),
        "encoded": document(f'<BINARY><STREAM encoding="gzip" href="{address}"/></BINARY>'),
        "actuated": document(f'<BINARY><STREAM actuate="onRequest" href="{address}"/></BINARY>'),
        "fits": document(f'<FITS extnum="1">{stream}</FITS>'),
        "parquet": document(f'<PARQUET type="VOTable-remote-file">{stream}</PARQUET>'),
        "prefixed": document(prefixed, attributes=f'xmlns:v="{SPACE}"'),
        "small": document(f'<BINARY><stream href="{address}"/></BINARY>'),
        "capital": document(f'<BINARY><STREAM HREF="{address}"/></BINARY>'),
        "xlink": document(f'<BINARY><STREAM xlink:href="{address}"/></BINARY>', attributes='xmlns:xlink="x"'),
        "declared": document("<BINARY><STREAM/></BINARY>", before=declared),
        "entity": document("<BINARY>&x;</BINARY>", before=entity),
    }


@pytest.fixture
def nothing_is_opened(monkeypatch):
    def urlopen(address, *_, **__):
        pytest.fail(f"{address} was opened")

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)


@pytest.mark.usefixtures("nothing_is_opened")
@pytest.mark.parametrize("way", elsewhere(""))
@pytest.mark.parametrize("place", ["file", "net"])
def test_rows_that_lie_elsewhere_are_not_fetched(tmp_path, way, place):
    (tmp_path / "secret").write_bytes(np.arange(8.0).astype(">f8").tobytes())
    address = f"file://{tmp_path}/secret" if place == "file" else "http://localhost:9/rows"
    (tmp_path / "t.vot").write_text(elsewhere(address)[way])
    message = (
        rf"t.vot, line \d+: a STREAM has its rows not here but at '{address}', which is not opened; write"
    )
    with pytest.raises(UserError, match=message):
        read_columns(tmp_path / "t.vot", ["a"])


@pytest.mark.usefixtures("nothing_is_opened")
@pytest.mark.parametrize("packed", [gzip.compress, bz2.compress])
@pytest.mark.parametrize("name", ["t.vot.gz", "t.xml", "t.votable"])
def test_packed_ones_are_seen_through(tmp_path, packed, name):
    (tmp_path / name).write_bytes(packed(elsewhere("file:///etc/hostname")["binary"].encode()))
    for read in (lambda p: table(p, COLUMNS, SPLIT), positions):
        with pytest.raises(UserError, match=r"a STREAM has its rows not here but at 'file:///etc/hostname'"):
            read(str(tmp_path / name))


@pytest.mark.usefixtures("nothing_is_opened")
def test_other_encodings_are_seen_through(tmp_path):
    text = elsewhere("file:///etc/hostname")["binary"]
    (tmp_path / "t.vot").write_bytes(text.replace('"1.0"?', '"1.0" encoding="utf-16"?').encode("utf-16"))
    with pytest.raises(UserError, match="a STREAM has its rows not here"):
        read_columns(tmp_path / "t.vot", ["a"])


@pytest.mark.usefixtures("nothing_is_opened")
def test_rows_within_and_links_to_pages_are_read(tmp_path):
    values = "P/AAAAAAAABAAAAAAAAAAA=="  # 1 and 2
    link = '<LINK href="http://localhost:9/page"/>'
    text = document(f'<BINARY><STREAM encoding="base64">{values}</STREAM></BINARY>')
    (tmp_path / "t.vot").write_text(text.replace("<DATA>", f"{link}<DATA>"))
    np.testing.assert_array_equal(read_columns(tmp_path / "t.vot", ["a"])["a"].value, [1, 2])
    (tmp_path / "t.vot").write_text(document(f"<TABLEDATA>{ROWS}</TABLEDATA>", table='nrows="8"'))
    np.testing.assert_array_equal(read_columns(tmp_path / "t.vot", ["a"])["a"].value, np.arange(8))


@pytest.mark.parametrize("claim", [{"table": 'nrows="99999999999"'}, {"field": 'arraysize="100000x100000"'}])
def test_a_header_that_claims_more_than_memory_holds_is_refused(tmp_path, claim):
    (tmp_path / "t.vot").write_text(document(f"<TABLEDATA>{ROWS}</TABLEDATA>", **claim))
    message = r"t.vot: the table that its header claims, of \d.*GB of memory are free\. Is the file what"
    with at_once(), pytest.raises(UserError, match=message):
        read_columns(tmp_path / "t.vot", ["a"])


def test_entities_outside_are_not_read_and_those_of_themselves_do_not_grow(tmp_path):
    (tmp_path / "secret").write_text("7")
    outside = f'<!DOCTYPE VOTABLE [<!ENTITY x SYSTEM "file://{tmp_path}/secret">]>'
    (tmp_path / "t.vot").write_text(document("<TABLEDATA><TR><TD>&x;</TD></TR></TABLEDATA>", before=outside))
    assert read_columns(tmp_path / "t.vot", ["a"])["a"].missing.all()
    grown = "".join(f'<!ENTITY a{k} "{f"&a{k - 1};" * 10}">' for k in range(1, 12))
    before = f'<!DOCTYPE VOTABLE [<!ENTITY a0 "1">{grown}]>'
    (tmp_path / "t.vot").write_text(document("<TABLEDATA><TR><TD>&a11;</TD></TR></TABLEDATA>", before=before))
    with at_once(), pytest.raises(UserError, match=r"t.vot cannot be read as votable: .*amplification"):
        read_columns(tmp_path / "t.vot", ["a"])
