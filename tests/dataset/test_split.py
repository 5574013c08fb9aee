import numpy as np
import pytest

from galaxy_causal.dataset.split import assign_splits, left_out
from galaxy_causal.types import UserError

IDS = np.arange(100)


def options(train=0.7, validation=0.15, test=0.15, seed=0):
    return {"train": train, "validation": validation, "test": test, "seed": seed}


def counts(split):
    return [int(np.sum(split == s)) for s in ("train", "validation", "test", "")]


def test_fractions_are_seeded_and_add_up():
    split = assign_splits(IDS, options())
    assert counts(split) == [70, 15, 15, 0]
    np.testing.assert_array_equal(split, assign_splits(IDS, options()))
    assert (split != assign_splits(IDS, options(seed=1))).any()


def test_ids_keep_their_split_in_any_order():
    ids = np.array([f"J{i}" for i in range(1000)])
    split = assign_splits(ids, options(), by_id=True)
    assert counts(split) == [700, 150, 150, 0]
    order = np.random.default_rng(5).permutation(1000)
    np.testing.assert_array_equal(assign_splits(ids[order], options(), by_id=True), split[order])
    assert (split != assign_splits(ids, options(seed=1), by_id=True)).any()
    # One galaxy more or less moves only those at the borders between splits.
    fewer = assign_splits(ids[:-10], options(), by_id=True)
    assert np.sum(fewer != split[:-10]) <= 20
    np.testing.assert_array_equal(
        assign_splits(IDS, options(), by_id=True), assign_splits(IDS.astype(str), options(), by_id=True)
    )


def test_ids_are_drawn_at_random():
    """Neighbours in number fall into one split as often as chance has it: 0.7^2 + 2 x 0.15^2 = 0.535."""
    split = assign_splits(np.arange(20_000), options(), by_id=True)
    assert np.mean(split[1:] == split[:-1]) == pytest.approx(0.535, abs=0.02)


def test_groups_keep_their_split_in_any_order():
    groups = np.array([f"field {i // 5}" for i in range(100)])
    split = assign_splits(IDS, options(), None, groups)
    assert counts(split) == [70, 15, 15, 0]
    order = np.random.default_rng(6).permutation(100)
    np.testing.assert_array_equal(assign_splits(IDS, options(), None, groups[order]), split[order])


def test_ids_beside_files_keep_their_split(tmp_path):
    given = options(train=0.75, validation=0.25, **files(tmp_path, test=range(20)))
    split = assign_splits(IDS, given, by_id=True)
    np.testing.assert_array_equal(assign_splits(IDS[::-1], given, by_id=True), split[::-1])


def test_what_fractions_leave_is_in_no_split():
    assert counts(assign_splits(IDS, options(train=0.5))) == [50, 15, 15, 20]


def files(folder, **ids):
    paths = {}
    for name, listed in ids.items():
        paths[name] = str(folder / f"{name}.txt")
        (folder / f"{name}.txt").write_text("\n".join(map(str, listed)) + "\n")
    return paths


def test_files_of_ids(tmp_path):
    paths = files(tmp_path, train=range(50), validation=range(50, 70), test=range(70, 90))
    split = assign_splits(IDS, options(**paths))
    assert counts(split) == [50, 20, 20, 10]
    assert (split[:50] == "train").all()


def test_files_may_list_galaxies_that_were_left_out(tmp_path):
    paths = files(tmp_path, train=range(50), validation=range(50, 70), test=range(70, 100))
    there = np.arange(0, 100, 2)
    split = assign_splits(there, options(**paths), listed=IDS)
    assert counts(split) == [25, 10, 15, 0]
    np.testing.assert_array_equal(split, assign_splits(IDS, options(**paths))[there])
    with pytest.raises(UserError, match=r"train\.txt: 25 ids are not in the table, such as 1, 3, 5, 7, 9"):
        assign_splits(there, options(**paths), listed=there)


def test_fractions_beside_a_file_are_of_the_rest(tmp_path):
    split = assign_splits(IDS, options(train=0.75, validation=0.25, **files(tmp_path, test=range(20))))
    assert counts(split) == [60, 20, 20, 0]


def test_files_that_cannot_be_used(tmp_path):
    paths = files(tmp_path, train=range(50), validation=range(48, 70), test=range(70, 90))
    with pytest.raises(
        UserError, match=r"2 ids of .*validation.txt are in the train split too, such as 48, 49"
    ):
        assign_splits(IDS, options(**paths))
    paths |= files(tmp_path, validation=[50, 777])
    with pytest.raises(UserError, match="1 ids are not in the table, such as 777"):
        assign_splits(IDS, options(**paths))
    with pytest.raises(UserError, match=r"none.txt does not exist; give a file of ids"):
        assign_splits(IDS, options(test=str(tmp_path / "none.txt")))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"train": 0.9}, "the splits overlap: .*train=0.9.*together 1.2"),
        ({"test": 0.0}, "the test split holds 0 of 100 galaxies"),
        ({"test": None}, "split.test=null: give a fraction"),
        ({"train": -0.1}, "split.train=-0.1"),
        ({"train": float("nan")}, "split.train=nan"),
        ({"seed": -1}, "split.seed=-1"),
    ],
)
def test_fractions_that_cannot_be_used(given, message):
    with pytest.raises(UserError, match=message):
        assign_splits(IDS, options(**given))


def test_a_parted_group_is_refused():
    given = np.array(["train", "test", "validation", "train"] * 25)
    with pytest.raises(UserError, match="overlap: they part 50 groups, such as 0, 1"):
        assign_splits(IDS, options(), given, IDS // 2)


def test_comments_and_blanks_and_zeros_in_files_of_ids(tmp_path):
    path = tmp_path / "test.txt"
    path.write_text("\ufeff# made by hand\n\n 007 \n0\n19\n# 3\n")
    split = assign_splits(IDS, options(train=0.5, validation=0.4, test=str(path)))
    assert np.flatnonzero(split == "test").tolist() == [0, 7, 19]
    texts = np.array([f"{k:03d} " if k else "#0" for k in range(100)])  # padded, as fixed widths are
    path.write_text("# made by hand\n#0\n007\n019\n")
    split = assign_splits(texts, options(train=0.5, validation=0.4, test=str(path)))
    assert np.flatnonzero(split == "test").tolist() == [0, 7, 19]
    path.write_text("7\n19\n")
    message = r"2 ids are not in the table, such as 7, 19; the table has 007 : write ids with as many zeros"
    with pytest.raises(UserError, match=message):
        assign_splits(texts, options(test=str(path)))


def test_galaxies_of_files_that_were_left_out_are_counted_in_words(tmp_path):
    there = IDS[4:]
    paths = files(tmp_path, train=range(70), validation=range(70, 85), test=range(85, 100))
    told = left_out(there, options(**paths), IDS)
    assert told == {"split_train": "4 of 70 galaxies of train.txt were left out of the table"}
    assert left_out(IDS, options(**paths), IDS) == {}
