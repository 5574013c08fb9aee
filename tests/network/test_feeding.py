import numpy as np
import pytest
import torch
from image_samples import InMemory, blob_sample, images_of

from galaxy_causal.network import Compute, Training
from galaxy_causal.network.lightning.batches import RowBatches, RowChunks
from galaxy_causal.network.lightning.feeding import BLOCK, WINDOW, Feed, held, in_blocks, streamed
from galaxy_causal.types import UserError


def numbered(count):
    """Images whose pixels are the number of their galaxy."""
    pixels = np.broadcast_to(np.arange(count, dtype=np.float32)[:, None, None, None], (count, 1, 2, 2))
    return images_of(pixels, "r")


@pytest.mark.parametrize("count", [1, 500, WINDOW, WINDOW + 1, 5 * WINDOW + 77])
def test_an_epoch_in_blocks_is_a_permutation(count):
    order = in_blocks(count, torch.Generator().manual_seed(0))
    assert torch.equal(order.sort().values, torch.arange(count))
    again = in_blocks(count, torch.Generator().manual_seed(0))
    assert torch.equal(order, again)


def test_a_window_comes_from_few_blocks_all_over():
    """128 blocks drawn from 1,000: their numbers' mean has deviation 0.29 / sqrt(128) of the range."""
    count = 1000 * BLOCK
    order = in_blocks(count, torch.Generator().manual_seed(0))
    window = order[:WINDOW]
    assert len(torch.unique(window // BLOCK)) == WINDOW // BLOCK
    assert float(window.double().mean()) / count == pytest.approx(0.5, abs=4 * 0.29 / np.sqrt(WINDOW / BLOCK))
    batch = order[:128]
    assert len(torch.unique(batch // BLOCK)) > 60  # of 128 blocks, 81 expected


def test_streamed_pixels_belong_to_their_rows():
    rows = RowBatches(torch.arange(3 * WINDOW), Training(batch_size=100), 0, in_blocks)
    seen = []
    for batch, pixels in streamed(rows, numbered(3 * WINDOW)):
        assert torch.equal(pixels[:, 0, 1, 1].long(), batch)
        seen.append(batch)
    assert len(seen) == 3 * WINDOW // 100
    assert len(torch.cat(seen).unique()) == len(seen) * 100


def test_draws_with_replacement_and_chunks_stream_too():
    training = Training(batch_size=64, replacement=True, steps_per_epoch=150)
    for batches in (RowBatches(torch.arange(300), training, 0), RowChunks(torch.arange(300), 128)):
        pairs = list(streamed(batches, numbered(300)))
        assert len(pairs) == len(batches)
        assert all(torch.equal(pixels[:, 0, 0, 0].long(), rows) for rows, pixels in pairs)
    assert [len(rows) for rows in RowChunks(torch.arange(300), 128)] == [100, 100, 100]


def test_readers_are_asked_for_a_window_at_a_time_of_whole_blocks():
    asked = []

    class Reader(InMemory):
        def __call__(self, rows):
            asked.append(rows)
            return super().__call__(rows)

    images = images_of(np.zeros((3 * WINDOW, 1, 1, 1), np.float32), "r")
    object.__setattr__(images, "read", Reader(images.read.pixels))
    rows = RowBatches(torch.arange(3 * WINDOW), Training(batch_size=128), 0, in_blocks)
    first = next(streamed(rows, images))
    assert len(first[0]) == 128
    assert 1 <= len(asked) <= 2  # this window, and the next one ahead
    for window in asked:
        assert len(window) == WINDOW
        assert len(np.unique(window // BLOCK)) == WINDOW // BLOCK


def test_a_reader_that_fails_says_so():
    class Broken:
        def __call__(self, rows):
            raise OSError("the disk is gone")

    images = numbered(10)
    object.__setattr__(images, "read", Broken())
    with pytest.raises(OSError, match="the disk is gone"):
        next(streamed(RowChunks(torch.arange(10), 5), images))


def test_orientations_are_seeded_differ_between_epochs_and_are_shared_out(monkeypatch):
    def epochs(seed, place=(0, 1)):
        monkeypatch.setattr("galaxy_causal.network.lightning.feeding.place", lambda: place)
        monkeypatch.setattr("galaxy_causal.network.lightning.batches.place", lambda: place)
        batches = Feed(RowBatches(torch.arange(64), Training(batch_size=32), seed), None, augment=True)
        return [[orientation for _, _, orientation, _ in batches] for _ in range(2)]

    one, again, other = epochs(0), epochs(0), epochs(1)
    assert all(torch.equal(a, b) for a, b in zip(one[0], again[0], strict=True))
    assert not torch.equal(torch.cat(one[0]), torch.cat(one[1]))
    assert not torch.equal(torch.cat(one[0]), torch.cat(other[0]))
    assert set(torch.cat(one[0] + one[1]).tolist()) == set(range(8))
    shares = [epochs(0, (rank, 2))[0] for rank in range(2)]
    assert torch.equal(torch.stack([shares[0][0], shares[1][0]], dim=1).flatten(), one[0][0])


def test_memory_decides_between_holding_and_streaming():
    images = blob_sample(0.5, 30, seed=0).images
    size = 30 * 2 * 16 * 16 * 4 / 2**30
    assert Compute(image_memory=1.01 * size).holds(images, 30)
    assert not Compute(image_memory=0.99 * size).holds(images, 30)
    np.testing.assert_array_equal(held(images, 30).numpy(), images.read(np.arange(30)))
    with pytest.raises(UserError, match=r"compute.image_memory=-1 must be a number, at least 0"):
        Compute(image_memory=-1)
