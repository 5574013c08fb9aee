import os
import subprocess
import sys
import warnings

import numpy as np
import pytest

from galaxy_causal.dataset.images.pixels import single_precision


def test_every_half_precision_number_is_widened_as_numpy_does():
    every = np.arange(2**16, dtype=np.uint16).view(np.float16)
    np.testing.assert_array_equal(single_precision(every), every.astype(np.float32))  # NaN equals NaN here


@pytest.mark.parametrize("dtype", ["f2", ">f2", "f4", "f8", "i2", "u1", "?"])
def test_numbers_of_any_kind_in_any_layout_are_copied(dtype):
    numbers = np.arange(24).reshape(2, 3, 4).astype(dtype)
    out = np.zeros((4, 2, 3), dtype=np.float32)
    for pixels in (numbers, np.asfortranarray(numbers), numbers[:, ::2], numbers[:0]):
        copy = single_precision(pixels)
        assert copy.dtype == np.float32
        assert not np.shares_memory(copy, pixels)
        np.testing.assert_array_equal(copy, pixels)
    single_precision(numbers.transpose(2, 0, 1)[:, :, ::2], out=out[:, :, ::2])
    np.testing.assert_array_equal(out[:, :, ::2], numbers.transpose(2, 0, 1)[:, :, ::2])
    assert (out[:, :, 1] == 0).all()


def test_a_file_that_may_not_be_written_is_read_without_a_warning(tmp_path):
    np.save(tmp_path / "half.npy", np.full((3, 2), 0.5, dtype=np.float16))
    mapped = np.load(tmp_path / "half.npy", mmap_mode="r")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(single_precision(mapped[1:]), np.full((2, 2), 0.5))


FORKED = """
import os, signal, sys
import numpy as np, torch
from galaxy_causal.dataset.images.pixels import single_precision
torch.set_num_threads(2)
torch.ones(1 << 20).add_(1)  # PyTorch's threads are there now
pixels = np.ones((64, 5, 64, 64), dtype=np.float16)
child = os.fork()
if not child:
    signal.alarm(30)  # a child that waits for its parent's threads is killed
    single_precision(pixels)
    single_precision(pixels.reshape(2, -1))
    os._exit(0)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0)
"""


def test_a_forked_process_does_not_wait_for_threads_that_it_has_not():
    environment = {k: v for k, v in os.environ.items() if k != "OMP_NUM_THREADS"}
    assert subprocess.run([sys.executable, "-c", FORKED], env=environment, check=False).returncode == 0
