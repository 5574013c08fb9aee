"""Zip files of images that are cut short, damaged, packed, or written by other programs."""

import zipfile

import numpy as np
import pytest

from galaxy_causal.types import UserError

from .conftest import N


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("part", [0.9, 0.4, 0.0])
def test_a_file_cut_short_is_refused(read, save, part, tmp_path):
    def save_part(path, **arrays):
        save(path, **arrays)
        whole = path.read_bytes()
        path.write_bytes(whole[: int(part * len(whole))])

    with pytest.raises(UserError, match=r"images.npz cannot be read: not a whole zip file.*Is it complete\?"):
        read(save=save_part)


def test_damage_inside_a_packed_file_is_found(read, tmp_path):
    def save_damaged(path, **arrays):
        np.savez_compressed(path, **arrays)
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 0xFF
        path.write_bytes(data)

    with pytest.raises(UserError, match=r"images.npz cannot be read|cannot be unpacked"):
        read(save=save_damaged)
    assert not list((tmp_path / "cache").rglob("*.partial"))


def test_damage_inside_a_plain_file_is_found(read, arrays, tmp_path):
    def save_damaged(path, **arrays):
        np.savez(path, **arrays)
        data = bytearray(path.read_bytes())
        place = data.index(arrays["img_r"][N // 2].tobytes())
        data[place + 1] ^= 0x01  # a pixel that stays a number
        path.write_bytes(data)

    with pytest.raises(
        UserError, match=r"images\.npz: the array img_r is damaged \(Bad CRC-32 .*Copy or write"
    ):
        read(save=save_damaged)
    assert len(read("dataset.bands=ugiz")) == N - 1  # what is not read may be damaged


def test_a_plain_file_is_verified_once(read, monkeypatch):
    verified = []
    monkeypatch.setattr("galaxy_causal.dataset.images.scan.WORTH_KEEPING", 0)
    monkeypatch.setattr(
        "galaxy_causal.dataset.images.npz.verify", lambda path, members: verified.append(members)
    )
    read()
    assert verified == [[f"img_{b}" for b in "ugriz"]]
    read("dataset.fill=zero", save=lambda path, **_: None)  # as it was
    assert len(verified) == 1


def test_a_full_disk_is_reported_and_leaves_nothing(read, tmp_path, monkeypatch):
    class Full:
        free = 1000

    monkeypatch.setattr("shutil.disk_usage", lambda _: Full)
    with pytest.raises(
        UserError, match=r"img_u.npy is compressed and cannot be unpacked.*dataset.cache=<folder>"
    ):
        read(save=np.savez_compressed)
    monkeypatch.undo()

    def fill_up(archive, info, what):
        yield b"x" * 100
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("galaxy_causal.dataset.images.members._blocks", fill_up)
    with pytest.raises(UserError, match="No space left on device"):
        read(save=np.savez_compressed)
    assert not [p for p in (tmp_path / "cache").rglob("*") if p.is_file() and p.suffix != ".lock"]


def test_zip_members_of_an_old_numpy_are_mapped_too(arrays, read, tmp_path):
    """Extra fields before the data, as other programs write them, do not shift the pixels."""

    def save(path, **members):
        np.savez(tmp_path / "plain.npz", **members)
        with zipfile.ZipFile(tmp_path / "plain.npz") as old, zipfile.ZipFile(path, "w") as new:
            for name in old.namelist():
                info = zipfile.ZipInfo(name)
                info.extra = b"\x99\x99\x08\x00" + b"galaxies"
                new.writestr(info, old.read(name))

    np.testing.assert_array_equal(read(save=save).images.read(np.array([2]))[0, 4], arrays[1]["img_z"][2])
