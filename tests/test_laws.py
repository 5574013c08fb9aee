"""The laws of benchmarks/laws.py are true: identities, closed forms, slow references, other estimators."""

from dataclasses import replace

import law_index
import numpy as np
import pytest
from law_index import Linear, Pieces
from laws import half, laws
from scipy.integrate import quad
from scipy.special import digamma
from scipy.stats import multivariate_t, norm

from galaxy_causal.estimator import KSG

LAWS = {law.name: law for law in laws()}
INFORMATIONS = ("i1", "i2", "both")


def of_families(*families):
    return [name for name, law in LAWS.items() if law.family in families]


def tamed(values, among):
    """Between -1 and 1, whatever the scale."""
    low, middle, high = np.quantile(among, [0.2, 0.5, 0.8])
    return np.tanh((values - middle) / (high - low if high > low else 1.0))


def weights(drawn, together, key, level):
    """Functions of a galaxy's values that are smooth and at most 1."""
    first, second = ("x2", "x1") if key == "i2" else ("x1", "x2")
    columns = [(getattr(drawn, c)[:, 0], getattr(together, c)[:, 0]) for c in (first, second)]
    x, other = (tamed(*column) for column in columns)
    y = tamed(drawn.y, together.y)
    own = [np.ones_like(y), np.tanh(getattr(drawn, key) - level), y, y**2, x * y]
    return np.stack([*own, x * other * y] if key == "both" else own)


def departures(together, apart, key, of=lambda information: information):
    """In standard errors, from E_p[g / (1 + r / c)] = E_q[g r / (1 + r / c)], which holds for every g and c.

    Here p is the law of (x, y), q that of x and of y apart, r = p / q = exp(i), and c a typical r.
    """
    mine, theirs = of(getattr(together, key)), of(getattr(apart, key))
    level = mine.mean()
    with np.errstate(over="ignore"):
        left = weights(together, together, key, level) / (1 + np.exp(mine - level))
        right = weights(apart, together, key, level) * np.exp(level) / (1 + np.exp(level - theirs))
    error = np.sqrt(left.var(axis=1) / left.shape[1] + right.var(axis=1) / right.shape[1])
    return (left.mean(axis=1) - right.mean(axis=1)) / np.maximum(error, 1e-12)


def test_there_are_enough_laws_of_every_size():
    drawn = [law.draw(300, 0) for law in LAWS.values()]
    assert len(LAWS) == len(laws()) >= 120
    assert {d.x1.shape[1] for d in drawn} >= {1, 2, 3, 4, 8}
    assert {d.x2.shape[1] for d in drawn} >= {1, 2, 3, 4, 8}
    means = np.array([d.both.mean() for d in drawn])
    assert np.all(np.histogram(means, [-0.01, 0.01, 0.1, 0.5, 1, 2, 3, 4.5, 5.5])[0] >= 7)


def test_both_halves_hold_every_family():
    for family in {law.family for law in LAWS.values()}:
        halves = [half(law) for law in LAWS.values() if law.family == family]
        assert abs(halves.count("set") - halves.count("test")) <= 1
        assert len(halves) >= 6


@pytest.mark.parametrize("name", LAWS)
def test_draws_are_whole_and_can_be_repeated(name):
    one, again, other = (LAWS[name].draw(40, seed) for seed in (3, 3, 4))
    assert len(one.x1) == len(one.x2) == 40
    for key in ("x1", "x2", "y", *INFORMATIONS):
        assert np.isfinite(getattr(one, key)).all()
        np.testing.assert_array_equal(getattr(one, key), getattr(again, key))
    assert one.y.shape == one.i1.shape == one.i2.shape == one.both.shape == (40,)
    assert not np.array_equal(one.x1, other.x1)


@pytest.mark.parametrize("name", LAWS)
def test_informations_tell_galaxies_from_those_whose_target_is_another_s(name):
    """Some 3,000 laws, inputs and weights; more than 4.5 errors happen to one in 100,000.

    Of more than 3.5 nats, too few of 1,200 pairs that were drawn apart could be one galaxy.
    """
    law = LAWS[name]
    together, apart = law.draw(1200, 1), law.apart(1200, 2)
    for key in INFORMATIONS:
        information = getattr(together, key)
        if np.abs(information).max() > 0 and information.mean() < 3.5:
            assert np.abs(departures(together, apart, key)).max() < 4.5, key
    for less in (together.i1, together.i2):
        gain = together.both - less
        assert gain.mean() >= -1e-12 - 4 * gain.std() / np.sqrt(1200)


@pytest.mark.parametrize(("slope", "shift"), [(1, 0.3), (1, -0.3), (0.5, 0), (1.6, 0)])
def test_the_identity_sees_informations_that_are_wrong(slope, shift):
    for name in ("gaussian/plain 1+8 0.5", "counts/Poisson 30", "spike/half", "cells/random 6x6"):
        together, apart = LAWS[name].draw(3000, 1), LAWS[name].apart(3000, 2)
        assert np.abs(departures(together, apart, "both", lambda i: slope * i + shift)).max() > 4.5, name


def of_channels(*kinds):
    return [name for name, law in LAWS.items() if isinstance(getattr(law.source, "channel", None), kinds)]


@pytest.mark.parametrize("name", of_channels(Linear))
def test_linear_laws_have_their_closed_form(name):
    """The variance of i is 1 - exp(-2 I) (both, all inputs); means have four standard errors."""
    law = LAWS[name]
    nats = law.source.channel.nats
    drawn = law.draw(20_000, 5)
    correlation = np.sqrt(-np.expm1(-2 * nats))
    assert drawn.both.mean() == pytest.approx(nats, abs=4 * correlation / np.sqrt(20_000))
    assert drawn.both.std() == pytest.approx(correlation, rel=0.05)


def spacing_entropy(y, m=10):
    """By the distances of every m-th of the ordered values (Vasicek 1976), without their bias."""
    spaces = np.sort(y)[m:] - np.sort(y)[:-m]
    return np.log((len(y) + 1) * spaces).mean() - digamma(m)


@pytest.mark.parametrize("name", of_channels(Pieces))
def test_curves_with_gaussian_noise_have_the_information_of_their_target_s_entropy(name):
    """I = h(y) - h(noise); of 15,000 values the errors of either mean are about 0.01."""
    source = LAWS[name].source
    x1, x2, y = source.sample(15_000, np.random.default_rng(7))
    expected = spacing_entropy(y) - norm(scale=source.channel.sd).entropy()
    assert source.informations(x1, x2, y)[2].mean() == pytest.approx(expected, abs=0.04)


KSG_LAWS = (
    "gaussian/mixed 1+1 0.5", "mixture/Gaussian 4 of 1+1", "student/3 dof 1+1", "curved/sine 0.3",
    "curved/cube 1.0", "interaction/product 0.5", "interaction/largest 0.3",
    "heteroscedastic/mean and spread 1.0 1+1", "skewed/lognormal 0.5", "skewed/gamma scale 2",
    "skewed/beta 5", "even/1+1 wide",
)  # fmt: skip


@pytest.mark.parametrize("name", KSG_LAWS)
def test_nearest_neighbours_find_the_means(name):
    """Of the same 3,000 draws; KSG's error is about 0.03, its bias less without sharp edges."""
    drawn = LAWS[name].draw(3000, 2)
    inputs = {"i1": drawn.x1, "i2": drawn.x2, "both": np.hstack([drawn.x1, drawn.x2])}
    for key, x in inputs.items():
        found = KSG().local(x, drawn.y[:, None], 0).mean()
        assert found == pytest.approx(getattr(drawn, key).mean(), abs=0.08), key


def finer(source):
    """The same law with smaller steps, None where it is a closed form."""
    if hasattr(source, "nodes"):
        spacing = {"spacing": source.spacing / 2} if getattr(source, "spacing", 0) else {}
        return replace(source, nodes=2 * source.nodes, **spacing)
    channel = getattr(source, "channel", None)
    if hasattr(channel, "nodes"):
        return replace(source, channel=replace(channel, nodes=3 * channel.nodes))
    return None


@pytest.mark.parametrize("name", [name for name, law in LAWS.items() if finer(law.source)])
def test_quadratures_have_converged(name, monkeypatch):
    source = LAWS[name].source
    drawn = source.sample(150, np.random.default_rng(3))
    found = source.informations(*drawn)
    monkeypatch.setattr(law_index, "REACH", law_index.REACH + 1.5)
    np.testing.assert_allclose(found, finer(source).informations(*drawn), atol=1e-6, rtol=0)


CHANNELS = (
    "gaussian/mixed 1+1 0.5", "curved/modulus 0.3", "curved/sawtooth 0.1", "curved/fold 0.1",
    "censored/floor 20% and ceiling 20% 3.0", "rounded/10 values 6.0", "skewed/exponential 0.5",
    "skewed/Student noise 3", "spike/rare", "counts/binomial 5", "classes/5 waves",
)  # fmt: skip


@pytest.mark.parametrize("name", CHANNELS)
def test_marginals_are_those_of_an_adaptive_integral(name):
    """Of p(y | s) over the law of s given no input."""
    channel = LAWS[name].source.channel
    for s in (-1.3, 0.4, 1.1):
        y = channel.sample(np.array([s]), np.random.default_rng(2))

        def joint(t, y=y):
            with np.errstate(divide="ignore"):
                return float(norm.pdf(t) * np.exp(channel.log_p(y, np.array([t]), 0.0))[0])

        corners = sorted({s, float(y[0]), -1.0, 0.0, 1.0})
        expected = sum(
            quad(joint, low, high, limit=400, epsabs=1e-13)[0]
            for low, high in zip([-9, *corners], [*corners, 9], strict=True)
            if -9 <= low < high <= 9
        )
        assert channel.log_p(y, np.zeros(1), 1.0)[0] == pytest.approx(np.log(expected), abs=1e-6)


def test_student_densities_are_scipys():
    source = LAWS["student/5 dof 1+4"].source
    x1, x2, y = source.sample(30, np.random.default_rng(0))
    part, drawn = source.parts[0], np.column_stack([x1, x2, y])

    def log_density(some):
        law = multivariate_t(part.location[some], part.scale[np.ix_(some, some)], df=part.dof)
        return law.logpdf(drawn[:, some])

    for found, some in zip(source.informations(x1, x2, y), ([0], [1, 2, 3, 4], [0, 1, 2, 3, 4]), strict=True):
        np.testing.assert_allclose(found, log_density([*some, 5]) - log_density(some) - log_density([5]))


def test_classes_and_cells_have_bits_at_most():
    """xor of two even bits: either alone tells nothing, both all that the noise leaves."""
    drawn = LAWS["cells/xor of classes"].draw(4000, 0)
    np.testing.assert_allclose(drawn.i1, 0, atol=1e-12)
    np.testing.assert_allclose(drawn.i2, 0, atol=1e-12)
    values, shares = np.unique(drawn.both.round(9), return_counts=True)
    np.testing.assert_allclose(values, np.log([0.2, 1.8]), atol=1e-8)
    assert shares[1] / 4000 == pytest.approx(0.9, abs=0.02)


@pytest.mark.parametrize("share", ["5%", "20%"])
def test_the_stated_share_is_censored(share):
    drawn = LAWS[f"censored/floor {share} 0.5"].draw(20_000, 0)
    assert np.mean(drawn.y == drawn.y.min()) == pytest.approx(float(share[:-1]) / 100, abs=0.01)


def test_maps_leave_informations_as_they_are():
    """Of one source, the draws' ranks and truths are the same through monotone maps."""
    plain = LAWS["mapped/target exp 0.2"]
    seen = plain.seen(plain.name, "mapped", of_y=lambda y: y)
    one, other = plain.draw(100, 0), seen.draw(100, 0)
    np.testing.assert_array_equal(one.both, other.both)
    np.testing.assert_allclose(np.log(one.y), other.y)


@pytest.mark.parametrize("name", of_families("mapped", "mixture", "student", "high"))
def test_maps_keep_galaxies_apart(name):
    """What continuous numbers tell must not be lost to rounding."""
    drawn = LAWS[name].draw(2000, 0)
    for column in (*drawn.x1.T, *drawn.x2.T, drawn.y):
        assert len(np.unique(column)) == 2000
