"""What is measured of each part of the known answers."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, partial

import numpy as np
from known_critics import held_out_bound
from known_tasks import Task, tasks
from shipped import shipped

from galaxy_causal.decomposition import MEASURES, Parts, TableMeasure, gaussian_atoms
from galaxy_causal.estimator import KSG, Critic, CrossEntropy, Estimator, Gaussian, GaussianCopula
from galaxy_causal.network import Image, Mlp, NetworkLearner, Training
from galaxy_causal.types import ATOMS, Atoms, Images, Learner, Sample

N = 5_000
DIMENSIONS = (1, 5, 20, 50)
FOLDS = 5
TRAINED = ("default", "mixture", "spline", "info_nce", "mine", "network=image")
Compute = Callable[[int], tuple[float, float]]
TRAINING = Training(
    batch_size=512, learning_rate=4e-3, weight_decay=1e-2, patience=20, max_epochs=100, threads=1
)
CPU = {"accelerator": "cpu", "enable_model_summary": False}


def sample_of(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> Sample:
    """60% training, 10% validation and 30% test galaxies, in the order in which they were drawn."""
    n = len(y)
    split = np.repeat(["train", "validation", "test"], [6 * n // 10, n // 10, n - 6 * n // 10 - n // 10])
    columns = tuple(f"signal/x{k}" for k in range(x.shape[1]))
    return Sample(x, y, rng.permutation(split), columns, frozenset({"signal"}))


def scores(y: np.ndarray) -> np.ndarray:
    """A target in bins of equal width needs tails that are not extreme: its asinh in robust units."""
    low, middle, high = np.quantile(y, [0.16, 0.5, 0.84])
    return np.arcsinh((y - middle) / (0.5 * (high - low)))


def held_out(estimator: Estimator, learner: Learner, sample: Sample, seed: int) -> float:
    """The mean over held-out galaxies."""
    found = estimator.information(sample, learner, seed)
    return float(found.pointwise_mi[estimator.held_out(sample.split)].mean())


def with_network(kind: str, sample: Sample, seed: int) -> float:
    """mixture, spline (five folds, so that all pairs are judged), info_nce or mine, on a scalar target."""
    y = scores(sample.y)
    margin = 0.02 * np.ptp(y)
    bins = (float(y.min() - margin), float(y.max() + margin), 520)
    density = kind in ("mixture", "spline")
    learner = NetworkLearner(
        Mlp(TRAINING, head=kind if density else "mixture"), {**CPU, "max_epochs": TRAINING.max_epochs}, seed
    )
    estimator = CrossEntropy(*bins, folds=FOLDS) if density else Critic(kind, *bins)
    return held_out(estimator, learner, replace(sample, y=y), seed)


def cca(x: np.ndarray, y: np.ndarray) -> float:
    """The Gaussian information of the sample's covariance, hence of its canonical correlations."""
    covariance, d = np.cov(np.hstack([x, y]).T), x.shape[1]
    blocks = (covariance[:d, :d], covariance[d:, d:], covariance)
    first, second, joint = (np.linalg.slogdet(block)[1] for block in blocks)
    return float(0.5 * (first + second - joint))


def copula(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> float:
    """Chain rule over the columns of y: I(Y; X) = sum_j I(Y_j; X, Y_<j) - I(Y_j; Y_<j), with five folds."""
    total = 0.0
    for j in range(y.shape[1]):
        both = sample_of(np.hstack([x, y[:, :j]]), y[:, j], rng)
        total += held_out(GaussianCopula(folds=FOLDS), None, both, 0)
        if j:
            total -= held_out(GaussianCopula(folds=FOLDS), None, replace(both, x=y[:, :j]), 0)
    return total


def ksg(x: np.ndarray, y: np.ndarray, transform: str = "normal_scores") -> float:
    """On all pairs, as peers do; standardised columns are what the peers take."""
    return float(KSG(transform=transform).local(x, y, 0).mean())


def of_task(kind: str, task: Task, seed: int) -> tuple[float, float]:
    """An estimate of a task, and the truth."""
    rng = np.random.default_rng([seed, 5])
    x, y = task.sample(N, rng)
    if kind == "CCA":
        return cca(x, y), task.information
    if kind == "Gaussian copula":
        return copula(x, y, rng), task.information
    if kind.startswith("KSG"):
        transform = "standardise" if kind.endswith("standardised") else "normal_scores"
        return ksg(x, y, transform), task.information
    if y.shape[1] > 1:
        every = np.apply_along_axis(scores, 0, np.hstack([x, y]))
        split = sample_of(x, y[:, 0], rng).split
        return held_out_bound(*np.hsplit(every, [x.shape[1]]), split, kind, seed), task.information
    sample = sample_of(x, y[:, 0], rng)
    if kind == "default":
        return held_out(*shipped(seed, f"estimator.folds={FOLDS}"), sample, seed), task.information
    return with_network(kind, sample, seed), task.information


def scalar_tasks() -> Iterator[tuple[str, str, Compute]]:
    """Ours and peers on tasks with one number to tell."""
    for kind in ("CCA", "KSG standardised", "KSG", "Gaussian copula", *TRAINED[:5]):
        for task in tasks()[:10]:
            yield task.name, kind, partial(of_task, kind, task)


def vector_tasks() -> Iterator[tuple[str, str, Compute]]:
    """Those of our estimators that take any number of dimensions, and peers."""
    for kind in ("CCA", "KSG standardised", "KSG", "Gaussian copula", "info_nce", "mine"):
        for task in tasks()[10:]:
            yield task.name, kind, partial(of_task, kind, task)


def gaussian_law(d: int) -> np.ndarray:
    """Covariance of two sources of d variables each and a target, by way of two factors."""
    first, second = np.zeros(2 * d + 1), np.zeros(2 * d + 1)
    first[:d], second[d : 2 * d] = 0.8 / np.sqrt(d), 0.6 / np.sqrt(d)
    factors = np.stack([first + 0.5 * second, second, np.zeros(2 * d + 1)], axis=1)
    factors[-1] = (1.0, 0.6, 0.5)
    noise = np.full(2 * d + 1, 0.5)
    noise[-1] = 0.25
    return factors @ factors.T + np.diag(noise)


def of_gaussian(kind: str, d: int, atom: str, seed: int) -> tuple[float, float]:
    """One atom of Barrett's decomposition from three estimates, and its closed form."""
    covariance = gaussian_law(d)
    atoms = _gaussian_atoms(kind, d, seed)
    return atoms[ATOMS.index(atom)], float(getattr(gaussian_atoms(covariance, d, d), atom))


@cache
def _gaussian_atoms(kind: str, d: int, seed: int) -> tuple[float, ...]:
    covariance = gaussian_law(d)
    rng = np.random.default_rng([seed, d])
    draws = rng.multivariate_normal(np.zeros(len(covariance)), covariance, N)
    sources = (draws[:, :d], draws[:, d : 2 * d], draws[:, : 2 * d])
    y = draws[:, -1]
    if kind == "KSG":
        found = [ksg(x, y[:, None]) for x in sources]
    else:
        estimator = {"Gaussian": Gaussian, "Gaussian copula": GaussianCopula}[kind](folds=FOLDS)
        found = [held_out(estimator, None, sample_of(x, y, rng), seed) for x in sources]
    smaller = min(found[:2])
    return smaller, found[0] - smaller, found[1] - smaller, found[2] - found[0] - found[1] + smaller


def gaussian_sources() -> Iterator[tuple[str, str, Compute]]:
    """Atoms at each dimension."""
    for kind in ("Gaussian", "Gaussian copula", "KSG"):
        for d in DIMENSIONS:
            for atom in ATOMS:
                yield f"{d} dimensions each: {atom}", kind, partial(of_gaussian, kind, d, atom)


def channel(flip: float, seed: int) -> tuple[float, float]:
    """Images of a bar that stands or lies; which, is the label passed through a binary symmetric channel."""
    rng = np.random.default_rng([seed, 7])
    n = 3_000
    label = rng.integers(0, 2, n)
    lies = np.where(rng.random(n) < flip, 1 - label, label)
    pixels = 0.3 * rng.normal(size=(n, 1, 16, 16)).astype(np.float32)
    pixels[lies == 0, 0, 2:14, 7:9] += 2.0
    pixels[lies == 1, 0, 7:9, 2:14] += 2.0
    sample = sample_of(np.empty((n, 0)), 9.5 + label, rng)
    images = Images(("r",), (16, 16), 0.4, "nanomaggy", partial(_rows, pixels), f"bars {flip} {seed}")
    sample = replace(sample, images=images, modalities=frozenset({"images"}))
    training = Training(batch_size=64, learning_rate=2e-3, patience=4, max_epochs=8, threads=1)
    network = Image(training, width=8, hidden=16, apertures=2, components=2, augment=False)
    learner = NetworkLearner(network, {**CPU, "max_epochs": training.max_epochs}, seed)
    value = held_out(CrossEntropy(9.0, 11.0, 2), learner, sample, seed)
    uncertain = -sum(p * np.log(p) for p in (flip, 1 - flip))
    return value, float(np.log(2) - uncertain)


def _rows(pixels: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    return pixels[wanted]


def image_channels() -> Iterator[tuple[str, str, Compute]]:
    """Two rates of error."""
    for flip in (0.05, 0.2):
        yield f"bar images, {flip} flipped", "network=image", partial(channel, flip)


PARTS = {
    "tasks with a scalar target": scalar_tasks,
    "Gaussian sources, population_min": gaussian_sources,
    "images through a binary symmetric channel": image_channels,
    "tasks with a target of several dimensions": vector_tasks,
}


def discrete() -> str:
    """Atoms of the AND gate by every measure of tables, and the furthest from dit on its laws, in bits."""
    from dit import pid
    from dit.pid.distributions import bivariates

    peers = {
        "table_i_min": pid.PID_WB,
        "table_population_min": pid.PID_MMI,
        "table_shared_exclusions": pid.PID_SX,
        "specificity_ambiguity": pid.PID_PM,
    }
    nodes = (((0,), (1,)), ((0,),), ((1,),), ((0, 1),))
    lines = ["| measure | AND: redundant, unique, unique, synergistic | furthest from dit |", "|---|---|---|"]
    for measure, of in MEASURES.items():
        if not isinstance(of, TableMeasure):
            continue
        shown = ", ".join(f"{value:.3f}" for value in _bits(of(_table(bivariates["and"]))))
        far = "by dit itself"
        if measure in peers:
            distances = []
            for law in bivariates.values():
                theirs = peers[measure](law)
                expected = [float(theirs.get_pi(node)) for node in nodes]
                distances.append(np.abs(np.subtract(_bits(of(_table(law))), expected)).max())
            far = f"{max(distances):.0e} over {len(distances)} laws"
        lines.append(f"| `{measure}` | {shown} | {far} |")
    return "\n".join(lines)


def _bits(atoms: Atoms | Parts) -> list[float]:
    total = atoms.total if isinstance(atoms, Parts) else atoms
    return [float(value) / np.log(2) + 0.0 for _, value in total]


def _table(law: object) -> np.ndarray:
    """A dit distribution of two sources and a target as a table."""
    codes = [np.unique([str(o[i]) for o in law.outcomes], return_inverse=True)[1] for i in range(3)]
    p = np.zeros([code.max() + 1 for code in codes])
    np.add.at(p, tuple(codes), law.pmf)
    return p
