import numpy as np
import pytest
import torch
from densities import Given
from gaussian_samples import gaussian_sample, gaussian_truth
from scipy.stats import norm
from training_samples import training

from galaxy_causal.estimator import Critic
from galaxy_causal.network import Mlp, NetworkLearner, Training
from galaxy_causal.network.critic import CriticNetwork, objective
from galaxy_causal.types import Learner, UserError, Values


class Oracle(Learner):
    """Knows the true log density ratio of a Gaussian sample; an offset must not matter but to nwj."""

    def __init__(self, r, offset):
        self.r, self.offset = r, offset

    def contrast(self, sample, bins, edges, bound):
        y = 0.5 * (edges[1:] + edges[:-1])

        def scores(part):
            sigma = 0.6 * np.sqrt(1 - self.r**2)
            ratio = norm.logpdf(y, 10 + 0.6 * self.r * part.x[:, :1], sigma) - norm.logpdf(y, 10, 0.6)
            return ratio + self.offset

        return Given(scores)


@pytest.mark.parametrize(
    ("bound", "offset"), [("info_nce", 3.0), ("mine", 3.0), ("nwj", 1.0), ("smile", 0.0)]
)
def test_with_the_true_ratio_every_bound_is_tight(bound, offset):
    """Error of the mean of 6,000 pointwise values, which scatter by r, four of which are allowed, and the
    prior's loss. The clip of smile concerns few pairs."""
    sample = gaussian_sample(0.7, 20_000, seed=0)
    result = Critic(bound, 6.0, 12.5, 520, clip=10.0).information(sample, Oracle(0.7, offset), 0)
    assert result.metrics["mi_test"] == pytest.approx(
        gaussian_truth(0.7), abs=4 * 0.7 / np.sqrt(6000) + 0.005
    )
    assert result.metrics["prior_mismatch"] == 0.0


def test_other_targets_in_the_test_sample_are_measured():
    """Half a deviation higher: 0.125 nats."""
    sample = gaussian_sample(0.7, 6000, seed=2)
    sample.y[sample.split == "test"] += 0.5 * sample.y.std()
    found = Critic("info_nce").information(sample, Oracle(0.7, 0.0), 0)
    assert found.metrics["prior_mismatch"] == pytest.approx(0.125, abs=0.03)


@pytest.mark.parametrize("bound", ["info_nce", "mine", "nwj"])
def test_objectives_are_their_formulas(bound):
    f = torch.randn(5, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    apart = f[~torch.eye(5, dtype=torch.bool)]
    expected = {
        "info_nce": f.diagonal() - f.exp().mean(dim=1).log(),
        "mine": f.diagonal() - apart.exp().mean().log(),
        "nwj": f.diagonal() - (apart - 1).exp().mean(),
    }[bound]
    torch.testing.assert_close(objective(f, bound), expected)


@pytest.mark.parametrize("bound", ["info_nce", "mine", "nwj", "smile"])
def test_trained_critics_find_most_of_the_information(bound):
    """2,400 training galaxies. Test galaxies (1,200) have error 0.024; what is not learnt comes on top."""
    sample = gaussian_sample(0.8, 4000, seed=1)
    training = Training(batch_size=256, learning_rate=3e-3, patience=8, max_epochs=25, threads=1)
    learner = NetworkLearner(
        Mlp(training, width=32, blocks=1), {"accelerator": "cpu", "max_epochs": 25}, seed=0
    )
    found = Critic(bound, 6.0, 12.5, 520).information(sample, learner, 0)
    assert found.metrics["mi_test"] == pytest.approx(gaussian_truth(0.8), abs=0.12)
    assert set(found.history) == {"train", "validation"}


def test_only_normalised_ratios_serve_pointwise_measures_and_impossible_options_are_refused():
    gives = {bound: Critic(bound, 6.0, 12.5, 520).gives for bound in ("info_nce", "mine", "nwj", "smile")}
    assert gives["info_nce"] == gives["mine"] == Values.OF_EACH
    assert gives["nwj"] == gives["smile"] == Values.OF_ALL
    with pytest.raises(UserError, match="info_nce, mine, nwj, smile"):
        Critic("infonce", 6.0, 12.5, 520)
    for clip in (0, "five"):
        with pytest.raises(UserError, match=rf"estimator\.clip={clip!r} must be a positive number"):
            Critic("smile", 6.0, 12.5, 520, clip=clip)


def test_bins_beyond_the_training_galaxies_score_as_the_nearest_of_theirs():
    """Else h, which nothing holds there, can fill the normalisation and hide all information."""
    rng = np.random.default_rng(0)
    x, y, edges = rng.normal(size=(50, 2)), rng.uniform(9, 11, 50), np.linspace(6, 12.5, 66)
    critic = CriticNetwork(Mlp(training=Training()), "info_nce").build(training(x, y), edges)
    with torch.no_grad():
        scores = critic.probabilities(torch.as_tensor(x)).numpy()
    beyond = edges[1:] <= y.min()
    assert beyond.sum() > 25
    assert np.ptp(scores[:, beyond], axis=1).max() == 0
    assert np.ptp(scores[:, ~beyond], axis=1).min() > 0
