"""Other people's conditional densities as referees of estimator=cross_entropy: same galaxies, same score.

    python benchmarks/peers.py [FILE]      FILE: desi_bgs_grzW1W2_112k.parquet, left out if absent, and named

Needs the extra ``peers``. A number is the mean over test galaxies of log q(cell | x) / p(cell) in nats, on
the cells of the training galaxies, with its sampling error. Every peer learns the target's normal scores,
stops early on, or is chosen by, the validation galaxies, and gets the prior's share (``PriorShare``) fitted
on them. Peers are all made of trees, which are blind to differences of columns such as colours: they are
given the principal components of the inputs beside the inputs. One thread; processor seconds.

The laws are the second ones of five families, as they stand in laws.py: a rule, not a choice. There are
10,000 galaxies of each, and of DESI (drawn at random, seed 0); shares of 0.15 are for validation and test.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before the libraries start their threads

import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import hydra
import numpy as np
from hydra.utils import instantiate
from laws import laws
from omegaconf import OmegaConf
from scipy.special import ndtr
from sklearn.decomposition import PCA

from galaxy_causal.dataset import sample
from galaxy_causal.estimator import PriorShare, Target, boosted_information, target_of
from galaxy_causal.estimator.quantiles import quantile_probabilities
from galaxy_causal.network import NetworkLearner
from galaxy_causal.types import Sample

N = 10_000
LEVELS = (np.arange(23) + 0.5) / 23
FAMILIES = ("curved", "interaction", "mixture", "rounded", "classes")
DESI = (
    "dataset=table",
    "dataset.photometry_unit=nanomaggy",
    "dataset.columns.id=TARGET_ID",
    "dataset.columns.target=PROVABGS_LOGMSTAR_BF",
    "dataset.columns.redshift=Z",
    "dataset.columns.photometry={g: FLUX_G_DERED, r: FLUX_R_DERED, z: FLUX_Z_DERED, W1: FLUX_W1_DERED, "
    "W2: FLUX_W2_DERED}",
    "bands.x1.photometry=grzW1W2",
)
Array = np.ndarray


@dataclass(frozen=True)
class Case:
    """Galaxies, with the mean information of the test galaxies where the law is known."""

    name: str
    sample: Sample
    truth: float | None = None


@dataclass(frozen=True)
class Parts:
    """What a peer is given: inputs and normal scores of each split, and the target."""

    x: dict[str, Array]
    y: dict[str, Array]
    label: Array  # of the validation galaxies
    target: Target

    @property
    def wanted(self) -> Array:
        """Inputs of validation, then test galaxies."""
        return np.concatenate([self.x["validation"], self.x["test"]])


def configured(*overrides: str) -> object:
    """The configuration of the command line."""
    with hydra.initialize_config_module("galaxy_causal.conf", version_base="1.3"):
        return hydra.compose("config", overrides=list(overrides))


def surveys(file: Path | None) -> Iterator[Case]:
    """Real galaxies: SDSS, and DESI where its file is there."""
    known = {"x1": "photometry", "x2": "redshift", "union": "photometry and redshift"}
    yield from drawn("SDSS", known, configured())
    if file is None or not file.is_file():
        print(f"{file or 'no file of DESI'}: left out", file=sys.stderr)
        return
    some = {name: what for name, what in known.items() if name != "x2"}
    yield from drawn("DESI", some, configured(*DESI, f"dataset.path={file}"))


def drawn(survey: str, names: dict[str, str], cfg: object) -> Iterator[Case]:
    """At most 10,000 galaxies of a survey, seen through each of these inputs."""
    catalogue = instantiate(cfg.dataset)
    pair = instantiate(cfg.bands)(features=catalogue.features, dataset=catalogue.name)
    rows = np.sort(np.random.default_rng(0).permutation(len(catalogue))[:N])
    for name, what in names.items():
        yield Case(f"{survey}, {what}", sample(catalogue, getattr(pair, name)).take(rows))


def known() -> Iterator[Case]:
    """The laws."""
    for family in FAMILIES:
        law = [law for law in laws() if law.family == family][1]
        draw = law.draw(N, 0)
        x = np.column_stack([draw.x1, draw.x2])
        split = np.repeat(["train", "validation", "test"], [N - 2 * (15 * N // 100), *(15 * N // 100,) * 2])
        columns = tuple(f"signal/{k}" for k in range(x.shape[1]))
        truth = float(draw.both[split == "test"].mean())
        yield Case(law.name, Sample(x, draw.y, split, columns, frozenset({"signal"})), truth)


def ours(case: Case, parts: Parts) -> Array:
    """estimator=cross_entropy with the default network: pointwise information of the test galaxies."""
    cfg = configured()
    learner = NetworkLearner(instantiate(cfg.network), OmegaConf.to_container(cfg.trainer, resolve=True), 0)
    found = instantiate(cfg.estimator).information(case.sample, learner, 0)
    return found.pointwise_mi[case.sample.split == "test"]


def boosted(case: Case, parts: Parts) -> Array:
    """``boosted_information``, on its own features."""
    return boosted_information(case.sample, parts.target)[case.sample.split == "test"]


def catboost_gaussian(parts: Parts) -> Array:
    """CatBoost's Gaussian of learnt mean and variance (RMSEWithUncertainty)."""
    mean, variance = catboost("RMSEWithUncertainty", parts).T
    inner = (parts.target.edges[1:-1] - mean[:, None]) / np.sqrt(variance)[:, None]
    return np.diff(ndtr(inner), axis=1, prepend=0.0, append=1.0)


def catboost_quantiles(parts: Parts) -> Array:
    """CatBoost's 23 quantiles (MultiQuantile); between and beyond them as in ``quantile_probabilities``."""
    alphas = ",".join(f"{level:.6f}" for level in LEVELS)
    quantiles = catboost(f"MultiQuantile:alpha={alphas}", parts)
    return quantile_probabilities(quantiles, LEVELS, parts.target.edges)


def catboost(loss: str, parts: Parts) -> Array:
    """What a model stopped early on the validation galaxies predicts at the wanted inputs."""
    from catboost import CatBoostRegressor

    model = CatBoostRegressor(
        loss_function=loss,
        iterations=2000,
        learning_rate=0.1,
        depth=6,
        early_stopping_rounds=40,
        thread_count=1,
        random_seed=0,
        verbose=False,
        allow_writing_files=False,
    )
    model.fit(parts.x["train"], parts.y["train"], eval_set=(parts.x["validation"], parts.y["validation"]))
    return model.predict(parts.wanted)


def forest(parts: Parts) -> Array:
    """A quantile forest (Meinshausen 2006): cells weighted by shared leaves, smoothed in the normal score.

    Of leaves of at least 8 and 24 galaxies and of Gaussian kernels the likeliest pair is taken.
    """
    from quantile_forest import RandomForestQuantileRegressor

    cells = parts.target.cells.index(parts.target.sample.measured)[parts.target.sample.split == "train"]
    found = []
    for least in (8, 24):
        model = RandomForestQuantileRegressor(
            n_estimators=200, min_samples_leaf=least, max_features=0.5, random_state=0, n_jobs=1
        ).fit(parts.x["train"], parts.y["train"])
        shares = leaf_shares(model.apply(parts.x["train"]), cells, model.apply(parts.wanted), parts)
        for kernel in kernels(parts.target):
            found.append(chosen_by(shares @ kernel, parts))
    return max(found, key=lambda one: one[0])[1]


def leaf_shares(near: Array, cells: Array, there: Array, parts: Parts) -> Array:
    """Shares of the cells among the training galaxies in the leaves (m, trees) of the wanted ones."""
    count = parts.target.cells.count
    shares = np.zeros((len(there), count), dtype=np.float32)
    for leaf, wanted in zip(near.T, there.T, strict=True):
        held = np.zeros((max(leaf.max(), wanted.max()) + 1, count), dtype=np.float32)
        np.add.at(held, (leaf, cells), 1.0)
        held /= np.maximum(held.sum(axis=1, keepdims=True), 1.0)
        shares += held[wanted]
    return shares / near.shape[1]


def kernels(target: Target) -> Iterator[Array]:
    """From each cell's middle to all cells, (cells, cells), of rising width; the first moves nothing."""
    yield np.eye(target.cells.count, dtype=np.float32)
    edges, middles = target.edges, target.cells.scores
    for width in (0.01, 0.02, 0.04, 0.08, 0.15, 0.3):
        inner = (edges[1:-1] - middles[:, None]) / width
        yield np.diff(ndtr(inner), axis=1, prepend=0.0, append=1.0).astype(np.float32)


def flexcode(parts: Parts) -> Array:
    """FlexCode (Izbicki & Lee 2017): cosines of the target's rank, each regressed by XGBoost.

    Which of 31 cosines, and the sharpening, are its own choice on the validation galaxies.
    """
    import flexcode as package
    from flexcode.regression_models import XGBoost

    options = {"max_depth": 4, "learning_rate": 0.1, "n_estimators": 100, "n_jobs": 1}
    options["objective"] = "reg:squarederror"
    model = package.FlexCodeModel(XGBoost, 31, z_min=0.0, z_max=1.0, regression_params=options)
    model.model.models.n_jobs = 1
    model.fit(parts.x["train"], ndtr(parts.y["train"]))
    ranks = ndtr(parts.y["validation"])
    model.tune(parts.x["validation"], ranks, sharpen_grid=np.linspace(0.5, 2.0, 7), n_grid=500)
    density, grid = model.predict(parts.wanted, 2000)
    prior = parts.target.prior
    at = np.clip(np.searchsorted(grid[:, 0], np.cumsum(prior) - 0.5 * prior), 0, len(grid) - 1)
    p = np.maximum(density[:, at], 0.0) * prior
    return p / p.sum(axis=1, keepdims=True)


def chosen_by(p: Array, parts: Parts) -> tuple[float, Array]:
    """Validation likelihood with the prior's share, and the probabilities."""
    seen = p[: len(parts.label)].astype(np.float64)
    mixed = PriorShare(seen, parts.label, parts.target.prior).apply(seen)
    return float(np.log(mixed[np.arange(len(seen)), parts.label]).mean()), p


PEERS: dict[str, Callable[[Parts], Array]] = {
    "CatBoost, Gaussian": catboost_gaussian,
    "CatBoost, 23 quantiles": catboost_quantiles,
    "quantile forest": forest,
    "FlexCode": flexcode,
}
OURS: dict[str, Callable[[Case, Parts], Array]] = {"cross_entropy": ours, "boosted_information": boosted}


def parts_of(case: Case) -> Parts:
    """What peers are given of a case."""
    target = target_of(case.sample, None, "kernel")
    split, x = case.sample.split, case.sample.x
    scale = x[split == "train"].std(axis=0)
    scaled = x / np.where(scale > 0, scale, 1.0)
    x = np.column_stack([x, PCA().fit(scaled[split == "train"]).transform(scaled)]) if x.shape[1] > 1 else x
    names = ("train", "validation", "test")
    return Parts(
        {name: x[split == name] for name in names},
        {name: target.sample.y[split == name] for name in names},
        target.label[split == "validation"],
        target,
    )


def scored(p: Array, case: Case, parts: Parts) -> Array:
    """Pointwise information of the test galaxies once the prior has its share."""
    p = p.astype(np.float64)
    count, prior = len(parts.label), parts.target.prior
    mixed = PriorShare(p[:count], parts.label, prior).apply(p[count:])
    label = parts.target.label[case.sample.split == "test"]
    return np.log(mixed[np.arange(len(label)), label] / prior[label])


def row(case: Case) -> str:
    """The case's row of the table: information, error and seconds of each, and by how much ours is ahead."""
    parts = parts_of(case)
    cells = [case.name, "" if case.truth is None else f"{case.truth:.3f}"]
    methods = {name: lambda of=of: of(case, parts) for name, of in OURS.items()}
    methods |= {name: lambda of=of: scored(of(parts), case, parts) for name, of in PEERS.items()}
    found = {}
    for name, method in methods.items():
        start = time.process_time()
        found[name] = method()
        seconds = time.process_time() - start
        cells.append(f"{with_error(found[name])} ({seconds:.0f} s)")
    best = max(PEERS, key=lambda name: found[name].mean())
    cells.append(with_error(found["cross_entropy"] - found[best]))
    return f"| {' | '.join(cells)} |"


def with_error(values: Array) -> str:
    """Their mean and its one-sigma error."""
    return f"{values.mean():.3f} ± {values.std(ddof=1) / np.sqrt(len(values)):.3f}"


def main() -> None:
    """Print a table in Markdown, and versions."""
    file = Path(sys.argv[1]) if len(sys.argv) == 2 else None
    warnings.filterwarnings("ignore", module="sklearn|xgboost|lightning|pytorch_lightning")
    print(f"| galaxies | truth | {' | '.join([*OURS, *PEERS])} | ahead of the best peer |")
    print("|---" * (3 + len(OURS) + len(PEERS)) + "|")
    for case in (*surveys(file), *known()):
        print(row(case), flush=True)
    names = ("torch", "scikit-learn", "catboost", "quantile-forest", "flexcode", "xgboost")
    print("\n" + ", ".join(f"{name} {version(name)}" for name in names))


if __name__ == "__main__":
    main()
