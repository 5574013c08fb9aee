from dataclasses import replace

import numpy as np
import pytest
import torch

from galaxy_causal.estimator import Amortised as Estimator
from galaxy_causal.network import Amortised, Mlp, NetworkLearner, Training
from galaxy_causal.network.lightning.batches import RowBatches
from galaxy_causal.network.lightning.feeding import Feed
from galaxy_causal.network.subsets import FixedSubsets, SubsetDraw, SubsetFeed, neighbouring
from galaxy_causal.types import Sample, UserError

TRAINER = {
    "accelerator": "cpu", "devices": 1, "strategy": "auto", "max_steps": -1, "num_sanity_val_steps": 0,
    "enable_model_summary": False, "use_distributed_sampler": False,
}  # fmt: skip
BINS = Estimator(6.0, 12.5, 520)
COVARIANCE = np.array(
    [[1.0, 0.8, 0.5, 0.0], [0.8, 1.0, 0.3, 0.0], [0.5, 0.3, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]]
)
SUBSETS = (np.arange(8)[:, None] >> np.arange(3)) % 2 == 1


def sample(n=600, always=False, seed=0):
    """Three signals, the first with an error column, perhaps with one that is always shown."""
    draws = np.random.default_rng(seed).multivariate_normal(np.zeros(4), COVARIANCE, n)
    x = np.column_stack([draws[:, 1], np.full(n, 0.1), draws[:, 2], draws[:, 3]])
    columns = ["other/a", "other/a/error", "other/b", "other/c"]
    if always:
        x, columns = np.column_stack([x, draws[:, 0] + draws[:, 3]]), [*columns, "ebv/ebv"]
    split = np.repeat(["train", "validation", "test"], [n // 2, n // 4, n - n // 2 - n // 4])
    players = {"other/a": (0, 1), "other/b": (2,), "other/c": (3,)}
    return Sample(x, 10 + 0.6 * draws[:, 0], split, tuple(columns), frozenset({"other"}), players=players)


def learner(epochs, seed=0, **options):
    training = Training(batch_size=256, learning_rate=4e-3, patience=20, max_epochs=epochs, threads=1)
    network = Amortised(training, **{"width": 32, "blocks": 1, "components": 4, **options})
    return NetworkLearner(network, {**TRAINER, "max_epochs": epochs}, seed)


def fed(draw):
    rows = RowBatches(torch.arange(100), Training(batch_size=20), 0)
    return SubsetFeed(rows, draw, Feed(rows))


def model(data):
    torch.manual_seed(0)
    return learner(1).network.build(data.take(np.flatnonzero(data.split == "train")), BINS.bins.edges)


def test_what_is_hidden_changes_nothing_and_what_is_shown_does():
    data = sample(always=True)
    x, label = torch.as_tensor(data.x), torch.as_tensor(BINS.bins.index(data.y))
    shown = torch.tensor([[True, False, False]]).expand(len(x), 3)
    made = model(data)
    before = made(x, label, shown=shown)
    for column, hidden in ((0, False), (1, False), (2, True), (3, True), (4, False)):
        changed = x.clone()
        changed[:, column] += 1.0
        same = torch.equal(made(changed, label, shown=shown), before)
        assert same == hidden, data.columns[column]


def test_the_mask_tells_a_hidden_input_from_one_at_its_median():
    data = sample()
    made = model(data)
    torch.nn.init.normal_(made.encoder.first.told[-1].weight)  # a fresh network is not told yet
    x, label = made.encoder.standardise.median[None], torch.tensor([300])
    ends = [made(x, label, shown=torch.full((1, 3), there)) for there in (False, True)]
    assert not torch.equal(*ends)


@pytest.mark.parametrize("rows", [50, 128, 4096])
def test_many_subsets_at_once_are_each_of_them_alone(monkeypatch, rows):
    monkeypatch.setattr("galaxy_causal.network.density.ROWS", rows)
    data = sample()
    made = model(data)
    label = BINS.bins.index(data.y)
    density = learner(1).restore(data, BINS.bins.edges, made.state_dict())
    found = density.of_subsets(data)(label, SUBSETS)
    x, bins = torch.as_tensor(data.x), torch.as_tensor(label)
    for row, subset in enumerate(SUBSETS):
        shown = torch.as_tensor(subset).expand(len(x), 3)
        alone = made(x, bins, shown=shown).detach().numpy()
        np.testing.assert_allclose(found[row], alone, atol=2e-5)  # single precision
    np.testing.assert_allclose(
        np.exp(found[-1]), density.probabilities(data)[np.arange(600), label], rtol=1e-4
    )


def test_one_training_knows_every_subset_of_a_gaussian():
    """I(Y; X_S) = -1/2 log of the variance that X_S leaves. Against the true densities of the same 2,000 test
    galaxies no sampling error is left; what the network does not learn of 4,000 galaxies costs hundredths."""
    data = sample(n=8_000)
    fit = learner(25)
    information = BINS.information(data, fit, 0)
    density = fit.restore(data, BINS.bins.edges, information.weights)
    test = np.flatnonzero(data.split == "test")
    found = BINS.of_subsets(density, BINS.target(data, fit), test)(SUBSETS)
    y = (data.y[test] - 10) / 0.6
    inputs = data.x[test][:, [0, 2, 3]]
    for row, subset in enumerate(SUBSETS):
        s = 1 + np.flatnonzero(subset)
        weights = np.linalg.solve(COVARIANCE[np.ix_(s, s)], COVARIANCE[s, 0])
        left = 1 - COVARIANCE[0, s] @ weights
        exact = -0.5 * np.log(left) + 0.5 * y**2 - 0.5 * (y - inputs[:, s - 1] @ weights) ** 2 / left
        assert found[row].mean() == pytest.approx(exact.mean(), abs=0.04), subset
        assert -0.5 * np.log(left) == pytest.approx(exact.mean(), abs=4 * exact.std() / 2000**0.5 + 1e-9)
    assert (found[0] == 0).all()
    np.testing.assert_allclose(found[-1], information.pointwise_mi[test], atol=1e-4)


def test_the_same_seed_gives_the_same_numbers_and_restoring_leaves_the_generator_alone():
    data = sample()
    one, again, other = (BINS.information(data, learner(3, seed), 0).pointwise_mi for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)
    weights = BINS.information(data, learner(1), 0).weights
    state = torch.random.get_rng_state()
    learner(1).restore(data, BINS.bins.edges, weights)
    assert torch.equal(torch.random.get_rng_state(), state)


def test_neighbours_are_runs_and_what_they_leave():
    """Of three: a, b, c, ab, bc, abc, and what a run leaves, of which only ac is new."""
    found = {tuple(row) for row in neighbouring(3).tolist()}
    assert found == {tuple(row) for row in SUBSETS[1:].tolist()}
    count = 9  # 45 runs; each run at an end leaves a run, each of the 28 inner ones something new
    assert len(neighbouring(count)) == 45 + 28


def test_subsets_are_drawn_in_their_shares():
    """Four errors of shares of 40,000 draws; a subset of uniform size is none of the 73 runs in part."""
    generator = torch.Generator().manual_seed(0)
    n = 40_000
    drawn = SubsetDraw(9, neighbours=0.0, whole=0.2, least=0)(n, generator)[0]
    size = drawn.sum(dim=1)
    for k in range(10):
        expected = 0.08 + 0.2 * (k == 9)
        share = float((size == k).float().mean())
        assert share == pytest.approx(expected, abs=4 * (expected / n) ** 0.5), k
    assert drawn[size == 4].float().mean(dim=0).numpy() == pytest.approx(4 / 9, abs=0.04)
    runs = SubsetDraw(9, neighbours=1.0, whole=0.0)(n, generator)[0]
    assert {tuple(r) for r in runs.unique(dim=0).tolist()} == {tuple(r) for r in neighbouring(9).tolist()}
    assert SubsetDraw(9, neighbours=0.0, whole=0.0, least=1)(n, generator).any(dim=-1).all()


def test_nothing_is_drawn_only_where_something_is_always_shown():
    network = learner(1).network
    assert network.draws(sample())[0].least == 1
    assert network.draws(sample(always=True))[0].least == 0


def test_batches_change_with_the_epoch_and_validation_does_not():
    draw = SubsetDraw(3, 0.5, 0.1)
    batches = fed(draw)
    first, second = list(batches), list(batches)
    assert len(first) == len(batches) == 5
    assert not all(torch.equal(a.shown, b.shown) for a, b in zip(first, second, strict=True))
    fixed = FixedSubsets(torch.arange(7), replace(draw, each=3))
    (one,), (two,) = list(fixed), list(fixed)
    assert torch.equal(one.rows, torch.arange(7))
    assert one.shown.shape == (3, 7, 3)
    assert torch.equal(one.shown, two.shown)


def test_processes_share_every_batch(monkeypatch):
    """Of a batch two processes have every other galaxy, for validation half; all keep their subsets."""
    draw = SubsetDraw(3, 0.5, 0.1, each=3)

    def batches():
        return fed(draw)

    alone, fixed = list(batches()), FixedSubsets(torch.arange(8), draw)
    (whole,) = fixed
    for rank in (0, 1):
        for module in ("lightning.batches", "subsets"):
            monkeypatch.setattr(f"galaxy_causal.network.{module}.place", lambda rank=rank: (rank, 2))
        for one, own in zip(alone, batches(), strict=True):
            assert torch.equal(own.rows, one.rows[rank::2])
            assert torch.equal(own.shown, one.shown[:, rank::2])
        (half,) = fixed
        assert torch.equal(half.rows, whole.rows.chunk(2)[rank])
        assert torch.equal(half.shown, whole.shown.chunk(2, dim=1)[rank])


def test_no_galaxies_give_no_numbers():
    """As the last chunk of validation may hold fewer galaxies than there are processes."""
    data = sample()
    shown = torch.ones(2, 0, 3, dtype=torch.bool)
    found = model(data)(torch.as_tensor(data.x[:0]), torch.zeros(0, dtype=torch.long), shown=shown)
    assert found.shape == (2, 0)


def test_the_log_probability_of_all_inputs_is_that_of_the_whole_subset():
    data = sample()
    density = learner(1).restore(data, BINS.bins.edges, model(data).state_dict())
    label = BINS.bins.index(data.y)
    whole = density.of_subsets(data)(label, SUBSETS[-1:])[0]
    np.testing.assert_allclose(density.log_prob(data, label), whole, atol=2e-5)  # single precision


def test_a_galaxy_may_have_several_subsets_in_a_batch():
    """Each is as if it stood alone; training on two at a time is another training than on one."""
    data = sample()
    x, label = torch.as_tensor(data.x), torch.as_tensor(BINS.bins.index(data.y))
    shown = SubsetDraw(3, 0.5, 0.1, each=4)(len(x), torch.Generator().manual_seed(0))
    assert shown.shape == (4, len(x), 3)
    assert not torch.equal(shown[0], shown[1])
    made = model(data)
    torch.nn.init.normal_(made.encoder.first.told[-1].weight)
    together = made(x, label, shown=shown)
    for own, found in zip(shown, together, strict=True):
        torch.testing.assert_close(made(x, label, shown=own), found, atol=2e-5, rtol=0)
    two, one = (BINS.information(data, learner(2, subsets=n), 0).pointwise_mi for n in (2, 1))
    assert not np.array_equal(two, one)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"neighbours": 0.8, "whole": 0.3}, "their sum may not be above 1"),
        ({"whole": -0.1}, "network.whole=-0.1 must be a number, at least 0"),
        ({"validated": 0}, "network.validated=0"),
        ({"subsets": 0}, "network.subsets=0"),
        ({"subsets": 1.5}, "network.subsets=1.5 must be a whole number"),
        ({"subsets": True}, "network.subsets=True must be a whole number"),
    ],
)
def test_shares_that_make_no_sense_are_refused(options, message):
    with pytest.raises(UserError, match=message):
        Amortised(Training(), **options)


def test_networks_and_estimators_that_do_not_fit_together_are_refused():
    data = sample()
    whole = Sample(data.x, data.y, data.split, data.columns, data.modalities)
    with pytest.raises(UserError, match="Amortised learns subsets of the inputs; set estimator=amortised"):
        learner(1).network.check(whole)
    with pytest.raises(UserError, match="Mlp does not; set network=amortised"):
        Mlp(Training()).check(data)
