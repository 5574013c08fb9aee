"""All slices of a question, whatever happens meanwhile, and one catalogue from them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from archive_server import Archive, galaxies, refuse, serving, slow

from galaxy_causal.archive import (
    ChangedError,
    Client,
    SkyServer,
    Slice,
    SliceFolder,
    ask_all,
    recipe_of,
    write,
)
from galaxy_causal.types import UserError

ROWS = galaxies()
SHIPPED = recipe_of("sdss_wise")


class Asking:
    """What asks one archive, with as little as an acquisition needs."""

    def __init__(self, archive, address, folder, **changes):
        self.archive = archive
        limits = {**SHIPPED.limits, **changes.pop("limits", {})}
        self.recipe = replace(SHIPPED, address=address, limits=limits, **changes)
        self.folder = folder
        self.said = []

    def all(self, query="one", seconds=5, between=(0.02, 0.06)):
        """Every slice; what was asked meanwhile is in ``asked``."""
        client = Client(1e6, seconds, tries=3, pause=0.01, say=self.said.append)
        service = SkyServer(self.recipe, client, self.recipe.address)
        self.archive.asked.clear()
        with SliceFolder(
            self.folder / "slices", query, {"query": query}, self.said.append
        ).opened() as self.kept:
            slices = service.slices(between)
            done = ask_all(service, slices, self.kept, lambda *_: None, self.said.append)
            self.made = write(self.folder / "found.parquet", self.recipe, self.kept, done)
        return done

    def found(self):
        """The catalogue, which has no name yet."""
        return pd.read_parquet(self.folder / "found.parquet.partial")


@pytest.fixture
def archive():
    return Archive(ROWS)


@pytest.fixture
def asking(archive, tmp_path):
    with serving(archive) as address:
        yield Asking(archive, address, tmp_path)


def test_slices_together_are_all_rows_once(asking):
    done = asking.all()
    assert [(one.low, one.high) for one in done] == [
        (round(0.02 + 0.005 * k, 3), round(0.025 + 0.005 * k, 3)) for k in range(8)
    ]
    pd.testing.assert_frame_equal(asking.found(), ROWS, check_dtype=False)
    assert asking.made.rows == sum(one.rows for one in done) == 400


def test_finished_slices_are_not_asked_again_and_half_ones_do_not_count(asking, archive):
    """As after a kill in the third slice, before its file had a name; the second one is damaged since."""
    archive.faults.extend([None, None, refuse(400, b"no more")])
    with pytest.raises(UserError, match="no more"):
        asking.all()
    folder = asking.folder / "slices"
    whole = [folder / "0.02_0.025.parquet", folder / "0.025_0.03.parquet"]
    assert set(folder.glob("*.parquet")) == set(whole)
    (folder / "0.03_0.035.parquet.partial").write_bytes(whole[0].read_bytes())
    whole[1].write_bytes(whole[1].read_bytes()[:-100])
    before = whole[0].stat().st_mtime_ns
    asking.all()
    assert whole[0].stat().st_mtime_ns == before
    assert len(archive.asked) == 7
    assert asking.said == [f"{whole[1]} is damaged, and is asked for again"]
    assert not list(folder.glob("*.partial"))
    pd.testing.assert_frame_equal(asking.found(), ROWS, check_dtype=False)
    asking.all()
    assert not archive.asked


@pytest.mark.parametrize("size", [150, 400])
def test_a_slice_with_as_many_rows_as_are_allowed_is_cut_in_two(archive, tmp_path, size):
    """The service never gives more; a slice that has just as many may have more."""
    archive.most = size
    edges = {"column": "s.z", "edges": [[0.0, 0.1, 0.1]]}
    with serving(archive) as address:
        asking = Asking(archive, address, tmp_path, slices=edges, limits={"rows": size})
        done = asking.all(between=None)
        assert all(one.rows < size for one in done)
        assert [one.low for one in done[1:]] == [one.high for one in done[:-1]]
        pd.testing.assert_frame_equal(asking.found(), ROWS, check_dtype=False)
        assert f"0 to 0.1: it has {size} rows, as many as the service allows; cut in two" in asking.said
        asking.all(between=None)
        assert not archive.asked  # where slices were cut is known, too


def test_a_slice_that_takes_too_long_is_cut_in_two(asking, archive):
    archive.faults.extend([refuse(500, b"Timeout expired"), None, slow(1)])
    done = asking.all(seconds=0.5, between=(0.02, 0.03))
    assert [(one.low, one.high) for one in done] == [
        (0.02, 0.0225), (0.0225, 0.02375), (0.02375, 0.025), (0.025, 0.03),
    ]  # fmt: skip
    assert asking.made.rows == (ROWS["z"] < 0.03).sum()


def test_what_cannot_be_cut_any_finer_says_so(archive, tmp_path):
    archive.most = 5
    edges = {"column": "s.z", "edges": [[0.02, 0.06, 0.04]], "narrowest": 0.02}
    with serving(archive) as address:
        asking = Asking(archive, address, tmp_path, slices=edges, limits={"rows": 5})
        with pytest.raises(
            UserError, match=r"0.02 to 0.04: it has 5 rows, as many .*; it cannot be cut any finer"
        ):
            asking.all(between=None)


def test_folders_of_another_query_and_of_another_process_are_refused(asking):
    asking.all("one")
    with pytest.raises(
        UserError, match=r"slices holds slices of another query \(query\); name another file by acq"
    ):
        asking.all("two")
    other = SliceFolder(asking.folder / "slices", "one", {})
    with other.opened(), pytest.raises(UserError, match="another process acquires into"):
        asking.all("one")
    assert len(list((asking.folder / "slices").glob("*.parquet"))) == 8


def test_a_folder_in_which_nothing_came_is_removed_and_may_be_of_another_query(asking, archive):
    archive.faults.extend([refuse(503)] * 3)
    with pytest.raises(UserError, match="answered 503"):
        asking.all()
    assert not (asking.folder / "slices").exists()
    (asking.folder / "slices").mkdir()
    (asking.folder / "slices" / "query.json").write_text('{"sha256": "of another query"}')
    asking.all()
    assert (asking.folder / "slices").exists()


def test_columns_that_a_service_lacks_are_told_at_once(asking, archive):
    archive.table = ROWS.rename(columns={"w1mpro": "w1"})
    archive.csv = lambda _: b"#Table1\nspecObjID,objID\n1,2\n"
    with pytest.raises(ChangedError, match=r"the answer lacks ra, dec, z, .*; the service has changed"):
        asking.all()
    assert len(archive.asked) == 1


def test_of_several_matches_the_nearest_is_kept_and_the_others_are_counted(archive, tmp_path):
    """Two galaxies have three WISE sources each, one none; two rows are two spectra of one galaxy."""
    table = ROWS.assign(wise_distance=0.5)
    far = [
        table.iloc[[k]].assign(wise_distance=d, wise_cntr=n) for k in (7, 9) for d, n in ((0.9, 1), (0.2, 2))
    ]
    again = table.iloc[[20]].assign(specObjID=5, zErr=table["zErr"].iloc[20] / 2)
    table.loc[3, ["wise_cntr", "wise_distance", "w1mpro"]] = np.nan
    archive.table = pd.concat([table, *far, again]).sort_values("z", kind="stable")
    for name in ("wise_cntr", "specObjID"):
        archive.table[name] = archive.table[name].astype("Int64")
    with serving(archive) as address:
        asking = Asking(archive, address, tmp_path)
        asking.all()
    assert asking.made.repeats == {"specObjID": 4, "objID": 1}
    found = asking.found().set_index("objID")
    assert len(found) == 400
    assert (found.loc[ROWS["objID"].iloc[[7, 9]], "wise_cntr"] == 2).all()
    assert found.loc[ROWS["objID"].iloc[20], "specObjID"] == 5
    assert found.loc[ROWS["objID"].iloc[3], "wise_cntr"] != found.loc[ROWS["objID"].iloc[3], "wise_cntr"]


def test_values_that_mean_missing_are_null_and_counted(archive, tmp_path):
    archive.table = ROWS.copy()
    archive.table.loc[[1, 2], "petroMagErr_u"] = -9999
    archive.table.loc[5, "w1mpro"] = 9999
    archive.table.loc[6, "ra"] = np.nan
    columns = {**SHIPPED.columns, "EBV": {"source": "i.e_bv_sfd", "above": 0.2}}
    with serving(archive) as address:
        asking = Asking(archive, address, tmp_path, columns=columns)
        asking.all()
    low = int((ROWS["EBV"] <= 0.2).sum())
    assert asking.made.nulls == {"ra": 1, "EBV": low, "petroMagErr_u": 2, "w1mpro": 1}
    assert asking.found()["EBV"].min() > 0.2


def test_a_question_without_any_row_is_refused(asking, archive):
    archive.table = ROWS[:0]
    with pytest.raises(UserError, match=r"no slice has a row. Is the part .* acquire.check=true shows what"):
        asking.all()


def test_a_place_that_may_not_be_written_says_so_and_keeps_what_is_there(asking, archive, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pyarrow.parquet.write_table", full)
    with pytest.raises(
        UserError, match=r"0.02_0.025.parquet \(No space left on device\); free some space.*go on"
    ):
        asking.all()
    monkeypatch.undo()
    asking.all()
    assert asking.made.rows == 400


def test_slices_keep_their_kinds_and_say_what_they_are(asking):
    (first, *_) = asking.all()
    table = asking.kept.table(Slice(first.low, first.high))
    assert table.schema.field("objID").type == pa.int64()
    assert asking.kept.done(Slice(first.low, first.high)) == first
    assert asking.kept.done(Slice(0, 1)) is None
