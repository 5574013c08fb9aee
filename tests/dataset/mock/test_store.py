import multiprocessing
import pickle

import h5py
import numpy as np
import pytest

from galaxy_causal.dataset import mock_survey
from galaxy_causal.dataset.mock import store
from galaxy_causal.dataset.mock.columns import CATALOGUE, TRUTH
from galaxy_causal.types import UserError

from .conftest import SPLIT, N


def again(path, **options):
    return mock_survey(N, 0, SPLIT, path=str(path), processes=1, **options)


def test_the_file_holds_everything(survey):
    catalogue, path = survey
    with h5py.File(path) as file:
        assert set(file["catalogue"]) == set(CATALOGUE)
        assert set(file["truth"]) == set(TRUTH)
        assert file["images"].shape == (N, 5, 64, 64)
        assert file.attrs["unit"] == "nanomaggy"
        assert "log_mass" in file.attrs["graph"]
        np.testing.assert_array_equal(file["truth/log_mass"][:], catalogue.target)
        np.testing.assert_array_equal(file["images"][5], catalogue.images.read(np.array([5]))[0])
    assert catalogue.images.checksum == catalogue.provenance["sha256"]
    assert not list(path.parent.glob("*.partial"))


def test_images_are_rounded_by_less_than_their_noise(survey):
    """Half precision keeps 11 bits, 1/2048 of a value: at most 0.1 of its noise in any pixel."""
    from galaxy_causal.dataset.mock.telescope import pixel_variance

    images = survey[0].images.read(np.arange(N))
    assert np.all(np.abs(images) / 2048 < 0.1 * np.sqrt(pixel_variance(images, 1.0)))


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_images_are_read_in_other_processes(survey, method):
    images = survey[0].images.take(np.arange(10, 20))
    expected = images.read(np.array([3, 3, 0]))
    assert expected.dtype == np.float32
    reader, rows = survey[0].images.read, np.array([13, 13, 10])
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(reader))(rows), expected)
    with multiprocessing.get_context(method).Pool(1) as pool:
        np.testing.assert_array_equal(pool.apply(reader, (rows,)), expected)


@pytest.mark.parametrize("part", [0.0, 0.001, 0.5, 0.999])
def test_a_truncated_file_is_refused(survey, tmp_path, part):
    whole = survey[1].read_bytes()
    cut = tmp_path / "cut.h5"
    cut.write_bytes(whole[: int(part * len(whole))])
    with pytest.raises(UserError, match=r"cut.h5 cannot be read as HDF5.*cut short.*Delete it"):
        again(cut)
    assert cut.exists()


def test_foreign_files_are_refused(tmp_path):
    (tmp_path / "text.h5").write_text("no HDF5")
    with pytest.raises(UserError, match=r"text.h5 cannot be read as HDF5"):
        again(tmp_path / "text.h5")
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["images"] = np.zeros(3)
    with pytest.raises(UserError, match=r"other.h5 is no galaxy_causal mock survey; give another"):
        again(tmp_path / "other.h5")


def test_a_file_of_other_galaxies_is_refused(survey):
    with pytest.raises(UserError, match=r"survey.h5 holds other galaxies \(depth=1.0 for 2.0\)"):
        again(survey[1], depth=2.0)
    with pytest.raises(UserError, match=r"holds other galaxies \(n=600 for 50\)"):
        mock_survey(50, 0, SPLIT, path=str(survey[1]))


def test_a_file_with_holes_is_refused(survey, tmp_path):
    path = tmp_path / "holes.h5"
    path.write_bytes(survey[1].read_bytes())
    with h5py.File(path, "r+") as file:
        file[store.SUMS][1] = 0
    with pytest.raises(UserError, match=r"holes.h5 lacks some galaxies"):
        again(path)
