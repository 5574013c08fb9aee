import os
import shutil

import h5py
import pytest

from galaxy_causal.dataset import mock_survey
from galaxy_causal.dataset.mock import store
from galaxy_causal.types import UserError

from .conftest import SPLIT, N


@pytest.mark.parametrize("name", ["images", "truth/log_mass"])
def test_damage_is_found_and_named(survey, tmp_path, name):
    path = tmp_path / "damaged.h5"
    shutil.copy(survey[1], path)
    mock_survey(N, 0, SPLIT, path=str(path))
    assert (tmp_path / "damaged.h5.verified").exists()
    place = store.places(path)[name]
    with path.open("r+b") as file:  # in galaxy 300, of the second chunk
        file.seek(place.offset + 300 * (40960 if name == "images" else 8))
        file.write(b"\x01\x02\x03\x04\x05\x06\x07\x08")
    with pytest.raises(UserError, match=r"damaged.h5 is damaged: galaxies 250 to 499 differ .* delete it"):
        mock_survey(N, 0, SPLIT, path=str(path))


def test_a_file_is_read_whole_once(survey, tmp_path, monkeypatch):
    path = tmp_path / "twice.h5"
    shutil.copy(survey[1], path)
    mock_survey(N, 0, SPLIT, path=str(path))
    monkeypatch.setattr(store, "hashed", lambda: pytest.fail("it is read again"))
    mock_survey(N, 0, SPLIT, path=str(path))
    os.utime(path, (1, 1))
    with pytest.raises(pytest.fail.Exception, match="read again"):
        mock_survey(N, 0, SPLIT, path=str(path))


@pytest.mark.parametrize(
    "layout", [{"chunks": (1, 5, 64, 64)}, {"external": [("secret", 0, 2 * N * 5 * 64 * 64)]}, {}]
)
def test_images_that_do_not_lie_in_the_file_are_refused(survey, tmp_path, layout):
    path = tmp_path / "elsewhere.h5"
    shutil.copy(survey[1], path)
    with h5py.File(path, "r+") as file:
        shape, dtype = file["images"].shape, file["images"].dtype
        del file["images"]
        file.create_dataset("images", shape, dtype, **layout)
    message = r"elsewhere.h5: the values of (/images do not lie in one piece in this|'images' lie outside)"
    with pytest.raises(UserError, match=message):
        mock_survey(N, 0, SPLIT, path=str(path))
